"""Simulated against real time: how fast the virtual meter runs, and its ports served meanwhile."""

import selectors
import time
from collections.abc import Callable, Sequence

from .board import VirtualBoard
from .clock import NS_PER_S
from .line import Line

_SESSION_NS = 6 * NS_PER_S  # C12.18 channel traffic time-out: then nobody is talking
_LAG_NS = NS_PER_S // 2  # further behind than this is given up, not caught up
_POLL_S = 0.02  # at full speed, how often the outside world is looked at


class Pacer:
    """A VirtualBoard's `wait_hook`.

    selector    has a `read()` behind everything in it. What a port of a line reads that line
                takes; others (keys, the control port) act by themselves
    speed       simulated seconds a second; None: as fast as it goes. While somebody talks
                to a port the meter never runs faster than real time
    line_pace   bytes take their time on the line; otherwise they pass at once
    tick        called about fifty times a second of real time; may raise to end the run
    advance     moves the clock in place of `clock.advance_to`
    """

    def __init__(
        self,
        board: VirtualBoard,
        selector: selectors.BaseSelector,
        lines: Sequence[Line],
        speed: float | None,
        line_pace: bool = False,
        tick: Callable[[], None] = lambda: None,
        advance: Callable[[int], None] | None = None,
    ) -> None:
        self._clock = board.clock
        self._selector = selector
        self._lines = lines
        self._line_of = {port: line for line in lines for port in line.ports}
        self._speed = speed
        self._tick = tick
        self._advance = advance or board.clock.advance_to
        self._quiet_from = board.clock.now_ns
        self._next_poll = 0.0
        for line in lines:
            line.attach(self._clock, line_pace, self.hold)
        board.wait_hook = self
        self._rebase()

    @property
    def in_session(self) -> bool:
        """Somebody has talked to a port in the last six seconds."""
        return self._clock.now_ns < self._quiet_from

    def hold(self) -> None:
        """Somebody talks to the meter: real time for the next six seconds."""
        self._quiet_from = self._clock.now_ns + _SESSION_NS

    def __call__(self, target_ns: int) -> None:
        """Let time pass to `target_ns`, or less far when something arrives."""
        for line in self._lines:
            line.flush()
        now = time.monotonic()
        if now >= self._next_poll:
            self._next_poll = now + _POLL_S
            self._look()
            if self._serve(0, target_ns):
                return
        speed = min(self._speed or 1.0, 1.0) if self.in_session else self._speed
        if speed != self._pace:
            self._rebase(speed)
        if speed is not None and not self._sleep(target_ns, speed):
            return
        self._advance(target_ns)

    def _sleep(self, target_ns: int, speed: float) -> bool:
        """Wait until `target_ns` is due; False when something arrived before."""
        while True:
            due = self._base_s + (target_ns - self._base_ns) / (speed * NS_PER_S)
            left = due - time.monotonic()
            if left <= 0:
                if -left * NS_PER_S > _LAG_NS:
                    self._rebase(speed)
                return True
            if self._serve(min(left, _POLL_S), target_ns):
                return False
            self._look()

    def _serve(self, timeout: float, target_ns: int) -> bool:
        """Take in what clients sent; True when anything came. Time has moved up to now then, but
        not past `target_ns`: what the meter does then comes first, however busy the machine was.
        """
        came = False
        for key, _ in self._selector.select(timeout):
            data = key.data.read()
            if data:
                if not came and self._pace is not None:
                    self._catch_up(self._pace, target_ns)
                came = True
                self._line_of[key.data].take(key.data, data)
                self.hold()
        return came

    def _look(self) -> None:
        for line in self._lines:
            line.look()
        self._tick()

    def _catch_up(self, speed: float, target_ns: int) -> None:
        passed = (time.monotonic() - self._base_s) * speed * NS_PER_S
        target = min(self._base_ns + int(passed), target_ns)
        due = self._clock.next_event_ns()
        if due is None or target < due:
            self._advance(target)

    def _rebase(self, speed: float | None = None) -> None:
        self._pace = speed
        self._base_s = time.monotonic()
        self._base_ns = self._clock.now_ns
