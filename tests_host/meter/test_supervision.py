"""A duty that fails is started again, one that hangs is reset, and crashes end in safe mode."""

import pytest

from boards.pico_meter import pins
from firmware import health as h
from firmware.display import Display
from metrology import faults as f
from metrology import page as p
from picometer.proof.household import finish_tick
from picometer.proof.meters import build, counted, counts_per_kwh, registers
from picometer.reader.client import Client
from picometer.virtual.board import BoardReset
from picometer.virtual.clock import NS_PER_S
from picometer.virtual.mains import ConstantLoad
from picometer.virtual.simport import SimPort


@pytest.fixture
def host():
    host = build(ConstantLoad(7200.0))
    host.run_until(2 * NS_PER_S)
    return host


def run(host, seconds):
    host.run_until(host.board.clock.now_ns + round(seconds * NS_PER_S))


def hang(host):
    """Make the display duty wait for ever."""

    def forever(image):
        while True:
            host.board.wait_until(host.board.clock.now_ns + 1_000_000)

    return forever


def test_an_error_in_a_duty_is_noted_and_the_duty_started_again(host):
    lcd, page = host.meter.display._lcd, host.meter.storage.page
    show, broken = lcd.show, [OSError(5)]

    def fail_once(image):
        if broken:
            raise broken.pop()
        show(image)

    lcd.show = fail_once
    shown = host.board.lcd.writes
    run(host, 12)
    assert page[p.ERRORS] == 1
    assert page[p.LAST_ERROR] == 6 << 8 | 3
    assert host.meter.storage.faults.word == f.TASK_FAILED
    assert host.board.lcd.writes > shown
    finish_tick(host)
    assert registers(host.board).net == counted(host.board)
    # It stays on record when the power goes.
    host.cut()
    run(host, 2)
    assert host.meter.storage.faults.word == f.TASK_FAILED
    assert host.meter.storage.page[p.ERRORS] == 1


def test_a_duty_that_hangs_ends_in_a_watchdog_reset_and_costs_no_count(host):
    first = host.meter
    first.display._lcd.show = hang(host)
    run(host, 14)
    assert host.meter is not first
    page = host.meter.storage.page
    assert (page[p.RESET_CAUSE], page[p.CRASHES]) == (h.WATCHDOG, 1)
    finish_tick(host)
    assert registers(host.board).net == counted(host.board)
    run(host, 62)
    assert page[p.CRASHES] == 0


def test_a_processor_that_restarts_in_test_mode_ends_it_and_bills_nothing_of_the_test(host):
    board = host.board
    board.switch(pins.TEST_SWITCH, closed=True)
    run(host, 1)
    frozen = registers(board)
    run(host, 20)
    assert host.meter.billing.testing and registers(board) == frozen
    first = host.meter
    board.clock.call_at(board.clock.now_ns + NS_PER_S // 20, lambda: board.reset("wdt"))
    run(host, 5)
    assert host.meter is not first and not host.meter.billing.testing
    finish_tick(host)
    per_second = 7200 * counts_per_kwh(board.rating) // 3600000
    billed = registers(board).net - frozen.net
    assert 4.5 * per_second < billed < 5.2 * per_second


def test_after_three_crashes_in_a_row_the_meter_meters_journals_and_answers_only(
    host, monkeypatch
):
    monkeypatch.setattr(Display, "step", lambda display, now: hang(host)(None))
    finish_tick(host)
    host.cut()
    run(host, 45)
    assert host.meter.safe
    assert host.meter.storage.faults.word & f.SAFE_MODE
    assert host.meter.storage.page[p.CRASHES] == 3
    client = Client(SimPort(host))
    client.identify()
    client.negotiate()
    client.logon()
    assert client.read(3)[1] & 0x04
    client.terminate()
    finish_tick(host)
    assert registers(host.board).net == counted(host.board)
    # It has lasted, so the next start tries everything again.
    run(host, 61)
    with pytest.raises(BoardReset):
        host.board.reset("wdt")
    monkeypatch.undo()
    host.boot()
    assert not host.meter.safe


def test_a_power_cut_is_no_crash_and_a_commanded_reset_is_told_from_the_watchdogs(host):
    for _ in range(4):
        host.cut()
        run(host, 1)
    page = host.meter.storage.page
    assert (page[p.RESET_CAUSE], page[p.CRASHES]) == (h.POWER, 0)
    host.meter.health.announce(h.COMMANDED)
    host.meter.storage.write()
    with pytest.raises(BoardReset):
        host.meter.board.reset()
    host.boot()
    page = host.meter.storage.page
    assert (page[p.RESET_CAUSE], page[p.CRASHES]) == (h.COMMANDED, 0)


def test_the_watchdog_is_not_fed_while_a_watched_duty_stands_still(host):
    first = host.meter
    first.optical.step = lambda now: 1 << 20
    first.scheduler._steps[first.scheduler.on_input[0]] = first.optical.step
    run(host, 20)
    assert host.meter is not first
    assert host.meter.storage.page[p.RESET_CAUSE] == h.WATCHDOG
