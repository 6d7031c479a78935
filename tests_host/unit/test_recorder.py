"""The recorder, deed by deed: intervals, outages, set clocks and tests."""

import pytest

from metrology import profile as mp
from picometer.proof.profile_oracle import DELIVERED, DEMAND_DELIVERED
from tests_host.unit import billing_bench
from tests_host.unit.recorder_bench import (
    HAND,
    bench,
    minute_of,
)
from tests_host.unit.recorder_deeds import (
    BACK,
    FORWARD,
    LONG,
    PARTIAL,
    PLAIN,
    POWER_FAIL,
    SKIPPED,
    TEST,
    WH,
    run,
    set_clock,
    shown,
    started,
)


def test_intervals_end_with_the_clocks_and_add_up_to_the_register():
    made = started(code=mp.INT32)
    total = 0
    for wh in (60, 120, 0, 3000, 40, 60):
        run(made, 15, wh)
        total += 15 * wh
    values = [value for block in shown(made) for _, value, _, _ in block]
    assert len(values) == 6
    assert sum(values) == made.blocks()[-1].readings[0]
    assert 0 <= total - sum(values) <= max(60, 1)


@pytest.mark.parametrize("length", [1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60])
def test_every_length_that_divides_the_hour_ends_where_the_clock_does(length):
    made = started(length=length, intervals=60)
    run(made, 61)
    ends = [minute_of(i.end) for i in made.blocks()[0].intervals]
    assert ends == [billing_bench.NEW_YEAR + length * (k + 1) for k in range(60 // length)]


def test_a_meter_that_starts_within_an_interval_says_that_it_is_partial():
    made = started(into_ms=300000)
    run(made, 30)
    assert [status for _, _, status, _ in shown(made)[0]] == [PARTIAL, PLAIN]


def test_a_short_outage_marks_its_interval_and_loses_nothing():
    made = started()
    run(made, 5, 600)
    made = made.again(60000, False)
    run(made, 24, 600)
    assert shown(made) == [
        [("00:15", pytest.approx(8400, abs=20), PARTIAL, POWER_FAIL), ("00:30", 9000, 0, 0)]
    ]


def test_intervals_that_an_outage_has_taken_are_filled_in():
    made = started()
    run(made, 5, 600)
    made = made.again(40 * 60000, False)
    run(made, 15.1, 600)
    assert shown(made) == [
        [
            ("00:15", 3000, PARTIAL, POWER_FAIL),
            ("00:30", 0, SKIPPED, POWER_FAIL),
            ("00:45", 0, SKIPPED, POWER_FAIL),
            ("01:00", pytest.approx(9000, abs=20), PARTIAL, POWER_FAIL),
        ]
    ]


def test_a_longer_outage_fills_up_the_block_and_begins_another():
    made = started()
    run(made, 5, 600)
    made = made.again(600 * 60000, False)
    run(made, 15.1, 600)
    skipped = [(end, 0, SKIPPED, POWER_FAIL) for end in ("00:30", "00:45", "01:00")]
    assert shown(made) == [
        [("00:15", 3000, PARTIAL, POWER_FAIL), *skipped],
        [("10:15", pytest.approx(6000, abs=20), PARTIAL, POWER_FAIL)],
    ]


def test_two_outages_in_one_interval_are_one_mark():
    made = started()
    run(made, 5)
    made = made.again(10000, False)
    run(made, 2)
    made = made.again(10000, False)
    run(made, 9)
    assert shown(made) == [[("00:15", 0, PARTIAL, POWER_FAIL)]]


def test_a_restart_within_an_interval_is_not_seen():
    made = started()
    run(made, 5, 600)
    made = made.again(20000, True, 200 * WH)
    run(made, 10, 600)
    assert shown(made) == [[("00:15", pytest.approx(9000, abs=20), PLAIN, 0)]]


def test_a_restart_over_the_end_of_an_interval_makes_it_long_and_the_next_one_partial():
    made = started()
    run(made, 14.8, 600)
    made = made.again(30000, True, 300 * WH)
    run(made, 15, 600)
    assert shown(made) == [
        [("00:15", 9190, LONG, 0), ("00:30", pytest.approx(8800, abs=20), PARTIAL, 0)]
    ]


def test_a_restart_over_the_end_that_takes_no_longer_than_a_tick_or_two_marks_nothing():
    made = started()
    run(made, 14.97, 600)  # 1 s before the end
    made = made.again(1000, True, 10 * WH)
    run(made, 15, 600)
    assert [status for _, _, status, _ in shown(made)[0]] == [PLAIN, PLAIN]


def test_a_clock_set_forward_within_the_interval_makes_it_partial():
    made = started()
    run(made, 5)
    set_clock(made, 4)
    run(made, 6)
    assert shown(made) == [[("00:15", 0, PARTIAL, FORWARD)]]


def test_a_clock_set_back_within_the_interval_makes_it_long():
    made = started()
    run(made, 5)
    set_clock(made, -4)
    run(made, 14)
    assert shown(made) == [[("00:15", 0, LONG, BACK)]]


def test_intervals_that_the_clock_has_jumped_over_are_filled_in():
    made = started()
    run(made, 5, 60)
    set_clock(made, 30)
    run(made, 10, 60)
    assert shown(made) == [
        [
            ("00:15", pytest.approx(300, abs=2), PARTIAL, FORWARD),
            ("00:30", 0, SKIPPED, FORWARD),
            ("00:45", pytest.approx(600, abs=2), PARTIAL, FORWARD),
        ]
    ]


def test_a_clock_set_back_to_an_earlier_interval_begins_another_block():
    made = started()
    run(made, 35, 60)
    set_clock(made, -30)
    run(made, 10.1, 60)
    ends = ("00:15", "00:30", "00:45", "01:00")
    first, second = shown(made)
    assert [interval[0] for interval in first] == list(ends)
    assert [interval[2:] for interval in first] == [
        (PLAIN, 0),
        (PLAIN, 0),
        (PARTIAL, BACK),
        (SKIPPED, BACK),
    ]
    assert [(i[0], i[2], i[3]) for i in second] == [("00:15", PARTIAL, BACK)]


@pytest.mark.parametrize("seconds", [2, -2])
def test_a_clock_that_is_put_right_by_little_is_no_event(seconds):
    made = started()
    run(made, 5)
    set_clock(made, seconds / 60)
    run(made, 26)
    assert {status for _, _, status, _ in shown(made)[0]} == {PLAIN}


def test_while_the_clock_is_not_valid_nothing_is_recorded():
    made = bench(channels=((DELIVERED, 1, 1),), intervals=4)
    made.clock.valid = False
    run(made, 40, 60)
    assert made.profile.blocks == 0
    made.clock.valid = True
    run(made, 10, 60)
    assert shown(made) == [[("00:45", pytest.approx(300, abs=2), PARTIAL, 0)]]


def test_what_is_metered_while_the_clock_fails_counts_for_the_interval_that_ran():
    made = started()
    run(made, 5, 60)
    made.clock.valid = False
    run(made, 30, 60)
    made.clock.valid = True
    run(made, 10.1, 60)
    statuses = [(end, status) for end, _, status, _ in shown(made)[0]]
    assert statuses == [("00:15", LONG), ("00:30", SKIPPED), ("00:45", PARTIAL)]
    assert sum(value for _, value, _, _ in shown(made)[0]) == made.blocks()[0].readings[0]


def test_test_mode_marks_the_intervals_in_which_it_was():
    made = started()
    run(made, 14, 60)
    made.billing.enter_test(HAND)
    run(made, 10, 60)
    made.billing.leave_test(HAND)
    run(made, 25, 60)
    assert [(value, status) for _, value, status, _ in shown(made)[0]] == [
        (pytest.approx(840, abs=2), TEST),
        (pytest.approx(360, abs=2), TEST),
        (900, PLAIN),
    ]


def test_test_mode_is_remembered_through_a_power_cut():
    made = started()
    run(made, 3)
    made.billing.enter_test(HAND)
    run(made, 1)
    made = made.again(60000, False)
    run(made, 12)
    assert [status for _, _, status, _ in shown(made)[0]] == [TEST]


def test_a_test_belongs_to_the_intervals_whose_ticks_find_it_on():
    made = started(intervals=8)
    run(made, 15 - 2 / 60)  # with the tick before, the last one but one
    made.billing.enter_test(HAND)
    made.tick()
    made.billing.leave_test(HAND)
    run(made, 15)
    made.billing.enter_test(HAND)
    run(made, 15)  # to the very end
    made.billing.leave_test(HAND)
    run(made, 15)
    statuses = [status for _, _, status, _ in shown(made)[0]]
    assert statuses == [TEST, PLAIN, TEST, PLAIN]


def test_a_test_is_seen_while_the_interval_before_is_still_to_be_written():
    made = started(channels=((DEMAND_DELIVERED, 1, 1),))
    run(made, 14)
    made.page[billing_bench.p.DEMAND_LEFT] += 300
    run(made, 59 / 60)
    assert made.recorder._waiting
    made.billing.enter_test(HAND)
    run(made, 5 / 60)
    assert made.recorder._waiting
    made.billing.leave_test(HAND)
    run(made, 15)
    assert [status for _, _, status, _ in shown(made)[0]] == [PLAIN, TEST]


def test_a_test_while_the_clock_is_not_valid_marks_the_interval_that_ran():
    made = started()
    run(made, 5, 60)
    made.clock.valid = False
    run(made, 5, 60)
    made.billing.enter_test(HAND)
    run(made, 5, 60)
    made.billing.leave_test(HAND)
    run(made, 5, 60)
    made.clock.valid = True
    run(made, 11, 60)
    assert [status for _, _, status, _ in shown(made)[0]] == [TEST, PARTIAL]


def test_a_test_after_an_outage_is_not_of_the_interval_that_the_outage_ended():
    made = started()
    run(made, 5)
    made = made.again(14 * 60000, False)
    made.clock.valid = made.clock.settled = False
    made.clock.update(0)
    run(made, 1 / 60)
    made.billing.enter_test(HAND)
    run(made, 3 / 60)
    made.clock.valid = made.clock.settled = True
    run(made, 1)
    made.billing.leave_test(HAND)
    run(made, 11)
    assert [status for _, _, status, _ in shown(made)[0]] == [PARTIAL, TEST]
