"""The collection duty: garbage goes while nobody waits for an answer, right after a tick."""

import gc

from micropython import const

from psem.link import RECEIVED

_PERIOD_MS = const(200)
_WATCH_MS = const(50)  # two ports at full speed leave 6 kB meanwhile
_SOON_MS = const(10)
_TRIES = const(10)  # to find a moment in a session at which nobody waits
# A collection takes 24 ms on the RP2040. Left to itself it comes when the memory is full, in the
# middle of an answer or of a tick.
_TAKES_MS = const(30)
_ROOM_MS = const(60)
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
        self._most = 0  # bytes that were free after it
        self._tries = 0  # so many moments were no good

    def watch(self, link):
        """Sessions on this psem.link.Link leave garbage."""
        self._links.append(link)

    def request(self):
        """Something else has left garbage."""
        self._heard = _NOTHING

    def step(self, now_ms):
        """Collect, if it is time to."""
        heard = 0
        in_session = False
        for link in self._links:
            in_session = in_session or link.in_session
            heard += link.counters[RECEIVED]
        if in_session:
            wait = self._wait(now_ms)
            if wait:
                return wait
        elif heard == self._heard:
            return _PERIOD_MS
        if self._left_ms() < _ROOM_MS:
            return _SOON_MS
        gc.collect()
        self._heard = heard
        self._tries = 0
        if self._free is not None:
            self._most = self._free()
        return _PERIOD_MS

    def _wait(self, now_ms):
        # Half of the memory is used before it is worth it, then the next packet on the line is
        # waited for, for some time.
        if self._tries == 0 and (self._free is None or self._free() > self._most // 2):
            return _WATCH_MS
        if self._tries < _TRIES:
            self._tries += 1
            for link in self._links:
                if link.in_session and link.sending_ms(now_ms) < _TAKES_MS:
                    return _SOON_MS
        return 0
