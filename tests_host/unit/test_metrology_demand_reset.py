"""Demand reset: previous, cumulative, count and time, and the interval that runs on."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boards.approved import RATINGS
from metrology import page as p
from metrology.constants import Constants
from metrology.demand import ENDED, PUBLISHED
from metrology.demand_register import (
    continuous_cumulative_watts,
    counts_to_watts,
    cumulative_watts,
    reset,
)
from tests_host.unit.demand_bench import NEW_YEAR, Bench
from tests_host.unit.demand_bench import Constants as BenchConstants

counts = st.integers(0, (1 << 30) - 1)


@pytest.fixture
def bench():
    made = Bench(clock=3600000 - 4000)
    made.run(4)
    made.run(900, 30000)
    made.run(900, -20000)
    made.run(100, 10000)
    return made


def test_what_st25_needs_is_kept_as_it_was_before(bench):
    page = bench.page
    page[p.DEMAND_RESETS] = 254
    registers = page[p.DELIVERED_KWH : p.RECEIVED_COUNTS + 1]
    demands = page[p.DEMAND_MAXIMUM : p.DEMAND_RESETS + 1]
    assert demands[0] == 30000 * 1800 and demands[1] == 20000 * 1800
    reset(page, BenchConstants, bench.minute)
    assert page[p.PREVIOUS_REGISTERS : p.PREVIOUS_REGISTERS + 4] == registers
    assert page[p.PREVIOUS_DEMANDS : p.PREVIOUS_DEMANDS + 9] == demands
    assert page[p.DELIVERED_KWH : p.RECEIVED_COUNTS + 1] == registers
    assert (page[p.DEMAND_RESETS], page[p.DEMAND_RESET_TIME]) == (255, bench.minute)
    assert list(page[p.DEMAND_MAXIMUM : p.DEMAND_MAXIMUM_END + 2]) == [0] * 4


def test_without_a_clock_there_is_no_time_of_the_reset(bench):
    reset(bench.page, BenchConstants, bench.minute)
    reset(bench.page, BenchConstants, -1)
    assert bench.page[p.DEMAND_RESET_TIME] == 0


def test_the_count_of_resets_wraps_at_the_end_of_the_small_integers(bench):
    bench.page[p.DEMAND_RESETS] = 0x3FFFFFFF
    reset(bench.page, BenchConstants, -1)
    assert bench.page[p.DEMAND_RESETS] == 0


def test_the_running_interval_goes_on_and_counts_towards_the_new_period(bench):
    left = bench.page[p.DEMAND_LEFT]
    reset(bench.page, BenchConstants, bench.minute)
    assert bench.page[p.DEMAND_LEFT] == left
    assert bench.run(798, 10000) == []
    assert bench.step(10000) & PUBLISHED
    assert bench.maximum() == (10000 * 1800, 0)
    assert bench.page[p.DEMAND_MAXIMUM_END] == NEW_YEAR + 105


def test_a_reset_leaves_the_sliding_window_full():
    bench = Bench(15, 5, clock=3600000 - 4000)
    bench.run(4)
    bench.run(1000, 10000)
    reset(bench.page, BenchConstants, bench.minute)
    assert bench.run(200, 10000) == [ENDED | PUBLISHED | 4]
    assert bench.maximum() == (10000 * 1800, 0)


@settings(max_examples=60, deadline=None)
@given(
    maxima=st.lists(st.tuples(counts, counts), min_size=1, max_size=12),
    since=st.tuples(counts, counts),
    rating=st.sampled_from(RATINGS),
)
def test_cumulative_demands_are_the_exact_sums_of_the_maxima(maxima, since, rating):
    c = Constants(rating.coils, rating.full_scale_watts, rating.kh_mwh)
    page = p.new_page()
    sums = [0, 0]
    for pair in maxima:
        for d in range(2):
            page[p.DEMAND_MAXIMUM + d] = pair[d]
            sums[d] += pair[d]
        reset(page, c, -1)
        for d in range(2):
            rest = page[p.CUMULATIVE_COUNTS + d]
            assert rest < c.counts_per_kwh
            assert page[p.CUMULATIVE_KW + d] * c.counts_per_kwh + rest == sums[d]
    for d in range(2):
        page[p.DEMAND_MAXIMUM + d] = since[d]
        previous = sums[d] - maxima[-1][d]
        for read, base, exact in (
            (cumulative_watts, p.DEMAND_MAXIMUM, sums[d]),
            (continuous_cumulative_watts, p.DEMAND_MAXIMUM, sums[d] + since[d]),
            (cumulative_watts, p.PREVIOUS_DEMANDS, previous),
            (continuous_cumulative_watts, p.PREVIOUS_DEMANDS, sums[d]),
        ):
            assert abs(read(page, c, d, base) - Fraction(exact * 1000, c.counts_per_kwh)) <= (
                Fraction(1, 2)
            )


@settings(max_examples=60, deadline=None)
@given(value=counts, minutes=st.sampled_from((1, 5, 15, 60)), rating=st.sampled_from(RATINGS))
def test_watts_are_the_nearest_to_the_exact_power(value, minutes, rating):
    c = Constants(rating.coils, rating.full_scale_watts, rating.kh_mwh)
    exact = Fraction(value, c.counts_per_kwh) * 1000 * Fraction(60, minutes)
    watts = counts_to_watts(c, value, minutes)
    assert watts - Fraction(1, 2) <= exact < watts + Fraction(1, 2)


def test_half_a_watt_is_rounded_up():
    class Two:
        counts_per_kwh = 2000

    assert [counts_to_watts(Two, n) for n in (0, 1, 2, 3)] == [0, 1, 1, 2]
