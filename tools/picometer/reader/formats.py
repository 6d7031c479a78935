"""How a meter writes values: byte order, characters, times and numbers, as its ST0 says.

Parts are tuples of the shape that c1219.types.resolve gives: (name, kind, many, count, width,
inner, source), of the same kinds and those below. Formats are those of ANSI C12.19 as public
sources have it: integers, characters and TM_FORMAT 1 to 4 of high confidence, BCD of medium, what
TM_FORMAT 0 leaves of a TIME and the order of BCD identifiers of low.
"""

import ctypes
import struct
from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from c1219 import types
from c1219.codec import join_bits, members, split_bits
from c1219.types import BINARY, CODES, DATE, RECORD, SET, SIGNED, STRING, TIME, UNSIGNED
from picometer.errors import UserError

# Kinds that only a reader knows.
FLOAT = 0x900  # of 4 or 8 octets
IMPLIED = 0xA00  # an integer of ten thousandths
DIGITS = 0xB00  # BCD, a number
NUMERAL = 0xC00  # a number in characters
DIGIT_TEXT = 0xD00  # BCD, an identifier

_NUMBERS = {
    0: (FLOAT, 8),
    1: (FLOAT, 4),
    2: (NUMERAL, 12),
    3: (NUMERAL, 6),
    types.NI_INT32_SCALED: (IMPLIED, 4),
    5: (DIGITS, 6),
    6: (DIGITS, 4),
    7: (SIGNED, 3),
    types.NI_INT32: (SIGNED, 4),
    9: (SIGNED, 5),
    types.NI_INT48: (SIGNED, 6),
    11: (SIGNED, 8),
    12: (DIGITS, 8),
    13: (NUMERAL, 21),
}
_IMPLIED_DECIMALS = 4
# CHAR_FORMAT: octets of a character, codec; {} is the byte order.
_CHARACTERS = {
    0: (1, "latin-1"),  # not said
    1: (1, "latin-1"),
    2: (1, "latin-1"),
    3: (1, "utf-8"),
    4: (2, "utf-16-{}"),
    5: (4, "utf-32-{}"),
}
# TM_FORMAT: octets of LTIME_DATE, STIME_DATE and TIME.
_TIMES = {0: (0, 0, 4), 1: (6, 5, 3), 2: (6, 5, 3), 3: (5, 4, 4), 4: (4, 4, 4)}
_TIME_NAMES = ("LTIME_DATE", "STIME_DATE", "TIME")
_BCD_TIMES, _MINUTES, _SECONDS = 1, 3, 4
_EPOCH = datetime(1970, 1, 1)
# Of ID_FORM: strings that are BCD, two characters an octet, where it says so.
_IDENTIFIERS = frozenset(
    "MFG_SERIAL_NUMBER IDENTIFICATION SERVICE_POINT_ID DEVICE_ID UTIL_SER_NO CUSTOMER_ID".split()
)
_ONES_COMPLEMENT, _SIGN_MAGNITUDE = 1, 2


def _with_defaults(count: Any = 1, source: Any = None, when: Any = None) -> tuple[Any, Any, Any]:
    """What a declaration of a field may leave out: see c1219.types."""
    return count, source, when


class UnsupportedFormat(UserError):
    """The meter writes its tables in a format that is not decoded here."""


@dataclass(frozen=True)
class Formats:
    """What a meter's ST0 says of its formats; as it stands, what our own meter's says."""

    data_order: int = 0
    char_format: int = 1
    tm_format: int = 2
    id_form: int = 0
    int_format: int = 0
    ni_format1: int = types.NI_INT48
    ni_format2: int = types.NI_INT32

    @classmethod
    def of(cls, dims: dict[str, Any]) -> "Formats":
        """Those of the elements of ST0. Raises UnsupportedFormat for a code that is reserved."""
        names = cls.__dataclass_fields__
        found = cls(**{name: dims[name.upper()] for name in names})
        known: dict[str, tuple[int, Container[int]]] = {
            "CHAR_FORMAT": (found.char_format, _CHARACTERS),
            "TM_FORMAT": (found.tm_format, _TIMES),
            "INT_FORMAT": (found.int_format, (0, _ONES_COMPLEMENT, _SIGN_MAGNITUDE)),
            "NI_FORMAT1": (found.ni_format1, _NUMBERS),
            "NI_FORMAT2": (found.ni_format2, _NUMBERS),
        }
        for name, (code, codes) in known.items():
            if code not in codes:
                raise UnsupportedFormat(f"{name} is {code}, which is not known here")
        return found

    @property
    def order(self) -> Literal["little", "big"]:
        """The byte order, as Python names it."""
        return "big" if self.data_order else "little"

    # Layout

    def parts(self, fields: tuple, dims: dict[str, Any]) -> tuple:
        """The parts that declared `fields` have with these dimensions, those absent left out.

        Raises KeyError for a dimension that is not known.
        """
        found = []
        for name, code, *more in fields:
            count, _, when = _with_defaults(*more)
            if when is None or _is_there(when, dims):
                found.append(self._part(name, code, count, dims))
        return tuple(found)

    def _part(self, name: str, code: Any, count: Any, dims: dict[str, Any]) -> tuple:
        many = count != 1
        if isinstance(count, str):
            count = dims[count]
        elif isinstance(count, tuple):
            count = (dims[count[0]] + count[1]) // count[2]
        inner = None
        if isinstance(code, tuple) and isinstance(code[0], tuple):
            inner = self.parts(code, dims)
            return name, RECORD, many, count, types.size_of(inner), inner, None
        if isinstance(code, tuple):
            code, inner = code
        if code == "STRING":
            if self.id_form and name in _IDENTIFIERS:
                return name, DIGIT_TEXT, False, 1, count // 2, None, None
            return name, STRING, False, 1, count * self._character[0], None, None
        if code in ("BINARY", "SET"):
            return name, CODES[code], False, 1, count, None, None
        return name, *self._kind(code, many, count), inner, None

    def _kind(self, code: str, many: bool, count: int) -> tuple:
        if code in ("NI_FMAT1", "NI_FMAT2"):
            ni_format = self.ni_format1 if code == "NI_FMAT1" else self.ni_format2
            kind, width = _NUMBERS[ni_format]
        elif code in _TIME_NAMES:
            kind = TIME if code == "TIME" else DATE
            width = _TIMES[self.tm_format][_TIME_NAMES.index(code)]
        else:
            kind, width = CODES[code] & 0xF00, CODES[code] & 0xFF
        return kind, many, count, width

    @property
    def _character(self) -> tuple[int, str]:
        width, codec = _CHARACTERS[self.char_format]
        return width, codec.format("be" if self.data_order else "le")

    # Values

    def decode(self, parts: tuple, octets: bytes, start: int = 0) -> dict[str, Any]:
        """Values by field name, as c1219.codec.decode gives them.

        A number that is no integer is a Decimal; None if its octets are no number. Raises
        ValueError if there are too few octets.
        """
        values = {}
        for name, kind, many, count, width, inner, _ in parts:
            if start + count * width > len(octets):
                raise ValueError(f"{name} ends beyond octet {len(octets)}")
            elements = [
                self._element(kind, width, inner, octets, start + i * width) for i in range(count)
            ]
            values[name] = elements if many else elements[0]
            start += count * width
        return values

    def _element(self, kind: int, width: int, inner: Any, octets: bytes, at: int) -> Any:
        if kind == RECORD:
            return self.decode(inner, octets, at)
        raw = bytes(octets[at : at + width])
        if kind in (UNSIGNED, SIGNED, IMPLIED):
            value = self._integer(raw, kind != UNSIGNED)
            if kind == IMPLIED:
                return Decimal(value).scaleb(-_IMPLIED_DECIMALS)
            return split_bits(inner, value) if inner else value
        if kind == FLOAT:
            return self._float(raw)
        if kind == DIGITS:
            return _digits(raw if self.data_order else raw[::-1])
        if kind == NUMERAL:
            return _numeral(raw.decode("latin-1"))
        return raw

    def _integer(self, raw: bytes, signed: bool) -> int:
        value = int.from_bytes(raw, self.order)
        top = 1 << (8 * len(raw) - 1)
        if not signed or not value & top:
            return value
        if self.int_format == _SIGN_MAGNITUDE:
            return -(value - top)
        return value - 2 * top + (self.int_format == _ONES_COMPLEMENT)

    def _float(self, raw: bytes) -> Decimal | None:
        sign = ">" if self.data_order else "<"
        value = struct.unpack(sign + ("f" if len(raw) == 4 else "d"), raw)[0]
        text = repr(value) if len(raw) == 8 else _shortest(value)
        number = Decimal(text)
        return number if number.is_finite() else None

    def encode(self, parts: tuple, values: dict[str, Any]) -> bytes:
        """Octets of `parts` from values as `decode` gives them.

        Raises UnsupportedFormat for a number that is not written as an integer, and what
        c1219.codec raises for a value that its field cannot hold.
        """
        octets = b""
        for name, kind, many, _, width, inner, _ in parts:
            for element in values[name] if many else [values[name]]:
                octets += self._octets(name, kind, width, inner, element)
        return octets

    def _octets(self, name: str, kind: int, width: int, inner: Any, value: Any) -> bytes:
        if kind == RECORD:
            return self.encode(inner, value)
        if kind == UNSIGNED or kind == SIGNED and (value >= 0 or self.int_format == 0):
            number = join_bits(inner, value) if isinstance(value, dict) else value
            return number.to_bytes(width, self.order, signed=kind == SIGNED)
        if isinstance(value, bytes) and len(value) == width:
            return value
        raise UnsupportedFormat(f"{name} is of a format that is not written here")

    def local_time(self, moment: datetime) -> bytes:
        """A LTIME_DATE. Raises UnsupportedFormat if the meter has no clock."""
        if self.tm_format == _MINUTES:
            minutes = (moment - _EPOCH) // timedelta(minutes=1)
            return minutes.to_bytes(4, self.order) + bytes([moment.second])
        if self.tm_format == _SECONDS:
            return ((moment - _EPOCH) // timedelta(seconds=1)).to_bytes(4, self.order)
        if not self.tm_format:
            raise UnsupportedFormat("the meter has no clock")
        octets = (moment.year % 100, *moment.timetuple()[1:6])
        if self.tm_format == _BCD_TIMES:
            return bytes(octet // 10 << 4 | octet % 10 for octet in octets)
        return bytes(octets)

    # Types that JSON has

    def plain(self, parts: tuple, values: dict[str, Any]) -> dict[str, Any]:
        """Decoded values in types that JSON has.

        Strings lose their padding; sets become lists of element numbers, times ISO 8601 as far as
        they are times (a date of zeros: None), binary hex, numbers without a fraction integers.
        """
        result = {}
        for name, kind, many, _, _, inner, _ in parts:
            value = values[name]
            result[name] = (
                [self._plain(kind, inner, element) for element in value]
                if many
                else self._plain(kind, inner, value)
            )
        return result

    def _plain(self, kind: int, inner: tuple, value: Any) -> Any:
        if kind == RECORD:
            return self.plain(inner, value)
        if kind == STRING:
            return value.decode(self._character[1], errors="replace").rstrip(" \0")
        if kind == DIGIT_TEXT:
            return value.hex()
        if kind == SET:
            return members(value)
        if kind == DATE:
            return self.date(value)
        if kind == TIME:
            return self.time(value)
        if kind == BINARY:
            return value.hex()
        if isinstance(value, Decimal):
            return int(value) if value == value.to_integral_value() else float(value)
        return value

    def date(self, octets: bytes) -> str | None:
        """A LTIME_DATE or STIME_DATE in ISO 8601, as the meter has it even if it is no date.

        None if the meter has none, or zeros for it.
        """
        if not any(octets):
            return None
        if self.tm_format in (_MINUTES, _SECONDS):
            moment = self.moment(octets)
            if moment is None:
                return octets.hex()
            exact = "minutes" if self.tm_format == _MINUTES and len(octets) == 4 else "seconds"
            return moment.isoformat(timespec=exact)
        digits = self._two_digits(octets)
        if digits is None:
            return octets.hex()
        year = digits[0] + (1900 if digits[0] >= 90 else 2000)
        return f"{year}-{digits[1]:02}-{digits[2]:02}T{_colons(digits[3:])}"

    def moment(self, octets: bytes) -> datetime | None:
        """A LTIME_DATE or STIME_DATE; None for zeros and for what is no date."""
        if not any(octets):
            return None
        try:
            if self.tm_format == _MINUTES:
                minutes, seconds = int.from_bytes(octets[:4], self.order), sum(octets[4:])
                return _EPOCH + timedelta(minutes=minutes, seconds=seconds)
            if self.tm_format == _SECONDS:
                return _EPOCH + timedelta(seconds=int.from_bytes(octets, self.order))
            return datetime.fromisoformat(self.date(octets) or "")
        except (ValueError, OverflowError):
            return None

    def time(self, octets: bytes) -> str:
        """A TIME as hours, minutes and seconds."""
        if len(octets) == 4:
            seconds = int.from_bytes(octets, self.order)
            return _colons((seconds // 3600, seconds // 60 % 60, seconds % 60))
        digits = self._two_digits(octets)
        return octets.hex() if digits is None else _colons(digits)

    def _two_digits(self, octets: bytes) -> tuple[int, ...] | None:
        """Octets of two digits each; None if one of BCD is none."""
        if self.tm_format != _BCD_TIMES:
            return tuple(octets)
        text = octets.hex()
        if not text.isdigit():
            return None
        return tuple(int(text[i : i + 2]) for i in range(0, len(text), 2))


OURS = Formats()


def _is_there(when: Any, dims: dict[str, Any]) -> bool:
    if isinstance(when, tuple):
        return dims[when[0]] >= when[1]
    return not dims[when[1:]] if when[0] == "!" else bool(dims[when])


def _colons(numbers: tuple[int, ...]) -> str:
    return ":".join(f"{number:02}" for number in numbers)


def _shortest(value: float) -> str:
    """The fewest digits that still are this number in single precision."""
    for digits in range(1, 9):
        text = f"{value:.{digits}g}"
        if ctypes.c_float(float(text)).value == value:
            return text
    return f"{value:.9g}"


def _digits(octets: bytes) -> Decimal | None:
    text = octets.hex()
    return Decimal(text) if text.isdigit() else None


def _numeral(text: str) -> Decimal | None:
    try:
        number = Decimal(text.strip(" \0"))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
