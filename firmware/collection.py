"""The collection duty: garbage goes while nobody waits for an answer, right after a tick."""

import gc

from micropython import const

from psem.link import RECEIVED, SENT

_PERIOD_MS = const(200)
_WATCH_MS = const(50)
_SOON_MS = const(10)
# A collection takes 24 to 32 ms on the RP2040, and a look at the free memory 9. Left to itself it
# comes when the memory is full, in the middle of an answer or of a tick; and the fuller it is, the
# longer it takes to find room.
_TAKES_MS = const(40)
_ROOM_MS = const(60)
_SILENT_MS = const(1000)
# Packets since the last look. An exchange leaves up to 8 kB.
_LOOK = const(4)
_PRESSING = const(8)  # then no silent client is waited for
_URGENT = const(16)  # and then none at all
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
        self._heard = _NOTHING  # packets before the last collection
        self._looked = 0  # packets before the last look at the free memory
        self._least = 0  # bytes that are to be free in a session

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
            heard += link.counters[RECEIVED] + link.counters[SENT]
        if in_session:
            return self._step_in_session(now_ms, heard)
        if heard == self._heard:
            return _PERIOD_MS
        if self._left_ms() < _ROOM_MS:
            return _SOON_MS
        return self._collect(heard)

    def _step_in_session(self, now_ms, heard):
        packets = heard - self._looked
        if self._free is None or 0 <= packets < _LOOK:
            return _WATCH_MS
        if self._left_ms() < _TAKES_MS or self._is_waited_for(now_ms, packets):
            return _SOON_MS
        self._looked = heard
        if self._free() > self._least:
            return _WATCH_MS
        gc.collect()
        self._heard = heard
        return _WATCH_MS

    def _is_waited_for(self, now_ms, packets):
        # A packet on the line gives time. Silence does too, and babble, when it is pressing.
        if packets >= _URGENT:
            return False
        for link in self._links:
            if link.in_session and link.sending_ms(now_ms) < _TAKES_MS:
                if packets < _PRESSING or link.idle_ms(now_ms) < _SILENT_MS:
                    return True
        return False

    def _collect(self, heard):
        gc.collect()
        self._heard = self._looked = heard
        if self._free is not None:
            self._least = self._free() * 2 // 3
        return _WATCH_MS
