"""The event log on the display: how it stands, then every entry, the newest first."""

from micropython import const

from display import sources
from display.lists import NUMBER, PAIRS, TRIPLES, DisplayList
from firmware.items import present

# ITEM numbers of entries, which no source of ST32 can have: ENTRY + PARTS * place + part, where
# place 0 is the oldest entry that ST76 has.
ENTRY = const(512)
PARTS = const(4)
_NUMBER = const(0)
_DATE = const(1)
_TIME = const(2)
_WHAT = const(3)

_MANUFACTURER = const(0x0800)
_PROCEDURE = const(0x1000)
# Added to what is a manufacturer's, to a procedure, and to both.
_OWN = const(800)
_RUN = const(400)
_OWN_RUN = const(900)

_ON = const(30)  # tenths of a second

# Items in the form of ST32. In those of an entry, ITEM says which part of the entry is shown.
_SUMMARY = const(b"\x8cLoG\x86\0\x8dCyC\x86\0\x8eLSt\x86\0\x8fSEA\x86\0\x90bro\x86\0\x91CHn\x86\0")
_SUMMARIES = const(6)
_ENTRY = const(b"\x00En \x86\0\x01Edt\x46\0\x02Eti\x46\0\x03Ech\x46\0")
_KINDS = bytes((NUMBER, PAIRS, PAIRS, TRIPLES))


def _part(item):
    item.kind = _KINDS[item.quantity]
    item.digits = 0
    item.annunciators = ()
    return True


class LogItems:
    """Of `events`, firmware.event_list.EventList: the items of a list, all of them one Item that
    is loaded when it is asked for.
    """

    def __init__(self, events):
        self._events = events
        self._count = 0  # entries, when the list began
        self._item = sources.blank()

    def begin(self):
        """Show the entries that there are now."""
        self._count = self._events.valid

    def __len__(self):
        return _SUMMARIES + PARTS * self._count

    def __getitem__(self, i):
        item = self._item
        if i < _SUMMARIES:
            sources.load(item, _SUMMARY, sources.SOURCE_WIDTH * i, present)
            return item
        i -= _SUMMARIES
        part = i % PARTS
        sources.load(item, _ENTRY, sources.SOURCE_WIDTH * part, _part)
        item.quantity = ENTRY + PARTS * (self._count - 1 - i // PARTS) + part
        return item


def log_list(items):
    """A display list of LogItems."""
    return DisplayList(items, "ALT", _ON)


class LogValues:
    """The entry that is shown, read from the memory once.

    meter  with `events`, firmware.event_list.EventList, and `event_log`, audit.log.EventLog
    """

    def __init__(self, meter):
        self._meter = meter
        self._place = -1
        self._total = 0  # of the log, when that was read
        self._parts = [None, None, None, None]

    def value(self, i):
        """Of item ENTRY + i; None when there is no such entry, or its time is not known."""
        total = self._meter.event_log.total
        if i // PARTS != self._place or total != self._total:
            self._read(i // PARTS)
            self._total = total
        return self._parts[i % PARTS]

    def _read(self, place):
        self._place = place
        parts = self._parts
        entry = self._meter.events.entry_or_none(place)
        if entry is None:
            for part in range(PARTS):
                parts[part] = None
            return
        time = entry.time
        parts[_NUMBER] = entry.sequence % 1000000
        parts[_DATE] = _pairs(time, 0) if time[1] else None
        parts[_TIME] = _pairs(time, 3) if time[1] else None
        parts[_WHAT] = short(entry.code) * 1000 + short(entry.parameter)


def _pairs(time, at):
    return (time[at] * 100 + time[at + 1]) * 100 + time[at + 2]


def short(number):
    """Three digits for an event, a table or a procedure: the standard's tables and events as they
    are, a manufacturer's from 800 on, procedures from 400 and a manufacturer's from 900 on.
    """
    if number & _PROCEDURE:
        return (number & 0x7FF) + (_OWN_RUN if number & _MANUFACTURER else _RUN)
    return (number & 0x7FF) + (_OWN if number & _MANUFACTURER else 0)
