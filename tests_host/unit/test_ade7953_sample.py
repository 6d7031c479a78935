"""The metering read: whatever goes wrong around it, a sample that is OK is true."""

import gc
import tracemalloc
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ade7953 import errors
from ade7953 import registers as reg
from ade7953.vote import judge
from tests_host.unit.ade7953_bench import Bench

WSMP = 1 << 17
RESET = 1 << 20
COUNTS = st.integers(0, 0xFFFFFF)


@pytest.fixture
def bench():
    bench = Bench().started()
    bench.load(ka=0.5, kb=-0.25)
    bench.wait(3)
    return bench


def stored(bench):
    return bench.chip.peek(reg.AENERGYA), bench.chip.peek(reg.AENERGYB)


def test_sample_reads_both_counters_around_the_status(bench):
    bench.frames.clear()
    before = stored(bench)
    assert bench.afe.sample() == errors.OK
    after = stored(bench)
    a, b, status = (bytes((2, low, 0x80, 0, 0, 0)) for low in (0x1E, 0x1F, 0x2D))
    assert bench.frames == [a, b, status, a, b]
    assert before[0] <= bench.afe.counts[0] <= after[0]
    assert before[1] >= bench.afe.counts[1] >= after[1]
    assert bench.afe.counts[1] > 0x800000  # runs backwards: received energy


def test_reading_does_not_clear(bench):
    counts = []
    for _ in range(3):
        assert bench.afe.sample() == errors.OK
        counts.append(bench.afe.counts[0])
    assert counts == sorted(counts)
    assert counts[0] > 100_000


def test_counters_pass_the_ends_of_their_range(bench):
    bench.load(kv=1.0, ka=1.0, kb=-1.0)
    for _ in range(12):
        bench.wait(10)
        assert bench.afe.sample() == errors.OK
        assert abs(bench.afe.counts[0] - stored(bench)[0]) < 200
    assert bench.chip.counted_a > 1 << 24


def test_full_scale_load_is_not_taken_for_noise(bench):
    bench.load(kv=1.0, ka=1.0, kb=-1.0)
    for _ in range(200):
        assert bench.afe.sample() == errors.OK


@pytest.mark.parametrize("frame", range(6))
def test_reset_at_every_frame_boundary(bench, frame):
    for _ in range(3):  # with counters far from zero, then near it
        counts_before = array("I", bench.afe.counts)
        expected = stored(bench)
        bench.ahead(frame, bench.chip.reset)
        code = bench.afe.sample()
        if frame < 3:
            assert code == errors.FAULT_BUS
        if code == errors.OK:  # taken just before the reset
            assert abs(bench.afe.counts[0] - expected[0]) < 64
        else:
            assert bench.afe.counts == counts_before
        if frame == 5:
            bench.before.clear()
            bench.chip.reset()
        assert bench.afe.sample() == errors.FAULT_BUS  # holding off
        bench.wait(0.1)
        assert bench.afe.sample() == errors.FAULT_RESET
        assert bench.afe.sample() == errors.FAULT_RESET
        assert bench.afe.repair() is True
        assert bench.afe.sample() == errors.OK


@pytest.mark.parametrize("frame", range(5))
def test_reset_and_recovery_between_two_frames(bench, frame):
    def reset_and_recover():
        bench.chip.reset()
        bench.wait(0.08)

    kept = array("I", bench.afe.counts)
    expected = stored(bench)
    bench.ahead(frame, reset_and_recover)
    code = bench.afe.sample()
    assert code == (errors.FAULT_RESET if frame < 3 else errors.FAULT_NOISE)
    assert bench.afe.counts == kept
    assert expected[0] > 1000
    assert bench.afe.sample() == errors.FAULT_RESET


@pytest.mark.parametrize("level", [0, 1])
@pytest.mark.parametrize("frame", range(5))
def test_data_line_that_sticks_at_any_frame(bench, frame, level):
    bench.afe.sample()
    kept = array("I", bench.afe.counts)
    bench.ahead(frame, lambda: setattr(bench.chip, "miso_stuck", level))
    code = bench.afe.sample()
    assert code == (errors.FAULT_BUS if frame < 3 else errors.FAULT_NOISE)
    assert bench.afe.counts == kept
    assert bench.afe.sample() == errors.FAULT_BUS
    bench.chip.miso_stuck = None
    assert bench.afe.sample() == errors.OK


@pytest.mark.parametrize("level", [0, 1])
@pytest.mark.parametrize("frame", range(1, 4))
def test_bus_that_dies_while_noise_is_questioned_is_no_drift(bench, frame, level):
    bench.ahead(0, lambda: bench.chip.lose_frames(1))
    assert bench.afe.sample() == errors.FAULT_NOISE
    bench.ahead(frame, lambda: setattr(bench.chip, "miso_stuck", level))
    assert bench.afe.sample() == errors.FAULT_BUS


@pytest.mark.parametrize("seconds", [0.0, 0.0005, 3.0])
@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("frame", range(5))
def test_lost_frames(frame, count, seconds):
    bench = Bench().started()
    bench.load()
    bench.wait(seconds)
    bench.ahead(frame, lambda: bench.chip.lose_frames(count))
    low = stored(bench)[0]
    if bench.afe.sample() == errors.OK:
        assert low <= bench.afe.counts[0] <= stored(bench)[0]
        assert low <= bench.afe.counts[1] <= stored(bench)[1]


@settings(max_examples=60, deadline=None)
@given(frame=st.integers(0, 4), bit=st.integers(0, 23))
def test_single_bit_error_never_moves_a_sample_beyond_its_slack(frame, bit):
    bench = Bench().started()
    bench.load()
    bench.wait(1)

    def flip(index, rx):
        if index == frame:
            rx[5 - bit // 8] ^= 1 << bit % 8

    bench.corrupt = flip
    truth = stored(bench)
    if bench.afe.sample() == errors.OK:
        for count, true in zip(bench.afe.counts, truth, strict=True):
            assert abs(count - true) <= 64 + 20
    bench.corrupt = None
    while bench.afe.sample() == errors.FAULT_RESET:  # a wrong reset flag is gone by itself
        pass
    assert abs(bench.afe.counts[0] - stored(bench)[0]) < 64


@given(COUNTS, COUNTS)
def test_idle_and_stuck_low_status_never_pass(a, b):
    assert judge(a, b, 0xFFFFFF, a, b) == errors.FAULT_BUS
    assert judge(a, b, 0x000000, a, b) == errors.FAULT_BUS


@given(COUNTS, COUNTS, COUNTS)
def test_reset_flag_is_never_overlooked(a, b, status):
    assert judge(a, b, status | RESET, a, b) != errors.OK


@given(COUNTS, COUNTS, st.integers(-(2**23), 2**23 - 1), st.booleans())
def test_second_reads_must_agree_modulo_the_range(a, b, moved, on_a):
    again = (a if on_a else b) + moved & 0xFFFFFF
    code = judge(a, b, WSMP, again if on_a else a, b if on_a else again)
    first = a if on_a else b
    if abs(moved) > 64 or (moved and first in (0, 0xFFFFFF)):
        assert code == errors.FAULT_NOISE
    else:
        assert code == errors.OK


def test_chip_that_begins_to_clear_on_reading_is_not_believed(bench):
    assert bench.afe.sample() == errors.OK
    kept = array("I", bench.afe.counts)
    bench.chip.flip_bit(reg.LCYCMODE, 6)
    assert bench.afe.sample() == errors.FAULT_NOISE
    bench.wait(0.0002)
    assert bench.afe.sample() == errors.FAULT_DRIFT
    assert bench.afe.counts == kept
    assert bench.repaired()
    assert bench.afe.resets == 1  # what the counters held is gone
    assert bench.afe.sample() == errors.OK
    assert bench.afe.counts[0] < 51_878 // 10


def test_i2c_without_acknowledge_is_a_fault_not_an_exception():
    bench = Bench(i2c=True).started()
    assert bench.afe.sample() == errors.OK
    bench.i2c.bus.stuck = True
    out = array("i", [0] * 14)
    for step in (bench.afe.sample, bench.afe.sample, bench.afe.check):
        assert step() == errors.FAULT_BUS
    assert bench.afe.instant(out) == errors.FAULT_BUS
    assert bench.afe.repair() is False
    assert isinstance(bench.afe.error, errors.BusError)
    bench.i2c.bus.stuck = False
    assert bench.afe.sample() == errors.OK


class QuietSpi:
    """Answers as a healthy chip does, and allocates nothing itself."""

    def __init__(self):
        self.status = bytes((0, 0, 0, 2, 0, 0))
        self.count = bytes((0, 0, 0, 0, 5, 7))

    def write_readinto(self, tx, rx):
        rx[:] = self.status if tx[1] == 0x2D else self.count


def test_sample_allocates_nothing():
    from ade7953 import Ade7953, Settings, SpiTransport

    def nothing(_):
        pass

    transport = SpiTransport(QuietSpi(), nothing)
    afe = Ade7953(transport, Settings(1), sleep_ms=nothing, sleep_us=nothing, ticks_ms=nothing)
    sample = afe.sample
    assert sample() == errors.OK
    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        before = tracemalloc.take_snapshot()
        for _ in range(100):
            sample()
        after = tracemalloc.take_snapshot()
    finally:
        tracemalloc.stop()
        gc.enable()
    package = tracemalloc.Filter(True, "*ade7953*")
    growth = after.filter_traces([package]).compare_to(before.filter_traces([package]), "lineno")
    # CPython makes an int of every number over 256; the last few stay in locals and in counts.
    assert sum(line.size_diff for line in growth) < 512
