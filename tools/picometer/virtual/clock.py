"""Simulated time: one clock for every chip model, moved only by whoever runs the simulation."""

import heapq
import itertools
from collections.abc import Callable

NS_PER_S = 1_000_000_000
NS_PER_MS = 1_000_000
NS_PER_US = 1_000


class SimClock:
    """Nanoseconds since the simulation began, and callbacks due at a given instant.

    Models integrate lazily: they ask for `now_ns` when they are looked at. Only what must
    happen at its own instant (a byte arriving, an edge somebody counts) is an event.
    """

    def __init__(self) -> None:
        self.now_ns = 0
        self._events: list[list] = []
        self._order = itertools.count()

    def call_at(self, when_ns: int, callback: Callable[[], None]) -> list:
        """Have `callback()` called at `when_ns` (now, if that has passed); returns a handle."""
        event = [max(when_ns, self.now_ns), next(self._order), callback]
        heapq.heappush(self._events, event)
        return event

    def cancel(self, event: list) -> None:
        """Take back a call; cancelling one that was made already does nothing."""
        event[2] = None

    def next_event_ns(self) -> int | None:
        """The instant of the next call, or None."""
        events = self._events
        while events and events[0][2] is None:
            heapq.heappop(events)
        return events[0][0] if events else None

    def advance_to(self, when_ns: int) -> None:
        """Move to `when_ns`, making every call that is due on the way at its own instant.

        A callback may raise (a power cut does): time then stands at that callback's instant.
        """
        events = self._events
        while events and events[0][0] <= when_ns:
            event = heapq.heappop(events)
            if event[2] is not None:
                self.now_ns = max(self.now_ns, event[0])
                event[2]()
        self.now_ns = max(self.now_ns, when_ns)
