"""What may change of a meter and who may change it, told without the firmware's own tables."""

import hashlib
from array import array
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from boards.pico_meter import layout
from c1219 import events
from firmware import passwords as st42
from journal.ring import Ring
from metrology import page as p
from picometer.virtual.board import VirtualBoard
from picometer.virtual.clock import NS_PER_S
from picometer.virtual.host import ImageMemory
from picometer.virtual.running import RunningMeter

OPEN, LOGGED, SEALED = range(3)
PENDING = 0x1000
SECURITY, PROVISIONING = 0x0809, 0x080B
_GIVEN = ("model", "service", "serial")  # MT11
_ENTRY_VALUE = 74
_EXCERPT = 40

# Of each parameter: the lowest access level that may write it, and its class.
PARAMETERS = {
    5: (2, SEALED),
    6: (2, OPEN),
    13: (2, SEALED),
    31: (2, SEALED),
    32: (2, SEALED),
    33: (2, SEALED),
    34: (2, SEALED),
    42: (3, LOGGED),
    53: (2, LOGGED),
    61: (2, LOGGED),
    62: (2, LOGGED),
    0x0800: (2, LOGGED),
    0x0808: (2, LOGGED),
    SECURITY: (3, SEALED),
    PROVISIONING: (3, SEALED),
}
PENDABLE = (13, 33, 34, 53)
_OUT_OF_THE_BOX = (13, 31, 32, 33, 34, 53, 61, 62, 0x0800, 0x0808)  # what a cold start writes
_PROFILE = (61, 62)  # which go together
_PADDED = (42, PROVISIONING)  # whose texts are kept with padding of the meter's own
# Procedures: the lowest level that may run each, and whether the seal forbids it.
CLOCK, SET_DATE_TIME, CHANGE_MODE = 52, 10, 6
_SLEW_S = 30  # that clients may move the clock by, in all, without an entry
_EPOCH = datetime(2000, 1, 1)
_NO_MOVE_S = 0.1
_DIGEST = 32  # of the program that a cold start ends
COLD_START, CLEAR_DATA, ACTIVATE, CLEAR_PENDING, CLEAR_LOG = 0, 3, 12, 14, 0x0802
LEVELS = dict.fromkeys((2, 4, 6, 7, 8, 9, 10, 11, 12, 14, 16, 17, 21, 0x0800, 0x0801), 2)
LEVELS |= {5: 1, COLD_START: 3, 1: 3, CLEAR_DATA: 3, CLEAR_LOG: 3}


class Entry(NamedTuple):
    """What is held against an entry of the event log."""

    code: int
    parameter: int
    source: int
    level: int
    old: bytes
    new: bytes
    user: int


@dataclass
class State:
    """Everything that clients could change, past all ports."""

    tables: dict[int, bytes]
    pending: dict[int, bytes | None]
    registers: tuple[int, ...]
    counts: dict[str, object]
    words: list[bytes]
    is_set: bool
    seal_open: bool
    total: int
    cycle: int
    clock: float  # seconds by which it is ahead of the simulation's
    now: datetime  # what it tells

    @property
    def protected(self) -> bool:
        """Set to be sealed, and the seal is closed."""
        return self.is_set and not self.seal_open


def state_of(meter: RunningMeter, board: VirtualBoard) -> State:
    """What the firmware and its clock chip hold now."""
    configuration, settings = meter.configuration, meter.settings
    apart = {
        42: bytes(st42.octets(configuration)),
        PROVISIONING: b"".join(configuration.get(name) for name in _GIVEN),
    }
    tables = {n: apart[n] if n in apart else bytes(settings.octets(n)) for n in PARAMETERS}
    page = meter.pages.billing
    marks, switch = meter.marks, meter.service_switch.kept
    counts = {
        "demand resets": page[p.DEMAND_RESETS],
        "test mode": meter.billing.testing,
        "marks": tuple(marks.get(i) for i in range(13)),
        "profile": meter.load_profile.active,
        "service": (switch.close, switch.armed, switch.cause),
    }
    fields = ("password_1", "password_2", "password_3", "password_module")
    return State(
        tables,
        {n: meter.pending.get(n) for n in PENDABLE},
        tuple(page[p.DELIVERED_KWH : p.DELIVERED_KWH + 4]),
        counts,
        [configuration.get(name).rstrip(b" \0") for name in fields],
        configuration.get("security") == b"\1",
        meter.log.seal_open,
        meter.event_log.total,
        meter.event_log.cycle,
        (board.rtc.now() - _EPOCH).total_seconds() - board.clock.now_ns / NS_PER_S,
        board.rtc.now(),
    )


def entries_after(meter: RunningMeter, memory, total: int) -> list[Entry]:
    """The event log's entries with higher numbers, read from the memory and nothing else."""
    found = []
    for number in range(total + 1, meter.event_log.total + 1):
        record = _record(memory, number)
        word = record[14:16], record[16:18], record[12:14]
        code, parameter, user = (int.from_bytes(octets, "little") for octets in word)
        old, new = record[28 : 28 + record[21]], record[102 : 102 + record[22]]
        found.append(Entry(code, parameter, record[10], record[11] & 3, old, new, user))
    return found


def _record(memory, number: int) -> bytes:
    at = layout.EVENTS + number % layout.EVENT_SLOTS * 224
    record = bytes(memory[at : at + 224])
    if int.from_bytes(record[:4], "little") != number:
        raise AssertionError(f"entry {number} is not in its place")
    return record


def _shown(old: bytes, new: bytes) -> tuple[bytes, bytes]:
    """What an entry has of a change."""
    if len(old) <= _ENTRY_VALUE and len(new) <= _ENTRY_VALUE:
        return old, new
    at = next(i for i in range(len(new)) if old[i] != new[i])
    before, after = (
        at.to_bytes(2, "little")
        + hashlib.sha256(value).digest()
        + value[at : at + _EXCERPT].ljust(_EXCERPT, b"\0")
        for value in (old, new)
    )
    return before, after


@dataclass
class Deed:
    """One request as the oracle understands it.

    level      access level of its session when it came
    table      that it would write, with PENDING in it; None for no write
    procedure  that it would run; None for none
    octets, offset   what it would write, and where; None for all of it
    refused    the response code was not OK
    """

    source: int
    user: int
    level: int
    table: int | None = None
    procedure: int | None = None
    octets: bytes = b""
    offset: int | None = None
    refused: bool = False


class Judge:
    """Holds what has changed against what a deed may change."""

    def __init__(self) -> None:
        self.changes = 0  # of LOGGED and SEALED parameters, all with their entry
        self.wrong: list[str] = []
        self._known: float | None = None  # the clock, when it last had an entry

    def look(self, deed: Deed, before: State, after: State, entries: list[Entry]) -> None:
        """Note whatever is beyond rights, or has no entry, or another than it must."""
        left = list(entries)
        tables = self._by_the_clock(deed, before, left)
        for number in PARAMETERS:
            old, new = tables[number], after.tables[number]
            if old != new:
                self._changed(deed, before, number, old, new, left)
        for number in PENDABLE:
            if before.pending[number] != after.pending[number]:
                self._pending(deed, before, number, after.pending[number])
        self._clock(deed, before, after, left)
        self._procedures(deed, before, after, left)
        for entry in left:
            self._say(f"{deed}: an entry too many: {entry}")
        if len(entries) != after.total - before.total:
            self._say(f"{deed}: numbers went from {before.total} to {after.total}")
        self._written(deed, before, after)

    def _say(self, text: str) -> None:
        self.wrong.append(text)

    def _by_the_clock(self, deed: Deed, before: State, left: list[Entry]) -> dict[int, bytes]:
        """The tables when those that were pending have had their time, each with an entry."""
        tables = dict(before.tables)
        for number in PENDABLE:
            pending = before.pending[number]
            if pending is None or pending[0] & 0x0F:
                continue
            values = tables[number], pending[6:]
            wanted = Entry(events.PROGRAMMED, number, events.SOURCE_CLOCK, 0, *values, 0)
            if wanted in left:
                left.remove(wanted)
                self.changes += 1
                tables[number] = pending[6:]
                if PARAMETERS[number][1] == SEALED and before.protected:
                    self._say(f"{deed}: {number} has taken its place under the seal")
        return tables

    def _clock(self, deed, before, after, left) -> None:
        """Only who may moves it, and further than the slew only with an entry."""
        may = deed.level >= 2 and (deed.table == CLOCK or deed.procedure == SET_DATE_TIME)
        if self._known is None:
            self._known = before.clock
        for entry in list(left):
            facts = (entry.code, entry.parameter, entry.source, entry.level, entry.user)
            if may and facts == (events.PROGRAMMED, CLOCK, deed.source, deed.level, deed.user):
                left.remove(entry)
                self.changes += 1
                self._known = after.clock
        if abs(after.clock - before.clock) > _NO_MOVE_S and not may:
            self._say(f"{deed}: the clock has moved")
        if abs(after.clock - self._known) > _SLEW_S + _NO_MOVE_S:
            self._say(f"{deed}: the clock is {after.clock - self._known} s off without an entry")
            self._known = after.clock

    def _changed(self, deed, before, number, old, new, left) -> None:
        level, kind = PARAMETERS[number]
        if deed.procedure == COLD_START and deed.level == 3 and not before.protected:
            if number not in _OUT_OF_THE_BOX:
                self._say(f"{deed}: a cold start has changed {number:#x}")
            return  # the entry is the procedure's
        if deed.table != number and not (number in _PROFILE and deed.table in _PROFILE):
            pending = before.pending.get(number)
            if deed.procedure != ACTIVATE or pending is None or pending[6:] != new:
                self._say(f"{deed}: nobody has changed {number:#x}")
        if deed.level < level:
            self._say(f"{deed}: {number:#x} was changed by level {deed.level}")
        if kind == SEALED and before.protected:
            self._say(f"{deed}: {number:#x} was changed under the seal")
        if kind == OPEN:
            return
        code = events.SECURITY if number == SECURITY else events.PROGRAMMED
        values = _shown(old, new)
        if number == 42:
            values = b"\0", _which(old, new)
        wanted = Entry(code, number, deed.source, deed.level, *values, deed.user)
        if wanted in left:
            left.remove(wanted)
            self.changes += 1
        else:
            self._say(f"{deed}: no entry {wanted} among {left}")

    def _pending(self, deed, before, number, now) -> None:
        level, kind = PARAMETERS[number]
        if now is None:
            asked = deed.procedure in (ACTIVATE, CLEAR_PENDING, COLD_START)
            if before.pending[number][0] & 0x0F and not asked:
                self._say(f"{deed}: pending {number} has gone")
            if asked and deed.level < LEVELS[deed.procedure]:
                self._say(f"{deed}: pending {number} was taken by level {deed.level}")
            return
        if deed.table != number | PENDING or deed.level < level:
            self._say(f"{deed}: pending {number} was written")
        if kind == SEALED and before.protected:
            self._say(f"{deed}: pending {number} was written under the seal")

    def _procedures(self, deed, before, after, left) -> None:
        may = deed.procedure in LEVELS and deed.level >= LEVELS[deed.procedure]
        under_seal = deed.procedure in (COLD_START, CLEAR_DATA)
        cleared = may and under_seal and not before.protected
        if before.registers != after.registers and not cleared:
            self._say(f"{deed}: registers have changed")
        if before.cycle != after.cycle:
            self._new_cycle(deed, before, left)
        for entry in list(left):
            number = entry.parameter & ~PENDING
            if entry.code != events.PROCEDURE_INVOKED or number != deed.procedure or not cleared:
                continue
            old = _DIGEST if number == COLD_START else 0
            facts = (entry.source, entry.level, entry.user, len(entry.old), entry.new)
            if facts == (deed.source, deed.level, deed.user, old, b""):
                left.remove(entry)
                self.changes += 1
        tests = after.counts["test mode"] and not before.counts["test mode"]
        if tests and (deed.procedure != CHANGE_MODE or deed.source != events.SOURCE_OPTICAL):
            self._say(f"{deed}: test mode was set")
        if not may and _differ(before, after):
            self._say(f"{deed}: {before.counts} became {after.counts}")

    def _new_cycle(self, deed, before, left) -> None:
        if deed.table == SECURITY:
            return  # its own entry
        if deed.procedure != CLEAR_LOG or deed.level < 3 or not before.seal_open:
            self._say(f"{deed}: a new cycle")
        wanted = Entry(events.LOG_CLEARED, 0, deed.source, deed.level, b"", b"", deed.user)
        if wanted in left:
            left.remove(wanted)

    def _written(self, deed, before, after) -> None:
        """What was answered OK stands; what was refused does not."""
        if deed.table is None or deed.table not in PARAMETERS or deed.table in _PADDED:
            return
        old, new = before.tables[deed.table], after.tables[deed.table]
        if deed.refused:
            if old != new and before.pending.get(deed.table) is None:
                self._say(f"{deed}: refused, and it has changed")
        elif deed.table not in _PROFILE:
            at = deed.offset or 0
            if new[at : at + len(deed.octets)] != deed.octets:
                self._say(f"{deed}: answered OK, and it reads {new.hex()}")


def _differ(before: State, after: State) -> bool:
    """Whether anything has changed that takes a procedure; a test may end by itself, and what is
    pending may reset the demand when it takes its place.
    """
    then, now = dict(before.counts), dict(after.counts)
    if not now["test mode"]:
        then["test mode"] = now["test mode"]
    if before.pending != after.pending:
        then["demand resets"] = now["demand resets"]
    return then != now


def _which(old: bytes, new: bytes) -> bytes:
    """Which passwords differ, padding apart."""
    bits = 0
    for i in range(len(old) // 21):
        pair = [words[21 * i : 21 * i + 20].rstrip(b" \0") for words in (old, new)]
        bits |= (pair[0] != pair[1]) << i
    return bytes((bits,))


def chain_holds(fram) -> bool:
    """Whether the newest entries in the memory follow from each other, by SHA-256 alone."""
    ring = Ring(ImageMemory(fram.memory), layout.EVENTS, layout.EVENT_SLOTS, array("I", [0] * 56))
    ring.load()
    before = None
    for back in range(ring.valid - 1, -1, -1):
        if not ring.read(ring.recent(back)):
            return False
        record = bytes(ring.record)
        if (
            before is not None
            and hashlib.sha256(before + record[:184]).digest() != record[184:216]
        ):
            return False
        before = record[184:216]
    return True
