"""Every kind of record that a meter keeps: where it lies, its fields, and how to put another."""

from array import array
from collections.abc import Callable
from dataclasses import dataclass

from boards.pico_meter import layout
from firmware import configuration, program
from firmware.pending import EVENT, TABLES
from firmware.profile_program import CONTROL, LIMITS, blocks_of, shape_of
from firmware.profile_store import FRESH, slot_of
from journal.crc import is_sealed, seal
from picometer.virtual.host import ImageMemory
from psem.crc import crc16

_WORD = 4
_SEQUENCES = 1 << 30


@dataclass(frozen=True)
class Field:
    """Octets of a record that mean one thing."""

    name: str
    at: int
    octets: int


@dataclass(frozen=True)
class Kind:
    """A ring of records of `words` words: number, what is kept, CRC-32, number.

    entries  every record is an entry of a list; else the newest one counts
    """

    name: str
    base: int
    slots: int
    words: int
    fields: tuple[Field, ...]
    entries: bool = False

    @property
    def size(self) -> int:
        """Octets of a record."""
        return _WORD * self.words

    def place(self, slot: int) -> slice:
        """Where a slot lies."""
        return slice(self.base + slot * self.size, self.base + (slot + 1) * self.size)

    def written(self, cells) -> list[int]:
        """Slots with a valid record, the newest last."""
        found = []
        for slot in range(self.slots):
            record = array("I", bytes(cells[self.place(slot)]))
            if record[0] == record[-1] and is_sealed(record, self.words - 2):
                found.append((record[0], slot))
        return [slot for _, slot in sorted(found)]

    def content(self, cells, slot: int) -> bytearray:
        """What is kept in a slot, without number and CRC."""
        place = self.place(slot)
        return bytearray(cells[place.start + _WORD : place.stop - 2 * _WORD])

    def number(self, cells, slot: int) -> int:
        """The number of the record in a slot."""
        return array("I", bytes(cells[self.place(slot)]))[0]

    def put(self, cells, slot: int, number: int, content: bytes) -> None:
        """Write a record with the right CRC into a slot."""
        record = array("I", bytes(_WORD) + content + bytes(2 * _WORD))
        record[0] = record[-1] = number
        seal(record, self.words - 2)
        cells[self.place(slot)] = record.tobytes()

    def change(self, cells, slot: int, change: Callable[[bytearray], object]) -> None:
        """Let `change` alter what is kept: of an entry in its place, else as a newer record."""
        content = self.content(cells, slot)
        change(content)
        number = self.number(cells, slot)
        if not self.entries:
            number = (number + 1) % _SEQUENCES
            slot = number % self.slots
        self.put(cells, slot, number, bytes(content))


def _in_order(pairs) -> tuple[Field, ...]:
    fields = []
    at = 0
    for name, octets in pairs:
        fields.append(Field(str(name), at, octets))
        at += octets
    return tuple(fields)


def _words(count: int) -> tuple[Field, ...]:
    return tuple(Field(f"word {i + 1}", _WORD * i, _WORD) for i in range(count))


def _octets_of(field: str, sizes) -> list[tuple[str, int]]:
    return [(f"{field} {i}", size) for i, size in enumerate(sizes)]


def _of_program() -> tuple[Field, ...]:
    """Tables of figures octet by octet, those of the display as they are."""
    pairs: list[tuple[str, int]] = []
    for number, octets in program.FIELDS:
        single = octets <= 57 and number != "version"
        pairs += _octets_of(str(number), (1,) * octets) if single else [(str(number), octets)]
    return _in_order(pairs)


def _of_pending() -> tuple[Field, ...]:
    pairs = _octets_of("last", (1,) * 5)
    sizes = {number: octets for number, octets in program.FIELDS}
    for number in TABLES:
        pairs += _octets_of(f"pending {number}", (1,) * (1 + EVENT) + (sizes[number],))
    return _in_order(pairs)


_SERVICE = _octets_of("state", (1,) * 8) + [("openings", 4), ("closings", 4)]
_HISTORY = _octets_of("time", (1,) * 6) + [("user", 2), ("code", 2), ("argument", 4)]
_EVENT = (
    *_octets_of("time", (1,) * 6),
    *(("source", 1), ("authority", 1), ("user", 2), ("code", 2), ("parameter", 2), ("cycle", 2)),
    *(("place", 1), ("old octets", 1), ("new octets", 1), ("zero", 1), ("version", 4)),
    *(("old", 74), ("new", 74), ("digest", 8), ("chain", 32)),
)
_IDENTITY = [("versions", 6), ("digests", 96)]

KINDS = (
    Kind(
        "configuration",
        *(layout.CONFIGURATION, layout.CONFIGURATION_SLOTS, 128),
        _in_order(configuration.FIELDS),
    ),
    Kind("program", layout.PROGRAM, layout.PROGRAM_SLOTS, 256, _of_program()),
    Kind("event log head", layout.AUDIT, layout.AUDIT_SLOTS, 16, _words(13)),
    Kind("clearing", layout.CLEARING, layout.CLEARING_SLOTS, 8, _words(5)),
    Kind("identity", layout.IDENTITY, layout.IDENTITY_SLOTS, 32, _in_order(_IDENTITY)),
    Kind("registers", layout.REGISTERS, layout.REGISTER_SLOTS, 128, _words(125)),
    Kind("self reads", layout.SELF_READS, layout.SELF_READ_SLOTS, 32, _words(15), True),
    Kind("read marks", layout.READ_MARKS, layout.READ_MARK_SLOTS, 16, _words(13)),
    Kind("access", layout.ACCESS, layout.ACCESS_SLOTS, 8, _words(5)),
    Kind(
        "service switch",
        *(layout.SERVICE_SWITCH, layout.SERVICE_SWITCH_SLOTS, 16),
        _in_order(_SERVICE),
    ),
    Kind("recorder", layout.RECORDER, layout.RECORDER_SLOTS, 32, _words(21)),
    Kind("pending", layout.PENDING, layout.PENDING_SLOTS, 96, _of_pending()),
    Kind("history", layout.HISTORY, layout.HISTORY_SLOTS, 8, _in_order(_HISTORY), True),
    Kind("events", layout.EVENTS, layout.EVENT_SLOTS, 56, _in_order(_EVENT), True),
)


def kind(name: str) -> Kind:
    """The kind called `name`."""
    (found,) = [each for each in KINDS if each.name == name]
    return found


def put_block(cells, element: int, change: Callable[[bytearray], object]) -> None:
    """Let `change` alter a complete block of the load profile: head, intervals, its number."""
    newest = program.Program(ImageMemory(cells), layout.PROGRAM, layout.PROGRAM_SLOTS)
    newest.load()
    limits, control = newest.get(LIMITS), newest.get(CONTROL)
    shape = shape_of(limits, control)
    if not 0 <= element < blocks_of(limits):
        raise ValueError(element)
    at = layout.PROFILE + element * slot_of(shape)
    content = bytearray(cells[at : at + shape.block + _WORD])
    change(content)
    written = content[shape.head : shape.block] + content[: shape.head] + content[shape.block :]
    crc = crc16(written, 0, len(written), FRESH)
    cells[at : at + shape.block + _WORD + 2] = content + crc.to_bytes(2, "little")
