"""Entries of the history log: who did what, when, and whether the seal was open.

ST74 shows 48 entries. What anybody can cause at will has a cap, so that it pushes nothing else out
within a day: each kind below may have so many entries at once, and two more for each day that the
meter runs. What has no place is counted. Two kinds have a cap only while the meter is protected:
what operators do at the ports, and what the clock does for them with pending tables. The event
log, self reads, and the counts of demand resets and of tests account for those, too.
"""

from micropython import const

from c1219 import events
from c1219.dates import NO_TIME
from firmware.inputs import SEAL_OPEN
from firmware.saved_registers import stime
from metrology.page import COUNTER_MASK, LOG_DROPPED, LOG_FREE, LOG_FREE_CLOCK, TICKS, count

_EACH_TICKS = const(432000)  # half a day, for another place
_OF_ANYBODY = const(0)
_OUTAGES = const(1)
_AT_PORT = const(1)  # added to a source: 2 the optical port, 3 the module
_BY_CLOCK = const(4)
# Entries at once, and after a day in which they were used up: 42 in all, with two each.
_AT_ONCE = b"\x08\x06\x0a\x04\x04"
_NOISE = (
    events.PROCEDURE_REFUSED,
    events.WRITE_REFUSED,
    events.LOCKED_OUT,
    events.LIST_POINTERS_RESET,
    events.LIST_POINTERS_UPDATED,
)
# Have a second entry that follows, for which there is room then; and those.
_FIRST = (events.POWER_DOWN, events.TIME_CHANGED_OLD, events.TEST_MODE_START)
_SECOND = (events.POWER_UP, events.TIME_CHANGED_NEW, events.TEST_MODE_STOP)


class Actor:
    """Who does something to the meter.

    source    events.SOURCE_OPTICAL to SOURCE_METERING
    user_id   of the session, 0 for nobody
    level     access level, 0 for who needs none
    """

    def __init__(self, source, user_id=0, level=0):
        self.source = source
        self.user_id = user_id
        self.level = level


class Log:
    """Writes to the history.

    history   firmware.history.History
    clock     firmware.clock.Clock
    ticks_ms  time
    storage   firmware.storage.Storage, whose page keeps how many places are taken
    inputs    firmware.inputs.Inputs, once there is one: before, the seal counts as closed

    protected  whether the meter is, as firmware.guard says
    """

    def __init__(self, history, clock, ticks_ms, storage):
        self.inputs = None
        self.protected = False
        self._storage = storage
        self._history = history
        self._clock = clock
        self._ticks_ms = ticks_ms

    def date_time(self):
        """6 octets Y M D h m s, local time; zeros while the clock is not valid."""
        clock = self._clock
        clock.update(self._ticks_ms())
        minute = clock.now[0]
        if minute < 0:
            return NO_TIME
        return stime(minute) + bytes((clock.now[1] // 1000,))

    @property
    def seal_open(self):
        """Whether the seal over the meter is open."""
        inputs = self.inputs
        return inputs is not None and inputs.state[SEAL_OPEN] != 0

    def add(self, code, actor, detail=0, time=None):
        """One entry, code and detail as c1219.events says; False when it is not kept.

        Where two belong together the caller asks for the second only if the first was kept.
        """
        if not self._has_place(code, actor.source):
            return False
        argument = events.argument(actor.source, detail, actor.level, self.seal_open)
        if time is None:
            time = self.date_time()
        return self._history.add(code, argument, actor.user_id, time)

    def _has_place(self, code, source):
        if code in _NOISE:
            kind = _OF_ANYBODY
        elif code == events.POWER_DOWN:
            kind = _OUTAGES
        elif self.protected and source <= events.SOURCE_MODULE and code not in _SECOND:
            kind = source + _AT_PORT
        elif self.protected and source == events.SOURCE_CLOCK and code not in _SECOND:
            kind = _BY_CLOCK
        else:
            return True
        page = self._storage.page
        free = LOG_FREE_CLOCK if kind == _BY_CLOCK else LOG_FREE + kind
        most = _AT_ONCE[kind] * _EACH_TICKS
        taken = (page[free] - page[TICKS]) & COUNTER_MASK
        if taken > most:  # long ago
            taken = 0
        taken += 2 * _EACH_TICKS if code in _FIRST else _EACH_TICKS
        if taken > most:
            count(page, LOG_DROPPED)
            return False
        page[free] = (page[TICKS] + taken) & COUNTER_MASK
        self._storage.write()  # before the entry: a power failure gives no place back
        return True
