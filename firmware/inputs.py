"""The inputs duty: switches and sense inputs, debounced in time."""

from array import array

from micropython import const

from firmware.scheduler import elapsed

LEVER = const(0)
TEST_SWITCH = const(1)
MAGNET = const(2)
SEAL_OPEN = const(3)
POWER_FAIL = const(4)

_POLL_MS = const(100)
_STEADY_MS = const(80)  # an input counts once it has been steady for this long


class Inputs:
    """`state[i]` is 1 while input i is actuated, and changes only when steady.

    pins    callables returning 0 or 1, in the order of the constants of this module
    active  the level of each that means actuated
    """

    def __init__(self, pins, active):
        self.state = array("B", bytes(len(pins)))
        self._pins = pins
        self._active = active
        self._raw = array("B", bytes(len(pins)))
        self._since = array("I", bytes(4 * len(pins)))

    def step(self, now_ms):
        """Look at every input once."""
        raw = self._raw
        i = 0
        for pin in self._pins:
            level = 1 if pin() == self._active[i] else 0
            if level != raw[i]:
                raw[i] = level
                self._since[i] = now_ms
            elif level != self.state[i] and elapsed(now_ms, self._since[i]) >= _STEADY_MS:
                self.state[i] = level
            i += 1
        return _POLL_MS
