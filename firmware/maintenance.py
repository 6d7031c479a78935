"""The maintenance duty: what takes longer than a session's step, or what the clock starts.

Procedures leave a request here and answer ACCEPTED; the duty does the work, and ST8 tells of it
when it is read again.
"""

from micropython import const

from audit.rights import PROCEDURE
from c1219 import events
from c1219.procedures import (
    ACCEPTED,
    ACTIVATE_ALL_PENDING,
    CLEAR_DATA,
    COLD_START,
    COMPLETED,
    CONFLICT,
    EXECUTE_DIAGNOSTICS,
    NO_AUTHORISATION,
    SAVE_CONFIGURATION,
    TIMING,
    WARM_START,
)
from firmware.clearing import NONE
from firmware.guard import ISC
from firmware.health import COMMANDED
from firmware.log import Actor
from ticks import elapsed

# What begins, and is then refused where the meter is protected.
UNDER_SEAL = (COLD_START.number, CLEAR_DATA.number)

_IDLE_MS = const(1000)
_BUSY_MS = const(50)
_SLICES = const(8)  # of the watch over the metering chip: all of its settings, twice
_GRACE_MS = const(300000)  # the session that asked may go on for so long before a restart
_DAY = const(1440)
_NONE = NONE

_CLOCK = Actor(events.SOURCE_CLOCK)
_POWER = Actor(events.SOURCE_POWER)


class Maintenance:
    """Works for clients, and once a day for itself.

    meter     firmware.meter.Meter, with everything brought up but the ports
    board     for the restart
    clearing  firmware.clearing.Clearing: its procedure that was cut off is finished first of all

    forget     called as forget() when the registers, and what was recorded of them, are to go;
               empty by default
    pending    firmware.pending.Pending, once there is one
    in_session in_session(source): whether the port that events call so is in session
    wake       called when there is something to do at once
    """

    def __init__(self, meter, board, clearing):
        self.forget = []
        self.pending = None
        self.in_session = _never
        self.wake = _nobody
        self._meter = meter
        self._board = board
        self._clearing = clearing
        self._number = _NONE  # of the procedure under way
        self._actor = _CLOCK  # who asked, whose session may have ended
        self._result = COMPLETED
        self._begun = False
        self._left = 0
        self._since = 0
        self._day = _NONE
        self._procedures = {
            COLD_START.number: self._cold_start,
            WARM_START.number: self._restart,
            SAVE_CONFIGURATION.number: self._save,
            CLEAR_DATA.number: self._clear,
            EXECUTE_DIAGNOSTICS.number: self._diagnose,
            ACTIVATE_ALL_PENDING.number: self._activate,
        }
        # In safe mode there is no recorder, whose part of it is left for another start.
        left = _NONE if meter.safe else clearing.left()
        if left in UNDER_SEAL:
            self._number = left
            self._actor = _POWER
            self._result = ACCEPTED
            self._begun = True
            self._since = board.ticks_ms()
            meter.log.add(events.PROCEDURE_INVOKED, _POWER, left)

    def ask(self, number, actor):
        """Have procedure `number` run for `actor`: ACCEPTED, or why not.

        TIMING: another one is under way. CONFLICT: registers are to be cleared and this is test
        mode. Whether the seal allows it is found, and `result` tells, when it has begun.
        """
        if self._number != _NONE:
            return TIMING
        if number in UNDER_SEAL and self._meter.billing.testing:
            return CONFLICT
        self._number = number
        self._actor = Actor(actor.source, actor.user_id, actor.level)
        self._left = _SLICES
        self._since = self._board.ticks_ms()
        self._result = ACCEPTED
        self._begun = False
        if number in UNDER_SEAL or number == WARM_START.number:
            self.wake()  # a client that asks once is to hear of a refusal, or of the restart
        return ACCEPTED

    def result(self):
        """Of what was asked for last: ACCEPTED while it is under way."""
        return self._result

    def step(self, now_ms):
        """One piece of work."""
        if self._number != _NONE:
            if not self._begun and not self._begin():
                self._number = _NONE
            elif self._procedures[self._number](now_ms):
                self._number = _NONE
            return _BUSY_MS
        self._look_at_the_clock()
        return _IDLE_MS

    def _look_at_the_clock(self):
        meter = self._meter
        minute = meter.billing.minute
        if not minute:
            return
        if self.pending is not None and minute >= self.pending.due:
            self.pending.look(minute)
        day = minute // _DAY
        if day == self._day:
            return
        if self._day != _NONE and day == self._day + 1 and meter.program.daily_self_read:
            meter.billing.read_daily(_CLOCK)
        self._day = day

    def _begin(self):
        # False, and the result says why, when it is refused.
        guard = self._meter.guard
        number = self._number
        if number in UNDER_SEAL and self._meter.billing.testing:  # since it was asked for
            self._result = CONFLICT
            return False
        # What a cold start makes of the program is known, what it was is not.
        was = self._meter.program.digest() if number == COLD_START.number else b""
        why = guard.change(events.PROCEDURE_INVOKED, self._actor, number | PROCEDURE, was)
        if why:
            self._result = NO_AUTHORISATION if why == -ISC else CONFLICT
            guard.refused(self._actor, number, self._result)
            return False
        self._meter.log.add(events.PROCEDURE_INVOKED, self._actor, number)
        if number in UNDER_SEAL and not self._clearing.begin():
            self._result = CONFLICT
            return False
        self._begun = True
        return True

    # What is asked for: True when it is done.

    def _cold_start(self, now_ms):
        if self.pending.clear_all(self._actor) and self._meter.program.begin_anew():
            if self._clear_registers():
                self._number = WARM_START.number  # is left, once the session has ended
                return self._restart(now_ms)
        self._result = CONFLICT
        return True

    def _clear(self, now_ms):
        self._result = COMPLETED if self._clear_registers() else CONFLICT
        return True

    def _clear_registers(self):
        # The page comes last: with it, all is done. What fails here, the next start does.
        for each in self.forget:
            each()
        if not self._meter.billing.clear(self._clearing.entry):
            return False
        self._clearing.end()
        return True

    def _restart(self, now_ms):
        # The restart ends the session that asked for it: the answer goes out before.
        self._result = COMPLETED
        if self.in_session(self._actor.source) and elapsed(now_ms, self._since) < _GRACE_MS:
            return False
        self._meter.health.announce(COMMANDED)
        self._meter.storage.write()
        self._board.reset()
        return True

    def _save(self, now_ms):
        meter = self._meter
        kept = meter.program.save() and meter.configuration.save()
        self._result = COMPLETED if kept else CONFLICT
        return True

    def _diagnose(self, now_ms):
        meter = self._meter
        if self._left:
            self._left -= 1
            meter.metering.check()
            return False
        meter.storage.write()  # which is read back
        self._result = CONFLICT if meter.storage.faults.word else COMPLETED
        return True

    def _activate(self, now_ms):
        self._result = COMPLETED if self.pending.activate_all(self._actor) else CONFLICT
        return True


def _never(source):
    return False


def _nobody():
    """It is stepped soon enough."""
