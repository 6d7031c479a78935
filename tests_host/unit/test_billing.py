"""Demand resets and test mode: whole, when allowed, and never a count in the wrong register."""

import pytest

from c1219 import events
from firmware import billing as b
from firmware.log import Actor
from firmware.program import DEMAND, TEST_MODE
from metrology import faults as f
from metrology import page as p
from metrology.approval import CANADA, LABORATORY
from tests_host.unit.billing_bench import COUNTS_PER_KWH, NEW_YEAR, Bench

LOAD = 2000
LEVER = Actor(events.SOURCE_LEVER)
MODULE = Actor(events.SOURCE_MODULE)
OPTICAL = Actor(events.SOURCE_OPTICAL)
OPTICAL.user_id = 7
TEST_SWITCH = Actor(events.SOURCE_TEST_SWITCH)


@pytest.fixture
def bench():
    made = Bench().start()
    made.run(1802, LOAD)  # two blocks of a quarter of an hour
    assert made.page[p.DEMAND_MAXIMUM] == LOAD * 3600
    made.events.clear()
    made.entries.clear()
    return made


# Demand


def test_demand_begins_only_when_the_clock_has_settled():
    bench = Bench(into_ms=300000)
    bench.clock.settled = False
    bench.start()
    bench.run(2, LOAD)
    assert bench.page[p.DEMAND_LEFT] == 0
    bench.clock.settled = True
    bench.run(600 - 2, LOAD)
    bench.run(900 + 1, LOAD)
    assert bench.page[p.DEMAND_MAXIMUM] == LOAD * 3600
    assert bench.page[p.DEMAND_MAXIMUM_END] == NEW_YEAR + 30


def test_the_end_of_each_interval_is_told_once(bench):
    bench.run(2700, LOAD)
    assert bench.events == [b.INTERVAL_ENDED] * 3


def test_the_window_of_a_restarted_processor_goes_on_and_that_of_a_power_cut_begins_anew(bench):
    bench.run(600, LOAD)
    bench.storage.write()
    for counted_on in (True, False):
        again = Bench(bytearray(bench.cells)).start(counted_on, 4)
        again.clock.ms = bench.clock.ms + 1500
        again.counter[0] = (bench.counter[0] + 2 * LOAD) & 0xFFFFFF
        again.tick(0, 500)
        assert again.page[p.DEMAND_MAXIMUM] == LOAD * 3600
        before = again.page[p.DEMAND_LAST_END]
        again.run(300, LOAD)
        assert (again.page[p.DEMAND_LAST_END] > before) == counted_on
        assert again.page[p.DEMAND_MAXIMUM] <= LOAD * 3600


def test_three_intervals_in_a_row_without_a_demand_are_a_fault_that_the_next_demand_clears(bench):
    faults = bench.storage.faults
    for i in range(6):
        bench.clock.ms += 131000
        assert not faults.word
        bench.run(450, LOAD)
        assert (faults.word == f.DEMAND_DROPPED) == (i == 5)
    bench.storage.write()
    bench = Bench(bytearray(bench.cells)).start()
    bench.tick()
    bench.tick()
    assert bench.storage.faults.word == f.DEMAND_DROPPED
    bench.run(1800, LOAD)
    assert bench.storage.faults.word == 0


def test_demand_goes_by_the_time_base_while_clock_and_time_base_do_not_agree(bench):
    bench.run(300, LOAD)
    bench.clock.agrees = False
    for _ in range(12):
        bench.clock.ms += 77000
        bench.run(300, LOAD)
    assert bench.events == [b.INTERVAL_ENDED] * 4
    assert bench.page[p.DEMAND_LAST] == bench.page[p.DEMAND_MAXIMUM] == LOAD * 3600
    assert bench.page[p.DEMAND_LAST_END] == 0  # of such a clock no time is believed
    assert bench.storage.faults.word == 0
    bench.clock.agrees = True
    bench.run(1800, LOAD)
    assert bench.page[p.DEMAND_LAST_END] == bench.clock.ms // 60000 // 15 * 15


def test_a_restart_across_the_end_of_an_interval_begins_it_again(bench):
    bench.run(896, LOAD)
    bench.storage.write()
    again = Bench(bytearray(bench.cells)).start(True, 4)
    again.clock.ms = bench.clock.ms + 3500
    again.counter[0] = bench.counter[0]
    again.tick(5 * LOAD, 500)
    last = again.page[p.DEMAND_LAST_END]
    again.run(1790, LOAD)
    assert again.page[p.DEMAND_LAST_END] == last
    again.run(10, LOAD)
    assert again.page[p.DEMAND_LAST_END] == last + 45


def test_a_start_after_an_outage_is_in_the_log_with_the_time_of_both_and_a_restart_is_not(bench):
    bench.page[p.CLOCK] = NEW_YEAR * 30 + 7
    bench.storage.write()
    again = Bench(bytearray(bench.cells)).start(True, 2)
    again.tick()
    assert again.entries == []
    again = Bench(bytearray(bench.cells)).start(False, 60)
    again.tick()
    assert [entry[:2] for entry in again.entries] == [
        (events.POWER_DOWN, events.SOURCE_POWER),
        (events.POWER_UP, events.SOURCE_POWER),
    ]
    assert again.times == [bytes((36, 1, 1, 0, 0, 14)), None]


# Demand reset


def test_a_demand_reset_saves_cumulates_counts_stamps_and_takes_a_self_read(bench):
    maximum = bench.page[p.DEMAND_MAXIMUM]
    assert bench.billing.reset_demand(OPTICAL) == b.DONE
    page = bench.page
    assert page[p.PREVIOUS_DEMANDS] == maximum
    assert page[p.DEMAND_MAXIMUM] == 0
    kw, counts = page[p.CUMULATIVE_KW], page[p.CUMULATIVE_COUNTS]
    assert kw * COUNTS_PER_KWH + counts == maximum
    assert page[p.DEMAND_RESETS] == 1 and page[p.DEMAND_RESET_TIME] == NEW_YEAR + 30
    taken, minute, cause = bench.self_reads.taken[0]
    assert taken[p.DEMAND_MAXIMUM] == maximum and minute == NEW_YEAR + 30
    assert bench.entries == [(events.DEMAND_RESET, OPTICAL.source, 7, 1)]
    assert bench.events == [b.RESET_DONE]


def test_another_reset_within_the_lockout_is_refused_whoever_asks_and_changes_nothing(bench):
    assert bench.billing.reset_demand(LEVER) == b.DONE
    bench.run(59, LOAD)
    page = bench.page[:]
    for source in (LEVER, OPTICAL, MODULE):
        assert bench.billing.reset_demand(source) == b.LOCKED_OUT
    assert bench.page == page and len(bench.self_reads.taken) == 1
    bench.run(2, LOAD)
    assert bench.billing.reset_demand(LEVER) == b.DONE


def test_the_lockout_goes_on_after_a_power_cut(bench):
    bench.billing.reset_demand(LEVER)
    bench.run(20, LOAD)
    bench.storage.write()
    again = Bench(bytearray(bench.cells)).start()
    again.run(35)
    assert again.billing.reset_demand(LEVER) == b.LOCKED_OUT
    again.run(10)
    assert again.billing.reset_demand(LEVER) == b.DONE


def test_a_reset_does_not_shift_the_running_interval(bench):
    bench.run(300, LOAD)
    left = bench.page[p.DEMAND_LEFT]
    bench.billing.reset_demand(OPTICAL)
    assert bench.page[p.DEMAND_LEFT] == left
    bench.run(600, LOAD)
    assert bench.page[p.DEMAND_MAXIMUM] == LOAD * 3600


def test_a_reset_that_the_memory_does_not_keep_is_refused_and_changes_nothing(bench):
    bench.self_reads.full = True
    page = bench.page[:]
    assert bench.billing.reset_demand(OPTICAL) == b.NOT_KEPT
    assert bench.page == page and bench.entries == [] and bench.events == []


def test_a_power_cut_at_every_byte_of_a_reset_leaves_all_of_it_or_nothing(bench):
    bench.storage.write()
    kept = bytes(bench.cells)
    seen = set()
    for budget in range(0, 520, 3):
        cells = bytearray(kept)
        again = Bench(cells).start()
        again.storage._memory.write = _limited(cells, budget)
        try:
            again.billing.reset_demand(LEVER)
        except _Cut:
            pass
        page = Bench(cells).page
        words = (page[p.DEMAND_RESETS], page[p.DEMAND_MAXIMUM], page[p.PREVIOUS_DEMANDS])
        seen.add(words)
    assert seen == {(0, LOAD * 3600, 0), (1, 0, LOAD * 3600)}


class _Cut(BaseException):
    pass


def _limited(cells, budget):
    def write(address, buf):
        data = bytes(memoryview(buf).cast("B"))
        cells[address : address + min(budget, len(data))] = data[:budget]
        if budget < len(data):
            raise _Cut

    return write


def test_resets_count_on_past_the_octet_that_tables_show(bench):
    bench.page[p.DEMAND_RESETS] = 255
    assert bench.billing.reset_demand(OPTICAL) == b.DONE
    assert bench.page[p.DEMAND_RESETS] == 256


# Test mode

FROZEN = tuple(range(p.DELIVERED_KWH, p.RECEIVED_COUNTS + 1)) + tuple(
    range(p.DEMAND_LAST, p.PREVIOUS_DEMANDS + 9)
)


def frozen(page):
    return [page[i] for i in FROZEN]


@pytest.mark.parametrize("interval", [1, 5, 10, 15])
def test_a_test_meters_from_zero_while_billing_stands_still_bit_for_bit(bench, interval):
    bench.program.change(TEST_MODE, bytes((interval, 99)))
    before = frozen(bench.page)
    assert bench.billing.enter_test(TEST_SWITCH) == b.DONE
    assert bench.switched == 1 and bench.billing.testing
    bench.run(interval * 60 + 1, 3 * LOAD)
    test = bench.pages.test
    assert bench.energy(test) == 3 * LOAD * (interval * 60 + 1)
    assert test[p.DEMAND_MAXIMUM] == 3 * LOAD * 3600
    assert frozen(bench.page) == before
    assert bench.billing.leave_test(TEST_SWITCH) == b.DONE
    assert frozen(bench.page) == before
    bench.tick(LOAD)
    assert bench.energy() == LOAD * 1803
    assert bench.events[0] == bench.events[-1] == b.MODE_CHANGED


def test_after_a_test_the_running_interval_is_no_maximum(bench):
    bench.run(300, LOAD)
    bench.billing.enter_test(OPTICAL)
    bench.run(60, LOAD)
    bench.billing.leave_test(OPTICAL)
    bench.run(538, 10 * LOAD)
    assert bench.page[p.DEMAND_MAXIMUM] == LOAD * 3600
    bench.run(902, LOAD)
    assert bench.page[p.DEMAND_LAST] == LOAD * 3600


@pytest.mark.parametrize("minutes", [1, 99])
def test_a_test_ends_by_itself_after_its_time_out(bench, minutes):
    bench.program.change(TEST_MODE, bytes((5, minutes)))
    bench.billing.enter_test(OPTICAL)
    assert bench.billing.test_left_s == 60 * minutes
    bench.run(60 * minutes - 1)
    assert bench.billing.testing and bench.billing.test_left_s == 1
    bench.tick()
    assert not bench.billing.testing and bench.billing.test_left_s == 0
    assert bench.entries[-1][:2] == (events.TEST_MODE_STOP, events.SOURCE_CLOCK)


def test_the_lever_restarts_the_interval_of_a_test_and_not_its_registers(bench):
    bench.program.change(TEST_MODE, bytes((1, 99)))
    bench.billing.enter_test(OPTICAL)
    bench.run(40, LOAD)
    assert bench.billing.restart_test() == b.DONE
    bench.run(40, LOAD)
    assert bench.pages.test[p.DEMAND_LAST] == 0
    bench.run(21, LOAD)
    assert bench.pages.test[p.DEMAND_LAST] == LOAD * 3600
    assert bench.energy(bench.pages.test) == 101 * LOAD


def test_a_demand_reset_in_test_mode_and_a_restart_outside_of_it_are_refused(bench):
    assert bench.billing.restart_test() == b.CONFLICT
    bench.billing.enter_test(OPTICAL)
    page = bench.page[:]
    assert bench.billing.reset_demand(LEVER) == b.CONFLICT
    assert bench.page == page


def test_entering_twice_keeps_what_the_test_has_metered(bench):
    bench.billing.enter_test(TEST_SWITCH)
    bench.run(30, LOAD)
    assert bench.billing.enter_test(OPTICAL) == b.DONE
    assert bench.energy(bench.pages.test) == 30 * LOAD
    assert bench.billing.leave_test(OPTICAL) == bench.billing.leave_test(OPTICAL) == b.DONE


@pytest.mark.parametrize(
    ("billing", "test", "subinterval"),
    [
        ((15, 1), 15, 15),
        ((15, 1), 1, 1),
        ((5, 3), 15, 5),
        ((5, 3), 10, 2),
        ((5, 3), 5, 1),
        ((5, 3), 1, 1),
        ((1, 15), 10, 1),
        ((30, 2), 5, 1),
    ],
)
def test_a_test_is_block_or_sliding_as_billing_is(billing, test, subinterval):
    bench = Bench()
    bench.program.change(DEMAND, bytes((1, 0, 0, 0)) + bytes(billing) * 2)
    bench.program.change(TEST_MODE, bytes((test, 30)))
    bench.start().tick()
    bench.billing.enter_test(OPTICAL)
    page = bench.pages.test
    assert (page[p.DEMAND_INTERVAL], page[p.DEMAND_SUBINTERVAL]) == (test, subinterval)


def test_power_that_goes_in_a_test_ends_it_and_billing_has_nothing_of_it(bench):
    before = frozen(bench.page)
    bench.billing.enter_test(OPTICAL)
    bench.run(60, 5 * LOAD)
    bench.storage.write()
    again = Bench(bytearray(bench.cells)).start()
    assert frozen(again.page) == before
    assert again.page[p.MODE] == 1 and not again.billing.testing


# Programming


def test_programmed_demand_holds_at_once_and_its_running_interval_is_no_maximum(bench):
    bench.run(300, LOAD)
    bench.program.change(DEMAND, bytes((1, 0, 0, 0)) + bytes((5, 3)) * 2)
    bench.billing.program_demand()
    assert bench.page[p.DEMAND_SUBINTERVAL] == 5
    bench.run(298 + 900 - 2, 10 * LOAD)
    assert bench.page[p.DEMAND_MAXIMUM] == LOAD * 3600
    bench.run(2, 10 * LOAD)
    assert bench.page[p.DEMAND_MAXIMUM] == 10 * LOAD * 3600


@pytest.mark.parametrize(
    ("field", "octets"),
    [
        (DEMAND, bytes((1, 0, 0, 0, 1, 20, 1, 20))),
        (DEMAND, bytes((1, 0, 0, 0, 5, 1, 5, 1))),
        (DEMAND, bytes((1, 0, 0, 0, 1, 12, 1, 12))),
        (DEMAND, bytes((1, 0, 0, 0, 1, 60, 1, 60))),
        (DEMAND, bytes(8)),
        (TEST_MODE, bytes((0, 30))),
        (TEST_MODE, bytes((7, 30))),
        (TEST_MODE, bytes((2, 30))),
        (TEST_MODE, bytes((5, 0))),
    ],
)
def test_a_meter_starts_whatever_its_program_says_and_what_cannot_be_is_a_fault(field, octets):
    bench = Bench()
    bench.program.change(field, octets)
    bench = Bench(bench.cells)
    bench.program.take_up(bench.storage.faults, CANADA)
    assert bench.storage.faults.word == f.CONFIGURATION_BAD
    bench.start()
    bench.run(1802, LOAD)
    assert bench.page[p.DEMAND_MAXIMUM] == LOAD * 3600
    assert bench.billing.enter_test(OPTICAL) == b.DONE
    assert bench.billing.test_left_s == 30 * 60


@pytest.mark.parametrize("lengths", [(1, 1), (5, 1), (5, 2), (1, 12), (2, 3)])
def test_shorter_intervals_are_taken_up_where_the_rating_is_of_no_approval(lengths):
    bench = Bench()
    bench.program.change(DEMAND, bytes((1, 0, 0, 0)) + bytes(lengths) * 2)
    bench.program.take_up(bench.storage.faults, LABORATORY)
    assert bench.storage.faults.word == 0
    assert (bench.program.interval, bench.program.subinterval) == (
        lengths[0] * lengths[1],
        lengths[0],
    )


def test_after_a_long_outage_demand_waits_for_the_pickup_that_was_programmed():
    bench = Bench()
    bench.program.change(DEMAND, bytes((1, 60, 0, 10)) + bytes((15, 1)) * 2)
    bench.start(gap_s=60)
    bench.tick()
    assert bench.page[p.DEMAND_EXCLUDED] == 0
    bench = Bench(bench.cells).start(gap_s=62)
    bench.tick()
    assert bench.page[p.DEMAND_EXCLUDED] == 600000
