"""The FRAM driver against the chip: what is written is there, and what is wrong is said."""

from array import array

import pytest

from fram import Fram, FramError, FramProtected
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


def test_protection_set_while_running_is_cleared_when_asked_and_never_without_need():
    chip, fram = pair()
    fram.start()
    chip.protect(3)
    fram.write(100, b"abc")
    assert bytes(chip.memory[100:103]) == bytes(3)
    fram.mend()
    fram.write(100, b"abc")
    assert bytes(chip.memory[100:103]) == b"abc"
    chip.protect(3, write_protect=True)
    fram.mend()  # which it cannot, and says nothing: who wrote knows that it did not take
    assert chip.status & 0x8C == 0x8C
    with pytest.raises(FramProtected):
        fram.start()
    assert fram.present()


@pytest.mark.parametrize("octet", [0x00, 0xFF])
def test_a_memory_that_reads_as_constant_is_absent_while_it_does(octet):
    chip, fram = pair()
    fram.start()
    assert fram.present() and fram.absences == 0
    chip.disturb = lambda octets, address: bytes((octet,)) * len(octets)
    assert not fram.present() and fram.absences == 1
    chip.disturb = None
    assert fram.present() and fram.absences == 1
    fram.start()
    assert fram.absences == 0


def test_one_disturbed_read_of_the_identity_is_not_believed():
    chip, fram = pair()
    for nth in range(4):
        reads = [0]

        def flip(octets, address, nth=nth, reads=reads):
            reads[0] += 1
            return octets if reads[0] - 1 != nth else bytes((octets[0] ^ 0x10,)) + octets[1:]

        chip.disturb = flip
        fram.start()
        assert fram.present()
        chip.disturb = None
        assert fram.present()


def test_another_chip_of_the_class_is_known_by_what_it_says_at_the_start():
    chip, fram = pair()
    other = b"\x04\x7f\x4b\x03"
    said = [other]
    chip.disturb = lambda octets, address: said[0] if len(octets) == 4 else octets
    fram.start()
    assert fram.present()
    said[0] = b"\x04\x7f\x48\x03"  # it has been exchanged, or something is wrong
    assert not fram.present()


def test_before_it_was_started_a_memory_that_answers_is_present():
    assert pair()[1].present()
    assert not pair(present=False)[1].present()
