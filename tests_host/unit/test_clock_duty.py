"""The clock duty: the second's edge, changes, and drift, against the clock chip's model."""

import random
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ds3231 import ADDRESS, Ds3231
from firmware.clock import NOT_VALID, Clock
from metrology import faults as f
from metrology import page as p
from picometer.virtual.clock import NS_PER_MS, NS_PER_S, SimClock
from picometer.virtual.ds3231 import Ds3231 as Chip
from ticks import PERIOD

NOON = datetime(2025, 3, 1, 12, 0, 0)
NOON_MINUTE = (NOON - datetime(2000, 1, 1)).total_seconds() // 60


class Bus:
    def __init__(self, chip):
        self.chip = chip
        self.broken = False

    def readfrom_mem_into(self, address, register, buffer):
        if self.broken or address != ADDRESS:
            raise OSError(5)
        self.chip.i2c_write(bytes((register,)))
        buffer[:] = self.chip.i2c_read(len(buffer))

    def writeto_mem(self, address, register, data):
        self.chip.i2c_write(bytes((register,)) + bytes(data))


class Storage:
    def __init__(self):
        self.page = p.new_page()
        self.faults = f.FaultSet(self.page, p.FAULTS)


class Bench:
    """The duty as a scheduler runs it, up to `late_ms` late; the ticks may begin anywhere."""

    def __init__(self, moment=NOON, first_tick=0, late_ms=0, drift_ppm=0):
        self.sim = SimClock()
        self.chip = Chip(self.sim)
        self.chip.power_on()
        if moment is not None:
            self.chip.set(moment)
        self.chip.drift_ppm = drift_ppm
        self.bus = Bus(self.chip)
        self.storage = Storage()
        self.duty = Clock(Ds3231(self.bus), self.storage)
        self.first_tick = first_tick
        self.late = random.Random(late_ms)
        self.late_ms = late_ms
        self.due_ns = 0
        self.reads = 0

    @property
    def ticks(self):
        return (self.first_tick + self.sim.now_ns // NS_PER_MS) % PERIOD

    def run(self, seconds):
        end = self.sim.now_ns + round(seconds * NS_PER_S)
        while self.due_ns <= end:
            self.sim.advance_to(max(self.due_ns, self.sim.now_ns))
            delay = self.duty.step(self.ticks)
            assert 0 < delay <= 2100
            self.reads += 1
            jitter = self.late.randint(0, self.late_ms)
            self.due_ns = self.sim.now_ns + (delay + jitter) * NS_PER_MS
        self.sim.advance_to(end)

    def stop_clock(self):
        """The chip answers, always the same."""
        self.bus.readfrom_mem_into(ADDRESS, 0, still := bytearray(19))
        self.chip.i2c_read = lambda n: bytes(still[:n])

    def error_ms(self):
        """How far `now` is from what the chip keeps, ms."""
        self.duty.update(self.ticks)
        minute, ms = self.duty.now
        assert 0 <= ms < 60000
        true = (self.chip.now() - datetime(2000, 1, 1)).total_seconds() * 1000
        return minute * 60000 + ms - true


def test_before_the_first_edge_it_is_not_settled_and_after_it_the_time_is_known_to_20_ms():
    bench = Bench(moment=NOON.replace(microsecond=400000))
    bench.run(0.5)
    assert not bench.duty.settled
    bench.run(0.2)
    assert bench.duty.settled and bench.duty.valid
    assert abs(bench.error_ms()) <= 20


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 999999),
    st.sampled_from((0, 12345, PERIOD - 3000, PERIOD // 2)),
    st.sampled_from((0, 3, 20)),
    st.sampled_from((-100, -30, 0, 2, 40, 100)),
)
def test_the_time_stays_known_within_30_ms_whatever_the_phase_drift_and_lateness(
    microsecond, first_tick, late_ms, drift_ppm
):
    bench = Bench(NOON.replace(microsecond=microsecond), first_tick, late_ms, drift_ppm)
    bench.run(2)
    for _ in range(70):
        bench.run(7.3)
        assert abs(bench.error_ms()) <= 30


def test_it_reads_once_a_second_once_it_has_found_the_edge():
    bench = Bench()
    bench.run(2)
    bench.reads = 0
    bench.run(1000)
    assert 990 <= bench.reads <= 1010


def test_midnight_and_the_turn_of_the_year_are_followed():
    bench = Bench(datetime(2027, 12, 31, 23, 59, 50))
    for _ in range(100):
        bench.run(0.21)
        if bench.duty.settled:
            assert abs(bench.error_ms()) <= 20


@pytest.mark.parametrize("ppm", [-40, -3, 0, 3, 40])
def test_drift_is_unknown_for_an_hour_and_then_as_exact_as_said(ppm):
    bench = Bench(drift_ppm=-ppm)  # a slow clock chip makes a fast time base
    bench.run(3500)
    assert bench.duty.drift_ppb is None
    bench.run(200)
    assert abs(bench.duty.drift_ppb - 1000 * ppm) <= 6000
    bench.run(86400)
    assert abs(bench.duty.drift_ppb - 1000 * ppm) <= 300


@pytest.mark.parametrize("jump_s", [1, -1, 30, -30, 3600, -3600, 86400])
def test_a_clock_that_was_changed_is_taken_over_within_three_seconds(jump_s):
    bench = Bench()
    bench.run(10)
    moved = bench.chip.now().timestamp() + jump_s
    bench.chip.set(datetime.fromtimestamp(moved))
    bench.run(3.2)
    assert abs(bench.error_ms()) <= 20


def test_a_clock_set_by_the_meter_is_right_at_once():
    bench = Bench(moment=None)
    bench.run(3)
    assert bench.duty.now[0] == NOT_VALID and bench.duty.settled
    assert bench.storage.faults.word == f.CLOCK_NOT_SET
    bench.duty.set(bench.ticks, 2025, 3, 1, 12, 0, 0)
    assert bench.duty.valid and list(bench.duty.now) == [NOON_MINUTE, 0]
    bench.due_ns = bench.sim.now_ns
    bench.run(100)
    assert abs(bench.error_ms()) <= 20
    assert bench.storage.faults.word == 0


def test_a_clock_that_stands_still_is_a_fault_and_no_time():
    bench = Bench()
    bench.run(5)
    bench.stop_clock()
    bench.run(4)
    assert bench.storage.faults.word & f.CLOCK_DEAD
    assert bench.duty.now[0] == NOT_VALID and not bench.duty.valid


@pytest.mark.parametrize("after_s", [0.4, 0.9, 1.3, 1.7, 2.1, 2.5])
def test_a_clock_that_stops_while_its_edge_is_late_is_a_fault_all_the_same(after_s):
    bench = Bench()
    bench.run(10)
    bench.chip.set(bench.chip.now() - timedelta(seconds=0.9))
    bench.run(after_s)
    bench.stop_clock()
    bench.run(4.5)
    assert bench.storage.faults.word & f.CLOCK_DEAD


def test_a_start_with_a_clock_that_stands_still_settles_all_the_same():
    bench = Bench()
    bench.stop_clock()
    bench.run(2)
    assert bench.duty.settled and bench.duty.now[0] == NOT_VALID


def test_a_bus_that_fails_and_comes_back_costs_the_time_only_meanwhile():
    bench = Bench()
    bench.run(5)
    bench.bus.broken = True
    bench.run(3)
    assert bench.duty.now[0] == NOT_VALID
    assert bench.storage.faults.word & f.CLOCK_DEAD
    bench.bus.broken = False
    bench.run(3)
    assert abs(bench.error_ms()) <= 20 and bench.storage.faults.word == 0


def test_the_gap_before_a_start_is_told_by_a_valid_clock_only():
    bench = Bench()
    assert bench.duty.gap_s() == -1  # never seen a valid clock
    bench.run(3)
    then = bench.storage.page[p.CLOCK]
    bench.sim.advance_to(bench.sim.now_ns + 100 * NS_PER_S)
    assert 100 <= bench.duty.gap_s() <= 104
    bench.storage.page[p.CLOCK] = then + 10**6
    assert bench.duty.gap_s() == -1  # the clock was set back
    bench.bus.broken = True
    bench.storage.page[p.CLOCK] = then
    assert bench.duty.gap_s() == -1


NONSENSE = {
    "all 0": bytes(19),
    "all FF": b"\xff" * 19,
    "60 seconds": b"\x60",
    "99 seconds": b"\x99",
    "a digit above 9": b"\x0a",
    "month 0": bytes.fromhex("00 00 12 07 01 00 25"),
    "month 13": bytes.fromhex("00 00 12 07 01 13 25"),
    "February 30": bytes.fromhex("00 00 12 07 30 02 25"),
    "24 hours": bytes.fromhex("00 00 24 07 01 03 25"),
    "no day of the week": bytes.fromhex("00 00 12 00 01 03 25"),
}


@pytest.mark.parametrize("what", NONSENSE)
@pytest.mark.parametrize("after_s", [0, 0.3, 5])
def test_a_chip_that_answers_nonsense_is_a_fault_and_no_time_until_it_does_not(what, after_s):
    bench = Bench()
    bench.run(after_s)
    said = bench.chip.i2c_read
    nonsense = NONSENSE[what]
    bench.chip.i2c_read = lambda n: (nonsense + said(19)[len(nonsense) :])[:n]
    then = bench.storage.page[p.CLOCK]
    bench.run(5)
    assert bench.storage.faults.word == f.CLOCK_DEAD
    assert bench.duty.now[0] == NOT_VALID and not bench.duty.valid and bench.duty.settled
    assert bench.duty.gap_s() == -1 and bench.storage.page[p.CLOCK] == then
    bench.chip.i2c_read = said
    bench.run(5)
    assert bench.storage.faults.word == 0 and abs(bench.error_ms()) <= 20


@pytest.mark.parametrize("year", range(2090, 2200))
def test_a_year_that_two_digits_cannot_say_is_a_clock_that_is_not_set(year):
    bench = Bench(datetime(year, 2, 27, 23, 59, 58))
    bench.run(4)
    assert bench.storage.faults.word == f.CLOCK_NOT_SET
    assert bench.duty.now[0] == NOT_VALID and not bench.duty.valid and bench.duty.settled
    assert bench.storage.page[p.CLOCK] == 0 and bench.duty.gap_s() == -1
    bench.duty.set(bench.ticks, 2025, 3, 1, 12, 0, 0)
    bench.due_ns = bench.sim.now_ns
    bench.run(4)
    assert bench.storage.faults.word == 0 and abs(bench.error_ms()) <= 20


def test_the_clock_runs_to_the_end_of_2089_and_is_not_set_from_then_on():
    bench = Bench(datetime(2089, 12, 31, 23, 59, 30))
    bench.run(28)
    assert bench.duty.valid and abs(bench.error_ms()) <= 20
    bench.run(6)
    assert bench.storage.faults.word == f.CLOCK_NOT_SET and bench.duty.now[0] == NOT_VALID


@pytest.mark.parametrize("octant", range(8))
def test_a_time_that_no_duty_follows_is_right_for_seconds_and_then_not_known(octant):
    bench = Bench(moment=None, first_tick=octant * PERIOD // 8 - 500)
    bench.duty.set(bench.ticks, 2025, 3, 1, 12, 0, 0)
    for ms in (1000, 8000):
        bench.sim.advance_to(bench.sim.now_ns + ms * NS_PER_MS)
        assert bench.error_ms() == 0
    for _ in range(14 * 24):  # billing and the log ask, ten times a second
        bench.sim.advance_to(bench.sim.now_ns + 3600 * NS_PER_S)
        bench.duty.update(bench.ticks)
        assert bench.duty.now[0] == NOT_VALID and not bench.duty.valid


def test_the_gap_before_a_start_is_never_shorter_than_it_was():
    for then_s in range(4):
        for gone_s in range(6):
            bench = Bench(NOON + timedelta(seconds=then_s))
            bench.run(0.001)
            bench.chip.set(NOON + timedelta(seconds=then_s + gone_s, milliseconds=999))
            assert gone_s + 0.999 <= bench.duty.gap_s() <= gone_s + 4


# A clock that lies


def drifted(ppm, seconds=10):
    """A bench that ran well, and whose clock is off from now on."""
    bench = Bench()
    bench.run(seconds)
    assert bench.duty.agrees and not bench.storage.faults.word
    bench.chip.drift_ppm = ppm
    return bench


def minutes_to_the_fault(bench, most):
    for minute in range(1, most + 1):
        bench.run(60)
        if bench.storage.faults.word & f.CLOCK_DRIFTS:
            assert not bench.duty.agrees
            return minute
        assert bench.duty.agrees
    return None


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("before_s", [10, 1800, 3500, 7000])
@pytest.mark.parametrize(("ppm", "most"), [(250, 90), (1000, 20), (5000, 5), (30000, 2)])
def test_a_clock_that_drifts_more_than_crystals_do_is_found(sign, before_s, ppm, most):
    assert minutes_to_the_fault(drifted(sign * ppm, before_s), most) is not None


@settings(max_examples=10, deadline=None)
@given(ppm=st.integers(-180, 180), late_ms=st.integers(0, 20), microsecond=st.integers(0, 999999))
def test_a_clock_that_drifts_as_crystals_do_is_no_fault(ppm, late_ms, microsecond):
    bench = Bench(NOON.replace(microsecond=microsecond), 0, late_ms, ppm)
    assert minutes_to_the_fault(bench, 150) is None


def test_a_fault_of_drift_ends_once_both_have_agreed_for_an_hour():
    bench = drifted(5000)
    assert minutes_to_the_fault(bench, 5)
    bench.run(7200)
    assert bench.storage.faults.word == f.CLOCK_DRIFTS
    bench.chip.drift_ppm = 2
    bench.run(3500)
    assert bench.storage.faults.word == f.CLOCK_DRIFTS and not bench.duty.agrees
    bench.run(300)
    assert bench.storage.faults.word == 0 and bench.duty.agrees


def test_a_fault_of_drift_that_somebody_withdraws_is_raised_again():
    bench = drifted(5000)
    assert minutes_to_the_fault(bench, 5)
    bench.storage.faults.withdraw(f.CLOCK_DRIFTS)
    bench.run(3)
    assert bench.storage.faults.word == f.CLOCK_DRIFTS


@pytest.mark.parametrize("by_s", [1, -1, 31, -3600, 86400, 10**8])
def test_a_clock_that_jumps_by_itself_is_a_fault_before_anybody_is_shown_its_time(by_s):
    bench = drifted(0)
    bench.chip.set(bench.chip.now() + timedelta(seconds=by_s))
    for _ in range(60):
        bench.run(0.1)
        jumped = abs(bench.error_ms()) < 500
        assert not jumped or not bench.duty.agrees
    assert jumped and bench.storage.faults.word == f.CLOCK_DRIFTS


@pytest.mark.parametrize("by_s", [1, -1, 31, -3600, 86400, 10**8])
def test_a_clock_that_is_set_is_no_fault_whatever_it_was(by_s):
    bench = drifted(0)
    for _ in range(5):
        moment = bench.chip.now() + timedelta(seconds=by_s)
        bench.duty.set(bench.ticks, *moment.timetuple()[:6])
        bench.due_ns = bench.sim.now_ns
        bench.run(600)
        assert bench.storage.faults.word == 0 and bench.duty.agrees
        assert abs(bench.error_ms()) <= 20


def test_one_disturbed_read_is_neither_a_change_nor_a_drift():
    for after_ms in range(0, 2000, 37):
        bench = drifted(0)
        bench.run(after_ms / 1000)
        good = bench.chip.i2c_read

        def bad(n, bench=bench, good=good):
            bench.chip.i2c_read = good
            octets = bytearray(good(n))
            octets[0] ^= 0x10  # ten seconds more or less
            return bytes(octets)

        bench.chip.i2c_read = bad
        for _ in range(50):
            bench.run(0.1)
            assert abs(bench.error_ms()) <= 2500
        assert bench.duty.agrees and bench.storage.faults.word == 0
        assert abs(bench.error_ms()) <= 30


def test_time_goes_on_by_the_time_base_while_an_edge_is_looked_for():
    bench = drifted(0)
    bench.chip.set(bench.chip.now() + timedelta(milliseconds=400))
    shown = []
    for _ in range(30):
        bench.run(0.1)
        bench.duty.update(bench.ticks)
        shown.append(bench.duty.now[0] * 60000 + bench.duty.now[1])
    assert all(50 <= b - a <= 550 for a, b in zip(shown, shown[1:], strict=False))
