"""The supervision duty: watches the chip's settings, and that every duty advances."""

from array import array

from micropython import const

_PERIOD_MS = const(250)
_FEED_PERIODS = const(8)  # every duty steps at least once a second; the watchdog has 8 s


class Supervision:
    """Feeds the watchdog on evidence only.

    metering  firmware.metering.Metering, whose check() looks for drift
    health    firmware.health.Health, told how long the meter has lasted
    runs      steps taken by each duty (Scheduler.runs)
    watched   indices of the duties that must advance
    feed      feeds the watchdog
    """

    def __init__(self, metering, health, runs, watched, feed):
        self._metering = metering
        self._health = health
        self._runs = runs
        self._watched = watched
        self._feed = feed
        self._seen = array("I", runs)
        self._periods = 0
        self._lasted_ms = 0

    def step(self, now_ms):
        """One slice of the drift watch; every two seconds a look at the duties."""
        self._metering.check()
        self._periods += 1
        if self._periods == _FEED_PERIODS:
            self._periods = 0
            self._lasted_ms += _PERIOD_MS * _FEED_PERIODS
            self._health.lasted(self._lasted_ms)
            self._look()
        return _PERIOD_MS

    def _look(self):
        advanced = True
        for i in self._watched:
            if self._runs[i] == self._seen[i]:
                advanced = False
            self._seen[i] = self._runs[i]
        if advanced:
            self._feed()
