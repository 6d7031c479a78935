"""The FRAM driver against the chip: what is written is there, and what is wrong is said."""

from array import array

import pytest

from fram import Fram, FramError
from picometer.virtual.fram import Fram as Chip
from picometer.virtual.spi import SpiBus


class Spi:
    """machine.SPI's calls on a bus of one chip."""

    def __init__(self, bus):
        self._bus = bus

    def write(self, buf):
        self._bus.exchange(bytes(memoryview(buf).cast("B")))

    def readinto(self, buf):
        view = memoryview(buf).cast("B")
        view[:] = self._bus.exchange(bytes(len(view)))

    def write_readinto(self, out, into):
        into[:] = self._bus.exchange(bytes(out))


def pair(present=True):
    chip = Chip()
    bus = SpiBus()
    level_changed = bus.chip_select(chip)
    levels = [1]

    def cs(level):
        if level != levels[0]:
            levels[0] = level
            level_changed(level)

    if present:
        chip.power_on()
    return chip, Fram(Spi(bus), cs)


@pytest.mark.parametrize("address", [0, 1, 0x1FFFF, 262144 - 12])
def test_what_is_written_is_there_and_nothing_else(address):
    chip, fram = pair()
    fram.start()
    words = array("I", (1, 0xFFFFFFFF, 0x12345678))
    fram.write(address, words)
    back = array("I", bytes(12))
    fram.readinto(address, back)
    assert back == words
    assert bytes(chip.memory[address : address + 12]) == words.tobytes()
    assert chip.bytes_written == 12


def test_an_absent_chip_is_said():
    _, fram = pair(present=False)
    with pytest.raises(FramError, match="does not answer"):
        fram.start()


def test_block_protection_is_cleared_and_a_protected_chip_is_said():
    chip, fram = pair()
    chip.status |= 0x0C
    fram.start()
    fram.write(100, b"abc")
    assert bytes(chip.memory[100:103]) == b"abc"
    chip.status |= 0x8C
    chip.write_protect = True
    with pytest.raises(FramError, match="protected"):
        fram.start()


@pytest.mark.parametrize("address", [-1, 262144])
def test_an_address_outside_the_memory_is_refused(address):
    _, fram = pair()
    with pytest.raises(ValueError):
        fram.write(address, b"x")
    with pytest.raises(ValueError):
        fram.readinto(address, bytearray(1))
