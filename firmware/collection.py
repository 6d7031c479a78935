"""The collection duty: garbage goes while nobody waits for an answer, right after a tick."""

import gc

from micropython import const

from psem.link import RECEIVED

_PERIOD_MS = const(200)
_SOON_MS = const(10)
# A collection takes 24 ms on the RP2040. Left to itself it comes when the memory is full, in the
# middle of an answer or of a tick.
_ROOM_MS = const(60)


class Collection:
    """Collects once after the start, and after each session.

    left_ms  gives the time to the next tick
    """

    def __init__(self, left_ms):
        self._left_ms = left_ms
        self._links = []
        self._heard = -1  # packets received before the last collection

    def watch(self, link):
        """Sessions on this psem.link.Link leave garbage."""
        self._links.append(link)

    def step(self, now_ms):
        """Collect, if it is time to."""
        heard = 0
        for link in self._links:
            if link.in_session:
                return _PERIOD_MS
            heard += link.counters[RECEIVED]
        if heard == self._heard:
            return _PERIOD_MS
        if self._left_ms() < _ROOM_MS:
            return _SOON_MS
        gc.collect()
        self._heard = heard
        return _PERIOD_MS
