"""Requests of C12.18 for sessions that try everything: right ones, and right ones mutated."""

import random
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from psem import codes
from psem.crc import checksum

from .seal_oracle import LEVELS, LOGGED, PARAMETERS, PENDABLE, PENDING, State

_LOGGED = [number for number, (_, kind) in PARAMETERS.items() if kind == LOGGED]
_READ_ONLY = (0, 1, 3, 8, 11, 12, 15, 16, 21, 23, 25, 26, 28, 40, 44, 50, 55, 63, 71, 74, 76)
_OWN = (0x0801, 0x0802, 0x0803, 0x0804, 0x0807, 0x080C)
_ABSENT = (9, 45, 99, 0x0899)
_CLOCK = 52
_ST7 = 7
_PARAMETERS = {
    4: (b"\xff", b"\x01", b"\x08", b"\x0a"),
    5: (b"\x01\x01\x00", b"\x08\x02\x00"),
    6: (b"\x01", b"\x02", b"\x04"),
    9: (b"\x01", b"\x02", b"\x03"),
    0x0800: (b"\x00", b"\x01", b"\x02", b"\x03"),
}
_SOURCES = (b"dEL", b"AbC", b"123")
_WRONG = (b"WRONG", b"picometer", b"")


@dataclass(frozen=True)
class Request:
    """One request: the octets, and what they mean as they are: see seal_oracle.Deed."""

    octets: bytes
    table: int | None = None
    procedure: int | None = None
    data: bytes = b""
    offset: int | None = None

    @property
    def is_password(self) -> bool:
        """Whether it is the service that gives a password."""
        return len(self.octets) == 21 and self.octets[0] == codes.SECURITY


def understood(octets: bytes) -> Request:
    """What octets mean by the standard: the table that they write and the procedure they run."""
    if not octets or octets[0] & 0xF0 != codes.WRITE or len(octets) < 6:
        return Request(octets)
    table = int.from_bytes(octets[1:3], "big")
    if octets[0] == codes.WRITE:
        data = octets[5:-1]
    elif octets[0] == codes.WRITE_OFFSET:
        data = octets[8:-1]
    else:  # by index: what it writes is not told from here
        return Request(octets, table)
    offset = int.from_bytes(octets[3:6], "big") if octets[0] == codes.WRITE_OFFSET else None
    if table == _ST7:
        word = int.from_bytes(data[:2], "little")
        return Request(octets, None, word & 0x0FFF, data, offset)
    return Request(octets, table, None, data, offset)


class Requests:
    """Draws requests for a meter in some state."""

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw

    def one(self, state: State, keen: bool) -> Request:
        """A right one, or in two of five cases that mutated; a keen client mostly writes."""
        draw = self._draw
        if keen and draw.random() < 0.8:
            return understood(self._write(state, draw.choice((PARAMETERS, _LOGGED))))
        kinds = (self._write, self._write, self._procedure, self._read, self._pending, self._other)
        octets = draw.choice(kinds)(state)
        if draw.random() < 0.4:
            octets = self._mutated(octets)
        return understood(octets)

    def password(self, state: State, port: str, best: bool = False) -> bytes:
        """Service and password: the best, or one of any level, or a wrong one."""
        draw = self._draw
        words = state.words[3:] if port == "module" else state.words[:3]
        if best:
            return bytes([codes.SECURITY]) + words[-1].ljust(20)
        word = draw.choice((*words, words[-1], words[-1], words[-1], draw.choice(_WRONG)))
        return bytes([codes.SECURITY]) + word.ljust(20, draw.choice((b" ", b"\0")))

    def clock(self, state: State) -> Request:
        """A write of another time."""
        return understood(_whole(_CLOCK, self._time(state) + b"\0"))

    # What there is to ask

    def _read(self, state: State) -> bytes:
        draw = self._draw
        table = draw.choice((*PARAMETERS, *_READ_ONLY, *_OWN, *_ABSENT)) | draw.choice(
            (0, 0, 0, PENDING)
        )
        head = table.to_bytes(2, "big")
        how = draw.randrange(3)
        if how == 0:
            return bytes([codes.READ]) + head
        if how == 1:
            at, count = draw.randrange(40), draw.randrange(40)
            return bytes([codes.READ_OFFSET]) + head + at.to_bytes(3, "big") + _word(count)
        indices = [draw.randrange(4) for _ in range(draw.randrange(1, 4))]
        words = b"".join(_word(i) for i in indices)
        return bytes([codes.READ + len(indices)]) + head + words + _word(draw.randrange(3))

    def _write(self, state: State, of: Collection[int] = PARAMETERS) -> bytes:
        draw = self._draw
        table = draw.choice((*of, *of, _CLOCK, draw.choice(_READ_ONLY)))
        octets = self._contents(table, state)
        how = draw.randrange(4)
        if how < 2 or not octets:
            return _whole(table, octets)
        at = draw.randrange(len(octets))
        if how == 2:
            part = octets[at : at + draw.randrange(1, 30)]
            return _part(table, at, part)
        indices = [draw.randrange(3) for _ in range(draw.randrange(1, 4))]
        words = b"".join(_word(i) for i in indices)
        part = octets[: draw.choice((1, 2, 3, 6, 20, len(octets)))]
        head = bytes([codes.WRITE + len(indices)]) + table.to_bytes(2, "big") + words
        return head + _counted(part)

    def _pending(self, state: State) -> bytes:
        draw = self._draw
        table = draw.choice((*PENDABLE, *PENDABLE, 5))
        event = bytes((draw.choice((0x02, 0x12, 0x22, 0x00, 0x20, 0x42)),)) + draw.choice(
            (bytes(5), b"\x07\x02\x01\x00\x01", b"\x63\x01\x01\x00\x00")
        )
        return _whole(table | PENDING, event + self._contents(table, state))

    def _procedure(self, state: State) -> bytes:
        draw = self._draw
        number = draw.choice((*LEVELS, 0, 3, 12, 0x0802, 99, 6, 6, 6, 6, 10, 10))
        parameters = draw.choice(_PARAMETERS.get(number, (b"",)))
        if number == 10:
            parameters = b"\x03" + self._time(state) + b"\0"
        selector = draw.choice((0, 0, 0, 1, 2, 3))
        octets = (number | selector << 12).to_bytes(2, "little") + bytes((draw.randrange(256),))
        return _whole(_ST7, octets + parameters)

    def _other(self, state: State) -> bytes:
        draw = self._draw
        return draw.choice(
            (
                self.password(state, draw.choice(("optical", "module"))),
                bytes([codes.WAIT, draw.randrange(256)]),
                bytes([codes.LOGOFF]),
                bytes([codes.LOGON]) + _word(draw.randrange(4)) + b"ANOTHER".ljust(10),
                bytes([codes.TERMINATE]),
                bytes([codes.IDENTIFY]),
                bytes([codes.READ_DEFAULT]),
                bytes([codes.NEGOTIATE + 1]) + _word(1024) + b"\xff\x06",
                draw.randbytes(draw.randrange(1, 40)),
            )
        )

    # What could stand in a table

    def _contents(self, table: int, state: State) -> bytes:
        draw = self._draw
        if table == _CLOCK:
            return self._time(state) + b"\0"
        if table not in state.tables:
            return draw.randbytes(draw.randrange(1, 20))
        octets = bytearray(state.tables[table])
        made = getattr(self, f"_table_{table}", self._anything)
        made(octets)
        return bytes(octets)

    def _time(self, state: State) -> bytes:
        """Another time, or a few seconds from the meter's own."""
        draw = self._draw
        if draw.random() < 0.3:
            return bytes((7, 2, draw.randrange(1, 29), draw.randrange(24), draw.randrange(60), 0))
        when = state.now + timedelta(seconds=draw.randrange(-40, 41))
        return bytes((when.year - 2000, *when.timetuple()[1:6]))

    def _anything(self, octets: bytearray) -> None:
        octets[self._draw.randrange(len(octets))] = self._draw.randrange(256)

    def _table_5(self, octets: bytearray) -> None:
        octets[:] = self._draw.choice((b"FEEDER 7", b"FEEDER 8", b"X")).ljust(len(octets))

    def _table_13(self, octets: bytearray) -> None:
        sub, many = self._draw.choice(((15, 1), (5, 3), (1, 15), (60, 1), (30, 2)))
        octets[:] = bytes((self._draw.randrange(5), 0, 0, 0, sub, many, sub, many))

    def _table_31(self, octets: bytearray) -> None:
        octets[self._draw.choice((1, 4, 7))] -= self._draw.randrange(4)

    def _table_32(self, octets: bytearray) -> None:
        at = 6 * self._draw.randrange(40)
        octets[at + 1 : at + 4] = self._draw.choice(_SOURCES)

    def _table_33(self, octets: bytearray) -> None:
        octets[3 * self._draw.randrange(3)] = self._draw.randrange(1, 16)

    def _table_34(self, octets: bytearray) -> None:
        octets[0] = self._draw.randrange(1, 16)

    def _table_42(self, octets: bytearray) -> None:
        at = 21 * self._draw.randrange(4)
        word = self._draw.choice((b"READER", b"FITTER", b"PICOMETER", b"MODULE", b"NEW", b""))
        octets[at : at + 20] = word.ljust(20)

    def _table_53(self, octets: bytearray) -> None:
        octets[:] = bytes(4) + self._draw.randrange(-720, 841).to_bytes(2, "little", signed=True)

    def _table_61(self, octets: bytearray) -> None:
        octets[7] = self._draw.choice((1, 3, 200, 255))
        octets[12] = self._draw.choice((1, 5, 15, 60))
        octets[11] = self._draw.choice((octets[11], 1, 2, 3))

    def _table_2048(self, octets: bytearray) -> None:
        octets[:] = bytes((self._draw.choice((1, 5, 10, 15)), self._draw.randrange(1, 100)))

    def _table_2056(self, octets: bytearray) -> None:
        octets[0] = self._draw.randrange(3)

    def _table_2059(self, octets: bytearray) -> None:
        octets[-16:] = b"PM%08d" % self._draw.randrange(3) + self._draw.choice((b" ", b"\0")) * 6

    # Mutations

    def _mutated(self, octets: bytes) -> bytes:
        draw = self._draw
        changed = bytearray(octets)
        for _ in range(draw.choice((1, 1, 1, 2, 5))):
            how = draw.randrange(6)
            at = draw.randrange(len(changed)) if changed else 0
            if not changed or how == 0:
                changed.insert(at, draw.randrange(256))
            elif how == 1:
                del changed[at]
            elif how == 2:
                changed[at] ^= 1 << draw.randrange(8)
            elif how == 3:  # the table's number, with its pending and manufacturer's bits
                changed[min(1, len(changed) - 1)] ^= draw.choice((0x10, 0x08, 0x01))
            elif how == 4:  # a length or an offset
                changed[min(4, len(changed) - 1)] = draw.randrange(256)
            else:
                changed[at] = draw.randrange(256)
        if draw.random() < 0.7:
            _mend(changed)
        return bytes(changed)


def _mend(octets: bytearray) -> None:
    """Give a write that was mutated the count and checksum that it would have."""
    heads = {codes.WRITE: 5, codes.WRITE_OFFSET: 8}
    head = heads.get(octets[0] if octets else 0)
    if head is None or len(octets) <= head:
        return
    count = len(octets) - head - 1
    octets[head - 2 : head] = _word(count)
    octets[-1] = checksum(octets, head, head + count)


def _word(value: int) -> bytes:
    return value.to_bytes(2, "big")


def _counted(data: bytes) -> bytes:
    return _word(len(data)) + data + bytes([checksum(data, 0, len(data))])


def _whole(table: int, data: bytes) -> bytes:
    return bytes([codes.WRITE]) + _word(table) + _counted(data)


def _part(table: int, at: int, data: bytes) -> bytes:
    return bytes([codes.WRITE_OFFSET]) + _word(table) + at.to_bytes(3, "big") + _counted(data)
