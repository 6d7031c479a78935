"""Test mode under the seal: who may set it, and what flowed in it is never lost."""

import pytest

from c1219 import events
from c1219 import procedures as c
from firmware.log import Actor
from metrology import page as p
from picometer.virtual.mains import ConstantLoad
from psem import codes
from tests_host.meter.sealed_bench import SealedBench

METERING, TEST = b"\x01", b"\x02"
TEST_REGISTERS = 0x0801
LOAD = 20000.0
EVER = -20  # octets of MT1: TESTS, SECONDS_EVER, ENERGY_EVER


@pytest.fixture
def bench():
    return SealedBench()


def change(bench, port, mode):
    return bench.run_procedure(port, c.CHANGE_MODE.number, mode)


def words(bench):
    """(tests, seconds, counts delivered, counts received) that the memory holds."""
    meter = bench.host.meter
    page = meter.storage.page
    per_kwh = meter.constants.counts_per_kwh
    energy = [page[at] * per_kwh + page[at + 1] for at in (p.TEST_REGISTERS, p.TEST_REGISTERS + 2)]
    return (page[p.TESTS], page[p.TEST_SECONDS], *energy)


def billed(bench):
    page = bench.host.meter.storage.page
    per_kwh = bench.host.meter.constants.counts_per_kwh
    return page[p.DELIVERED_KWH] * per_kwh + page[p.DELIVERED_COUNTS]


def load(bench, watts):
    bench.host.board.mains.change(ConstantLoad(watts))


def starts(bench, procedure):
    """Ask for a procedure that restarts the processor, and end both sessions."""
    before = bench.host.meter
    assert bench.write("optical", 7, bytes((procedure, 0, 1))) == codes.OK
    for port in ("optical", "module"):
        bench.ask(port, bytes([codes.TERMINATE]))
    bench.run(5)
    assert bench.host.meter is not before


def test_the_module_port_never_sets_test_mode_whatever_its_level():
    bench = SealedBench()
    session = bench.host.meter.module.link._session
    for level in (2, 3):
        session.level = level
        assert change(bench, "module", TEST) == c.NO_AUTHORISATION
        assert not bench.host.meter.billing.testing
    assert words(bench) == (0, 0, 0, 0)


def test_the_module_port_does_not_begin_the_interval_of_a_test_again(bench):
    assert change(bench, "optical", TEST) == c.COMPLETED
    load(bench, LOAD)
    bench.run(40)
    left = bench.host.meter.pages.test[p.DEMAND_LEFT]
    assert change(bench, "module", TEST) == c.NO_AUTHORISATION
    assert bench.host.meter.pages.test[p.DEMAND_LEFT] == left


def test_optical_port_and_test_switch_set_test_mode_and_both_ports_end_it(bench):
    for end in ("optical", "module"):
        assert change(bench, "optical", TEST) == c.COMPLETED
        assert bench.host.meter.billing.testing
        assert change(bench, end, METERING) == c.COMPLETED
        assert not bench.host.meter.billing.testing
    bench.do("cover open")
    bench.do("test on")
    assert bench.host.meter.billing.testing
    bench.do("test off")
    assert words(bench)[0] == 3


@pytest.mark.parametrize("watts", [LOAD, -LOAD])
def test_what_flows_in_all_tests_and_what_is_billed_make_up_what_was_metered(watts):
    """To the count: as much as a meter registers that is never tested."""
    totals = []
    for tests in (False, True):
        bench = SealedBench()
        load(bench, watts)
        for i in range(6):
            if tests:
                change(bench, "optical", METERING if i % 2 else TEST)
            bench.run(17.3)
        load(bench, 0)
        bench.run(1)
        page = bench.host.meter.storage.page
        per_kwh = bench.host.meter.constants.counts_per_kwh
        at = p.DELIVERED_KWH if watts > 0 else p.RECEIVED_KWH
        kept = words(bench)
        totals.append(page[at] * per_kwh + page[at + 1] + kept[2 if watts > 0 else 3])
        assert kept[3 if watts > 0 else 2] == 0
        assert kept[:2] == ((3, 51) if tests else (0, 0))
        assert (kept[2] + kept[3] > 0) == tests
    assert totals[0] == totals[1]


def test_nothing_of_a_test_is_lost_when_the_processor_restarts_in_it():
    totals = []
    for restarts in (False, True):
        bench = SealedBench()
        load(bench, LOAD)
        bench.run(5)
        change(bench, "optical", TEST)
        bench.run(20)
        if restarts:
            starts(bench, c.WARM_START.number)
            assert not bench.host.meter.billing.testing
        else:
            change(bench, "optical", METERING)
            bench.run(5)
        load(bench, 0)
        bench.run(1)
        assert bench.faults == 0
        totals.append(billed(bench) + words(bench)[2])
    assert totals[0] == totals[1]


def test_what_flowed_in_a_test_survives_a_power_cut_and_its_end_is_in_the_log(bench):
    load(bench, LOAD)
    change(bench, "optical", TEST)
    began = bench.history_total
    bench.run(61)
    before, kept = billed(bench), words(bench)
    clock_at_the_cut = bench.host.meter.log.date_time()
    bench.host.cut()
    bench.host.boot()
    bench.run(2)
    load(bench, 0)
    bench.run(1)
    assert kept[0] == 1 and kept[1] == 61
    assert words(bench) == kept
    assert billed(bench) - before < kept[2] // 10  # of the two seconds since, and no more
    history = bench.host.meter.history
    found = []
    for i in range(history.valid - (history.total - began), history.valid):
        entry = history.entry(i)
        found.append((entry.code, entry.argument[0], entry.time[:5]))
    power, when = events.SOURCE_POWER, clock_at_the_cut[:5]
    assert found[:2] == [
        (events.TEST_MODE_STOP, power, when),
        (events.POWER_DOWN, power, when),
    ]
    total = history.total
    bench.off()
    assert bench.history_total == total + 2  # power down and up


def test_a_clear_of_all_data_leaves_what_flowed_in_tests(bench):
    load(bench, LOAD)
    change(bench, "optical", TEST)
    bench.run(30)
    change(bench, "optical", METERING)
    load(bench, 0)
    bench.run(1)
    kept = words(bench)
    assert kept[2] > 0
    bench.do("seal open")
    assert bench.run_procedure("optical", c.CLEAR_DATA.number) == c.COMPLETED
    assert words(bench) == kept
    starts(bench, c.COLD_START.number)
    assert words(bench) == kept


@pytest.mark.parametrize("number", [c.COLD_START.number, c.CLEAR_DATA.number])
def test_nothing_is_cleared_in_test_mode_also_when_it_begins_after_the_request(bench, number):
    bench.do("seal open")
    load(bench, LOAD)
    bench.run(5)
    for asked_first in (False, True):
        before, total = bench.octets(13), bench.log.total
        if asked_first:
            assert change(bench, "optical", METERING) == c.COMPLETED
            request = number.to_bytes(2, "little") + b"\x01"
            assert bench.write("optical", 7, request) == codes.OK
            assert change(bench, "module", TEST) == c.NO_AUTHORISATION
            bench.host.meter.billing.enter_test(Actor(events.SOURCE_TEST_SWITCH))
            bench.run(1)
            assert bench.host.meter.maintenance.result() == c.CONFLICT
        else:
            assert change(bench, "optical", TEST) == c.COMPLETED
            request = number.to_bytes(2, "little") + b"\x02"
            assert bench.write("optical", 7, request) == codes.OK
            assert bench.response("optical", number, 2) == c.CONFLICT  # at once
        bench.run(2)
        assert billed(bench) > 0 and bench.octets(13) == before
        assert bench.log.total == total and bench.host.meter.billing.testing


def test_the_account_of_all_tests_is_read_without_rights(bench):
    load(bench, LOAD)
    change(bench, "optical", TEST)
    bench.run(30)
    change(bench, "optical", METERING)
    bench.ask("module", bytes([codes.TERMINATE]))
    bench.open("module")
    code, octets = bench.read("module", TEST_REGISTERS)
    assert code == codes.OK
    octets = octets[EVER:]
    numbers = [
        int.from_bytes(octets[a:b], "little") for a, b in ((0, 4), (4, 8), (8, 14), (14, 20))
    ]
    tests, seconds, delivered, received = words(bench)
    constants = bench.host.meter.constants
    mwh = constants.microwatthours(0, delivered) // 1000
    assert numbers == [tests, seconds, mwh, received] and mwh > 0


def test_a_test_has_one_beginning_and_one_end_in_the_log_with_who_did_it(bench):
    began = bench.history_total
    change(bench, "optical", TEST)
    change(bench, "optical", TEST)
    change(bench, "module", METERING)
    change(bench, "module", METERING)
    assert bench.entries_since(began) == [
        (events.TEST_MODE_START, events.SOURCE_OPTICAL, 3, 5),
        (events.TEST_MODE_STOP, events.SOURCE_MODULE, 2, 0),
    ]
