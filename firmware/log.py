"""Entries of the history log: who did what, when, and whether the seal was open."""

from c1219 import events
from c1219.dates import NO_TIME
from firmware.inputs import SEAL_OPEN
from firmware.saved_registers import stime


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
    inputs    firmware.inputs.Inputs, once there is one: before, the seal counts as closed
    """

    def __init__(self, history, clock, ticks_ms):
        self.inputs = None
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
        """One entry, code and detail as c1219.events says; False when it is not kept."""
        argument = events.argument(actor.source, detail, actor.level, self.seal_open)
        if time is None:
            time = self.date_time()
        return self._history.add(code, argument, actor.user_id, time)
