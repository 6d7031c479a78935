"""The inputs duty: switches and sense inputs, debounced in time.

A new level counts once every look at it for 25 ms has found it. Contacts bounce for less, so
one press is one change, wherever the looks fall. While nothing differs, a look comes every
40 ms, then one every 7 ms: a number that mains hum on a contact cannot keep step with. From
first touch to change that is 68 ms of a quiet contact at the most, so that a press of 100 ms
counts also with 10 ms of bounce in it and a look that another duty held up for 20 ms.
"""

from array import array

from micropython import const

from metrology.faults import SWITCH_STUCK
from ticks import elapsed, recent

LEVER = const(0)
TEST_SWITCH = const(1)
MAGNET = const(2)
SEAL_OPEN = const(3)
POWER_FAIL = const(4)

_BY_HAND = const(3)  # inputs below this are switches; the others are states of the meter
_IDLE_MS = const(40)
_MOVING_MS = const(7)
_STEADY_MS = const(25)
_UNKNOWN = const(2)  # no level: nothing was seen yet

_LEVER_LIMIT_MS = const(60000)
_MAGNET_LIMIT_MS = const(300000)


class Inputs:
    """`state[i]` is 1 while input i is actuated.

    pins       callables returning 0 or 1, in the order of the constants of this module
    active     the level of each that means actuated
    faults     metrology.faults.FaultSet: SWITCH_STUCK stands while any is beyond its limit
    limits     milliseconds (below 2^28) after which an actuated input is stuck; 0 for never.
               Settable at any time
    on_change  called as on_change(index, state) once for every change of `state`, after it

    A switch that is actuated when the meter starts was pressed by nobody: its state stays 0
    until it has been seen released. (Its limit counts.) Seal and power failure are not
    pressed; they show, and are told to `on_change`, from the start.
    """

    def __init__(self, pins, active, faults):
        count = len(pins)
        self.state = array("B", bytes(count))
        self.limits = array("I", bytes(4 * count))
        self.limits[LEVER] = _LEVER_LIMIT_MS
        self.limits[MAGNET] = _MAGNET_LIMIT_MS
        self.on_change = _nobody
        self._pins = pins
        self._active = active
        self._faults = faults
        self._count = count
        self._raw = array("B", bytes((_UNKNOWN,)) * count)  # as last looked at
        self._raw_since = array("I", bytes(4 * count))
        self._level = array("B", bytes((_UNKNOWN,)) * count)  # debounced
        self._level_since = array("I", bytes(4 * count))
        self._stuck = array("B", bytes(count))

    def is_known(self, i):
        """Whether input i has been seen for long enough since the start."""
        return self._level[i] != _UNKNOWN

    def step(self, now_ms):
        """Look at every input once; soon again while one of them may be changing."""
        moving = 0
        i = 0
        while i < self._count:
            moving |= self._look(i, now_ms)
            i += 1
        return _MOVING_MS if moving else _IDLE_MS

    def _look(self, i, now_ms):
        # 1 while the input differs from its debounced level.
        level = 1 if self._pins[i]() == self._active[i] else 0
        if level != self._raw[i]:
            self._raw[i] = level
            self._raw_since[i] = now_ms
        if level != self._level[i]:
            if elapsed(now_ms, self._raw_since[i]) < _STEADY_MS:
                return 1
            self._settle(i, level, now_ms)
        elif level and not self._stuck[i]:
            self._watch(i, now_ms)
        return 0

    def _settle(self, i, level, now_ms):
        jammed = level and i < _BY_HAND and self._level[i] == _UNKNOWN
        self._level[i] = level
        self._level_since[i] = now_ms
        if self._stuck[i]:
            self._release(i)
        if level != self.state[i] and not jammed:
            self.state[i] = level
            self.on_change(i, level)

    def _watch(self, i, now_ms):
        since = self._level_since[i] = recent(now_ms, self._level_since[i])
        limit = self.limits[i]
        if limit and elapsed(now_ms, since) >= limit:
            self._stuck[i] = 1
            self._faults.set(SWITCH_STUCK)

    def _release(self, i):
        self._stuck[i] = 0
        for stuck in self._stuck:
            if stuck:
                return
        self._faults.clear(SWITCH_STUCK)


def _nobody(index, state):
    """Nobody wants to know of changes."""
