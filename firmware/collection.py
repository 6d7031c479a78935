"""The collection duty: garbage goes while nobody waits for an answer, right after a tick."""

import gc

from micropython import const

from psem.link import RECEIVED

_PERIOD_MS = const(200)
_WATCH_MS = const(50)
_SOON_MS = const(10)
# A collection takes 24 to 32 ms on the RP2040. Left to itself it comes when the memory is full, in
# the middle of an answer or of a tick; and the fuller it is, the longer it takes to find room.
_TAKES_MS = const(35)
_ROOM_MS = const(60)
_SILENT_MS = const(1000)
_NOTHING = const(-1)


class Collection:
    """Collects after the start and each session, in one that uses much memory, and when asked to.

    left_ms  gives the time to the next tick
    free     gives the bytes that are free: gc's, where it has that
    """

    def __init__(self, left_ms, free=None):
        self._left_ms = left_ms
        self._free = free or getattr(gc, "mem_free", None)
        self._links = []
        self._heard = _NOTHING  # packets received before the last collection
        self._least = 0  # bytes that are to be free in a session
        self._waiting = False  # for a good moment

    def watch(self, link):
        """Sessions on this psem.link.Link leave garbage."""
        self._links.append(link)

    def request(self):
        """Something else has left garbage."""
        self._heard = _NOTHING

    def spend(self):
        """Something leaves a little garbage again and again: request, when it has become much."""
        if self._free is not None and self._free() < self._least:
            self.request()

    def step(self, now_ms):
        """Collect, if it is time to."""
        heard = 0
        in_session = False
        for link in self._links:
            in_session = in_session or link.in_session
            heard += link.counters[RECEIVED]
        if in_session:
            return self._step_in_session(now_ms, heard)
        if heard == self._heard:
            return _PERIOD_MS
        if self._left_ms() < _ROOM_MS:
            return _SOON_MS
        return self._collect(heard)

    def _step_in_session(self, now_ms, heard):
        if not self._waiting:
            if self._free is None or self._free() > self._least:
                return _WATCH_MS
            self._waiting = True
        if self._left_ms() < _TAKES_MS or self._is_waited_for(now_ms):
            return _SOON_MS
        return self._collect(heard)

    def _is_waited_for(self, now_ms):
        # A packet on the line gives time. When memory runs short, no client is waited for that
        # has been silent, or has babbled; and when it runs very short, nobody is.
        free = self._free()
        if free <= self._least // 4:
            return False
        for link in self._links:
            if link.in_session and link.sending_ms(now_ms) < _TAKES_MS:
                if free > self._least // 2 or link.idle_ms(now_ms) < _SILENT_MS:
                    return True
        return False

    def _collect(self, heard):
        gc.collect()
        self._heard = heard
        self._waiting = False
        if self._free is not None:
            self._least = self._free() * 2 // 3
        return _WATCH_MS
