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

    def next_rise_ns(self, now_ns: int) -> int:
        """Instant at which a pin that is low at `now_ns` rises if nothing changes."""
        return max(self._low_until_ns, now_ns) if self.enabled else now_ns

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
    """Calls listeners at the edges of a CF pin; schedules nothing while there is none.

    A pulse that falls due while the last one is still low ends that one at its own instant
    (inferred): every pulse has a falling edge.
    """

    def __init__(self, clock: SimClock, output: PulseOutput, fold: Callable[[], None]) -> None:
        self._clock = clock
        self._output = output
        self._fold = fold
        self._at_falls: list[Callable[[], None]] = []
        self._at_edges: list[Callable[[int], None]] = []
        self._event: list | None = None
        self._delivered = 0
        self._low = False

    def add(self, at_fall: Callable[[], None]) -> None:
        """Have `at_fall()` called at falling edges."""
        self._begin()
        self._at_falls.append(at_fall)
        self.rearm()

    def add_edges(self, at_edge: Callable[[int], None]) -> None:
        """Have `at_edge(level)` called at falling and rising edges."""
        self._begin()
        self._at_edges.append(at_edge)
        self._low = self._output.level(self._clock.now_ns) == 0
        self.rearm()

    def _begin(self) -> None:
        if not self._at_falls and not self._at_edges:
            self._fold()
            self._delivered = self._output.pulses

    def rearm(self) -> None:
        """The power or the divider changed: expect the next edge anew."""
        if not self._at_falls and not self._at_edges:
            return
        if self._event is not None:
            self._clock.cancel(self._event)
            self._event = None
        due: int | None
        if self._output.pulses > self._delivered:
            due = self._clock.now_ns  # folded at this very instant, not delivered yet
        else:
            due = self._output.next_fall_ns()
            if self._low:
                rise = self._output.next_rise_ns(self._clock.now_ns)
                due = rise if due is None else min(rise, due)
        if due is not None:
            self._event = self._clock.call_at(due, self._deliver)

    def _deliver(self) -> None:
        self._event = None
        self._fold()
        fresh = self._output.pulses - self._delivered
        self._delivered = self._output.pulses
        levels = [0, 1] * fresh
        if self._low and (fresh or self._output.level(self._clock.now_ns)):
            levels.insert(0, 1)
            self._low = False
        if fresh and self._at_edges:
            levels.pop()  # the last one is still low
            self._low = True
        self.rearm()
        for level in levels:
            self._tell(level)

    def _tell(self, level: int) -> None:
        if level == 0:
            for at_fall in self._at_falls:
                at_fall()
        for at_edge in self._at_edges:
            at_edge(level)
