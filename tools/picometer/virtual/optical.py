"""The light of the optical port, and the wire that brings it the metering chip's pulses."""

from collections.abc import Callable

from .ade7953 import Ade7953
from .clock import SimClock


class OpticalLed:
    """The infrared LED at the optical port's transmit pin: lit while the pin is low.

    Shows the UART's idle line and what PIO drives; the UART's bytes are `Uart`'s.
    """

    def __init__(self, clock: SimClock) -> None:
        self.lit = False
        self._clock = clock
        self._listener: Callable[[bool, int], None] | None = None

    def drive(self, level: int) -> None:
        """The pin's level changes."""
        self.lit = not level
        if self._listener is not None:
            self._listener(self.lit, self._clock.now_ns)

    def listen(self, listener: Callable[[bool, int], None] | None) -> None:
        """Have `listener(lit, now_ns)` called at each change; None takes it back."""
        self._listener = listener


class PulseWire:
    """CF1 between the metering chip and the RP2040, with its faults on request.

    The chip is asked for edges only once somebody watches.
    """

    def __init__(self, afe: Ade7953) -> None:
        self._afe = afe
        self._level = 1
        self._watcher: Callable[[int], None] | None = None
        self._to_lose = 0
        self._losing = False

    @property
    def level(self) -> int:
        """What the RP2040 sees."""
        return self._afe.cf1 if self._watcher is None else self._level

    def watch(self, watcher: Callable[[int], None]) -> None:
        """Have `watcher(level)` called at each edge, from now on for good."""
        if self._watcher is None:
            self._level = self._afe.cf1
            self._watcher = watcher
            self._afe.on_cf1_edge(self._edge)

    def lose(self, count: int) -> None:
        """The next `count` pulses do not arrive."""
        self._to_lose += count

    def add(self, count: int) -> None:
        """Disturbances that look like `count` pulses arrive now."""
        before = self._level
        for _ in range(count):
            self._set(1 - before)
            self._set(before)

    def _edge(self, level: int) -> None:
        if level == 0 and self._to_lose:
            self._to_lose -= 1
            self._losing = True
        elif level == 1 and self._losing:
            self._losing = False
        else:
            self._set(level)

    def _set(self, level: int) -> None:
        if level != self._level:
            self._level = level
            if self._watcher is not None:
                self._watcher(level)
