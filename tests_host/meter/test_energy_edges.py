"""At the edges of bus, chip and processor missing energy is told, and none is there too much."""

import pytest

from metrology import faults as f
from metrology import page as p
from picometer.proof.energy_edges import prove_energy_edges
from picometer.proof.household import finish_tick
from picometer.proof.meters import build, counted, registers
from picometer.virtual.clock import NS_PER_S
from picometer.virtual.mains import ConstantLoad
from picometer.virtual.noise import BitErrors


def run(host, seconds):
    host.run_until(host.board.clock.now_ns + round(seconds * NS_PER_S))


def test_a_sample_of_meters_at_the_edges():
    result = prove_energy_edges(16, 1)
    assert result.good, result.examples
    assert len(result.happened) == 8 and result.told > 0


@pytest.mark.full
def test_two_thousand_meters_at_the_edges():
    result = prove_energy_edges(2000, 2)
    assert result.good, result.examples


@pytest.mark.parametrize("rate", [0.01, 0.001, 0.0001])
@pytest.mark.parametrize("watts", [0, 12, 900, -20000])
def test_bit_errors_on_the_bus_bill_nothing_wrong(watts, rate):
    host = build(ConstantLoad(watts))
    host.run_until(2 * NS_PER_S)
    host.board.afe.noise = noise = BitErrors(rate, 7)
    run(host, 60)
    host.board.afe.noise = None
    run(host, 3)
    finish_tick(host)
    found = registers(host.board)
    assert noise.flipped > 0
    if not host.meter.storage.faults.word & f.ENERGY_UNSURE:
        assert abs(found.net - counted(host.board)) <= 2
    wrong = found.received if watts >= 0 else found.delivered
    assert wrong <= 2


@pytest.mark.parametrize("away_s", [30, 36, 45, 100, 600])
@pytest.mark.parametrize("level", [0, 1])
def test_a_bus_that_is_silent_for_longer_than_counters_tell_bills_no_guess(level, away_s):
    host = build(ConstantLoad(40000))
    host.run_until(2 * NS_PER_S)
    finish_tick(host)
    before = registers(host.board)
    began = counted(host.board)
    host.board.afe.miso_stuck = level
    run(host, away_s)
    host.board.afe.miso_stuck = None
    run(host, 3)
    finish_tick(host)
    found = registers(host.board)
    page = host.meter.storage.page
    assert found.received == 0
    flowed = counted(host.board) - began
    if away_s <= 30:
        assert found.delivered - before.delivered == flowed
        assert host.meter.storage.faults.word == 0
    else:
        known_s = 4 if away_s <= 40 else 44  # since the chip was reset, after 40 s
        assert found.delivered - before.delivered <= flowed * known_s / (away_s + 3)
        assert host.meter.storage.faults.word & f.ENERGY_UNSURE
        assert away_s - 1 <= page[p.UNSURE_SECONDS] <= away_s + 3
        assert page[p.UNSURE_EVENTS] >= 1


def test_a_processor_away_with_a_clock_that_is_not_set_bills_no_guess():
    for away_s in (1, 40, 600):
        host = build(ConstantLoad(20000))
        host.run_until(5 * NS_PER_S)
        finish_tick(host)
        before = registers(host.board)
        board = host.board
        board.rtc.battery_lost()
        board._restart(after_watchdog=True)
        board.clock.advance_to(board.clock.now_ns + away_s * NS_PER_S)
        host.boot()
        run(host, 3)
        found = registers(board)
        assert found.received == before.received
        tick = 20000 * host.meter.constants.counts_per_kwh // 36_000_000 + 1
        assert found.delivered - before.delivered <= 32 * tick
        assert host.meter.storage.faults.word & f.ENERGY_UNSURE
        assert host.meter.storage.page[p.UNSURE_EVENTS] == 1
