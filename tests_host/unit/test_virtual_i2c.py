"""The I2C bus at its wires: a transaction bit by bit is the same as one passed as a whole, and one
that is broken off leaves a chip that holds SDA until it has its clocks.
"""

from datetime import datetime

import pytest

from picometer.virtual.clock import SimClock
from picometer.virtual.ds3231 import Ds3231
from picometer.virtual.i2c import I2cBus
from picometer.virtual.pcf8574 import Pcf8574

RTC, EXPANDER = 0x68, 0x20
FAR = 10_000  # more edges than any transaction has
NOON = datetime(2025, 10, 27, 12, 34, 56)


def wired():
    bus = I2cBus()
    rtc, expander = Ds3231(SimClock()), Pcf8574()
    for chip in (rtc, expander):
        chip.power_on()
        bus.attach(chip)
    rtc.set(NOON)
    return bus, rtc, expander


def clock_and_stop(bus):
    """What UM10204 3.1.16 has a master do, and a stop after each clock. Clocks taken."""
    for n in range(1, 10):
        bus.drive_scl(0)
        bus.drive_sda(0)
        bus.drive_scl(1)
        bus.drive_sda(1)
        if bus.sda:
            return n
    return None


TRANSACTIONS = {
    "set the pointer": lambda bus: bus.write(RTC, b"\0"),
    "read the time": lambda bus: bus.read(RTC, 19),
    "set the time": lambda bus: bus.write(RTC, bytes.fromhex("00 30 20 10 06 31 12 27")),
    "write the pins": lambda bus: bus.write(EXPANDER, b"\xfe"),
    "read the pins": lambda bus: bus.read(EXPANDER, 1),
    "nobody": lambda bus: bus.write(0x21, b"\0"),
    "nobody to read": lambda bus: bus.read(0x21, 3),
}


@pytest.mark.parametrize("what", TRANSACTIONS)
def test_bit_by_bit_the_chips_hear_and_say_the_same(what):
    results = []
    for bits in (False, True):
        bus, rtc, expander = wired()
        expander.written = 0x5A
        if bits:
            bus.break_off(FAR)
        results.append((TRANSACTIONS[what](bus), rtc.dump(), expander.written))
        assert bus.sda and bus.scl
    assert results[0] == results[1]


@pytest.mark.parametrize("what", TRANSACTIONS)
def test_a_chip_that_was_left_in_the_middle_holds_the_bus_until_it_has_its_clocks(what):
    held = 0
    for edges in range(1, 400):
        bus, _, expander = wired()
        expander.written = 0x5A
        gone = []
        bus.break_off(edges, lambda gone=gone: gone.append(True))
        result = TRANSACTIONS[what](bus)
        if not gone:
            break
        assert result is None and bus.scl
        if not bus.sda:
            held += 1
            assert bus.write(RTC, b"\0") is None and bus.read(EXPANDER, 1) is None
            assert clock_and_stop(bus) is not None
        assert bus.sda
        assert bus.write(RTC, b"\0") == 1 and len(bus.read(RTC, 7)) == 7
        assert bus.read(EXPANDER, 1) == bytes((expander.written,))
    assert held > 0 or what.startswith("nobody")


def test_a_read_of_zeros_needs_all_nine_clocks_and_a_shorted_wire_more_than_that():
    bus, _, expander = wired()
    expander.written = 0
    needed = set()
    for edges in range(1, 40):
        bus.break_off(edges)
        bus.read(EXPANDER, 1)
        if not bus.sda:
            needed.add(clock_and_stop(bus))
    assert max(needed) == 9
    bus.stuck = True
    assert clock_and_stop(bus) is None


@pytest.mark.parametrize("what", TRANSACTIONS)
def test_one_clock_too_many_never_leaves_a_bus_that_nine_clocks_do_not_free(what):
    for edges in range(1, 400):
        bus, _, _ = wired()
        bus.glitch(edges)
        TRANSACTIONS[what](bus)
        bus.leave_alone()
        if not bus.sda:
            assert clock_and_stop(bus) is not None
        assert bus.write(RTC, b"\0") == 1
        assert len(bus.read(RTC, 7)) == 7


def test_a_chip_without_supply_holds_nothing():
    bus, _, expander = wired()
    expander.written = 0
    bus.break_off(25)
    bus.read(EXPANDER, 1)
    assert not bus.sda
    expander.power_off()
    bus.power_off()
    assert bus.sda
