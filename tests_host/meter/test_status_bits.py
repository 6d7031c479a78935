"""ST3's standard status: a full event log, tampering, a battery that is low."""

from datetime import datetime

import pytest

from audit.log import CAPACITY
from c1219 import events
from c1219 import procedures as c
from metrology import faults as f
from psem import codes
from tests_host.meter.sealed_bench import SealedBench, fill

SELF_CHECK, LOW_BATTERY, TAMPER = 1 << 2, 1 << 8, 1 << 12


@pytest.fixture
def bench():
    return SealedBench()


def status(bench):
    return int.from_bytes(bench.octets(3)[1:3], "little")


def logged(bench):
    history = bench.host.meter.history
    return [history.entry(i).code for i in range(history.valid)]


def without_power(bench, battery):
    bench.host.cut()
    if not battery:
        bench.host.board.rtc.battery_lost()
    bench.host.boot()
    bench.run(5)
    for port in ("optical", "module"):
        bench.log_on(port)


def test_a_meter_at_rest_shows_none(bench):
    assert status(bench) == 0


def test_a_full_event_log_shows_until_it_is_begun_anew(bench):
    fill(bench, CAPACITY - 1)
    assert status(bench) == 0
    fill(bench, 1)
    bench.run(3)
    assert status(bench) == SELF_CHECK
    assert events.SELF_CHECK_ERROR in logged(bench)
    bench.do("seal open")
    assert bench.run_procedure("optical", 0x0802) == c.COMPLETED
    bench.do("seal close")
    assert status(bench) == 0


def test_an_open_seal_and_a_magnet_that_is_held_there_show_as_tampering(bench):
    bench.do("seal open")
    assert status(bench) == TAMPER
    bench.do("seal close")
    assert status(bench) == 0
    bench.do("magnet on")
    bench.run(290)
    assert status(bench) == 0
    bench.run(15)
    assert status(bench) & TAMPER
    bench.do("magnet off")
    assert status(bench) == 0


def test_a_battery_that_did_not_carry_the_clock_shows_until_service_withdraws_it(bench):
    without_power(bench, battery=True)
    assert status(bench) == 0
    without_power(bench, battery=False)
    assert status(bench) & LOW_BATTERY and bench.faults & f.LOW_BATTERY
    assert events.LOW_BATTERY in logged(bench)
    octets = bench.octets(52)
    wanted = bytes((7, 2, 1, 12, 0, 0)) + octets[6:]
    assert bench.write("optical", 52, wanted) == codes.OK
    bench.run(3)
    assert status(bench) == LOW_BATTERY
    without_power(bench, battery=True)
    assert status(bench) == LOW_BATTERY
    assert bench.run_procedure("optical", c.CLEAR_STD_STATUS.number) == c.COMPLETED
    bench.run(1)
    assert status(bench) == 0
    without_power(bench, battery=True)
    assert status(bench) == 0


def test_a_clock_that_was_never_set_has_no_low_battery():
    bench = SealedBench()
    bench.host.meter.storage.page[8] = 0
    bench.host.board.rtc.battery_lost()
    bench.run(2)
    bench.host.meter.storage.page[8] = 0
    bench.run(0.2)
    without_power(bench, battery=False)
    assert status(bench) & LOW_BATTERY == 0
    assert bench.host.board.rtc.now() < datetime(2007, 1, 1)
