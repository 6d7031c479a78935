"""A latching relay in the customer's supply, with its two coils, its senses and its ills."""

from collections.abc import Callable
from dataclasses import dataclass

from .clock import NS_PER_MS, SimClock

TRAVEL_NS = 12 * NS_PER_MS  # from the coil's current to the contacts' new place
_OPEN, _CLOSE = "open", "close"


@dataclass
class Pulse:
    """A coil that was energised; `end_ns` is None while it is."""

    coil: str
    begin_ns: int
    end_ns: int | None = None
    onto_voltage: bool = False  # the contacts were open, and there was voltage on the load side


class ServiceSwitch:
    """The relay.

    closed      where the contacts are; they stay there without a supply
    welded      they do not open
    stuck       they do not close
    misled      the position contact says the opposite
    backfed     there is voltage on the load side, from the customer's generator
    pulses      all that the coils have got
    both        both coils were energised at once
    on_move     called as on_move(closed) when the contacts have moved
    supply      supply() is whether there is voltage on the line side
    """

    def __init__(self, clock: SimClock, supply: Callable[[], bool]) -> None:
        self.closed = True
        self.welded = False
        self.stuck = False
        self.misled = False
        self.backfed = False
        self.pulses: list[Pulse] = []
        self.both = False
        self.on_move: list[Callable[[bool], None]] = []
        self._clock = clock
        self._supply = supply
        self._running: dict[str, tuple[Pulse, list]] = {}

    def open_coil(self, level: int) -> None:
        """The line of the opening coil, active low."""
        self._energise(_OPEN, not level)

    def close_coil(self, level: int) -> None:
        """The line of the closing coil, active low."""
        self._energise(_CLOSE, not level)

    def position(self) -> int:
        """The line of the position contact: 0 for closed."""
        return int(self.closed == self.misled)

    def load_voltage(self) -> int:
        """The line of the load-side voltage sense: 0 for present."""
        return 0 if self.is_live() else 1

    def is_live(self) -> bool:
        """Whether there is voltage on the load side."""
        return self.backfed or self.closed and self._supply()

    def move(self, closed: bool) -> None:
        """The contacts go there by themselves, or by somebody's hand."""
        if closed != self.closed:
            self.closed = closed
            for callback in self.on_move:
                callback(closed)

    def _energise(self, coil: str, on: bool) -> None:
        now = self._clock.now_ns
        if not on:
            pulse, arrival = self._running.pop(coil)
            self._clock.cancel(arrival)
            pulse.end_ns = now
            return
        if self._running:
            self.both = True
        pulse = Pulse(coil, now, None, not self.closed and self.is_live())
        self.pulses.append(pulse)
        arrival = self._clock.call_at(now + TRAVEL_NS, lambda: self._arrive(coil))
        self._running[coil] = (pulse, arrival)

    def _arrive(self, coil: str) -> None:
        if coil == _CLOSE and not self.stuck:
            self.move(True)
        elif coil == _OPEN and not self.welded:
            self.move(False)
