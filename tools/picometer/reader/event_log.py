"""The event log of our own meter: read entry by entry, and its chain checked."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from struct import pack
from typing import Any

from audit.entry import SHOWN, Entry, chain_of
from c1219 import accountability, decade7, events
from c1219.codec import decode
from c1219.types import resolve, size_of

from .changes import value_words
from .client import Client
from .decode import MalformedTable, TableReader, UnsupportedFormat
from .events import argument_words, name_of
from .formats import OURS

_TRIES = 3
_PIECE = 4  # entries asked for at a time
_RECORD = 16  # octets of an entry of ST76; behind them is put what MT13 has of it
_COUNT = 2  # octets of MT13 before its entries


@dataclass(frozen=True)
class EventLog:
    """The log as it stood at one moment.

    state    MT12
    entries  the oldest first
    broken   number of the first entry that is not as it was written, 0 for none
    why      what is wrong, empty when nothing is
    """

    state: dict[str, Any]
    entries: list[Entry]
    broken: int
    why: str


def read_log(client: Client) -> tuple[EventLog, TableReader]:
    """Read MT12 and ST76, of this only the entries in use, and check them.

    Raises what Client and TableReader raise, and UnsupportedFormat for another's meter.
    """
    tables = TableReader.of(client)
    if not tables.is_ours():
        raise UnsupportedFormat("this is no Picometer: its event log has no chain")
    number = decade7.ST76.number
    parts = tables.parts(number)
    head, width = size_of(parts[:-1]), parts[-1][4]
    if width != _RECORD or accountability.EVENT_RECORDS.number not in tables.tables_used():
        raise UnsupportedFormat("entries of this event log are not known")
    for _ in range(_TRIES):
        before = _state(tables), client.read_offset(number, 0, head)
        count = int.from_bytes(before[1][1:3], "little")
        listed = _rows(client, number, head, width, count)
        lying = _rows(client, accountability.EVENT_RECORDS.number, _COUNT, SHOWN, count)
        if (_state(tables), client.read_offset(number, 0, head)) == before:
            rows = [a + b for a, b in zip(listed, lying, strict=True)]
            return _checked(before[0], rows), tables
    raise MalformedTable("the event log has changed each time it was read")


def _rows(client: Client, number: int, head: int, width: int, count: int) -> list[bytes]:
    """The first `count` entries of a table, each of `width` octets, behind `head` others."""
    octets = b""
    for at in range(0, count, _PIECE):
        many = min(_PIECE, count - at)
        octets += client.read_offset(number, head + at * width, many * width)
    return [octets[i : i + width] for i in range(0, len(octets), width)]


def _state(tables: TableReader) -> dict[str, Any]:
    parts, values = tables.stored(accountability.ACCOUNTABILITY.number)
    return OURS.plain(parts, values)


def _checked(state: dict[str, Any], rows: list[bytes]) -> EventLog:
    entries = [Entry(array("I", row[_RECORD:])) for row in rows]
    broken, why = _first_broken(state, rows, entries)
    if not broken and state["BROKEN_ENTRY"]:
        broken, why = state["BROKEN_ENTRY"], "the meter says so"
    return EventLog(state, entries, broken, why)


def _first_broken(state: dict[str, Any], rows: list[bytes], entries: list[Entry]):
    """Number of the first entry that is not as it was written, and why; 0 for none."""
    total = state["EVENTS_TOTAL"]
    chain, expected = bytes.fromhex(state["CHAIN_BEFORE"]), max(1, total - len(rows) + 1)
    for row, entry in zip(rows, entries, strict=True):
        number = entry.sequence
        if chain_of(chain, array("I", row[_RECORD:])) != entry.chain:
            if number != expected:
                return expected, "it is missing"
            return number, "it does not follow from the one before"
        if row[:_RECORD] != _before(entry):
            return number, "ST76 has another time, number, user or argument for it"
        chain, expected = entry.chain, number + 1
    if chain.hex() != state["CHAIN"]:
        return max(1, min(expected, total)), "the meter has another chain"
    return 0, ""


def _before(entry: Entry) -> bytes:
    """What ST76 has of an entry before the entry itself."""
    return (
        entry.time + pack("<HHH", entry.sequence & 0xFFFF, entry.user, entry.code) + entry.argument
    )


def lines(log: EventLog, tables: TableReader) -> Iterator[str]:
    """The log in words: how it stands, then its entries, the oldest first."""
    state = log.state
    yield (
        f"cycle {state['CYCLE']}: {state['EVENTS_USED']} of {state['EVENT_CAPACITY']} used, "
        f"entry {state['EVENTS_TOTAL']} is the last"
    )
    is_set = "set" if state["SEAL_STATUS"]["SET"] else "not set"
    seal = "open" if state["SEAL_STATUS"]["SEAL_OPEN"] else "closed"
    yield f"{is_set} to be sealed, seal {seal}, was opened {state['SEAL_OPENINGS']} times"
    yield f"{state['REFUSED_BY_SEAL']} procedures refused under the seal"
    for entry in log.entries:
        yield from _entry_lines(entry, tables)
    yield f"chain {state['CHAIN']}"


def _entry_lines(entry: Entry, tables: TableReader) -> Iterator[str]:
    code = entry.code
    argument = decode(resolve(events.ARGUMENT, {}), entry.argument)
    words = [str(OURS.moment(entry.time) or "clock not valid"), name_of(code)]
    words += argument_words(code, argument)
    if entry.user:
        words.append(f"user {entry.user}")
    words.append("firmware {}.{}".format(*entry.version[2:]))
    yield f"{entry.sequence:5}  {words[0]}  {', '.join(words[1:])}"
    for change in value_words(entry.parameter, entry.old, entry.new, tables):
        yield f"       {change}"
