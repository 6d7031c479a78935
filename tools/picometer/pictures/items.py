"""The display's items by number, read from the source that defines them and from what it makes."""

import re
from copy import deepcopy
from dataclasses import dataclass
from functools import cache

from display import sources
from display.lists import HEX, NUMBER, OCTAL, PAIRS, SEGMENTS, TRIPLES, Item
from firmware import default_lists, items
from firmware.log_items import LogItems
from picometer.paths import ROOT

_SOURCE = ROOT / "firmware" / "items.py"
_LINE = re.compile(r"^_([A-Z_]+) = const\((\d+)\)  # (.+)$", re.M)
_FORMS = {
    NUMBER: "number",
    TRIPLES: "3.3 digits",
    OCTAL: "octal",
    HEX: "hexadecimal",
    SEGMENTS: "all segments",
}
_LISTS = {
    sources.NORMAL: "Normal",
    sources.ALTERNATE: "Alternate",
    sources.TEST: "Test",
    sources.COMM_LINK_ONLY: "GyrBox",
}


@dataclass(frozen=True)
class Entry:
    """An ITEM: its number, its name in the source, what it shows, and how."""

    number: int
    name: str
    meaning: str
    form: str
    annunciators: tuple[str, ...]


@cache
def entries() -> list[Entry]:
    """Every ITEM by number; those that share a line of the source follow it."""
    found: list[Entry] = []
    for name, text, meaning in _LINE.findall(_SOURCE.read_text()):
        number = int(text)
        while len(found) < number - 1:
            first = found[-1]
            found.append(_entry(len(found) + 1, first.name, _next_digits(first.meaning)))
        found.append(_entry(number, name, meaning))
    return found


def _entry(number: int, name: str, meaning: str) -> Entry:
    item = looks(number)
    form = _FORMS.get(item.kind, "2.2 digits" if item.digits == 4 else "2.2.2 digits")
    if item.kind == PAIRS and not item.digits:
        form = "2.2 or 2.2.2 digits"
    return Entry(number, name, meaning, form, item.annunciators)


def looks(number: int) -> Item:
    """An Item with the kind, digits and annunciators of an ITEM number."""
    item = Item(b"", number)
    items.present(item)
    return item


def _next_digits(meaning: str) -> str:
    """The digits of a hash that follow those of the line before; a hash has 64."""
    meaning = meaning.partition(";")[0]
    return re.sub(r"\d+ to \d+$", lambda found: _digits(found[0]), meaning)


def _digits(range_: str) -> str:
    last = int(range_.split()[-1])
    return f"{last + 1} to {min(last + 6, 64)}"


def default_items():
    """(purpose, items) of the built-in lists, in the order of the tables."""
    found = sources.Items(default_lists.ST32, default_lists.LIMITS[0], items.present)
    primary = sources.lists_of(
        default_lists.ST33, default_lists.LIMITS[2], default_lists.LIMITS[1], found
    )
    secondary = sources.lists_of(
        default_lists.ST34, default_lists.LIMITS[4], default_lists.LIMITS[3], found
    )
    return [(purpose, _copies(shown.items)) for purpose, shown in primary + secondary]


def _copies(shown) -> list[Item]:
    """Copies of the Items of a list, which are one that is loaded when it is asked for."""
    return [deepcopy(item) for item in shown]


def log_items():
    """What the list of the event log shows of it as a whole."""
    shown = LogItems(None)  # no entries yet
    return _copies(shown[i] for i in range(len(shown)))


def table() -> str:
    """All items as a Markdown table."""
    places: dict[int, list[str]] = {}
    named = [(_LISTS[purpose], shown) for purpose, shown in default_items()]
    for name, shown in [*named, ("Event log", log_items())]:
        for item in shown:
            code = item.code.decode().strip()
            places.setdefault(item.quantity, []).append(f"{name} {code}".strip())
    lines = ["| ITEM | Shows | As | Lights | In the built-in lists |", "|---:|---|---|---|---|"]
    for entry in entries():
        there = ", ".join(places.get(entry.number, []))
        lights = " ".join(entry.annunciators)
        meaning = entry.meaning.partition(";")[0] if entry.name.endswith("HASH") else entry.meaning
        lines.append(f"| {entry.number} | {meaning} | {entry.form} | {lights} | {there} |")
    return "\n".join(lines) + "\n"
