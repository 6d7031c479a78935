"""Tables as named fields: the same declarations that the meter serves from, read backwards.

A meter's own ST0, ST11 and ST21 size the fields, so any C12.19 meter in the supported formats
(little-endian, ISO 646, integers in two's complement, dates in discrete octets) can be read.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from c1219 import catalog, types
from c1219.codec import decode, members
from c1219.types import resolve, size_of
from picometer.reader.units import unit_of

_NI_SCALED_EXPONENT = -4  # NI_FORMAT 4 has four implied decimals


class UnsupportedFormat(ValueError):
    """The meter writes its tables in a format that is not decoded here."""


class MalformedTable(ValueError):
    """A table's octets do not fit its declaration."""


@dataclass(frozen=True)
class Reading:
    """One register or present value, with its unit."""

    label: str
    value: Decimal
    unit: str

    def __str__(self) -> str:
        return f"{self.label} {self.value:f} {self.unit}".rstrip()


@dataclass(frozen=True)
class Report:
    """One table as read. `fields` is None for a table that is not declared here."""

    number: int
    name: str
    octets: bytes
    fields: dict[str, Any] | None
    readings: list[Reading] = field(default_factory=list)

    @property
    def title(self) -> str:
        kind = "MT" if self.number & types.MANUFACTURER else "ST"
        return f"{kind}{self.number & 0x07FF}"

    def to_dict(self) -> dict[str, Any]:
        """The report in types that JSON has."""
        report: dict[str, Any] = {"table": self.title, "name": self.name}
        report["octets"] = self.octets.hex()
        if self.fields is not None:
            report["fields"] = self.fields
        if self.readings:
            report["readings"] = [
                {"label": r.label, "value": f"{r.value:f}", "unit": r.unit} for r in self.readings
            ]
        return report

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), indent=2)

    def to_text(self) -> str:
        """Lines to read: the readings where there are any, else the fields, else the octets."""
        lines = [f"{self.title} {self.name}".rstrip() + f", {len(self.octets)} octets"]
        if self.readings:
            width = max(len(r.label) for r in self.readings)
            for r in self.readings:
                lines.append(f"  {r.label:{width}}  {r.value:f} {r.unit}".rstrip())
        elif self.fields is not None:
            lines.extend(_text_lines(self.fields, 1))
        else:
            for at in range(0, len(self.octets), 16):
                lines.append(f"  {at:6}  {self.octets[at : at + 16].hex(' ')}")
        return "\n".join(lines)


class TableReader:
    """Reads and decodes a meter's tables through `read`, a function from table number to octets.

    Tables that say how others are laid out or what they mean are read once, when first needed.
    """

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self._known: dict[int, bytes] = {}
        self._dims: dict[str, Any] = {}
        self._learned = 0  # entries of catalog.DIMENSIONS

    def report(self, number: int) -> Report:
        """Read table `number` anew and decode it.

        Raises UnsupportedFormat or MalformedTable, and whatever `read` raises.
        """
        try:
            table = catalog.find(number)
        except KeyError:
            return Report(number, "", self._read(number), None)
        parts = self._parts(table)
        octets = self._read(number)
        values = self._decode(number, parts, octets)
        readings = self._readings(number, values)
        return Report(number, table.name, octets, plain(parts, values), readings)

    def tables_used(self) -> list[int]:
        """Table numbers that ST0 lists, manufacturer tables last."""
        self._learn_up_to(0)
        manufacturer = [types.MANUFACTURER + n for n in members(self._dims["MFG_TBLS_USED"])]
        return members(self._dims["STD_TBLS_USED"]) + manufacturer

    def _parts(self, table: types.Table) -> tuple:
        self._learn_up_to(min(table.number, catalog.DIMENSIONS[-1][0]))
        try:
            return resolve(table.fields, self._dims)
        except ValueError as error:
            raise UnsupportedFormat(str(error)) from error
        except KeyError as error:
            raise MalformedTable(
                f"table {table.number}: the meter has no table that gives {error}"
            ) from error

    def _learn_up_to(self, number: int) -> None:
        """Learn the dimension tables of numbers up to `number`, those that the meter has."""
        while self._learned < len(catalog.DIMENSIONS):
            source, fields = catalog.DIMENSIONS[self._learned]
            if source > number:
                return
            if source == 0 or source in members(self._dims["STD_TBLS_USED"]):
                try:
                    catalog.learn(self._dims, fields, self._once(source))
                except ValueError as error:
                    raise MalformedTable(f"table {source}: {error}") from error
                self._check_format()
            self._learned += 1

    def _check_format(self) -> None:
        wanted = {"DATA_ORDER": 0, "CHAR_FORMAT": 1, "TM_FORMAT": 2, "ID_FORM": 0, "INT_FORMAT": 0}
        for name, value in wanted.items():
            if self._dims[name] != value:
                raise UnsupportedFormat(f"{name} is {self._dims[name]}, only {value} is decoded")

    def _once(self, number: int) -> bytes:
        if number not in self._known:
            self._known[number] = bytes(self._read(number))
        return self._known[number]

    def _values_once(self, number: int) -> dict[str, Any]:
        return self._decode(number, self._parts(catalog.find(number)), self._once(number))

    def _decode(self, number: int, parts: tuple, octets: bytes) -> dict[str, Any]:
        if len(octets) != size_of(parts):
            raise MalformedTable(
                f"table {number}: {len(octets)} octets where {size_of(parts)} are declared"
            )
        return decode(parts, octets)

    def _readings(self, number: int, values: dict[str, Any]) -> list[Reading]:
        if number == 23:
            selected = self._values_once(22)["SUMMATION_SELECT"]
            counts = values["TOT_DATA_BLOCK"]["SUMMATIONS"]
        elif number == 28:
            selected = self._values_once(27)["PRESENT_VALUE_SELECT"]
            counts = values["PRESENT_VALUES"]
        else:
            return []
        return [self._reading(s, count) for s, count in zip(selected, counts, strict=True)]

    def _reading(self, selector: int, count: int) -> Reading:
        """The count that belongs to source `selector` of ST16, in the unit that ST12 gives it."""
        scale = _NI_SCALED_EXPONENT if self._dims["NI_FORMAT1"] == types.NI_INT32_SCALED else 0
        sources = self._values_once(16)["SOURCE_DEFINITION"]
        if selector >= len(sources) or not sources[selector]["UOM_ENTRY_FLAG"]:
            return Reading(f"source {selector}", Decimal(count).scaleb(scale), "")
        if not sources[selector]["PULSE_ENGR_FLAG"]:
            return Reading(f"source {selector}", Decimal(count).scaleb(scale), "pulses")
        entry = sum(source["UOM_ENTRY_FLAG"] for source in sources[:selector])
        entries = self._values_once(12)["UOM_ENTRY"]
        if entry >= len(entries):
            raise MalformedTable(f"source {selector} has no unit of measure in ST12")
        unit = unit_of(entries[entry])
        return Reading(unit.label, Decimal(count).scaleb(scale + unit.exponent), unit.symbol)


def plain(parts: tuple, values: dict[str, Any]) -> dict[str, Any]:
    """Decoded values in types that JSON has.

    Strings lose their padding; sets become lists of element numbers, times ISO 8601, binary hex.
    """
    result = {}
    for name, kind, many, _, _, inner, _ in parts:
        value = values[name]
        result[name] = (
            [_plain_element(kind, inner, element) for element in value]
            if many
            else _plain_element(kind, inner, value)
        )
    return result


def _plain_element(kind: int, inner: tuple, value: Any) -> Any:
    if kind == types.RECORD:
        return plain(inner, value)
    if kind == types.STRING:
        return value.rstrip(b" \0").decode("latin-1")
    if kind == types.SET:
        return members(value)
    if kind == types.LTIME_DATE & 0xF00:
        return _date(value)
    if kind == types.TIME & 0xF00:
        return ":".join(f"{octet:02}" for octet in value)
    if kind == types.BINARY:
        return value.hex()
    return value


def _date(octets: bytes) -> str:
    year = octets[0] + (1900 if octets[0] >= 90 else 2000)
    clock = ":".join(f"{octet:02}" for octet in octets[3:])
    return f"{year}-{octets[1]:02}-{octets[2]:02}T{clock}"


def _text_lines(fields: dict[str, Any], depth: int) -> list[str]:
    indent = "  " * depth
    lines = []
    for name, value in fields.items():
        elements = {name: value}
        if isinstance(value, list) and value and isinstance(value[0], dict):
            elements = {f"{name}[{i}]": element for i, element in enumerate(value)}
        for label, element in elements.items():
            if isinstance(element, dict) and not _is_flat(element):
                lines.append(f"{indent}{label}")
                lines.extend(_text_lines(element, depth + 1))
            else:
                lines.append(f"{indent}{label}: {_text(element)}")
    return lines


def _is_flat(fields: dict[str, Any]) -> bool:
    return all(isinstance(value, int) for value in fields.values())


def _text(value: Any) -> str:
    """One line: of bits and small records only what is not 0, "-" for nothing."""
    if isinstance(value, dict):
        words = [f"{name}={v}" for name, v in value.items() if v]
    elif isinstance(value, list):
        words = [str(v) for v in value]
    else:
        words = [str(value)]
    return " ".join(words) or "-"
