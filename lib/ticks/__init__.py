"""Millisecond ticks that wrap at 2^30 (12.4 days), as `time.ticks_ms` of MicroPython has them.

Two ticks tell how far apart they are while that is less than half a period, 6.2 days. Three ways
to ask how long something has lasted:

- `elapsed`, by whoever looks again and again until it is over;
- `recent`, by whoever looks again and again and may have to wait for ever;
- a `Stopwatch`, by whoever may be asked after any time.

No intermediate value leaves the small integers of MicroPython (-2^30 to 2^30 - 1), and nothing
allocates.
"""

from micropython import const

PERIOD = const(0x40000000)
LONGEST_MS = const(0x0FFFFFFF)  # 3.1 days: what a stopwatch shows at the most
_MASK = const(0x3FFFFFFF)
_HALF = const(0x20000000)
_UNIT = const(0x10000)
_REST = const(0xFFFF)
_OLDER = const(0x3FFF0000)  # beyond, a tick is from before the last look, not from after it
_FAR = const(0x1800)  # units: 4.7 days, more than LONGEST_MS and less than half a period
_STOPPED = const(-1)


def elapsed(now, then):
    """Milliseconds from `then` to `now`, both ticks; negative when `then` is still to come."""
    return (((now - then) & _MASK) ^ _HALF) - _HALF


def later(now, ms):
    """The tick `ms` milliseconds (below half a period) after the tick `now`."""
    return (now - _HALF + ms - _HALF) & _MASK


def recent(now, then):
    """The tick `then`, or LONGEST_MS before `now` when that is later.

    Keep the result in place of `then`, once in three days at the least: `elapsed` since then
    never turns negative.
    """
    return then if elapsed(now, then) <= LONGEST_MS else later(now, -LONGEST_MS)


class Uptime:
    """Counts on where ticks wrap.

    `look` must be called at least once in 12 days; the scheduler does with every turn.

    now    returns the tick
    units  how often 65.536 s have passed since the start, modulo 2^30
    """

    def __init__(self, now):
        self.now = now
        self.units = 0
        self._at = now()  # the tick at which the present unit began

    def look(self, now_ms):
        """Take note that it is `now_ms`, or was within the last minute."""
        gone = (now_ms - self._at) & _MASK
        if _UNIT <= gone < _OLDER:
            self.units = (self.units + (gone >> 16)) & _MASK
            self._at = (now_ms - (gone & _REST)) & _MASK


class Stopwatch:
    """Milliseconds since `start`, right however late they are asked for.

    uptime  Uptime
    """

    def __init__(self, uptime):
        self._uptime = uptime
        self._began = 0
        self._units = _STOPPED

    def start(self, now_ms):
        """Begin again at zero."""
        self._uptime.look(now_ms)
        self._units = self._uptime.units
        self._began = now_ms

    def stop(self):
        """Show LONGEST_MS until the next start, as before the first one."""
        self._units = _STOPPED

    def passed(self, now_ms):
        """Milliseconds since the start, 0 to LONGEST_MS: that also stands for more."""
        uptime = self._uptime
        uptime.look(now_ms)
        if self._units < 0 or (uptime.units - self._units) & _MASK >= _FAR:
            return LONGEST_MS
        ms = elapsed(now_ms, self._began)
        if ms <= 0:
            return 0
        return ms if ms < LONGEST_MS else LONGEST_MS
