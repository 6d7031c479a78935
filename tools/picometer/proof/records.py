"""Records with a right CRC and an absurd content: none of them stops the meter."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from .record_kinds import KINDS, Kind, put_block
from .record_run import Seed, examine

_FEW = 20  # of what is wrong is told
_WHOLE = (b"\x00", b"\xff")
# What a field alone is set to: the ends of octets, of words, and of MicroPython's small integers.
_FILLS = (b"\x00", b"\x01", b"\x7f", b"\x80", b"\xff")
_VALUES = (1, 2, 0x3FFFFFFF, 0x40000000, 0x7FFFFFFF, 0xFFFFFFFE)
_WORD = 4
_BLOCK = "profile block"
_SEQUENCES = (0, 1, (1 << 29) - 1, 1 << 29, (1 << 30) - 1)


@dataclass(frozen=True)
class Absurdity:
    """One way in which the memory of a meter says what cannot be."""

    name: str
    change: Callable[[bytearray], None]


@dataclass
class RecordsResult:
    """What absurd records have done to meters."""

    cases: int = 0
    violations: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """The promise holds."""
        return self.cases > 0 and not self.violations

    def take(self, name: str, wrong: list[str]) -> None:
        """What was wrong with one case."""
        self.cases += 1
        self.violations += bool(wrong)
        if wrong and len(self.examples) < _FEW:
            self.examples.append(f"{name}: {wrong[0]}")


def prove_absurd_records(
    count: int, seed: int, advance: Callable[[int], None] = lambda n: None
) -> RecordsResult:
    """Start and use `count` meters, each with records that say what cannot be.

    Each record has its right CRC. One to three records are altered at random; the sweep over every
    field of every record is `every_field`.
    """
    draw = random.Random(seed)
    return _examine_all((_at_random(draw) for _ in range(count)), advance)


def sweep(
    absurdities: Iterator[Absurdity], advance: Callable[[int], None] = lambda n: None
) -> RecordsResult:
    """As `prove_absurd_records`, of these."""
    return _examine_all(absurdities, advance)


def _examine_all(absurdities, advance) -> RecordsResult:
    result = RecordsResult()
    grown = Seed.grow()
    for each in absurdities:
        cells = bytearray(grown.cells)
        each.change(cells)
        result.take(each.name, examine(grown, cells))
        advance(1)
    return result


# What is swept.


def whole_records() -> Iterator[Absurdity]:
    """Every record all zeros, all ones, random, and as one of another kind of the same size."""
    draw = random.Random(1)
    for each in KINDS:
        for octet in _WHOLE:
            yield _everywhere(each, f"all {octet.hex()}", _fill(0, None, octet))
        yield _everywhere(each, "random", _noise(draw.randrange(1 << 30)))
        for other in KINDS:
            if other is not each and other.words == each.words:
                yield _swapped(each, other)
    for octet in _WHOLE:
        yield _block(f"all {octet.hex()}", _fill(0, None, octet))
    yield _block("random", _noise(draw.randrange(1 << 30)))


def every_field(kinds=KINDS) -> Iterator[Absurdity]:
    """Each field of each record alone, at each of its extremes; the numbers of records too."""
    for each in kinds:
        for one in each.fields:
            for octet in _FILLS:
                change = _fill(one.at, one.octets, octet)
                yield _everywhere(each, f"{one.name} {octet.hex()}", change)
            if one.octets == _WORD:
                for value in _VALUES:
                    octets = value.to_bytes(_WORD, "little")
                    yield _everywhere(each, f"{one.name} {value:x}", _fill(one.at, _WORD, octets))
        for number in _SEQUENCES:
            yield _numbered(each, number)


def _at_random(draw: random.Random) -> Absurdity:
    chosen = [_one_at_random(draw) for _ in range(draw.choice((1, 1, 1, 2, 3)))]

    def change(cells):
        for each in chosen:
            each.change(cells)

    return Absurdity(" and ".join(each.name for each in chosen), change)


def _one_at_random(draw: random.Random) -> Absurdity:
    if draw.random() < 0.05:
        return _block("octets", _some_octets(draw, None))
    each = draw.choice(KINDS)
    how = draw.choice(("field", "field", "octets", "octets", "noise", "number", "swapped"))
    if how == "field":
        one = draw.choice(each.fields)
        octets = draw.randbytes(one.octets)
        if draw.random() < 0.5:
            octets = draw.choice(_FILLS)
        elif one.octets == _WORD:
            octets = (1 << draw.randrange(32)).to_bytes(_WORD, "little")
        name = f"{one.name} {octets[:8].hex()}"
        return _somewhere(each, name, _fill(one.at, one.octets, octets), draw)
    if how == "octets":
        return _somewhere(each, "octets", _some_octets(draw, each), draw)
    if how == "number":
        return _numbered(each, draw.choice((*_SEQUENCES, draw.randrange(1 << 32))))
    others = [k for k in KINDS if k is not each and k.words == each.words]
    if how == "swapped" and others:
        return _swapped(each, draw.choice(others))
    return _somewhere(each, "random", _noise(draw.randrange(1 << 30)), draw)


# How a record is altered.


def _fill(at: int, octets: int | None, with_octets: bytes):
    def change(content: bytearray) -> None:
        end = len(content) if octets is None else at + octets
        count = end - at
        content[at:end] = (with_octets * count)[:count]

    return change


def _noise(seed: int):
    draw = random.Random(seed)

    def change(content: bytearray) -> None:
        content[:] = draw.randbytes(len(content))

    return change


def _share(share: float, length: int) -> int:
    return int(share * length)


def _fixed(at: int, length: int) -> int:
    return at


def _some_octets(draw: random.Random, each: Kind | None):
    where: list[tuple[Callable[[int], int], int]] = []
    for _ in range(draw.randrange(1, 9)):
        if each is None:
            at = partial(_share, draw.random())
        else:
            one = draw.choice(each.fields)
            at = partial(_fixed, one.at + draw.randrange(one.octets))
        where.append((at, draw.choice((0, 1, 0x7F, 0x80, 0xFF, draw.randrange(256)))))

    def change(content: bytearray) -> None:
        for at, octet in where:
            content[at(len(content))] = octet

    return change


def _everywhere(each: Kind, name: str, change) -> Absurdity:
    """Of a list every entry, else the newest record."""

    def alter(cells):
        slots = each.written(cells)
        for slot in slots if each.entries else slots[-1:]:
            each.change(cells, slot, change)

    return Absurdity(f"{each.name}: {name}", alter)


def _somewhere(each: Kind, name: str, change, draw: random.Random) -> Absurdity:
    """Of a list one entry, often the newest, else the newest record."""
    back = draw.choice((1, 1, 2, 3))

    def alter(cells):
        slots = each.written(cells)
        if slots:
            each.change(cells, slots[-min(back, len(slots)) if each.entries else -1], change)

    return Absurdity(f"{each.name}: {name}", alter)


def _swapped(each: Kind, other: Kind) -> Absurdity:
    def alter(cells):
        (slot,) = other.written(cells)[-1:]
        content = other.content(cells, slot)
        for slot in each.written(cells)[-1:]:
            each.change(cells, slot, lambda kept: kept.__setitem__(slice(None), content))

    return Absurdity(f"{each.name}: the newest of {other.name}", alter)


def _numbered(each: Kind, number: int) -> Absurdity:
    """The newest record has that number, or of a list the next that its slot can have."""

    def alter(cells):
        for slot in each.written(cells)[-1:]:
            given = number - number % each.slots + slot if each.entries else number
            each.put(cells, slot, given & 0xFFFFFFFF, each.content(cells, slot))

    return Absurdity(f"{each.name}: number {number:x}", alter)


def _block(name: str, change) -> Absurdity:
    def alter(cells):
        for element in range(2):
            put_block(cells, element, change)

    return Absurdity(f"{_BLOCK}: {name}", alter)
