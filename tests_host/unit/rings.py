"""Every ring of the board's memory map, on a memory of octets that can be disturbed."""

from array import array
from dataclasses import dataclass

from boards.pico_meter import layout
from journal import FOUND, Journal
from journal.ring import Ring

BASE = 64


@dataclass(frozen=True)
class Kind:
    """One ring of the map: what keeps it, how many slots, and words of a record."""

    name: str
    keeps: type
    slots: int
    words: int

    @property
    def size(self) -> int:
        """Octets of a record."""
        return 4 * self.words


KINDS = (
    Kind("configuration", Journal, layout.CONFIGURATION_SLOTS, 128),
    Kind("program", Journal, layout.PROGRAM_SLOTS, 256),
    Kind("audit head", Journal, layout.AUDIT_SLOTS, 16),
    Kind("identity", Journal, layout.IDENTITY_SLOTS, 32),
    Kind("registers", Journal, layout.REGISTER_SLOTS, 128),
    Kind("read marks", Journal, layout.READ_MARK_SLOTS, 16),
    Kind("access", Journal, layout.ACCESS_SLOTS, 8),
    Kind("service switch", Journal, layout.SERVICE_SWITCH_SLOTS, 16),
    Kind("recorder", Journal, layout.RECORDER_SLOTS, 32),
    Kind("pending", Journal, layout.PENDING_SLOTS, 96),
    Kind("self reads", Ring, layout.SELF_READ_SLOTS, 32),
    Kind("history", Ring, layout.HISTORY_SLOTS, 8),
    Kind("events", Ring, layout.EVENT_SLOTS, 56),
)


class Octets:
    """A memory that says who it is, and whose reads can be disturbed.

    disturb  None, or called with the number of the read, what is there, and the slot that is read,
             None for the identity; returns what arrives
    reads    how many there were, of the identity too
    repeated reads that were said to be repetitions
    """

    IDENTITY = b"\x04\x7f\x48\x03"

    def __init__(self, kind, fill=0):
        self.data = bytearray(bytes((fill,)) * (BASE + kind.slots * kind.size))
        self.disturb = None
        self.reads = 0
        self.repeated = 0
        self._size = kind.size

    def write(self, address, buf):
        data = bytes(memoryview(buf).cast("B"))
        self.data[address : address + len(data)] = data

    def readinto(self, address, buf):
        view = memoryview(buf).cast("B")
        view[:] = self._arrives(
            bytes(self.data[address : address + len(view)]), (address - BASE) // self._size
        )

    def present(self):
        return self._arrives(self.IDENTITY, None) == self.IDENTITY

    def reread(self):
        self.repeated += 1

    def _arrives(self, octets, slot):
        self.reads += 1
        if self.disturb is None:
            return octets
        return self.disturb(self.reads - 1, octets, slot)


def opened(kind, memory):
    return kind.keeps(memory, BASE, kind.slots, array("I", bytes(kind.size)))


def put(ring, value):
    """Append a record all of which depends on `value`."""
    for i in range(1, len(ring.record) - 2):
        ring.record[i] = (value * 0x9E3779B1 + i * 0x85EBCA77) & 0xFFFFFFFF
    ring.record[1] = value
    return ring.append()


def held(ring, found):
    """What a loaded ring says: how it was found, and the values that can be read, oldest first."""
    if isinstance(ring, Journal):
        return found, [ring.record[1]] if found == FOUND else []
    values = []
    for i in reversed(range(ring.valid)):
        assert ring.read(ring.recent(i))
        values.append(ring.record[1])
    return found, values


def load(kind, memory):
    ring = opened(kind, memory)
    return held(ring, ring.load())


def filled(kind, count, fill=0):
    """A memory to which `count` records were written, with values from 1 on."""
    memory = Octets(kind, fill)
    ring = opened(kind, memory)
    assert held(ring, ring.load())[1] == []
    for value in range(1, count + 1):
        assert put(ring, value)
    return memory
