"""The metering chip may reset, hang or lie: nothing wrong is billed, and it is brought back."""

import pytest

from metrology import faults as f
from metrology import page as p
from picometer.proof.household import finish_tick
from picometer.proof.meters import build, counted, registers
from picometer.virtual.board import BoardReset
from picometer.virtual.clock import NS_PER_MS, NS_PER_S
from picometer.virtual.mains import ConstantLoad

WATTS = 20000


@pytest.fixture
def host():
    host = build(ConstantLoad(WATTS))
    host.run_until(2 * NS_PER_S)
    return host


def run(host, seconds):
    host.run_until(host.board.clock.now_ns + round(seconds * NS_PER_S))


def unbilled(host):
    finish_tick(host)
    return counted(host.board) - registers(host.board).net


def tick_counts(host):
    return WATTS * host.meter.constants.counts_per_kwh // 36_000_000 + 2


@pytest.mark.parametrize("after_ms", [0, 1, 37, 99])
def test_a_reset_of_the_chip_costs_a_tick_at_most_and_is_counted(host, after_ms):
    finish_tick(host)
    host.run_until(host.board.clock.now_ns + after_ms * NS_PER_MS)
    host.board.afe.reset()
    run(host, 2)
    assert host.meter.storage.page[p.CHIP_RESETS] == 1
    assert 0 <= unbilled(host) <= tick_counts(host)
    assert host.meter.storage.faults.word == 0


@pytest.mark.parametrize("level", [0, 1])
def test_a_stuck_data_line_is_a_fault_within_a_second_and_no_count_is_lost(host, level):
    before = registers(host.board)
    host.board.afe.miso_stuck = level
    run(host, 1.3)
    assert host.meter.storage.faults.word & f.CHIP_SILENT
    assert registers(host.board).net - before.net <= tick_counts(host)
    host.board.afe.miso_stuck = None
    run(host, 2)
    assert unbilled(host) == 0
    assert registers(host.board).received == 0
    assert host.meter.storage.faults.word == 0


def test_lost_frames_lose_no_count(host):
    for n in range(1, 12):
        host.board.afe.lose_frames(n)
        run(host, 0.7)
    assert unbilled(host) == 0
    assert registers(host.board).received == 0


@pytest.mark.parametrize("silent_s", [0.45, 0.8, 2, 9])
@pytest.mark.parametrize("what", ["power", "wdt"])
def test_energy_that_flows_while_no_sample_is_good_and_the_meter_restarts_is_missed(
    host, silent_s, what
):
    afe = host.board.afe
    finish_tick(host)
    afe.miso_stuck = 0
    run(host, silent_s)
    if what == "power":
        host.cut()
        afe.miso_stuck = None
    else:
        with pytest.raises(BoardReset):
            host.board.reset("wdt")
        afe.miso_stuck = None
        host.boot()
    run(host, 3)
    assert host.meter.storage.faults.word & f.ENERGY_UNSURE
    assert host.meter.storage.page[p.UNSURE_EVENTS] == 1
    assert registers(host.board).received == 0
    run(host, 2)
    host.cut()  # the next start has nothing to say of that
    run(host, 3)
    assert host.meter.storage.page[p.UNSURE_EVENTS] == 1


def test_a_chip_that_a_restart_has_to_reset_leaves_a_fault(host):
    afe = host.board.afe
    afe.flip_bit(0x282, 12)  # a gain, so that what it counts cannot be weighed
    with pytest.raises(BoardReset):
        host.board.reset("wdt")
    host.boot()
    run(host, 3)
    assert afe.resets == 1
    assert host.meter.storage.faults.word & f.ENERGY_UNSURE
    assert 0 <= counted(host.board) - registers(host.board).net <= 15 * tick_counts(host)


@pytest.mark.parametrize("register", [0x21E, 0x21F], ids=["A", "B"])
@pytest.mark.parametrize("bit", [15, 16, 17, 18])
def test_a_counter_that_jumps_while_no_sample_is_good_leaves_a_latched_fault(host, register, bit):
    host.board.mains.change(ConstantLoad(100))
    run(host, 1)
    host.board.afe.miso_stuck = 1
    run(host, 5)
    host.board.afe.flip_bit(register, bit)
    host.board.afe.miso_stuck = None
    run(host, 3)
    assert host.meter.storage.page[p.REJECTED] == 0  # so much could have flowed
    assert host.meter.storage.faults.word & f.ENERGY_UNSURE


@pytest.mark.parametrize("before", [0, 300, -300, 20000])
@pytest.mark.parametrize("after", [0, 300, -5000, 20000])
@pytest.mark.parametrize("silent_s", [0.4, 1, 7, 30])
def test_a_load_that_changes_once_while_no_sample_is_good_is_believed(
    host, before, after, silent_s
):
    host.board.mains.change(ConstantLoad(before))
    run(host, 1)
    host.board.afe.miso_stuck = 0
    run(host, silent_s * 0.6)
    host.board.mains.change(ConstantLoad(after))
    run(host, silent_s * 0.4)
    host.board.afe.miso_stuck = None
    run(host, 3)
    assert unbilled(host) == 0
    assert host.meter.storage.faults.word == 0


@pytest.mark.parametrize("register", [0x21E, 0x21F], ids=["A", "B"])
@pytest.mark.parametrize("bit", range(16, 24))
def test_a_counter_that_jumps_costs_a_tick_and_leaves_a_latched_fault(host, register, bit):
    page = host.meter.storage.page
    lost = 0
    for jumps in (1, 2):  # the bit that flipped stays, then flips back
        host.board.afe.flip_bit(register, bit)
        run(host, 58)
        assert page[p.REJECTED] == 3 * jumps == 3 * page[p.UNSURE_EVENTS]
        assert page[p.UNSURE_SECONDS] == jumps
        assert host.meter.storage.faults.word & f.ENERGY_UNSURE
        assert not host.meter.storage.faults.word & f.IMPOSSIBLE_ENERGY
        lost = unbilled(host)
        assert 0 <= lost <= jumps * tick_counts(host)
    assert registers(host.board).received == 0
    host.cut()
    run(host, 3)
    assert host.meter.storage.faults.word & f.ENERGY_UNSURE
    assert page[p.UNSURE_EVENTS] == 2


def test_a_restart_right_after_a_reset_of_the_chip_bills_no_old_counter_against_the_new(host):
    board = host.board
    page = host.meter.storage.page
    board.afe.reset()
    while not page[p.CHIP_RESETS]:
        host.meter.scheduler.run_once()
    with pytest.raises(BoardReset):
        board.reset("wdt")
    host.boot()
    run(host, 3)
    assert registers(board).received == 0
    assert 0 <= unbilled(host) <= 3 * tick_counts(host)


def test_a_counter_that_jumps_again_and_again_ends_in_a_reset_of_the_chip(host):
    before = registers(host.board)
    for i in range(1, 81):  # never where it was before: a Gray code in the upper octet
        host.board.afe.flip_bit(0x21E, 16 + (i & -i).bit_length() - 1)
        run(host, 0.1)
    run(host, 5)
    assert host.board.afe.resets == 1
    assert host.meter.storage.faults.word & f.ENERGY_UNSURE
    assert host.meter.storage.page[p.UNSURE_SECONDS] >= 5
    begun = registers(host.board)
    run(host, 10)
    after = registers(host.board)
    assert abs(after.net - begun.net - 100 * (tick_counts(host) - 2)) <= 2 * tick_counts(host)
    assert after.received == before.received
    assert after.net - before.net <= counted(host.board)


@pytest.mark.parametrize(
    ("register", "bit"),
    [(0x282, 12), (0x107, 0), (0x203, 3), (0x100, 1), (0x004, 6), (0x103, 4)],
    ids=["AWGAIN", "CFMODE", "AP_NOLOAD", "ZXTOUT", "LCYCMODE", "CF1DEN"],
)
def test_drift_of_a_setting_is_repaired_within_a_second(host, register, bit):
    afe = host.board.afe
    good = afe.peek(register)
    afe.flip_bit(register, bit)
    run(host, 1.6)
    assert afe.peek(register) == good
    run(host, 1)
    clears_on_reading = register == 0x004  # what the counters held is gone
    assert host.meter.storage.faults.word == (f.ENERGY_UNSURE if clears_on_reading else 0)


def test_a_chip_that_is_absent_at_start_is_said_and_taken_into_service_when_it_comes():
    host = build(ConstantLoad(WATTS))
    host.board.power_on()
    host.board.afe.power_off()
    host.run_until(3 * NS_PER_S)
    assert host.meter.storage.faults.word & f.CHIP_ABSENT
    assert host.meter.storage.page[p.TICKS] == 0
    host.board.afe.power_on()
    run(host, 3)
    assert host.meter.storage.faults.word == 0
    assert unbilled(host) <= tick_counts(host)
    assert registers(host.board).net > 0
