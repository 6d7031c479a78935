"""The ADE7953 model counts: exact energy, modes, no-load, line cycles."""

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from picometer.virtual.ade7953.energy import Accumulator
from picometer.virtual.ade7953.registers import signed
from tests_host.unit.test_virtual_ade7953 import MS, Bench, S

FULL = 4_862_401
UNIT = 163_840 << 16
READY = 66 * MS

point = st.tuples(
    st.floats(0.1, 1), st.floats(0, 1), st.floats(0, 1), st.floats(-7, 7), st.floats(-7, 7)
)
span = st.integers(1, 3 * S)


def tick(ns):
    return ns * 3_580_000 // 512_000_000_000


def free_running(**inputs):
    bench = Bench(**inputs)
    bench.write(0x001, 0x07)
    bench.write(0x004, 0x00)
    return bench


def signed_read(bench, address):
    return signed(bench.read(address), 24)


@given(steps=st.lists(st.tuples(point, span, st.booleans()), min_size=1, max_size=8))
@settings(max_examples=60, deadline=None)
def test_active_energy_equals_the_exact_oracle_over_any_split(steps):
    bench = free_running()
    oracle = {"a": [0, 0], "b": [0, 0]}
    for (kv, ka, kb, phi_a, phi_b), ns, look in steps:
        bench.chip.set_inputs(kv, ka, kb, phi_a, phi_b, 60)
        start = bench.clock.now_ns
        if look:
            bench.wait(ns // 3)
            _ = bench.chip.irq, bench.chip.counted_a, bench.read(0x21F)
        bench.clock.advance_to(start + ns if not look else max(start + ns, bench.clock.now_ns))
        samples = tick(bench.clock.now_ns) - tick(start)
        for which, ki, phi in (("a", ka, phi_a), ("b", kb, phi_b)):
            total, count = oracle[which]
            total += round(FULL * kv * ki * math.cos(phi) * 65536) * samples
            while abs(total - count * UNIT) >= UNIT:
                rest = total - count * UNIT
                count += abs(rest) // UNIT * (1 if rest > 0 else -1)
            oracle[which] = [total, count]
    assert bench.chip.counted_a == oracle["a"][1]
    assert bench.chip.counted_b == oracle["b"][1]


@given(
    power=st.integers(-FULL * 65536, FULL * 65536),
    cuts=st.lists(st.integers(1, 10**7), min_size=1, max_size=10),
)
@settings(max_examples=100, deadline=None)
def test_folding_in_any_split_counts_the_same(power, cuts):
    whole, split = Accumulator(), Accumulator()
    whole.power = split.power = power
    now = 0
    for cut in cuts:
        now += cut
        split.fold(now)
        assert split.counted * UNIT + split.residual == power * now
        assert abs(split.residual) < UNIT
    whole.fold(now)
    assert (whole.counted, whole.register) == (split.counted, split.register)
    assert split.register == signed(split.counted, 24)


def test_energy_check_vectors():
    bench = free_running()
    bench.chip.set_inputs(0.5, 0.5, 0.5, 0, math.pi / 3, 60)
    start = bench.read(0x21E), bench.read(0x21F), bench.read(0x222)
    began = bench.clock.now_ns
    bench.wait(100 * S)
    seconds = Fraction(bench.clock.now_ns - began, S)
    for address, before, rate in ((0x21E, start[0], 51878), (0x21F, start[1], 25939)):
        lsb = (bench.read(address) - before) % 2**24
        assert abs(lsb / seconds - rate) < 0.6
    assert abs((bench.read(0x222) - start[2]) % 2**24 / seconds - 51878) < 0.6


def test_register_wraps_both_ways_with_half_full_and_overflow_flags():
    for phi, sign in ((0, 1), (math.pi, -1)):
        bench = free_running()
        bench.chip.set_inputs(1, 1, 0, phi, 0, 60)
        bench.wait(20 * S)
        bench.read(0x22E)
        assert not bench.read(0x22D) & 0x09
        bench.wait(S // 2)
        assert bench.read(0x22E) & 0x09 == 0x01
        bench.wait(19 * S)
        assert not bench.read(0x22D) & 0x09
        bench.wait(S)
        assert bench.read(0x22D) & 0x09 == 0x08
        assert signed_read(bench, 0x21E) * sign < 0
        assert bench.chip.counted_a * sign > 2**23


def test_read_with_reset_clears_on_both_aliases_and_loses_nothing():
    bench = free_running()
    bench.write(0x004, 0x40)
    bench.chip.set_inputs(1, 1, 0, 0, 0, 60)
    total = 0
    for address in (0x21E, 0x31E) * 5:
        bench.wait(123_456_789)
        total += bench.read(address)
    assert total == bench.chip.counted_a
    assert bench.chip.peek(0x21E) < 2


@pytest.mark.parametrize(
    ("mode", "phi", "active"), [(0, 0, 1), (0, 3, -1), (1, 0, 1), (1, 3, 0), (2, 3, 1)]
)
def test_active_modes(mode, phi, active):
    bench = free_running()
    bench.write(0x201, mode | mode << 2)
    bench.chip.set_inputs(1, 0.5, 0.5, phi, phi, 60)
    bench.wait(S)
    for address in (0x21E, 0x21F):
        value = signed_read(bench, address)
        assert (value > 1000) - (value < -1000) == active
    signs = bench.read(0x201) >> 10 & 3
    assert signs == (3 if active < 0 else 0)


@pytest.mark.parametrize(
    ("mode", "phi", "reactive"),
    [(0, 1, 1), (0, -1, -1), (0, 2, 1), (1, 1, 1), (1, 2, -1), (1, -2, 1), (2, -1, 1)],
)
def test_reactive_modes(mode, phi, reactive):
    bench = free_running()
    bench.write(0x201, mode << 4 | mode << 6)
    bench.chip.set_inputs(1, 0.5, 0.5, phi, phi, 60)
    bench.wait(S)
    for address in (0x220, 0x221):
        assert signed_read(bench, address) * reactive > 1000


def test_ampere_hour_mode_accumulates_irms():
    bench = free_running()
    bench.write(0x201, 0x100)
    bench.chip.set_inputs(0.1, 0.5, 0.5, 0, 0, 60)
    bench.wait(10 * S)
    assert abs(bench.read(0x222) - 10 * 207_511 * 0.5) < 100
    assert abs(bench.read(0x223) - 10 * 207_511 * 0.05) < 100


def test_offset_of_12000_counts_is_one_lsb_per_second():
    bench = free_running()
    bench.write(0x289, 12_001)
    bench.wait(100 * S)
    assert bench.read(0x21E) in (100, 101)


def test_gains_and_phase_trim_scale_the_energy():
    bench = free_running()
    bench.chip.set_inputs(0.5, 0.5, 0.5, math.pi / 3, 0, 60)
    bench.write(0x282, 0x200000)
    bench.write(0x28E, 0x600000)
    bench.wait(S)
    assert abs(bench.chip.counted_b / bench.chip.counted_a - 6) < 0.01
    bench.write(0x282, 0x400000)
    bench.wait(S)
    before = bench.chip.peek(0x212)
    bench.write(0x108, 1)  # delay: PF 0.5 lagging falls by 0.073 %
    bench.wait(S)
    assert abs(bench.chip.peek(0x212) / before - (1 - 0.00073)) < 0.00001
    bench.write(0x108, 0x200 | 1)
    bench.wait(S)
    assert abs(bench.chip.peek(0x212) / before - (1 + 0.00073)) < 0.00001


def test_noload_stops_each_channel_and_quantity_by_itself():
    bench = Bench()
    bench.write(0x004, 0)
    bench.chip.set_inputs(0.5, 0.000_195, 0.000_205, 0, 0, 60)
    bench.read(0x22E)
    bench.wait(100 * S)
    assert bench.chip.counted_a == 0
    assert bench.chip.counted_b > 0
    accmode = bench.read(0x201)
    assert accmode >> 16 & 0x3F == 0b101_101 - 0b001_000  # reactive both, active A alone
    assert bench.chip.peek(0x21A) > 1000, "rms keeps reading"


def test_noload_level_takes_force_when_switched_off_and_on():
    bench = Bench()
    bench.chip.set_inputs(0.5, 0.000_1, 0, 0, 0, 60)
    bench.write(0x203, 0x9065)
    bench.wait(10 * S)
    assert bench.chip.counted_a == 0
    bench.write(0x001, 1)
    bench.write(0x203, 0x9065)
    bench.write(0x001, 0)
    bench.wait(10 * S)
    assert bench.chip.counted_a > 0


def test_noload_raises_its_flag_and_freezes_the_sign():
    bench = Bench()
    bench.chip.set_inputs(0.5, 0.5, 0, math.pi, 0, 60)
    assert bench.read(0x22E) & 1 << 9, "sign changed"
    bench.chip.set_inputs(0.5, 0, 0, 0, 0, 60)
    assert bench.read(0x22E) & 1 << 6
    assert bench.read(0x201) >> 10 & 1
    bench.chip.set_inputs(0.5, 0.5, 0, 0, 0, 60)
    assert not bench.read(0x201) >> 10 & 1


def line_cycle_bench(half_cycles, mode=0x41):
    bench = free_running()
    bench.chip.set_inputs(0.5, 0.5, 0.5, 0, 0, 50)
    bench.write(0x101, half_cycles)
    bench.write(0x004, mode)
    return bench


def test_line_cycle_windows_latch_and_the_second_read_gives_zero():
    bench = line_cycle_bench(10)  # 100 ms
    bench.wait(S)
    expected = 51_878 / 10
    assert abs(bench.read(0x21E) - expected) < 15
    assert bench.read(0x21E) == 0
    assert bench.read(0x22E) & 1 << 18
    assert not bench.read(0x22D) & 1 << 18
    bench.wait(100 * MS)
    assert bench.read(0x22D) & 1 << 18
    assert abs(bench.read(0x21E) - expected) < 15
    assert bench.chip.counted_a > 51_000, "the truth counts on"


def test_line_cycle_register_holds_with_read_reset_off():
    bench = line_cycle_bench(10, mode=0x01)
    bench.wait(S)
    assert bench.read(0x21E) == bench.read(0x21E) > 5000
    assert bench.read(0x21F) > 50_000, "channel B is not in line-cycle mode"


def test_line_cycle_windows_stand_still_without_a_voltage():
    bench = line_cycle_bench(10)
    bench.wait(S)
    bench.read(0x21E)
    bench.chip.set_inputs(0, 0.5, 0.5, 0, 0, 50)
    bench.read(0x22E)
    bench.wait(10 * S)
    assert not bench.read(0x22D) & 1 << 18


def test_a_new_window_length_waits_for_the_running_window():
    bench = line_cycle_bench(100)  # 1 s
    bench.wait(1500 * MS)
    bench.read(0x22E)
    bench.write(0x101, 10)
    bench.wait(300 * MS)
    assert not bench.read(0x22D) & 1 << 18
    bench.wait(300 * MS)
    assert bench.read(0x22E) & 1 << 18
    bench.wait(110 * MS)
    assert bench.read(0x22E) & 1 << 18


def test_line_cycle_latch_does_not_depend_on_when_it_is_looked_at():
    seen, lazy = line_cycle_bench(7), line_cycle_bench(7)
    target = seen.clock.now_ns + 3 * S
    while seen.clock.now_ns < target:
        seen.wait(3_333_333)
        _ = seen.chip.irq
    seen.clock.advance_to(target + S)
    lazy.clock.advance_to(seen.clock.now_ns)
    assert seen.chip.peek(0x21E) == lazy.chip.peek(0x21E) > 0


def test_energy_started_at_ready_exactly():
    bench = Bench(ready=False)
    bench.chip.set_inputs(1, 1, 0, 0, 0, 60)
    bench.clock.advance_to(10 * S)
    samples = tick(10 * S) - tick(READY)
    assert bench.chip.counted_a == FULL * 65536 * samples // UNIT


def test_clock_off_nominal_scales_energy():
    bench = free_running(clkin_hz=3_620_000)
    bench.chip.set_inputs(1, 1, 0, 0, 0, 60)
    bench.wait(10 * S)
    assert bench.chip.counted_a == pytest.approx(10 * 207_511 * 362 / 358, rel=1e-4)
