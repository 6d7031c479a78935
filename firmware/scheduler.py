"""The cooperative scheduler: duties in order of rank, each a bounded step.

A duty is `step(now_ms)`, returns within 20 ms, and says in how many milliseconds it wants
to be called again. After every step the scan begins with the first duty again, so metering
waits for one step of another duty at the most. Nothing is allocated.
"""

from array import array

from micropython import const

PERIOD = const(0x40000000)  # of the millisecond tick, as time.ticks_ms() on the RP2040
_MASK = const(0x3FFFFFFF)
_HALF = const(0x20000000)
_LONGEST_MS = const(1000)
_CAPACITY = const(12)
RESTART_MS = const(1000)  # a duty that failed is called again after this


def elapsed(now, then):
    """Milliseconds from `then` to `now`, both ticks; negative when `then` is still to come."""
    return (((now - then) & _MASK) ^ _HALF) - _HALF  # no step leaves the small integers


def later(now, ms):
    """The tick `ms` milliseconds (below half a period) after the tick `now`."""
    return (now - _HALF + ms - _HALF) & _MASK


class Scheduler:
    """Runs duties when they are due and waits in between.

    ticks_ms  the time, milliseconds modulo 2^30
    wait      wait(ms) returns after so long at the most; True when there is input for the
              duty that `on_input` names
    failed    failed(index, error) is told of an error that a step raised
    """

    def __init__(self, ticks_ms, wait, failed):
        self.runs = array("I", bytes(4 * _CAPACITY))  # steps taken by each duty, modulo 2^30
        self.on_input = 0
        self._ticks_ms = ticks_ms
        self._wait = wait
        self._failed = failed
        self._steps = []
        self._due = []

    def add(self, step):
        """Add a duty of lower rank than all before it, due at once. Returns its index."""
        if len(self._steps) == _CAPACITY:
            raise ValueError("too many duties")
        self._steps.append(step)
        self._due.append(self._ticks_ms())
        return len(self._steps) - 1

    def wake(self, index):
        """Make a duty due now."""
        self._due[index] = self._ticks_ms()

    def run_once(self):
        """Take the most important step that is due, or wait for the next."""
        nearest = self._take()
        if nearest and self._wait(nearest):
            self._due[self.on_input] = self._ticks_ms()

    def catch_up(self):
        """Take every step that is due, and do not wait."""
        while not self._take():
            pass

    def _take(self):
        # Takes the most important step that is due; the time until the next where none is.
        now = self._ticks_ms()
        due = self._due
        nearest = _LONGEST_MS
        i = 0
        for step in self._steps:
            left = elapsed(due[i], now)
            if left <= 0:
                due[i] = now
                try:
                    delay = step(now)
                    self.runs[i] = (self.runs[i] + 1) & _MASK
                except Exception as error:
                    delay = RESTART_MS
                    self._failed(i, error)
                due[i] = later(now, delay)
                return 0
            if left < nearest:
                nearest = left
            i += 1
        return nearest
