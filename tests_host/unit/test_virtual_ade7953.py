"""The ADE7953 model on its bus: access rules, resets, locking, faults."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from picometer.virtual.ade7953 import Ade7953, Scatter
from picometer.virtual.ade7953.registers import RW, TABLE
from picometer.virtual.clock import SimClock

MS = 1_000_000
S = 1_000_000_000


class Bench:
    """A powered chip and whole SPI frames, on a clock of its own."""

    def __init__(self, ready=True, scatter=None, clkin_hz=3_580_000):
        self.clock = SimClock()
        self.chip = Ade7953(self.clock, clkin_hz, scatter)
        self.chip.power_on()
        if ready:
            self.wait(66 * MS)

    def wait(self, ns):
        self.clock.advance_to(self.clock.now_ns + ns)

    def frame(self, data, hold_ns=2_000):
        self.chip.select()
        miso = self.chip.exchange(bytes(data))
        self.wait(hold_ns)
        self.chip.deselect()
        return miso

    def read(self, address, size=None):
        size = size or size_of(address)
        miso = self.frame([address >> 8, address & 0xFF, 0x80] + [0] * size)
        return int.from_bytes(miso[3:], "big")

    def write(self, address, value, size=None, hold_ns=2_000):
        data = value.to_bytes(size or size_of(address), "big")
        self.frame([address >> 8, address & 0xFF, 0x00, *data], hold_ns)


def size_of(address):
    if address in (0x702, 0x800):
        return 1
    return (address >> 8) + 1


@pytest.fixture
def bench():
    return Bench()


def test_reset_sets_every_register_of_the_table():
    bench = Bench(ready=False)
    bench.wait(66 * MS)
    live = {0x201, 0x22D, 0x22E, 0x230, 0x231, 0x0FE, 0x10A, 0x10B, 0x1FE, 0x0FD, 0x1FF, 0x2FF}
    for address, register in TABLE.items():
        if address not in live:
            assert bench.chip.peek(address) == register.reset, register.name


def test_ready_after_66_ms_with_irq_low_and_bit_20():
    bench = Bench(ready=False)
    bench.wait(66 * MS - 10_000)
    assert bench.chip.irq == 1
    assert bench.read(0x102) == 0xFFFF
    bench.write(0x007, 0x02)
    bench.wait(10_000)
    assert bench.chip.irq == 0
    assert bench.read(0x007) == 0, "a write before ready is not heard"
    assert bench.read(0x22E) & 1 << 20
    assert bench.chip.irq == 1
    assert not bench.read(0x22D) & 1 << 20


def test_reset_interrupt_cannot_be_masked(bench):
    bench.write(0x22C, 0)
    assert bench.read(0x22C) == 0x100000


def test_32_bit_alias_is_the_same_storage_sign_extended(bench):
    bench.write(0x389, 0x00FFFF85)
    assert bench.read(0x289) == 0xFFFF85
    assert bench.read(0x389) == 0xFFFFFF85
    bench.write(0x289, 0x000123)
    assert bench.read(0x389) == 0x00000123


@pytest.mark.parametrize("size", [1, 2, 4])
def test_wrong_width_is_discarded(bench, size):
    bench.write(0x280, 0x41, size)
    assert bench.read(0x280) == 0x400000
    bench.chip.set_inputs(1, 1, 0, 0, 0, 60)
    bench.wait(S)
    before = bench.chip.peek(0x21E)
    bench.read(0x21E, size)
    assert bench.chip.peek(0x21E) >= before > 0, "nothing was cleared"
    assert bench.read(0x1FE) == 0x280


def test_read_only_registers_ignore_writes(bench):
    for address in (0x21C, 0x21E, 0x10E, 0x702):
        before = bench.chip.peek(address)
        bench.write(address, 0x5A)
        assert bench.chip.peek(address) == before
    assert bench.chip.peek(0x1FE) == 0


def test_nothing_answers_at_unassigned_addresses(bench):
    assert bench.read(0x11E) == 0xFFFF
    assert bench.read(0x105) == 0xFFFF


@pytest.mark.parametrize(
    ("bit", "address", "other"), [(1, 0x007, 0x108), (2, 0x108, 0x280), (4, 0x280, 0x007)]
)
def test_write_protect_covers_its_width_alone_and_stays_writable(bench, bit, address, other):
    before = bench.read(address)
    bench.write(0x040, bit)
    bench.write(address, 1)
    bench.write(other, 1)
    assert bench.read(address) == before
    assert bench.read(other) == 1
    bench.write(0x040, 0)
    bench.write(address, 1)
    assert bench.read(address) == 1


def test_write_protect_covers_32_bit_aliases(bench):
    bench.write(0x040, 4)
    bench.write(0x380, 1)
    assert bench.read(0x280) == 0x400000


def test_key_opens_0x120_for_the_very_next_access_only(bench):
    bench.write(0x120, 0x30)
    assert bench.read(0x120) == 0
    bench.write(0x0FE, 0xAD)
    bench.read(0x102)
    bench.write(0x120, 0x30)
    assert bench.read(0x120) == 0
    bench.write(0x0FE, 0xAC)
    bench.write(0x120, 0x30)
    assert bench.read(0x120) == 0
    bench.write(0x0FE, 0xAD)
    bench.write(0x120, 0x30)
    assert bench.read(0x120) == 0x30
    bench.write(0x120, 0x31)
    assert bench.read(0x120) == 0x30


def test_cfden_takes_two_identical_writes_in_a_row(bench):
    bench.write(0x103, 0x0F27)
    assert bench.chip.peek(0x103) == 0x3F
    bench.read(0x103)
    bench.write(0x103, 0x0F27)
    assert bench.chip.peek(0x103) == 0x3F, "an access in between starts over"
    bench.write(0x103, 0x0F28)
    assert bench.chip.peek(0x103) == 0x3F
    bench.write(0x104, 0x0F28)
    assert bench.chip.peek(0x104) == 0x3F
    bench.write(0x103, 0x0F27)
    bench.write(0x103, 0x0F27)
    assert bench.chip.peek(0x103) == 0x0F27


@given(cut=st.integers(0, 5))
@settings(max_examples=6, deadline=None)
def test_an_aborted_frame_changes_and_clears_nothing(cut):
    bench = Bench()
    bench.chip.set_inputs(1, 1, 0, 0, 0, 60)
    bench.wait(S)
    before = bench.chip.peek(0x21E)
    bench.frame(bytes([0x02, 0x1E, 0x80, 0, 0, 0])[:cut], hold_ns=0)
    bench.frame(bytes([0x02, 0x80, 0x00, 1, 2, 3])[:cut], hold_ns=0)
    assert bench.chip.peek(0x21E) == before
    assert bench.chip.peek(0x280) == 0x400000
    assert bench.chip.peek(0x1FE) == 0


@given(cuts=st.lists(st.integers(0, 6), max_size=4))
@settings(max_examples=30, deadline=None)
def test_a_frame_may_be_exchanged_in_any_split(cuts):
    chip = Bench().chip
    chip.set_inputs(1, 1, 0, 0, 0, 60)
    data, miso = bytes([0x02, 0x80, 0x80, 0, 0, 0]), b""
    chip.select()
    edges = [0, *sorted(cuts), 6]
    for start, end in zip(edges, edges[1:], strict=False):
        miso += chip.exchange(data[start:end])
    chip.deselect()
    assert miso == b"\xff\xff\xff\x40\x00\x00"


def test_last_registers_follow_successful_accesses_and_not_themselves(bench):
    bench.write(0x108, 0x0123)
    assert bench.read(0x0FD) == 0xCA
    assert bench.read(0x1FE) == 0x108
    assert bench.read(0x1FF) == 0x0123
    bench.read(0x380)
    assert bench.read(0x0FD) == 0x35
    assert bench.read(0x1FE) == 0x380
    assert bench.read(0x3FF) == 0x400000
    assert bench.read(0x1FF) == 0x0123, "one per width"
    assert bench.read(0x1FE) == 0x380


def test_last_rwdata_recovers_a_cleared_energy(bench):
    bench.chip.set_inputs(1, 1, 0, 0, 0, 60)
    bench.wait(S)
    energy = bench.read(0x21E)
    assert energy > 0
    assert bench.read(0x2FF) == energy


def test_the_lock_needs_cs_low_for_1200_ns(bench):
    bench.write(0x102, 0x0004, hold_ns=1_199)
    assert bench.read(0x102) == 0x8004
    bench.write(0x102, 0x0004, hold_ns=1_200)
    assert bench.read(0x102) == 0x0004


def test_unlocked_both_ports_work_and_locked_only_the_locking_one(bench):
    chip = bench.chip
    assert chip.i2c_write(b"\x02\x80") == 2
    assert chip.i2c_read(3) == b"\x40\x00\x00"
    bench.write(0x102, 0x0004)
    assert chip.i2c_write(b"\x02\x80") == 0
    assert bench.read(0x280) == 0x400000
    bench.write(0x102, 0x8004)
    assert chip.i2c_write(b"\x02\x80") == 0, "until reset"
    chip.reset()
    bench.wait(66 * MS)
    assert chip.i2c_write(b"\x01\x02\x00\x04") == 4
    assert bench.read(0x280) == 0xFFFFFF


def test_i2c_needs_cs_high_and_the_right_width(bench):
    chip = bench.chip
    assert chip.i2c_write(b"\x02\x80\x41") == 3
    assert chip.peek(0x280) == 0x400000
    chip.select()
    assert chip.i2c_write(b"\x02\x80") == 0
    chip.deselect()
    chip.i2c_write(b"\x02\x80\x41\x42\x43")
    assert chip.peek(0x280) == 0x414243


def test_software_reset_restores_defaults_and_is_not_acknowledged_on_i2c(bench):
    bench.write(0x007, 2)
    assert bench.chip.i2c_write(b"\x01\x02\x80\x84") == 3
    assert bench.chip.resets == 1
    assert bench.read(0x007) == 0xFF, "not ready"
    bench.wait(66 * MS)
    assert bench.read(0x007) == 0
    assert bench.read(0x22D) & 1 << 20


def test_reset_pin_needs_10_us_and_holds_the_chip(bench):
    bench.write(0x007, 2)
    bench.chip.reset_pin(0)
    bench.wait(9_999)
    bench.chip.reset_pin(1)
    assert bench.read(0x007) == 2
    bench.chip.reset_pin(0)
    bench.wait(S)
    assert bench.read(0x007) == 0xFF
    bench.chip.reset_pin(1)
    bench.wait(66 * MS - 100_000)
    assert bench.read(0x007) == 0xFF
    bench.wait(100_000)
    assert bench.read(0x007) == 0
    assert bench.chip.resets == 1


def test_without_power_nothing_is_kept_counted_or_driven(bench):
    chip = bench.chip
    chip.set_inputs(1, 1, 1, 0, 0, 60)
    bench.write(0x107, 0x0009)
    bench.wait(S)
    chip.power_off()
    counted, pulses = chip.counted_a, chip.cf1_pulses
    assert counted > 200_000
    bench.wait(100 * S)
    assert (chip.counted_a, chip.cf1_pulses) == (counted, pulses)
    assert (chip.irq, chip.cf1, chip.cf2, chip.zx) == (1, 1, 1, 0)
    assert bench.read(0x102) == 0xFFFF
    assert chip.i2c_write(b"\x01\x02") == 0
    chip.power_on()
    bench.wait(66 * MS)
    assert bench.read(0x107) == 0x0300
    assert bench.read(0x21E) < 10
    assert chip.resets == 0
    bench.wait(S)
    assert chip.counted_a > counted


def test_a_reset_within_a_frame_loses_the_frame(bench):
    chip = bench.chip
    chip.select()
    chip.exchange(b"\x02\x80\x00\x01")
    chip.reset()
    assert chip.exchange(b"\x02\x03") == b"\xff\xff"
    chip.deselect()
    bench.wait(66 * MS)
    assert bench.read(0x280) == 0x400000


def test_faults_on_the_wire(bench):
    chip = bench.chip
    chip.miso_stuck = 0
    assert bench.read(0x280) == 0
    chip.miso_stuck = 1
    assert bench.read(0x280) == 0xFFFFFF
    chip.miso_stuck = None
    chip.lose_frames(2)
    assert bench.read(0x280) == 0xFFFFFF
    bench.write(0x280, 0x123456)
    assert bench.read(0x280) == 0x400000


def test_checksum_shows_the_reset_value_and_follows_covered_registers(bench):
    assert bench.read(0x37F, 4) == 0xFFFFFFFF
    bench.write(0x102, 0x8104, hold_ns=0)
    assert bench.read(0x37F, 4) == 0xFFFFFFFF, "recomputed at the next sample"
    bench.wait(MS)
    assert bench.read(0x37F, 4) == 0x48739163
    bench.read(0x22E)
    bench.write(0x203, 0x123)
    bench.wait(MS)
    assert bench.read(0x37F, 4) == 0x48739163, "AP_NOLOAD is not covered"
    assert not bench.read(0x22D) & 1 << 21
    bench.chip.flip_bit(0x282, 7)
    bench.wait(MS)
    assert bench.read(0x282) == 0x400080
    assert bench.read(0x37F, 4) != 0x48739163
    assert bench.read(0x22D) & 1 << 21


def test_checksum_does_not_follow_the_load(bench):
    bench.write(0x102, 0x8104)
    bench.chip.set_inputs(1, 1, 1, 3, 0, 60)
    bench.wait(S)
    assert bench.read(0x201) & 0x3FFC00
    assert bench.read(0x37F, 4) == 0x48739163


def test_wsmp_sets_within_a_sample_of_ready_and_of_each_clear(bench):
    bench.wait(143_100)
    for _ in range(3):
        assert bench.read(0x22E) & 1 << 17
        bench.wait(143_100)


def test_every_writable_register_holds_what_is_written(bench):
    unusual = {0x102, 0x103, 0x104, 0x120, 0x040, 0x22C}
    for address, register in TABLE.items():
        if register.access == RW and address not in unusual:
            value = 0x5A5A5A & (1 << register.bits) - 1
            mask = {0x201: 0x3FF, 0x22F: 0x3FFF}.get(address, -1)
            bench.write(address, value)
            assert bench.read(address) & mask == value & mask, register.name


def test_scatter_is_reproducible_and_within_the_datasheet():
    for seed in range(50):
        part = Scatter.random(seed)
        assert part == Scatter.random(seed)
        assert all(abs(g) <= 0.03 for g in (part.gain_v, part.gain_a, part.gain_b))
        assert all(abs(p) <= 0.00524 for p in (part.phase_a, part.phase_b))
