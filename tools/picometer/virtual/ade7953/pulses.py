"""CF1 and CF2: energy to frequency, in closed form, and delivery of edges to listeners."""

from collections.abc import Callable

from ..clock import NS_PER_MS, SimClock
from .energy import THRESHOLD, SampleClock

_LOW_NS = 80 * NS_PER_MS  # longest low pulse; shorter periods give 50 % duty


class PulseOutput:
    """One CF pin: a pulse for each CFxDEN LSBs, whatever their sign.

    Net energy counts: what flows back before a pulse is due cancels what flowed forth. The sign
    of a pulse shows only as `reversed`, which REVP follows.
    """

    def __init__(self, samples: SampleClock) -> None:
        self._samples = samples
        self.pulses = 0
        self.restart(0)

    def restart(self, tick: int) -> None:
        """A reset: disabled, high, and what was collected towards a pulse is lost."""
        self.enabled = False
        self.reversed = False
        self._power = 0
        self._weight = THRESHOLD
        self._sum = 0
        self._tick = tick
        self._low_until_ns = 0

    def retarget(self, enabled: bool, power: int, divider: int) -> None:
        """From now on `power` per sample (1/65536 LSB), one pulse per `divider` LSBs.

        fold() must have brought the past up to date. A divider of 0 acts as 1 (inferred).
        """
        weight = THRESHOLD * max(divider, 1)
        if weight != self._weight:
            self._weight = weight
            self._sum = self._sum % weight if self._sum >= 0 else -(-self._sum % weight)
        self.enabled = enabled
        self._power = power if enabled else 0

    def fold(self, tick: int) -> None:
        """Give the pulses due up to `tick`."""
        power = self._power
        if power:
            total = self._sum + power * (tick - self._tick)
            if abs(total) >= self._weight:
                self._pulse(total, 1 if power > 0 else -1)
            else:
                self._sum = total
        self._tick = tick

    def next_fall_ns(self) -> int | None:
        """Instant of the next falling edge if nothing changes."""
        return self._fall_ns(1) if self._power else None

    def level(self, now_ns: int) -> int:
        """The pin at `now_ns`, up to which fold() has been called."""
        return 0 if self.enabled and now_ns < self._low_until_ns else 1

    def _pulse(self, total: int, sign: int) -> None:
        count = abs(total) // self._weight
        fall_ns = self._fall_ns(count)
        period_ns = self._samples.ns(self._weight) // abs(self._power)
        low_ns = _LOW_NS if period_ns > 2 * _LOW_NS else period_ns // 2
        self._low_until_ns = fall_ns + low_ns
        self._sum = total - sign * count * self._weight
        self.pulses += count
        self.reversed = sign < 0

    def _fall_ns(self, count: int) -> int:
        sign = 1 if self._power > 0 else -1
        missing = count * self._weight - sign * self._sum
        return self._samples.ns(self._tick - (-missing // abs(self._power)))


class PulseWatch:
    """Calls listeners at each falling edge; schedules nothing while there is none."""

    def __init__(self, clock: SimClock, output: PulseOutput, fold: Callable[[], None]) -> None:
        self._clock = clock
        self._output = output
        self._fold = fold
        self._listeners: list[Callable[[], None]] = []
        self._event: list | None = None
        self._delivered = 0

    def add(self, listener: Callable[[], None]) -> None:
        if not self._listeners:
            self._fold()
            self._delivered = self._output.pulses
        self._listeners.append(listener)
        self.rearm()

    def rearm(self) -> None:
        """The power or the divider changed: expect the next edge anew."""
        if not self._listeners:
            return
        if self._event is not None:
            self._clock.cancel(self._event)
            self._event = None
        if self._output.pulses > self._delivered:
            due = self._clock.now_ns  # folded at this very instant, not delivered yet
        else:
            due = self._output.next_fall_ns()
        if due is not None:
            self._event = self._clock.call_at(due, self._deliver)

    def _deliver(self) -> None:
        self._event = None
        self._fold()
        fresh = self._output.pulses - self._delivered
        self._delivered = self._output.pulses
        self.rearm()
        for _ in range(fresh):
            for listener in self._listeners:
                listener()
