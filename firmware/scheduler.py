"""The cooperative scheduler: duties in order of rank, each a bounded step.

A duty is `step(now_ms)`, returns within 20 ms, and says in how many milliseconds it wants
to be called again. After every step the scan begins with the first duty again, so metering
waits for one step of another duty at the most. Behind metering and storage, one that has waited
for a tenth of a second goes before those of higher rank: ports that are read without a pause do
not keep the watchdog from being fed. And when a port expects input about now, as the ACK of a
packet that has been on the line, duties behind it wait for some milliseconds, unless they have
waited for long: the answer to what comes then begins at once. Nothing is allocated.
"""

from array import array

from micropython import const

from ticks import Uptime, elapsed, later

_MASK = const(0x3FFFFFFF)
_LONGEST_MS = const(1000)
_CAPACITY = const(20)
_PORTS = const(2)
_NONE = const(-1)
_ALWAYS_FIRST = const(2)  # metering and storage
_PATIENCE_MS = const(100)
_BEFORE_MS = const(12)  # that input is expected, the longest step of most duties
_AFTER_MS = const(4)
RESTART_MS = const(1000)  # a duty that failed is called again after this


class Scheduler:
    """Runs duties when they are due and waits in between.

    ticks_ms  the time, milliseconds modulo 2^30
    wait      wait(ms) returns after so long at the most, or as soon as a port has input: bit n
              of the result is set when port n has, 0 when none has
    failed    failed(index, error) is told of an error that a step raised

    on_input[n] is the index of the duty that input at port n makes due; -1 for none.

    uptime    ticks.Uptime, looked at with every turn: for stopwatches
    """

    def __init__(self, ticks_ms, wait, failed):
        self.runs = array("I", bytes(4 * _CAPACITY))  # steps taken by each duty, modulo 2^30
        self.on_input = array("b", (_NONE,) * _PORTS)
        self._expected = array("i", (_NONE,) * _PORTS)  # ticks
        self.uptime = Uptime(ticks_ms)
        self._ticks_ms = ticks_ms
        self._wait = wait
        self._failed = failed
        self._steps = []
        self._due = []
        self._count = 0
        self._current = _NONE  # the duty whose step is under way

    def add(self, step):
        """Add a duty of lower rank than all before it, due at once. Returns its index."""
        if len(self._steps) == _CAPACITY:
            raise ValueError("too many duties")
        self._steps.append(step)
        self._due.append(self._ticks_ms())
        self._count += 1
        return self._count - 1

    def wake(self, index):
        """Make a duty due now."""
        self._due[index] = self._ticks_ms()

    def expect(self, port, ms):
        """Port number `port` will have input in so many milliseconds."""
        self._expected[port] = later(self._ticks_ms(), ms)

    def left(self, index):
        """Milliseconds until a duty is due; 0 or less when it is."""
        return elapsed(self._due[index], self._ticks_ms())

    def run(self):
        """For ever: the most important step that is due, or a wait for the next."""
        while True:
            try:
                while True:
                    self._turn()
            except Exception as error:
                self._recover(error)

    def run_once(self):
        """Take one step, or wait for the next."""
        try:
            self._turn()
        except Exception as error:
            self._recover(error)

    def catch_up(self):
        """Take every step that is due, and do not wait."""
        due = True
        while due:
            try:
                due = not self._take()
            except Exception as error:
                self._recover(error)

    def let_through(self, ranks):
        """From within a long step of a lower rank: a step of each of the first `ranks` duties
        that is due, in their order.
        """
        current = self._current
        for i in range(ranks):
            now = self._ticks_ms()
            if elapsed(self._due[i], now) <= 0:
                try:
                    self._step(i, now)
                except Exception as error:
                    self._recover(error)
        self._current = current

    def _recover(self, error):
        # The step under way raised `error`; without one it is no duty's, and ends the run.
        index = self._current
        if index < 0:
            raise error
        self._current = _NONE
        self._due[index] = later(self._ticks_ms(), RESTART_MS)
        self._failed(index, error)

    # MicroPython takes the frame of a function from the heap when it needs more than eleven
    # words, a `try` counting for three. What follows runs all the time and needs fewer.

    def _turn(self):
        left = self._take()
        if left:
            ports = self._wait(left)
            if ports:
                self._heard(ports)

    def _heard(self, ports):
        i = 0
        while ports:
            if ports & 1 and self.on_input[i] >= 0:
                self._due[self.on_input[i]] = self._ticks_ms()
            ports >>= 1
            i += 1

    def _take(self):
        # Takes the most important step that is due; the time until the next where none is.
        now = self._ticks_ms()
        self.uptime.look(now)
        nearest = _LONGEST_MS
        chosen = 0
        i = 0
        while i < self._count:
            left = elapsed(self._due[i], now)
            if left < nearest and (nearest > 0 or left <= -_PATIENCE_MS):
                nearest = left
                chosen = i
                if left <= 0 and i < _ALWAYS_FIRST:
                    break
            i += 1
        if nearest <= 0 and nearest > -_PATIENCE_MS:
            nearest = self._held(chosen, now)
        if nearest > 0:
            return nearest
        self._step(chosen, now)
        return 0

    def _held(self, chosen, now):
        # For how long `chosen` is to wait, because a port of higher rank expects input.
        hold = 0
        i = 0
        while i < _PORTS:
            port = self.on_input[i]
            if port == chosen:
                return 0
            if 0 <= port < chosen and self._expected[i] >= 0:
                left = elapsed(self._expected[i], now)
                if left <= -_AFTER_MS:
                    self._expected[i] = _NONE  # else it would seem to come again, after days
                elif left < _BEFORE_MS and left + _AFTER_MS > hold:
                    hold = left + _AFTER_MS
            i += 1
        return hold

    def _step(self, i, now):
        self._current = i
        self._due[i] = now
        delay = self._steps[i](now)
        self._due[i] = later(now, delay)
        self.runs[i] = (self.runs[i] + 1) & _MASK
        self._current = _NONE
