"""Accumulation is exact: against a rational oracle, over wrap, direction and refusal."""

from array import array
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boards.approved import RATINGS
from metrology import page as p
from metrology.constants import LONGEST_GAP_MS, Constants, coil_limit
from metrology.tick import BILLED, IMPOSSIBLE, bill, new_net

LIMIT = 1 << 22


def constants(rating):
    return Constants(rating.coils, rating.full_scale_watts, rating.kh_mwh)


steps = st.lists(st.tuples(st.integers(-LIMIT, LIMIT), st.integers(-LIMIT, LIMIT)), max_size=40)
starts = st.integers(0, 0xFFFFFF)


@given(steps=steps, a=starts, b=starts, rating=st.sampled_from(RATINGS))
def test_registers_equal_the_exact_sums_over_any_counters_and_wraps(steps, a, b, rating):
    c = constants(rating)
    page = p.new_page()
    page[p.LAST_A], page[p.LAST_B] = a, b
    net = new_net()
    delivered = received = Fraction(0)
    for da, db in steps:
        a, b = (a + da) & 0xFFFFFF, (b + db) & 0xFFFFFF
        before = page[:]
        result = bill(page, array("I", [a, b]), net, c.coils, LIMIT, c.counts_per_kwh)
        assert result == BILLED
        counts = da + (db if c.coils == 2 else 0)
        assert net[0] == counts
        delivered += max(counts, 0)
        received += max(-counts, 0)
        assert all(page[i] >= before[i] for i in (p.DELIVERED_KWH, p.RECEIVED_KWH))
    for kwh, rest, exact in (
        (page[p.DELIVERED_KWH], page[p.DELIVERED_COUNTS], delivered),
        (page[p.RECEIVED_KWH], page[p.RECEIVED_COUNTS], received),
    ):
        assert rest < c.counts_per_kwh
        assert kwh * c.counts_per_kwh + rest == exact
        assert c.microwatthours(kwh, rest) == exact * 10**9 / c.counts_per_kwh // 1
        assert c.watthours(kwh, rest) == exact * 1000 / c.counts_per_kwh // 1


@given(good=st.integers(-100, 100), jump=st.integers(101, 1 << 22), coil=st.integers(0, 1))
def test_an_impossible_sample_changes_nothing_and_the_next_good_one_bills_all(good, jump, coil):
    c = constants(RATINGS[0])
    page = p.new_page()
    net = new_net()
    net[0] = 7
    counters = array("I", [0, 0])
    counters[coil] = jump
    before = page[:]
    assert bill(page, counters, net, 2, 100, c.counts_per_kwh) == IMPOSSIBLE
    counters[coil] = -jump & 0xFFFFFF
    assert bill(page, counters, net, 2, 100, c.counts_per_kwh) == IMPOSSIBLE
    assert page == before and net[0] == 7
    counters[coil] = good & 0xFFFFFF
    assert bill(page, counters, net, 2, 100, c.counts_per_kwh) == BILLED
    assert net[0] == good


def test_one_leg_importing_and_the_other_exporting_moves_one_register_by_the_net():
    page = p.new_page()
    net = new_net()
    bill(page, array("I", [500, -300 & 0xFFFFFF]), net, 2, 1000, 7782000)
    assert (page[p.DELIVERED_COUNTS], page[p.RECEIVED_COUNTS]) == (200, 0)


def test_one_element_takes_no_notice_of_the_second_coil():
    page = p.new_page()
    net = new_net()
    assert bill(page, array("I", [500, 0x7FFFFF]), net, 1, 1000, 7782000) == BILLED
    assert page[p.DELIVERED_COUNTS] == 500


@pytest.mark.parametrize("rating", RATINGS, ids=lambda r: r.name)
def test_constants_are_small_and_within_a_tenth_of_a_percent_of_the_nominal_chip(rating):
    c = constants(rating)
    nominal_uwh = Fraction(rating.full_scale_watts * 163840 * 512, 4862401 * 3580000 * 3600)
    share = Fraction(1000, c.counts_per_kwh) * rating.coils / nominal_uwh
    assert abs(share - 1) < Fraction(1, 1000)
    assert c.counts_per_kwh % 1000 == 0 and c.counts_per_kwh < 1 << 29
    assert c.cf1den < 1 << 16
    assert coil_limit(10**9) == coil_limit(LONGEST_GAP_MS) < 1 << 23


def test_the_limit_is_the_chip_s_full_scale_whatever_the_time():
    full_scale = Fraction(4862401 * 3580000, 163840 * 512 * 1000)  # counts a millisecond
    for ms in (0, 1, 20, 100, 150, 1000, LONGEST_GAP_MS):
        assert (
            full_scale * (ms + 2) <= coil_limit(ms) <= full_scale * ms * Fraction(113, 100) + 600
        )
