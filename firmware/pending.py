"""Pending tables: what a client has written to hold from some time on, or when it is told."""

from micropython import const

from c1219 import events
from c1219.pending import is_event
from ds3231 import civil
from firmware.log import Actor
from firmware.record import Record
from journal import BAD
from metrology.faults import CONFIGURATION_BAD

ERR = const(1)  # C12.18: the memory does not take it

_WORDS = const(96)
_NEVER = const(0x3FFFFFFF)
EVENT = const(6)  # octets before the table: EVENT_SELECTOR and EVENT_STORAGE
_AT_A_TIME = const(0)  # EVENT_CODE
_CODE_MASK = const(0x0F)
_SELF_READ = const(0x10)  # before the table holds
_DEMAND_RESET = const(0x20)

# Tables that may be pending: the size of each, see firmware.program.
TABLES = (13, 33, 34, 53)
_SIZES = (8, 73, 67, 6)

_CLOCK = Actor(events.SOURCE_CLOCK)


def _fields():
    fields = [("last", 5)]
    for i in range(len(TABLES)):
        fields.append((TABLES[i], 1 + EVENT + _SIZES[i]))  # the first octet: there is one
    return tuple(fields)


class Pending:
    """One pending version of each table of TABLES, on `memory` at `base`.

    meter  firmware.meter.Meter: settings, billing, log

    due    minute since 2000-01-01 00:00 from which on `look` has something to do
    """

    def __init__(self, memory, base, slots, meter):
        self._record = Record(memory, base, slots, _WORDS, _fields(), b"\0")
        self._meter = meter
        self.due = 0
        if self._record.load() == BAD or not self._is_sane():
            meter.storage.faults.set(CONFIGURATION_BAD)
        self._plan()
        self.tables = None  # c1219.tables.Tables, which knows whether a table may stand

    def _is_sane(self):
        # An impossible table counts as never written: nobody has meant it to hold.
        good = True
        for number in TABLES:
            octets = self._record.get(number)
            if octets[0] > 1 or octets[0] and not is_event(octets[1 : 1 + EVENT]):
                self._record.put(number, b"")
                good = False
        last = self._record.get("last")
        if last != bytes(5) and not is_event(b"\0" + last):
            self._record.put("last", b"")
            good = False
        return good

    def get(self, number):
        """Event and table as they were written; None when table `number` has none pending."""
        octets = self._record.get(number)
        return octets[1:] if octets[0] else None

    def put(self, number, octets, actor):
        """Keep event and table, which may stand: 0, or the negative response code that the memory
        or the guard refuses it with.
        """
        why = self._meter.guard.refusal(number)
        if why:
            return -why
        if not self._record.change(number, b"\x01" + octets):
            return -ERR
        self._plan()
        self._meter.log.add(events.PROGRAMMED, actor, number | 0x1000)
        return 0

    @property
    def last_activation(self):
        """Y M D h m, zeros for never."""
        return self._record.get("last")

    def numbers(self):
        """Of the tables that have one pending, ascending."""
        return [number for number in TABLES if self._record.get(number)[0]]

    def activate_all(self, actor):
        """Now. False when one cannot stand any more, or is not kept: it is still pending."""
        good = True
        for number in self.numbers():
            good = self._activate(number, actor) and good
        return good

    def clear_all(self, actor):
        """Forget them. False when the memory does not take it."""
        for number in self.numbers():
            if not self._forget(number):
                return False
            self._meter.log.add(events.PENDING_CLEARED, actor, number)
        return True

    def look(self, minute):
        """Activate what is due: `minute` of the clock since 2000-01-01 00:00."""
        for number in self.numbers():
            octets = self._record.get(number)
            if octets[1] & _CODE_MASK == _AT_A_TIME and _minute_of(octets[2:7]) <= minute:
                if not self._activate(number, _CLOCK):
                    # It would fail again every minute.
                    self._forget(number)
                    self._meter.log.add(events.PENDING_CLEARED, _CLOCK, number)

    def _activate(self, number, actor):
        octets = self.get(number)
        image = octets[EVENT:]
        if self.tables is None or not self.tables.may_become(number, image):
            return False
        if self._meter.guard.refusal(number):
            return False
        selector = octets[0]
        if selector & _DEMAND_RESET:
            self._meter.billing.reset_demand(actor)
        elif selector & _SELF_READ:
            self._meter.billing.read_self(actor)
        if self._meter.settings.write(number, image, actor):
            return False
        self._meter.log.add(events.PENDING_ACTIVATED, actor, number)
        time = self._meter.log.date_time()
        self._record.put("last", time[:5])
        return self._forget(number)

    def _forget(self, number):
        size = len(self._record.get(number))
        kept = self._record.change(number, bytes(size))
        self._plan()
        return kept

    def _plan(self):
        self.due = _NEVER
        for number in self.numbers():
            octets = self._record.get(number)
            if octets[1] & _CODE_MASK == _AT_A_TIME:
                self.due = min(self.due, _minute_of(octets[2:7]))


def _minute_of(octets):
    # Of STIME_DATE, since 2000-01-01 00:00.
    days = civil.days(civil.FIRST_YEAR + octets[0], octets[1], octets[2])
    return days * 1440 + octets[3] * 60 + octets[4]
