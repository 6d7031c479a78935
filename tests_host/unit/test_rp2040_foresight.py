"""What the metering chip says ahead of time is what it then says."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from picometer.rp2040.attach import ForeseenBus, _afe_foresight
from picometer.virtual.ade7953 import Ade7953
from picometer.virtual.ade7953.registers import LOCATIONS
from picometer.virtual.clock import NS_PER_MS, SimClock
from picometer.virtual.spi import SpiBus

_READ, _WRITE = 0x80, 0x00


def chip():
    clock = SimClock()
    afe = Ade7953(clock)
    afe.power_on()
    clock.advance_to(100 * NS_PER_MS)
    bus = SpiBus()
    return afe, bus.chip_select(afe), ForeseenBus(bus, _afe_foresight(afe))


@settings(max_examples=80, deadline=None)
@given(
    address=st.one_of(st.sampled_from(sorted(LOCATIONS)), st.integers(0, 0xFFFF)),
    command=st.sampled_from([_READ, _WRITE, 0x55]),
    asked_at=st.integers(1, 8),
)
def test_every_byte_foreseen_is_the_byte_that_comes(address, command, asked_at):
    _, select, bus = chip()
    select(0)
    frame = bytes((address >> 8, address & 0xFF, command)) + bytes(6)
    bus.exchange(frame[:asked_at])
    ahead, repeats = bus.ahead()
    assert not repeats
    assert bus.exchange(frame[asked_at:])[: len(ahead)] == ahead[: len(frame) - asked_at]


def test_a_read_is_foreseen_whole_once_it_is_asked_for():
    afe, select, bus = chip()
    size = LOCATIONS[0x31E].size
    for _ in range(2):  # the second time by the short way that polled frames take
        select(0)
        bus.exchange(b"\x03\x1e\x80")
        assert len(bus.ahead()[0]) == size
        bus.exchange(bytes(size))
        select(1)


@pytest.mark.parametrize("level", [0, 1])
def test_a_stuck_line_is_not_foreseen(level):
    afe, select, bus = chip()
    select(0)
    bus.exchange(b"\x03\x1e\x80")
    afe.miso_stuck = level
    assert bus.ahead() == (b"", False)
