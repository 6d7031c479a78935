"""The clock duty: the battery-backed clock, its second's edge, and how far the crystal is off.

The clock chip tells whole seconds. Once an edge has been found, two reads a second beside the
place where the next one is expected follow it, so that the time is known to some 10 ms; what
the processor's own time base has counted from edge to edge meanwhile is its drift.

Clock and time base each have a crystal. When they differ by more than two crystals can, one of
them is wrong, and nobody can tell which. That is a fault, and demand goes by the time base, which
the metering ticks go by, until both have agreed for an hour.
"""

from array import array

from micropython import const

from ds3231 import ClockError
from metrology import faults as f
from metrology.page import CLOCK, LATE_CLOCK, LATE_RUN
from ticks import elapsed, later

NOT_VALID = const(-1)  # in now[0]

_PERIOD_MS = const(1000)
_HUNT_MS = const(20)  # between reads while an edge is looked for
_BESIDE_MS = const(10)  # from the edge, of the reads that follow it
_JUMP_MS = const(250)  # further off than this, the clock or the time base has been changed
_DAY_S = const(86400)
_HOUR_S = const(3600)
_UNKNOWN = const(-1)
_STALE_MS = const(10000)  # an edge that old was followed by nobody: in safe mode no duty does
_PATIENCE = const(75)  # reads without an edge: the chip answers, but its clock stands still
# How far two crystals may differ, 200 parts in 10^6: 100 for each, of tolerance, temperature and
# ageing together. The DS3231 itself is specified to 3.5 from -40 to 85 degrees Celsius (data sheet
# 19-5170), the rest is room. Drift is found over up to an hour; edges are known to some 30 ms.
_DRIFT_PARTS = const(5000)  # of the time, one
_EDGES_MS = const(100)
_HOUR_MS = const(3600000)


class Clock:
    """Keeps `page[CLOCK]` while the clock is valid, in steps of two seconds, small until 2068.

    now        array: minute since 2000-01-01 00:00 (NOT_VALID while the time is not set or not
               read), ms of that minute; as of the last `update`
    fields     year, month, day, hour, minute, second, weekday of the last good read
    valid      whether that is the time
    settled    whether `now` is final: the second's edge is known, or there is no valid time
    agrees     whether clock and time base run alike: fault CLOCK_DRIFTS stands while they do not
    drift_ppb  how much faster the time base counts than the clock chip, parts in 10^9; None in
               the first hour. Good to 6000 after an hour, to 300 after a day, then renewed daily
    """

    def __init__(self, rtc, storage):
        self.now = array("i", (NOT_VALID, 0))
        self.fields = rtc.fields
        self.valid = False
        self.settled = False
        self.agrees = True
        self.drift_ppb = None
        self._rtc = rtc
        self._page = storage.page
        self._faults = storage.faults
        self._second = _UNKNOWN  # of the day, at the edge; unknown: there is no time
        self._edge = 0  # the tick at which it began
        self._day = 0  # since 2000, of that edge
        self._hunting = True  # the edge is to be found
        self._doubted = False  # an edge was found where none should be: it is to be followed first
        self._last = _UNKNOWN  # the second of the last read while looking
        self._looks = 0  # reads in a row that waited for an edge
        self._before = False  # the next read is to be before an edge
        self._compared_day = 0  # an edge that this one is compared with: day, second, tick
        self._compared_second = 0
        self._compared_edge = 0
        self._since_s = 0  # of the drift window: seconds by the chip
        self._since_ms = 0  # and how many ms more the time base has counted

    def gap_s(self):
        """Time since the page was last written, rounded up to an even number; -1: not known.

        400,000 s at the most: who asks cares about minutes.
        """
        then = self._page[CLOCK]
        self._read()
        if not self.valid or then == 0 or self._steps() < then:
            return -1
        return min(self._steps() - then + 1, 200000) * 2

    def outage_s(self):
        """After a run without the memory, time since the power failed before it, as `gap_s`.

        That run is then forgotten.
        """
        page = self._page
        page[CLOCK] = page[LATE_CLOCK]
        page[LATE_RUN] = page[LATE_CLOCK] = 0
        return self.gap_s()

    def step(self, now_ms):
        """Read the chip, and follow its edges."""
        self._read()
        if not self.valid:
            self._last = _UNKNOWN
            self._give_up()
            return _PERIOD_MS
        self._page[CLOCK] = self._steps()
        second = self._rtc.second_of_day()
        if self._hunting:
            return self._hunt(second, now_ms)
        return self._follow(second, now_ms)

    def update(self, now_ms):
        """Bring `now` up to date; allocates nothing."""
        if self._second < 0 or self._doubted:
            return
        into = elapsed(now_ms, self._edge)
        if not -_STALE_MS < into < _STALE_MS:
            self._second = self._last = _UNKNOWN
            self.valid = False
            self._give_up()
            return
        now = self.now
        now[1] = self._second % 60 * 1000 + into
        now[0] = self._minute
        while now[1] >= 60000:
            now[1] -= 60000
            now[0] += 1

    def set(self, now_ms, year, month, day, hour, minute, second):
        """Set the chip; the new second begins now. Raises ValueError and ClockError as it does."""
        self._rtc.set(year, month, day, hour, minute, second)
        self._read()
        if self.valid:
            self._page[CLOCK] = self._steps()
            self._found(self._rtc.second_of_day(), now_ms)
            self._doubted = False
            self._compare_from_here()
            self.update(now_ms)

    def _read(self):
        rtc = self._rtc
        self.valid = False
        try:
            rtc.read()
        except ClockError:
            self._faults.set(f.CLOCK_DEAD)
            return
        self._faults.clear(f.CLOCK_DEAD)
        self.valid = rtc.valid
        if rtc.valid:
            self._faults.clear(f.CLOCK_NOT_SET)
        else:
            self._faults.set(f.CLOCK_NOT_SET)

    def _steps(self):
        return self._rtc.days() * (_DAY_S // 2) + self._rtc.second_of_day() // 2

    def _give_up(self):
        self._second = _UNKNOWN
        self._hunting = True
        self._doubted = False
        self.now[0] = NOT_VALID
        self.settled = True

    def _hunt(self, second, now_ms):
        if self._last >= 0 and second != self._last:
            self._found(second, later(now_ms, -(_HUNT_MS // 2)))
            return _PERIOD_MS - 2 * _BESIDE_MS
        if self._last < 0:
            self._last = second
            self._looks = 0
        self._looks += 1
        if self._looks >= _PATIENCE:
            self._looks = _PATIENCE
            self.valid = False
            self._faults.set(f.CLOCK_DEAD)
            self._give_up()
        return _HUNT_MS

    def _found(self, second, edge_ms):
        # A new second began at `edge_ms`; what was known of the drift begins again.
        known = self._second >= 0
        self._take(second, edge_ms)
        if not known:
            self._compare_from_here()
        self._doubted = known and self._is_off()
        self._hunting = False
        self._last = _UNKNOWN
        self._looks = 0
        self._before = True
        self._since_s = self._since_ms = 0
        self.settled = True
        self.update(edge_ms)

    def _take(self, second, edge):
        self._second = second
        self._edge = edge
        self._day = self._rtc.days()
        self._minute = self._day * 1440 + second // 60

    def _compare_from_here(self):
        self._compared_day = self._day
        self._compared_second = self._second
        self._compared_edge = self._edge

    def _is_off(self):
        # Whether clock and time base have gone on differently since that edge.
        days = self._day - self._compared_day
        if not -1 <= days <= 1:
            return True
        ms = elapsed(self._edge, self._compared_edge)
        off = ms - (days * _DAY_S + self._second - self._compared_second) * 1000
        most = _EDGES_MS + ms // _DRIFT_PARTS
        return not -most <= off <= most

    def _compare(self):
        self._doubted = False
        if self._is_off():
            self.agrees = False
            self._compare_from_here()
        elif elapsed(self._edge, self._compared_edge) >= _HOUR_MS:
            self.agrees = True
            self._faults.clear(f.CLOCK_DRIFTS)
            self._compare_from_here()
        if not self.agrees:
            self._faults.set(f.CLOCK_DRIFTS)

    def _follow(self, second, now_ms):
        # How many seconds the chip has gone on since the edge, and how far beside the ms are
        # that the time base says.
        seconds = (second - self._second) % _DAY_S
        off = elapsed(now_ms, self._edge) - seconds * 1000
        waits = off >= 1000
        if waits:
            off -= 999  # the next edge is later than thought: still to come
        elif off >= 0:
            off = 0  # it may be where it was thought
        self._looks = self._looks + 1 if waits else 0
        if not -_JUMP_MS < off < _JUMP_MS or self._looks >= _PATIENCE:
            self._hunting = True
            self._last = _UNKNOWN
            return _HUNT_MS
        self._take(second, later(self._edge, seconds * 1000 + off))
        self._compare()
        self._drift(seconds, off)
        if waits:
            return _HUNT_MS
        self._before = not self._before
        into = elapsed(now_ms, self._edge)
        if self._before:
            return max(_PERIOD_MS - _BESIDE_MS - into, _HUNT_MS)
        return 2 * _PERIOD_MS + _BESIDE_MS - into

    def _drift(self, seconds, off):
        self._since_s += seconds
        self._since_ms += off
        if self._since_s < _HOUR_S:
            return
        if self.drift_ppb is None or self._since_s >= _DAY_S:
            self._publish()
        if self._since_s >= _DAY_S:
            self._since_s = self._since_ms = 0

    def _publish(self):
        tenths = (self._since_ms * 10000 + self._since_s // 2) // self._since_s
        self.drift_ppb = tenths * 100
