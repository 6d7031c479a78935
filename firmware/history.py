"""The history log: what operators did, power and clock; the oldest entry is overwritten."""

from array import array
from struct import pack_into, unpack_from

from micropython import const

from c1219 import events
from c1219.dates import NO_TIME
from firmware.record_list import RecordList
from journal.ring import Ring

LIST = const(8)  # number of the list in procedures 4 and 5 (low confidence)
SERVED = const(48)  # entries of ST74

_WORDS = const(8)  # the first and the last two are the ring's
_FORMAT = "<6sHH4s"  # time, user, code, argument; from word 1 on
_TIME = const(4)  # octets of a record
_USER = const(10)
_CODE = const(12)
_ARGUMENT = const(14)


class Entry:
    """An entry of the log, as a record of the ring has it."""

    def __init__(self, record):
        self._record = record

    @property
    def sequence(self):
        """Its number."""
        return self._record[0]

    @property
    def time(self):
        """Y M D h m s, zeros when the clock was not valid."""
        return unpack_from("6s", self._record, _TIME)[0]

    @property
    def user(self):
        """User id of the session, 0 for nobody."""
        return unpack_from("<H", self._record, _USER)[0]

    @property
    def code(self):
        """See c1219.events."""
        return unpack_from("<H", self._record, _CODE)[0]

    @property
    def argument(self):
        """4 octets, see c1219.events."""
        return unpack_from("4s", self._record, _ARGUMENT)[0]


class History(RecordList):
    """A log on `memory`; `load` comes before anything else.

    marks   firmware.record_list.ReadMarks
    events  codes of all events it may have
    """

    def __init__(self, memory, base, slots, marks):
        record = array("I", bytes(4 * _WORDS))
        ring = Ring(memory, base, slots, record)
        RecordList.__init__(self, ring, Entry(record), marks, LIST, SERVED)
        self.events = events.HISTORY
        self._record = record

    def add(self, code, argument, user=0, time=NO_TIME):
        """Log an event; False when the memory does not take it.

        code      see c1219.events
        argument  4 octets, of events.argument
        user      user id of the session, 0 for nobody
        time      Y M D h m s, zeros while the clock is not valid
        """
        self._record[4] = 0  # in part spare
        self._record[5] = 0
        pack_into(_FORMAT, self._record, _TIME, time, user, code, argument)
        return self._append()
