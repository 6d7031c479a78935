"""The ADE7953 model measures: scales, settling, phase, zero crossings, power quality, pins."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from picometer.virtual.ade7953 import Scatter
from picometer.virtual.ade7953.power_quality import largest_sample
from picometer.virtual.ade7953.registers import signed
from tests_host.unit.test_virtual_ade7953 import MS, Bench, S


def settled(*inputs, **how):
    bench = Bench(**how)
    bench.chip.set_inputs(*inputs)
    bench.wait(5 * S)
    return bench


def signed_peek(bench, address, bits=24):
    return signed(bench.chip.peek(address), bits)


def test_check_vectors_at_unity_power_factor():
    bench = settled(0.5, 0.5, 0.5, 0, 0, 60)
    for address in (0x21C, 0x21A, 0x21B):
        assert bench.read(address) == 4_516_003
    assert bench.read(0x212) == bench.read(0x213) == bench.read(0x210) == 1_215_600
    assert bench.read(0x10A) == bench.read(0x10B) == 0x7FFF
    assert bench.read(0x10E) == 3728
    assert bench.read(0x10C) == 0


def test_check_vectors_lagging_leading_and_reversed():
    lag = settled(0.5, 0.5, 0.5, math.pi / 3, -math.pi / 3, 60)
    assert signed_peek(lag, 0x212) == signed_peek(lag, 0x213) == 607_800
    assert signed_peek(lag, 0x214) == 1_052_741
    assert signed_peek(lag, 0x215) == -1_052_741
    assert (lag.read(0x10A), lag.read(0x10B)) == (0x4000, 0xC000)
    assert signed_peek(lag, 0x10C, 16) == 622
    assert signed_peek(lag, 0x10D, 16) == -622
    back = settled(0.5, 0.5, 0.5, math.pi, 0, 60)
    assert signed_peek(back, 0x212) == -1_215_600
    assert back.read(0x201) >> 10 & 0xF == 0b0001


@pytest.mark.parametrize(("hz", "period"), [(60, 3728), (50, 4474)])
def test_period_follows_the_formula(hz, period):
    assert settled(0.5, 0, 0, 0, 0, hz).read(0x10E) == period


def test_full_scale_codes():
    bench = settled(1, 1, 1, 0, 0, 50)
    assert bench.read(0x21C) == 9_032_007
    assert bench.read(0x31C) == 0xFF89D147, "the 32-bit alias is sign extended"
    assert bench.read(0x212) == 4_862_401
    assert bench.read(0x226) == 6_500_000


def test_pga_multiplies_and_the_converter_clips():
    bench = settled(0.02, 0.02, 0.02, 0, 0, 50)
    before = bench.chip.peek(0x21A)
    bench.write(0x008, 5)
    bench.write(0x009, 4)
    bench.wait(5 * S)
    assert bench.read(0x21A) == pytest.approx(22 * before, rel=1e-4)
    assert bench.read(0x21B) == pytest.approx(16 * before, rel=1e-4)
    bench.chip.set_inputs(0.02, 1, 1, 0, 0, 50)
    bench.wait(5 * S)
    assert bench.read(0x21A) == 9_032_007


def test_gains_and_offsets_of_rms():
    bench = settled(0.5, 0.001, 0.5, 0, 0, 50)
    bench.write(0x286, 0x7FFFF)
    bench.write(0x281, 0x200000)
    bench.write(0x28C, 0x600000)
    bench.wait(5 * S)
    assert bench.read(0x21A) == int(math.sqrt(9032.007**2 + 0x7FFFF * 4096))
    assert bench.read(0x21C) == 4_516_003 // 2
    assert bench.read(0x21B) == pytest.approx(4_516_003 * 1.5, abs=1)
    bench.write(0x286, 0xF00000)
    bench.wait(5 * S)
    assert bench.read(0x21A) == 0


def test_rms_and_power_settle_within_200_ms():
    bench = settled(0.5, 0.5, 0.5, 0, 0, 60)
    bench.chip.set_inputs(0.5, 0.25, 0.5, 0, 0, 60)
    assert bench.chip.peek(0x21A) == 4_516_003
    bench.wait(40 * MS)
    assert 2_258_001 < bench.chip.peek(0x21A) < 4_000_000
    bench.wait(160 * MS)
    assert bench.chip.peek(0x21A) == pytest.approx(2_258_001, rel=0.015)
    assert bench.chip.peek(0x212) == pytest.approx(607_800, rel=0.01)


def test_power_factor_in_noload():
    assert settled(0.5, 0, 0, 0, 0, 60).read(0x10A) == 0x7FFF
    bench = settled(0.5, 0.5, 0.5, math.pi / 2 - 0.0003, math.pi, 60)
    assert bench.read(0x10A) == 0
    assert signed_peek(bench, 0x10B, 16) == -0x7FFF, "reactive no-load: sign of active power"


def test_scatter_moves_gain_and_phase():
    part = Scatter(gain_v=0.02, gain_a=-0.01, phase_a=0.005)
    bench = settled(0.5, 0.5, 0.5, math.pi / 3, 0, 60, scatter=part)
    assert bench.read(0x21C) == pytest.approx(4_516_003 * 1.02, rel=1e-6)
    watt = 1_215_600 * 1.02 * 0.99 * math.cos(math.pi / 3 + 0.005)
    assert bench.read(0x212) == pytest.approx(watt, rel=1e-5)


@given(
    amplitude=st.floats(1, 6.5e6), start=st.integers(0, 10**17), span=st.integers(0, 3 * 10**15)
)
@settings(max_examples=80, deadline=None)
def test_largest_sample_bounds_every_sample(amplitude, start, span):
    largest = largest_sample(amplitude, start, start + span)
    samples = [
        abs(amplitude * math.sin(math.pi * (start + span * n // 50) / 10**15)) for n in range(51)
    ]
    assert max(samples) <= largest + 1 + amplitude * 1e-9
    assert largest <= amplitude + 1
    assert largest >= max(samples) - amplitude * 0.01 - 1


def test_waveform_is_a_sine_at_the_line_frequency():
    bench = settled(0.5, 0.5, 0.5, math.pi / 2, 0, 50)
    for _ in range(20):
        bench.wait(1_234_567)
        v, i = signed_peek(bench, 0x218), signed_peek(bench, 0x216)
        assert math.hypot(v, i) == pytest.approx(3_250_000, rel=1e-6)
        assert signed_peek(bench, 0x217) == v
    before = signed_peek(bench, 0x218)
    bench.wait(20 * MS)
    assert abs(signed_peek(bench, 0x218) - before) < 150_000


def test_zero_crossing_pin_and_flags():
    bench = settled(0.5, 0.5, 0, math.pi / 2, 0, 50)
    levels = []
    for _ in range(400):
        bench.wait(100_000)
        levels.append((bench.chip.zx, bench.chip.zx_i))
    rises = [n for n in range(1, 400) if levels[n][0] > levels[n - 1][0]]
    assert len(rises) == 2 and abs(rises[1] - rises[0] - 200) <= 1
    rises_i = [n for n in range(1, 400) if levels[n][1] > levels[n - 1][1]]
    assert (rises_i[0] - rises[0]) % 200 in (49, 50, 51), "a quarter cycle behind"
    bench.read(0x22E)
    bench.wait(11 * MS)
    assert bench.read(0x22D) & (1 << 15 | 1 << 12) == 1 << 15 | 1 << 12
    assert not bench.read(0x230) & 1 << 12, "no current B, no crossings"


@pytest.mark.parametrize(("edge", "polarity"), [(1, 0), (2, 1)])
def test_zero_crossing_edge_selects_the_flag(edge, polarity):
    bench = settled(0.5, 0, 0, 0, 0, 50)
    bench.write(0x102, 0x8004 | edge << 12)
    seen = set()
    for _ in range(100):
        before = bench.chip.zx
        bench.read(0x22E)
        bench.wait(900_000)
        after = bench.chip.zx
        flagged = bool(bench.read(0x22D) & 1 << 15)
        assert flagged == (before != after and after == polarity)
        seen.add(flagged)
    assert seen == {True, False}


def test_zero_crossing_timeout_comes_once_the_voltage_is_gone():
    bench = settled(0.5, 0.5, 0.5, 0, 0, 50)
    bench.write(0x100, 14_000)  # about a second
    bench.read(0x22E)
    bench.wait(5 * S)
    assert not bench.read(0x22E) & 1 << 14
    bench.chip.set_inputs(0, 0.5, 0, 0, 0, 50)
    bench.wait(980 * MS)
    assert not bench.read(0x22D) & 1 << 14
    bench.wait(30 * MS)
    assert bench.read(0x22E) & (1 << 14 | 1 << 11) == 1 << 14
    assert bench.read(0x230) & 1 << 11
    bench.wait(5 * S)
    assert not bench.read(0x22D) & 1 << 14


def test_sag_after_its_half_cycles_and_once():
    bench = settled(0.5, 0.5, 0.5, 0, 0, 50)
    bench.write(0x000, 2)
    bench.write(0x200, 2_000_000)
    bench.write(0x110, 0x0001)
    bench.write(0x22C, 1 << 19)
    bench.read(0x22E)
    bench.chip.set_inputs(0.25, 0.5, 0.5, 0, 0, 50)
    bench.wait(19 * MS)
    assert (bench.chip.irq, bench.chip.zx) == (1, 0)
    bench.wait(2 * MS)
    assert (bench.chip.irq, bench.chip.zx) == (0, 1)
    bench.read(0x22E)
    assert bench.chip.irq == 1
    bench.wait(S)
    assert bench.chip.irq == 1
    bench.chip.set_inputs(0.5, 0.5, 0.5, 0, 0, 50)
    assert bench.chip.zx == 0


def test_peaks_hold_until_the_clearing_read():
    bench = settled(0.5, 0.25, 0, 0, 0, 50)
    bench.chip.set_inputs(0.1, 0.1, 0, 0, 0, 50)
    bench.wait(S)
    assert bench.read(0x226) == bench.read(0x226) == 3_250_000
    assert bench.read(0x227) == 3_250_000
    assert bench.read(0x229) == 1_625_000
    bench.wait(S)
    assert bench.read(0x226) == 650_000
    assert bench.read(0x228) == 650_000


def test_overvoltage_and_overcurrent_flags():
    bench = settled(0.5, 0.5, 0.1, 0, 0, 50)
    bench.write(0x224, 3_300_000)
    bench.write(0x225, 3_200_000)
    bench.read(0x22E)
    bench.wait(20 * MS)
    assert bench.read(0x22D) & (1 << 16 | 1 << 13) == 1 << 13
    assert not bench.read(0x230) & 1 << 13
    bench.chip.set_inputs(0.52, 0.5, 0.6, 0, 0, 50)
    bench.wait(20 * MS)
    assert bench.read(0x22D) & 1 << 16
    assert bench.read(0x231) & 1 << 13


@given(
    gap=st.lists(st.integers(1, 8 * MS), min_size=1, max_size=30),
    oilvl=st.sampled_from([3_000_000, 0xFFFFFF]),
    kv=st.sampled_from([0, 0.5]),
    begin=st.integers(0, 10 * MS),
)
@settings(max_examples=50, deadline=None)
def test_status_polled_at_any_rhythm_collects_the_same_flags(gap, oilvl, kv, begin):
    polled, lazy = (settled(0.5, 0.1, 0.01, 1, 0, 50) for _ in range(2))
    for bench in (polled, lazy):
        bench.write(0x225, oilvl)
        bench.write(0x100, 1000)
        bench.wait(begin)
        bench.read(0x229)
        bench.read(0x22E)
        bench.read(0x231)
        bench.chip.set_inputs(kv, 0.5, 0.01, 1, 0, 50)
    for ns in gap:
        polled.wait(ns)
        polled.chip.peek(0x22D)
        polled.chip.peek(0x230)
    lazy.clock.advance_to(polled.clock.now_ns)
    assert polled.chip.peek(0x22D) == lazy.chip.peek(0x22D)
    assert polled.chip.peek(0x230) == lazy.chip.peek(0x230)
    assert polled.chip.peek(0x228) == lazy.chip.peek(0x228)


@pytest.mark.parametrize("begin", range(0, 10 * MS, 400_000))
def test_overcurrent_between_polls_is_not_passed_over(begin):
    bench = settled(0.5, 0.5, 0.5, 1, 0, 50)
    bench.wait(begin)
    bench.write(0x225, 3_000_000)
    bench.read(0x231)
    bench.read(0x22E)
    for _ in range(5):
        bench.wait(4 * MS)
        flags = bench.chip.peek(0x22D)
    assert flags & 1 << 13


def test_flags_that_come_up_again_are_seen_by_polling():
    bench = settled(0.5, 0.5, 0.5, 0, 0, 50)
    bench.write(0x225, 3_000_000)
    crossed = exceeded = 0
    for _ in range(100):
        bench.read(0x22E)
        for _ in range(4):
            bench.wait(MS // 4)
            flags = bench.read(0x22D)
        crossed += flags >> 15 & 1
        exceeded += flags >> 13 & 1
    assert crossed == pytest.approx(10, abs=1)
    assert exceeded in range(22, 40), "the tops of twenty half waves"


def test_noload_on_the_pins_and_unselected_functions():
    bench = settled(0.5, 0.5, 0, 0, 0, 50)
    bench.write(0x110, 0x0065)
    assert (bench.chip.zx, bench.chip.zx_i) == (0, 1)
    bench.write(0x22F, 1 << 6)
    bench.write(0x110, 0x0A00)
    assert bench.chip.revp == 0, "the B group's interrupt, active low"
    bench.read(0x231)
    assert bench.chip.revp == 1


def test_0x120_has_no_numeric_effect_but_the_measurement_stands():
    bench = settled(0.5, 0.5, 0.5, 0, 0, 60)
    before = bench.read(0x212)
    bench.write(0x0FE, 0xAD)
    bench.write(0x120, 0x30)
    bench.wait(S)
    assert bench.read(0x212) == before
