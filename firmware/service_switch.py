"""The service switch: a latching relay, opened and closed one small step at a time.

A command is logged and journaled before a coil gets current, so that power which goes in the
middle of it leaves no doubt about what was wanted: the next start looks, and brings it about.
Three things never happen: the switch closes without a command, a coil gets current to close it
while there is voltage on its load side, and a coil has current for longer than its pulse and a
step of another duty, as long as the expander can be told.
"""

from micropython import const

from c1219 import events as e
from firmware.log import Actor
from firmware.module_reset import ModuleReset
from firmware.service_record import ServiceRecord
from journal import BAD, EMPTY
from metrology import faults as f
from pcf8574 import ExpanderError
from ticks import elapsed

# Actions, as procedure MP0 and the log's details have them.
OPEN = const(0)
CLOSE = const(1)
ARM = const(2)  # the customer's lever may close it
DISARM = const(3)

# States, as MT3 has them.
OPENED = const(0)
CLOSED = const(1)
ARMED = const(2)  # open
MOVING = const(3)  # or not looked at yet
FAULTY = const(4)

# Answers.
DONE = const(0)
UNDER_WAY = const(1)
BUSY = const(2)  # another action is under way
REFUSED = const(3)  # not as things are
FAILED = const(4)  # tried, and a fault tells what became of it
REPLACED = const(5)  # another action has come since

# Phases.
_START = const(0)
_IDLE = const(1)
_DRIVE = const(2)  # everything is written down; the coil is next
_PULSE = const(3)
_SETTLE = const(4)

PULSE_MS = const(52)  # from the time of a step that looks first: 50 at least for the coil
SETTLE_MS = const(2000)  # from the pulse until position and voltage are what they must be
_LOOK_MS = const(250)
_SOON_MS = const(1)
_AGAIN_MS = const(5)  # an expander that did not take the end of a pulse is told again
_SETTLING_MS = const(20)
_START_LOOKS = const(4)  # a second: senses come up with the power, too
_SURE_LOOKS = const(2)  # in a row, before a movement counts as done
_CLEAR_LOOKS = const(4)  # that agree, before a fault is withdrawn
_FAULT_LOOKS = const(20)  # 5 s in which something does not agree

_FAULT_SHIFT = const(18)  # of the bits of metrology.faults
_DETAILS = {
    f.SERVICE_WELDED: e.WELDED,
    f.SERVICE_STUCK: e.STUCK,
    f.SERVICE_DISAGREES: e.DISAGREES,
}
_SELF = Actor(e.SOURCE_SERVICE_SWITCH)


def _nobody():
    pass


class ServiceSwitch:
    """The duty.

    lines   the board's service lines
    memory, base, slots  where its record is kept
    faults  metrology.faults.FaultSet
    log     firmware.log.Log
    wake    called when something is to be done soon
    kept    firmware.service_record.ServiceRecord: commands and counts
    module  firmware.module_reset.ModuleReset, whose line is at the same expander
    """

    def __init__(self, lines, memory, base, slots, faults, log):
        self.wake = _nobody
        self.kept = ServiceRecord(memory, base, slots)
        self._lines = lines
        self._faults = faults
        self._log = log
        self._phase = _START
        self._since = 0  # the phase began
        self._sees = False  # the last look was one
        self._driven = False  # the coil has got its pulse for sure
        self._looks = 0  # at the start, that were some
        self._agreeing = 0  # looks in a row
        self._differing = 0
        self._told = 0  # faults that were logged since the last action
        self._asked = -1  # an action, not begun yet
        self._actor = Actor(0)  # who asked for it
        self._number = 0  # of the latest action
        self._outcome = DONE  # of that
        self.module = ModuleReset(lines)
        self._found = self.kept.load()

    @property
    def state(self):
        """OPENED to FAULTY."""
        if self._phase > _IDLE or self._asked >= 0:
            return MOVING
        if self._faults.word & f.SERVICE:
            return FAULTY
        if self._phase == _START:
            return MOVING
        if self.kept.close:
            return CLOSED
        return ARMED if self.kept.armed else OPENED

    @property
    def closed(self):
        """Whether the position contact says so; None while the expander does not answer."""
        return self._lines.closed if self._sees else None

    @property
    def live(self):
        """Whether there is voltage on the load side; None likewise."""
        return self._lines.live if self._sees else None

    @property
    def fault_bits(self):
        """The faults that stand: bit 0 welded, bit 1 stuck, bit 2 disagrees."""
        return (self._faults.word & f.SERVICE) >> _FAULT_SHIFT

    def ask(self, action, actor):
        """Have the next step begin an action for `actor`; returns a number for `outcome`.

        Negative for what cannot be: -BUSY or -REFUSED.
        """
        if self._phase != _IDLE or self._asked >= 0:
            return -REFUSED if self.state == FAULTY else -BUSY
        if not self._may(action):
            return -REFUSED
        self._actor.source = actor.source
        self._actor.user_id = actor.user_id
        self._actor.level = actor.level
        self._asked = action
        self._number = (self._number + 1) & 0xFFFF
        self._outcome = UNDER_WAY
        self.wake()
        return self._number

    def outcome(self, number):
        """How the action with that number goes: UNDER_WAY, DONE, FAILED, REFUSED or REPLACED."""
        return self._outcome if number == self._number else REPLACED

    def step(self, now_ms):
        """Go on; at rest, look at the senses four times a second."""
        phase = self._phase
        if phase == _PULSE:  # first of all, whatever else there is to do
            return self._end_pulse(now_ms)
        if phase == _DRIVE:
            return self._drive(now_ms)
        if phase == _SETTLE:
            return self._settle(now_ms)
        self.module.step(now_ms)
        self._look()
        if phase == _START:
            return self._start(now_ms)
        if self._asked >= 0:
            return self._begin(now_ms)
        self._watch()
        return _LOOK_MS

    def _look(self):
        try:
            self._lines.look()
            self._sees = True
        except ExpanderError:
            self._sees = False

    def _is(self, close):
        # Both senses say so.
        lines = self._lines
        return self._sees and lines.closed == close and lines.live == close

    def _may(self, action):
        if not self._sees:
            return False
        if action == CLOSE:
            return self._lines.closed or not self._lines.live
        if action == ARM:
            return self._is(False) and not self.kept.close and self.fault_bits == 0
        return True

    # An action

    def _begin(self, now_ms):
        action = self._asked
        self._asked = -1
        self._outcome = FAILED  # should an error end this step
        if not self._may(action):
            self._outcome = REFUSED
            return _LOOK_MS
        self._told = 0
        if self._is_so(action):
            return self._is_done(action)
        by_hand = self._actor.source == e.SOURCE_LEVER
        code = e.CONTROL_BY_CONDITION if by_hand else e.CONTROL_BY_COMMAND
        self._log.add(code, self._actor, action)
        self._note(action)
        if not self.kept.save():
            self.kept.recall()
            self.kept.save()  # should it have been written all the same, it counts no more
            self._outcome = REFUSED
            return _LOOK_MS
        if self.kept.pending:
            self._outcome = UNDER_WAY
            self._since = now_ms
            self._phase = _DRIVE
            return _SOON_MS
        return self._is_done(action)

    def _is_done(self, action):
        # Without a movement.
        if (action == OPEN or action == CLOSE) and self.fault_bits:
            self._clear()
            self.kept.save()
        self._outcome = DONE
        return _LOOK_MS

    def _is_so(self, action):
        kept = self.kept
        if action == ARM or action == DISARM:
            return kept.armed == (action == ARM)
        close = action == CLOSE
        return self._is(close) and kept.close == close and not kept.armed

    def _note(self, action):
        kept = self.kept
        kept.cause = self._actor.source
        kept.armed = action == ARM
        if action == OPEN or action == CLOSE:
            kept.close = action == CLOSE
            kept.pending = not self._is(kept.close)

    def _drive(self, now_ms):
        close = self.kept.close
        self._look()
        if not self._sees:
            return self._wait_for_sight(now_ms)
        if self._is(close):
            self._end(DONE)
            return _LOOK_MS
        if close and self._lines.live:
            return self._give_up()
        # From here on a coil may have current, also when the expander does not confirm it.
        self._phase = _PULSE
        self._driven = False
        try:
            self._lines.drive(close)
        except ExpanderError:
            return _SOON_MS
        self._driven = True
        return PULSE_MS

    def _wait_for_sight(self, now_ms):
        # Nothing is driven that cannot be seen.
        if elapsed(now_ms, self._since) < SETTLE_MS:
            return _SETTLING_MS
        self._raise(f.SERVICE_DISAGREES)
        self._end(FAILED)
        return _LOOK_MS

    def _end_pulse(self, now_ms):
        try:
            self._lines.release()
        except ExpanderError:
            return _AGAIN_MS
        self._since = now_ms
        self._agreeing = 0
        self._phase = _SETTLE
        return _SETTLING_MS

    def _settle(self, now_ms):
        self._look()
        self._agreeing = self._agreeing + 1 if self._is(self.kept.close) else 0
        if self._agreeing >= _SURE_LOOKS:
            self._moved()
        elif elapsed(now_ms, self._since) < SETTLE_MS:
            return _SETTLING_MS
        else:
            self._clear()
            self._raise(self._failure())
            self._end(FAILED)
        return _LOOK_MS

    def _failure(self):
        if not self._sees or not self._driven:
            return f.SERVICE_DISAGREES
        if not self.kept.close:
            return f.SERVICE_WELDED
        return f.SERVICE_DISAGREES if self._lines.closed or self._lines.live else f.SERVICE_STUCK

    def _moved(self):
        if self.kept.close:
            self.kept.closings += 1
        else:
            self.kept.openings += 1
        self._clear()
        self._end(DONE)

    def _give_up(self):
        # There is voltage on the load side now: a close that was commanded is not wanted any more.
        self.kept.close = False
        self._log.add(e.CONTROL_BY_CONDITION, _SELF, e.GIVEN_UP)
        self._end(REFUSED)
        return _LOOK_MS

    def _end(self, outcome):
        self.kept.pending = False
        self._outcome = outcome
        self._agreeing = 0
        self._differing = 0
        self._phase = _IDLE
        self.kept.save()  # what the memory does not take is looked at again at the next start

    # At rest

    def _watch(self):
        if self._is(self.kept.close):
            self._differing = 0
            if self._agreeing < _CLEAR_LOOKS:
                self._agreeing += 1
            elif self.kept.fault or self._faults.word & f.SERVICE:
                self._clear()
                self.kept.save()
            return
        self._agreeing = 0
        if self._differing < _FAULT_LOOKS:
            self._differing += 1
        elif not self._faults.word & f.SERVICE:
            # One that was withdrawn from outside and still stands comes back as what it was.
            self._raise(self.kept.fault << _FAULT_SHIFT or f.SERVICE_DISAGREES)
            self.kept.save()

    def _raise(self, fault):
        self._faults.set(fault)
        self.kept.fault = fault >> _FAULT_SHIFT
        if self._told & fault:
            return  # one that comes and goes does not fill the log
        self._told |= fault
        self._log.add(e.CONTROL_BY_CONDITION, _SELF, _DETAILS[fault])

    def _clear(self):
        self._faults.clear(f.SERVICE)
        self.kept.fault = 0

    # At the start

    def _start(self, now_ms):
        if not self._sees:
            self._looks = 0
            if self._differing < _FAULT_LOOKS:
                self._differing += 1
            else:
                self._faults.set(f.SERVICE_DISAGREES)
            return _LOOK_MS
        self._looks += 1
        if self._looks < _START_LOOKS:
            return _LOOK_MS
        self._differing = 0
        self._phase = _IDLE
        if self._found == EMPTY or self._found == BAD:
            self._adopt()
        else:
            self._since = now_ms
            self._take_up()
        return _SOON_MS

    def _adopt(self):
        # What it was told is not known: as it is, it stays.
        self.kept.close = self._lines.closed
        if self._found == BAD:
            self._faults.set(f.CONFIGURATION_BAD)
            self._log.add(e.CONTROL_BY_CONDITION, _SELF, e.RECORD_LOST)
        self.kept.save()

    def _take_up(self):
        kept = self.kept
        self._faults.clear(f.SERVICE)
        self._faults.set(kept.fault << _FAULT_SHIFT & f.SERVICE)
        if kept.pending and self._is(kept.close):
            self._moved()
        elif kept.pending or not kept.close and self._lines.closed:
            # To open is what was commanded, whatever has closed it since. What was closed and
            # has been opened since stays open.
            self._log.add(e.CONTROL_BY_CONDITION, _SELF, e.RESUMED)
            kept.pending = True
            self._phase = _DRIVE
