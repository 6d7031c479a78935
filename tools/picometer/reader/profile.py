"""A meter's load profile: ST60 to ST64 by their declarations, read block by block."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from c1219 import decade6
from c1219.codec import decode
from psem import codes

from .client import Client
from .decode import MalformedTable, TableReader, UnsupportedFormat, moment
from .errors import ServiceError

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
_PIECE = 1024  # octets asked for at a time
_SMALLEST_PIECE = 32
_TRIES = 3
_DECIMALS = 6  # of values that a scalar has made so that no decimal says them exactly


@dataclass(frozen=True)
class Channel:
    """What a channel records. A value stands for value * factor units."""

    label: str
    symbol: str
    factor: Fraction

    def in_units(self, value: int) -> Decimal:
        """A value in units, rounded where it has to be."""
        exact = value * self.factor
        decimals = 0
        while decimals < _DECIMALS and (exact * 10**decimals).denominator != 1:
            decimals += 1
        return Decimal(round(exact * 10**decimals)).scaleb(-decimals)


@dataclass(frozen=True)
class Interval:
    """One interval. `end` is None when the meter did not know the time."""

    end: datetime | None
    values: list[int]
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
    """One block: its intervals, and the readings at its end (one for each channel, or none)."""

    end: datetime | None
    readings: list[int]
    intervals: list[Interval] = field(default_factory=list)


class ProfileReader:
    """Reads data set 1.

    Raises what TableReader and Client raise, UnsupportedFormat besides for a list that is not
    oldest first.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._tables = TableReader(client.read)
        self._limits = self._tables.stored(decade6.ST61.number)[1]
        self._control = self._tables.stored(decade6.ST62.number)[1]
        table = self._tables.parts(decade6.ST64.number)[0]
        self._blocks, self._size, self._parts = table[3], table[4], table[5]
        self._piece = _PIECE
        self._length = timedelta(minutes=self._limits["MAX_INT_TIME_SET1"])

    @property
    def length(self) -> timedelta:
        """Of an interval."""
        return self._length

    def channels(self) -> list[Channel]:
        """What is recorded."""
        ones = [1] * len(self._control["LP_SEL_SET1"])
        scalars = self._control.get("SCALARS_SET1", ones)
        divisors = self._control.get("DIVISORS_SET1", ones)
        channels = []
        for i, chosen in enumerate(self._control["LP_SEL_SET1"]):
            label, symbol, exponent = self._tables.meaning(chosen["LP_SOURCE_SELECT"])
            factor = Fraction(divisors[i], scalars[i] or 1) * Fraction(10) ** exponent
            channels.append(Channel(label, symbol, factor))
        return channels

    def status(self) -> dict[str, Any]:
        """ST63 as it is now."""
        values = self._tables.stored(decade6.ST63.number)[1]
        flags = values["LP_STATUS_FLAGS"]
        if flags["BLOCK_ORDER"] or flags["INTERVAL_ORDER"]:
            raise UnsupportedFormat("only profiles are read that have their oldest first")
        return values

    def blocks(self) -> Iterator[Block]:
        """All blocks, the oldest first. One that is overwritten meanwhile is left out."""
        before = self.status()
        last = before["LAST_BLOCK_ELEMENT"]
        for back in range(before["NBR_VALID_BLOCKS"] - 1, 0, -1):
            octets = self._read_block((last - back) % self._blocks)
            now = self.status()
            gone = now["LAST_BLOCK_SEQ_NBR"] - before["LAST_BLOCK_SEQ_NBR"]
            if back + gone < now["NBR_VALID_BLOCKS"]:
                count = self._limits["NBR_BLK_INTS_SET1"]
                yield decode_block(self._parts, octets, count, self._length)
        yield from self._read_last()

    def _read_last(self) -> Iterator[Block]:
        # It grows: what is said of it before and after must be the same.
        for _ in range(_TRIES):
            before = self.status()
            if not before["NBR_VALID_BLOCKS"]:
                return
            octets = self._read_block(before["LAST_BLOCK_ELEMENT"])
            if self.status() == before:
                yield decode_block(self._parts, octets, before["NBR_VALID_INT"], self._length)
                return
        raise MalformedTable("the last block has changed each time it was read")

    def _read_block(self, element: int) -> bytes:
        octets = b""
        while len(octets) < self._size:
            count = min(self._piece, self._size - len(octets))
            offset = element * self._size + len(octets)
            try:
                octets += self._client.read_offset(decade6.ST64.number, offset, count)
            except ServiceError as error:
                if error.code != codes.ONP or self._piece == _SMALLEST_PIECE:
                    raise
                self._piece = max(_SMALLEST_PIECE, self._piece // 2)
        return octets


def decode_block(parts: tuple, octets: bytes, count: int, length: timedelta) -> Block:
    """A block of `parts` from its octets, of which so many intervals of `length` are valid."""
    values = decode(parts, octets)
    end = moment(values["BLK_END_TIME"])
    readings = [r["BLOCK_END_READ"] for r in values["END_READINGS"] if "BLOCK_END_READ" in r]
    block = Block(end, readings)
    for i, interval in enumerate(values["LP_INT"][:count]):
        when = None if end is None else end - (count - 1 - i) * length
        block.intervals.append(_interval(when, interval))
    return block


def _interval(end: datetime | None, values: dict[str, Any]) -> Interval:
    data = values["INT_DATA"]
    octets = values.get("EXTENDED_INT_STATUS", [0] * (len(data) // 2 + 1))
    # Channels are numbered from 1: the even one is the high nibble.
    statuses = [octets[i // 2] >> (0 if i % 2 else 4) & 0x0F for i in range(1, len(data) + 1)]
    return Interval(end, data, statuses, octets[0] & 0xF0)
