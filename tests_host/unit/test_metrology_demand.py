"""The demand rules, one by one: length, place, maximum, what is read meanwhile."""

import pytest

from metrology import page as p
from metrology.demand import BEGUN, ENDED, RUNNING, is_interval, program, rate, restart
from metrology.demand_register import counts_to_watts, present, remaining_s
from tests_host.unit.demand_bench import (
    FULL_END,
    LOAD,
    LOAD_PER_HOUR,
    NEW_MAXIMUM,
    NEW_YEAR,
    PARTIAL_END,
    Bench,
    Constants,
    began,
)

# Lengths


def test_intervals_divide_the_hour_and_subintervals_the_interval():
    assert [m for m in range(-1, 70) if is_interval(m, m)] == [
        *(1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60)
    ]
    assert [s for s in range(-1, 70) if is_interval(15, s)] == [1, 3, 5, 15]
    assert [s for s in range(-1, 70) if is_interval(60, s)] == [4, 5, 6, 10, 12, 15, 20, 30, 60]


@pytest.mark.parametrize(("interval", "sub"), [(0, 0), (7, 7), (15, 4), (15, 0), (5, 15), (60, 1)])
def test_impossible_lengths_are_refused_and_change_nothing(interval, sub):
    bench = began(15, 5)
    bench.run(100, LOAD)
    before = bench.page[:]
    with pytest.raises(ValueError):
        program(bench.page, interval, sub)
    assert bench.page == before


def test_a_new_page_is_for_block_demand_over_fifteen_minutes():
    page = p.new_page()
    assert (page[p.DEMAND_INTERVAL], page[p.DEMAND_SUBINTERVAL]) == (15, 15)


# Block


@pytest.mark.parametrize("interval", [m for m in range(1, 61) if 60 % m == 0])
def test_a_steady_load_is_its_own_demand_whatever_the_interval(interval):
    bench = began(interval)
    assert bench.run(interval * 60, LOAD) == [NEW_MAXIMUM]
    assert bench.last() == bench.maximum() == (LOAD_PER_HOUR, 0)
    assert counts_to_watts(Constants, bench.last()[0]) == 7200
    assert bench.page[p.DEMAND_LAST_END] == NEW_YEAR + 60 + interval


def test_a_step_half_way_gives_the_mean():
    bench = began()
    bench.run(450)
    bench.run(450, LOAD)
    assert bench.last() == (LOAD_PER_HOUR // 2, 0)


def test_delivered_and_received_are_separate_demands():
    bench = began()
    bench.run(300, LOAD)
    bench.run(600, -LOAD)
    assert bench.last() == bench.maximum() == (LOAD_PER_HOUR // 3, 2 * LOAD_PER_HOUR // 3)


def test_ends_follow_the_clock_to_the_hour():
    bench = Bench(20, clock=7 * 60000)
    ends = []
    for _ in range(1800 * 2):
        if bench.step() & ENDED:
            ends.append(bench.clock / 60000 - NEW_YEAR)
    assert ends == [20, 40, 60, 80, 100, 120]


def test_without_a_clock_the_first_interval_is_whole_and_has_no_time():
    bench = Bench(15, clock=7 * 60000)
    bench.valid = False
    assert bench.step(LOAD) == BEGUN
    assert bench.run(898, LOAD) == []
    assert bench.step(LOAD) == NEW_MAXIMUM
    assert bench.maximum() == (LOAD_PER_HOUR, 0)
    assert bench.page[p.DEMAND_LAST_END] == bench.page[p.DEMAND_MAXIMUM_END] == 0


def test_a_clock_that_fails_and_returns_in_time_disturbs_nothing():
    bench = began()
    bench.run(300, LOAD)
    bench.valid = False
    assert bench.run(900, LOAD) == [NEW_MAXIMUM]
    bench.valid = True
    assert bench.run(600, LOAD) == [FULL_END]
    assert bench.last() == (LOAD_PER_HOUR, 0)


def test_a_clock_that_returns_a_little_behind_ends_nothing_twice():
    bench = began()
    bench.valid = False
    assert bench.run(900, LOAD) == [NEW_MAXIMUM]
    bench.valid = True
    bench.clock -= 2500
    assert bench.run(898, LOAD) == []
    assert bench.step(LOAD) == FULL_END
    assert bench.page[p.DEMAND_LAST_END] == NEW_YEAR + 90


def test_a_clock_that_becomes_valid_begins_the_interval_in_its_place():
    bench = Bench(15, clock=7 * 60000)
    bench.valid = False
    bench.run(600, LOAD)
    bench.valid = True
    assert bench.step(LOAD) == BEGUN
    assert bench.run(778, LOAD) == [PARTIAL_END]  # at 00:30, half an interval
    assert bench.last() == bench.maximum() == (0, 0)
    assert bench.run(900, LOAD) == [NEW_MAXIMUM]
    assert bench.page[p.DEMAND_MAXIMUM_END] == NEW_YEAR + 45


# Sliding


@pytest.mark.parametrize(("interval", "sub"), [(15, 5), (15, 3), (15, 1), (60, 4), (30, 15)])
def test_a_steady_load_is_its_own_demand_after_n_full_subintervals(interval, sub):
    bench = began(interval, sub)
    n = interval // sub
    answers = bench.run((interval + sub) * 60, LOAD)
    assert answers == [ENDED] * (n - 1) + [NEW_MAXIMUM, FULL_END]
    assert bench.last() == (LOAD_PER_HOUR, 0)
    assert bench.page[p.DEMAND_MAXIMUM_END] == NEW_YEAR + 60 + interval


def test_a_step_gives_a_ramp_in_n_steps_and_back():
    bench = began(15, 3)
    bench.run(900)
    seen = []
    for load in [LOAD] * 6 + [0] * 6:
        bench.run(180, load)
        seen.append(bench.last()[0] * 5 // LOAD_PER_HOUR)
    assert seen == [1, 2, 3, 4, 5, 5, 4, 3, 2, 1, 0, 0]


def test_a_sliding_window_finds_the_peak_that_blocks_divide():
    block, sliding = began(15), began(15, 5)
    for bench in (block, sliding):
        bench.run(600)
        bench.run(900, LOAD)
        bench.run(300)
    assert block.maximum()[0] == 2 * LOAD_PER_HOUR // 3
    assert sliding.maximum()[0] == LOAD_PER_HOUR


# Maximum


def test_of_equal_maxima_the_earlier_stays():
    bench = began()
    assert bench.run(2700, LOAD) == [NEW_MAXIMUM, FULL_END, FULL_END]
    assert bench.page[p.DEMAND_MAXIMUM_END] == NEW_YEAR + 75


def test_a_count_more_is_a_new_maximum():
    bench = began()
    bench.run(900, LOAD)
    bench.step(LOAD + 1)
    assert bench.run(898, LOAD) == [NEW_MAXIMUM]
    assert bench.maximum()[0] == LOAD_PER_HOUR + 4
    assert bench.page[p.DEMAND_MAXIMUM_END] == NEW_YEAR + 90


def test_no_load_is_no_maximum():
    bench = began()
    assert bench.run(1800) == [FULL_END, FULL_END]
    assert list(bench.page[p.DEMAND_MAXIMUM : p.DEMAND_MAXIMUM_END + 2]) == [0] * 4


def test_each_direction_has_the_time_of_its_own_maximum():
    bench = began()
    bench.run(900, -LOAD)
    bench.run(900, LOAD)
    ends = bench.page[p.DEMAND_MAXIMUM_END : p.DEMAND_MAXIMUM_END + 2]
    assert list(ends) == [NEW_YEAR + 90, NEW_YEAR + 75]


def test_what_is_beyond_any_rating_stops_and_does_not_wrap():
    assert rate(0x3FFFFFFF, 60) == rate(0x3FFFFFFF, 15) == rate(0x0FFFFFFF + 1, 15) == 0x3FFFFFFF
    assert rate(0x0FFFFFFF, 15) == 4 * 0x0FFFFFFF
    bench = began(1)
    bench.run(60, 4000000)
    assert bench.last() == (0x3FFFFFFF, 0)


def test_a_wrap_of_the_interval_counts_goes_unnoticed():
    bench = began()
    bench.page[p.INTERVAL_DELIVERED] = 0x3FFFFFFF - 10 * LOAD
    restart(bench.page)
    bench.run(900)
    assert bench.run(900, LOAD) == [NEW_MAXIMUM]
    assert bench.last() == (LOAD_PER_HOUR, 0)


# What is read while an interval runs


def test_the_present_demand_grows_to_the_intervals():
    bench = began()
    seen = []
    for _ in range(3):
        bench.run(298, LOAD)
        seen.append(present(bench.page, 0))
        bench.step(LOAD)
    assert seen == [LOAD * 4 * n for n in (149, 299, 449)]
    assert present(bench.page, 0) == 0


def test_the_present_demand_slides_with_the_window():
    bench = began(15, 5)
    bench.run(1200, -LOAD)
    assert present(bench.page, 1) == 2 * LOAD_PER_HOUR // 3
    bench.run(298, -LOAD)
    assert present(bench.page, 1) == LOAD_PER_HOUR - 4 * LOAD
    restart(bench.page)
    assert present(bench.page, 1) == 0


def test_the_time_remaining_counts_down_to_the_end():
    bench = began(15, 5)
    assert remaining_s(bench.page) == 300
    bench.run(100)
    assert remaining_s(bench.page) == 200
    assert bench.step(ms=1) == RUNNING
    assert remaining_s(bench.page) == 200
    bench.run(198)
    assert remaining_s(bench.page) == 2
