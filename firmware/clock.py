"""The clock duty: the battery-backed clock, looked at once a second."""

from micropython import const

from ds3231 import ClockError
from metrology import faults as f
from metrology.page import CLOCK

_PERIOD_MS = const(1000)


class Clock:
    """Keeps `page[CLOCK]` while the clock is valid.

    In steps of two seconds, which stay a small integer until 2068.
    """

    def __init__(self, rtc, storage):
        self._rtc = rtc
        self._page = storage.page
        self._faults = storage.faults

    def gap_ms(self):
        """Time since the page was last written, rounded up; -1 when no valid clock tells.

        400,000 s at the most: who asks cares about minutes.
        """
        then = self._page[CLOCK]
        now = self._now()
        if now < 0 or then == 0 or now < then:
            return -1
        return min(now - then + 1, 200000) * 2000

    def step(self, now_ms):
        """Note the time."""
        now = self._now()
        if now >= 0:
            self._page[CLOCK] = now
        return _PERIOD_MS

    def _now(self):
        # In steps of two seconds, or -1.
        try:
            self._rtc.read()
        except ClockError:
            self._faults.set(f.CLOCK_DEAD)
            return -1
        self._faults.clear(f.CLOCK_DEAD)
        if not self._rtc.valid:
            self._faults.set(f.CLOCK_NOT_SET)
            return -1
        self._faults.clear(f.CLOCK_NOT_SET)
        return self._rtc.days() * (86400 // 2) + self._rtc.second_of_day() // 2
