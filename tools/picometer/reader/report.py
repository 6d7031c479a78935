"""What was read of a table, as text and as JSON."""

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from c1219 import types
from psem import codes

from .errors import code_name


@dataclass(frozen=True)
class Reading:
    """One register, demand or present value, with its unit, and a note such as when it was."""

    label: str
    value: Decimal | None
    unit: str
    note: str = ""

    @property
    def number(self) -> str:
        """The value in digits, "-" for none."""
        if self.value is None:
            return "-"
        value = self.value
        return str(int(value)) if value == value.to_integral_value() else f"{value:f}"

    def __str__(self) -> str:
        return " ".join(filter(None, (self.label, self.number, self.unit, self.note)))


@dataclass(frozen=True)
class Entry:
    """One entry of a list in words, with what it recorded."""

    title: str
    readings: list[Reading] = field(default_factory=list)


def table_title(number: int) -> str:
    """ST and the number, or MT for a manufacturer's table."""
    kind = "MT" if number & types.MANUFACTURER else "ST"
    return f"{kind}{number & 0x07FF}"


@dataclass(frozen=True)
class Refusal:
    """One table that the meter has and does not give.

    why   in words
    code  response code, None if it was not a refusal
    """

    number: int
    why: str
    code: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """In types that JSON has."""
        refused = self.why if self.code is None else code_name(self.code)
        return {"table": table_title(self.number), "refused": refused}

    def to_text(self) -> str:
        """One line."""
        if self.code == codes.ISC:
            return f"{table_title(self.number)} cannot be read at this access level"
        return f"{table_title(self.number)} cannot be read: {self.why}"


@dataclass(frozen=True)
class Report:
    """One table as read. `fields` is None for a table that is not declared here.

    entries  those of a list that say something; None if the table is no list
    why      what kept `fields` from being decoded; empty if nothing did
    """

    number: int
    name: str
    octets: bytes
    fields: dict[str, Any] | None
    readings: list[Reading] = field(default_factory=list)
    entries: list[Entry] | None = None
    why: str = ""

    @property
    def title(self) -> str:
        return table_title(self.number)

    @property
    def known(self) -> dict[str, Any]:
        """The fields of a table that is declared here; empty for another one."""
        return self.fields or {}

    def to_dict(self) -> dict[str, Any]:
        """The report in types that JSON has."""
        report: dict[str, Any] = {"table": self.title, "name": self.name}
        report["octets"] = self.octets.hex()
        if self.fields is not None:
            report["fields"] = self.fields
        if self.why:
            report["why"] = self.why
        if self.readings:
            report["readings"] = [_reading_dict(r) for r in self.readings]
        entries = self.entries or []
        if any(entry.readings for entry in entries):
            report["entries"] = [_entry_dict(entry) for entry in entries]
        return report

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), indent=2)

    def to_text(self) -> str:
        """Lines to read: readings or entries where there are any, else fields, else octets."""
        lines = [f"{self.title} {self.name}".rstrip() + f", {len(self.octets)} octets"]
        if self.why:
            lines.append(f"  not decoded: {self.why}")
        if self.entries is not None:
            head = {n: v for n, v in self.known.items() if not isinstance(v, list)}
            lines.extend(_text_lines(head, 1))
            for entry in self.entries:
                lines.append(f"  {entry.title}")
                lines.extend(_reading_lines(entry.readings, 2))
        elif self.readings:
            single = {n: v for n, v in self.known.items() if not isinstance(v, dict | list)}
            lines.extend(_text_lines(single, 1))
            lines.extend(_reading_lines(self.readings, 1))
        elif self.fields is not None:
            lines.extend(_text_lines(self.fields, 1))
        else:
            for at in range(0, len(self.octets), 16):
                lines.append(f"  {at:6}  {self.octets[at : at + 16].hex(' ')}")
        return "\n".join(lines)


def _reading_lines(readings: list[Reading], depth: int) -> list[str]:
    indent = "  " * depth
    width = max((len(r.label) for r in readings), default=0)
    lines = []
    for r in readings:
        words = filter(None, (f"{indent}{r.label:{width}} ", r.number, r.unit, r.note))
        lines.append(" ".join(words))
    return lines


def _reading_dict(reading: Reading) -> dict[str, str]:
    entry = {"label": reading.label, "value": reading.number, "unit": reading.unit}
    return entry | ({"note": reading.note} if reading.note else {})


def _entry_dict(entry: Entry) -> dict[str, Any]:
    readings = [_reading_dict(r) for r in entry.readings]
    return {"title": entry.title.strip()} | ({"readings": readings} if readings else {})


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
        words = ["-" if v is None else str(v) for v in value]
    else:
        words = [] if value is None else [str(value)]
    return " ".join(words) or "-"
