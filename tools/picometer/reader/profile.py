"""A meter's load profile: ST61 to ST67 by their declarations, read block by block."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from c1219 import decade6

from .client import Client
from .declared import PROFILE_SETS, status_name
from .decode import MalformedTable, TableReader
from .formats import OURS, Formats
from .pieces import in_pieces

_STATUSES = (
    "",
    "overflow",
    "partial",
    "long",
    "skipped",
    "test mode",
    "configuration changed",
    "stopped",
)
_FLAGS = {4: "daylight saving", 5: "power failure", 6: "clock forward", 7: "clock back"}
_TRIES = 3
_DECIMALS = 6  # of values that a scalar has made so that no decimal says them exactly


@dataclass(frozen=True)
class Channel:
    """What a channel records. A value stands for value * factor units."""

    label: str
    symbol: str
    factor: Fraction

    def in_units(self, value: int | Decimal) -> Decimal:
        """A value in units, rounded where it has to be."""
        exact = Fraction(value) * self.factor
        decimals = 0
        while decimals < _DECIMALS and (exact * 10**decimals).denominator != 1:
            decimals += 1
        return Decimal(round(exact * 10**decimals)).scaleb(-decimals)


@dataclass(frozen=True)
class Interval:
    """One interval.

    end     None if the meter did not know the time, or tells what is no time
    values  as recorded; None for octets that are no number
    """

    end: datetime | None
    values: list[int | Decimal | None]
    statuses: list[int]
    flags: int

    def words(self) -> str:
        """What there is to be said of it."""
        words = [text for bit, text in _FLAGS.items() if self.flags >> bit & 1]
        if len(set(self.statuses)) == 1:
            words += filter(None, [_status(self.statuses[0])])
        else:
            numbered = enumerate(self.statuses, start=1)
            words += [f"channel {i} {_status(code)}" for i, code in numbered if code]
        return ", ".join(words)


def _status(code: int) -> str:
    return _STATUSES[code] if code < len(_STATUSES) else f"status {code}"


@dataclass(frozen=True)
class Block:
    """One block: its intervals, and what the register and the pulse counter of each channel read
    at its end, where the meter records that.
    """

    end: datetime | None
    readings: list[int | Decimal | None]
    intervals: list[Interval] = field(default_factory=list)
    pulses: list[int] = field(default_factory=list)


class ProfileReader:
    """Reads a data set, 1 to 4.

    Raises what TableReader and Client raise.
    """

    def __init__(self, client: Client, which: int = 1) -> None:
        self._client = client
        self._which = which
        self._number = PROFILE_SETS[which - 1]
        self._tables = TableReader.of(client)
        if self._number not in self._tables.tables_used():
            raise MalformedTable(f"the meter has no load profile of set {which}")
        self._limits = self._tables.stored(decade6.ST61.number)[1]
        self._control = self._tables.stored(decade6.ST62.number)[1]
        table = self._tables.parts(self._number)[0]
        self._blocks, self._size, self._parts = table[3], table[4], table[5]
        if not self._blocks or not self._size:
            raise MalformedTable(f"the load profile of set {which} has no blocks")
        intervals = next(part[5] for part in self._parts if part[0] == "LP_INT")
        if [part[0] for part in intervals].count("INT_DATA") != 1:
            raise MalformedTable("table 62: the intervals have no format, or several")
        self._length = timedelta(minutes=self._of_set(self._limits, "MAX_INT_TIME_SET1"))

    @property
    def length(self) -> timedelta:
        """Of an interval."""
        return self._length

    def channels(self) -> list[Channel]:
        """What is recorded."""
        selected = self._of_set(self._control, "LP_SEL_SET1")
        ones = [1] * len(selected)
        scalars = self._of_set(self._control, "SCALARS_SET1", ones)
        divisors = self._of_set(self._control, "DIVISORS_SET1", ones)
        channels = []
        for i, chosen in enumerate(selected):
            label, symbol, exponent = self._tables.meaning(chosen["LP_SOURCE_SELECT"])
            factor = Fraction(divisors[i], scalars[i] or 1) * Fraction(10) ** exponent
            channels.append(Channel(label, symbol, factor))
        return channels

    def end_channels(self) -> list[Channel]:
        """What the readings at the end of a block are of."""
        channels = []
        for chosen in self._of_set(self._control, "LP_SEL_SET1"):
            label, symbol, exponent = self._tables.meaning(chosen["END_BLK_RDG_SOURCE_SELECT"])
            channels.append(Channel(label, symbol, Fraction(10) ** exponent))
        return channels

    def status(self) -> dict[str, Any]:
        """ST63 of this set as it is now, by the names that set 1 has."""
        values = self._tables.stored(decade6.ST63.number)[1]
        names = [field[0] for field in decade6.ST63.fields]
        return {name: values[status_name(name, self._which)] for name in names}

    def blocks(self) -> Iterator[Block]:
        """All blocks, the oldest first. One that is overwritten meanwhile is left out."""
        before = self.status()
        for back in range(before["NBR_VALID_BLOCKS"] - 1, 0, -1):
            octets = self._read_block(self._element(before, back))
            now = self.status()
            gone = now["LAST_BLOCK_SEQ_NBR"] - before["LAST_BLOCK_SEQ_NBR"]
            if back + gone < now["NBR_VALID_BLOCKS"]:
                yield self._decoded(octets, self._of_set(self._limits, "NBR_BLK_INTS_SET1"), now)
        yield from self._read_last()

    def _element(self, status: dict[str, Any], back: int) -> int:
        """Where the block lies that is so many before the newest."""
        newest = status["LAST_BLOCK_ELEMENT"]
        step = back if status["LP_STATUS_FLAGS"]["BLOCK_ORDER"] else -back
        return (newest + step) % self._blocks

    def _of_set(self, values: dict[str, Any], name: str, default: Any = None) -> Any:
        """A value of this set by the name that it has in set 1."""
        return values.get(f"{name[:-1]}{self._which}", default)

    def _read_last(self) -> Iterator[Block]:
        # It grows: what is said of it before and after must be the same.
        for _ in range(_TRIES):
            before = self.status()
            if not before["NBR_VALID_BLOCKS"]:
                return
            octets = self._read_block(self._element(before, 0))
            if self.status() == before:
                yield self._decoded(octets, before["NBR_VALID_INT"], before)
                return
        raise MalformedTable("the last block has changed each time it was read")

    def _decoded(self, octets: bytes, count: int, status: dict[str, Any]) -> Block:
        newest_first = bool(status["LP_STATUS_FLAGS"]["INTERVAL_ORDER"])
        formats = self._tables.formats
        return decode_block(self._parts, octets, count, self._length, formats, newest_first)

    def _read_block(self, element: int) -> bytes:
        start, room = element * self._size, self._client.room
        return in_pieces(self._client.read_offset, self._number, self._size, room, start)


def decode_block(
    parts: tuple,
    octets: bytes,
    count: int,
    length: timedelta,
    formats: Formats = OURS,
    newest_first: bool = False,
) -> Block:
    """A block of `parts` from its octets, of which so many intervals of `length` are valid.

    newest_first  the order of the intervals in the octets; the block's is the oldest first
    """
    values = formats.decode(parts, octets)
    end = formats.moment(values["BLK_END_TIME"])
    ends = values["END_READINGS"]
    block = Block(
        end,
        [each["BLOCK_END_READ"] for each in ends if "BLOCK_END_READ" in each],
        pulses=[each["BLOCK_END_PULSE"] for each in ends if "BLOCK_END_PULSE" in each],
    )
    intervals = values["LP_INT"][:count]
    for i, interval in enumerate(intervals[::-1] if newest_first else intervals):
        when = None if end is None else end - (count - 1 - i) * length
        block.intervals.append(_interval(when, interval))
    return block


def _interval(end: datetime | None, values: dict[str, Any]) -> Interval:
    data = values["INT_DATA"]
    octets = values.get("EXTENDED_INT_STATUS", [0] * (len(data) // 2 + 1))
    # Channels are numbered from 1: the even one is the high nibble.
    statuses = [octets[i // 2] >> (0 if i % 2 else 4) & 0x0F for i in range(1, len(data) + 1)]
    return Interval(end, data, statuses, octets[0] & 0xF0)
