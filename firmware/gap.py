"""Judges the energy of a gap in which no sample was good, by the power before and after it.

The chip counts on while nobody reads it, so the first good sample bills all of the gap. A counter
that has jumped meanwhile looks like energy, as long as so much could have flowed. Hence the power
of the gap must lie between that of the last tick before it and that of the first tick after it.
"""

from array import array

from micropython import const

from metrology.tick import MOVED

_TICKS = const(2)  # the sample before the gap and that after it may each be a tick early or late
_SHARE = const(32)  # one part in so many: ticks are timed to a millisecond
_COUNTS = const(64)  # between two reads of one counter


class Gap:
    """The latest gap, of up to metrology.constants.LONGEST_GAP_MS.

    ms    its length
    open  whether its energy waits to be judged
    """

    def __init__(self):
        self.ms = 0
        self.open = False
        self._before = array("i", (0, 0))
        self._moved = array("i", (0, 0))
        self._before_ms = 1

    def begin(self, net, ms):
        """No sample is good any more. `net` as for metrology.tick.bill, of the last tick, which
        took `ms`.
        """
        self._before[0] = net[MOVED]
        self._before[1] = net[MOVED + 1]
        self._before_ms = ms

    def end(self, net, ms):
        """A sample has been billed; `net` and `ms` are those of the gap."""
        self._moved[0] = net[MOVED]
        self._moved[1] = net[MOVED + 1]
        self.ms = ms
        self.open = True

    def fits(self, net, ms):
        """Whether the power of the gap is between that before it and that of this tick, the first
        after it. `net` and `ms` as for `begin`.
        """
        self.open = False
        for i in range(2):
            before = self._before[i] * self.ms // self._before_ms
            after = net[MOVED + i] * self.ms // ms
            least = min(before, after)
            most = max(before, after)
            tick = max(abs(before), abs(after)) * 100 // self.ms
            slack = _TICKS * tick + max(abs(least), abs(most)) // _SHARE + _COUNTS
            if not least - slack <= self._moved[i] <= most + slack:
                return False
        return True
