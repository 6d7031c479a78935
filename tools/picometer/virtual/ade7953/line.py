"""The line voltage in time: phase, zero crossings and line-cycle windows, all in closed form.

Phase is an integer in 1e-15 half cycles, so that months of it do not drift. It is the phase of
the voltage behind the zero-crossing low-pass, which lags the pin by ZX_DELAY_NS.
"""

import math
from typing import NamedTuple

HALF_CYCLE = 10**15

# Datasheet Rev C: 2.2 ms at 50 Hz; no figure for 60 Hz, where it is nearer 2.1 ms.
ZX_DELAY_NS = 2_200_000

RISING = 1
FALLING = 2
TIMEOUT = 4


class MainsPhase:
    """Phase of a line whose frequency changes in steps."""

    def __init__(self) -> None:
        self._micro_hz = 50_000_000
        self._since_ns = 0
        self._position = 0

    def set_frequency(self, now_ns: int, hz: float) -> None:
        micro_hz = round(hz * 1e6)
        if micro_hz != self._micro_hz:
            self._position = self.position(now_ns)
            self._since_ns = now_ns
            self._micro_hz = micro_hz

    def position(self, now_ns: int) -> int:
        return self._position + 2 * self._micro_hz * (now_ns - self._since_ns)

    def ns(self, position: int) -> int:
        """First instant at or beyond `position`, which must not lie before the last step."""
        return self._since_ns - (self._position - position) // (2 * self._micro_hz)

    @property
    def half_cycle_ns(self) -> int:
        """Length of a half cycle; that of 50 Hz while there is no frequency."""
        return HALF_CYCLE // (2 * (self._micro_hz or 50_000_000))

    @property
    def delay(self) -> int:
        """Phase by which the zero-crossing filter lags the pin."""
        return 2 * self._micro_hz * ZX_DELAY_NS


class Passed(NamedTuple):
    """Zero crossings numbered first+1 .. last went by; even numbers are rising ones."""

    first: int
    last: int
    flags: int


class ZeroCrossings:
    """The crossings of one input and its timeout, flagged once per absence of crossings."""

    def __init__(self) -> None:
        self.restart(0, 0)

    def restart(self, now_ns: int, position: int) -> None:
        self.lag = 0
        self.active = False
        self.level = 0  # the ZX pin: high from a rising to a falling crossing
        self._number = position // HALF_CYCLE
        self._last_ns = now_ns
        self._armed = True

    def retarget(self, position: int, lag_radians: float, active: bool, hz: float) -> None:
        """From now on the input lags the voltage so much and crosses zero, or does not."""
        self.lag = round(lag_radians / math.pi * HALF_CYCLE)
        self._number = (position - self.lag) // HALF_CYCLE
        self.active = active and hz > 0

    def fold(self, mains: MainsPhase, now_ns: int, position: int, timeout_ns: int) -> Passed:
        """What went by since the last call; timeout_ns 0 means no timeout."""
        first = self._number
        if not self.active:
            return Passed(first, first, self._expire(now_ns, timeout_ns))
        last = self._number = (position - self.lag) // HALF_CYCLE
        if last == first:
            return Passed(first, first, self._expire(now_ns, timeout_ns))
        flags = self._expire(mains.ns((first + 1) * HALF_CYCLE + self.lag), timeout_ns)
        if last - first > 1:
            flags |= RISING | FALLING
            if timeout_ns and mains.half_cycle_ns >= timeout_ns:
                flags |= TIMEOUT
        else:
            flags |= FALLING if last & 1 else RISING
        self.level = 0 if last & 1 else 1
        self._last_ns = mains.ns(last * HALF_CYCLE + self.lag)
        self._armed = True
        return Passed(first, last, flags | self._expire(now_ns, timeout_ns))

    def timeout_due_ns(self, mains: MainsPhase, timeout_ns: int) -> int | None:
        """When a timeout can come next if nothing changes; None for never."""
        if not timeout_ns or not (self._armed or self.active):
            return None
        if self.active and mains.half_cycle_ns < timeout_ns:
            return None
        return self._last_ns + timeout_ns

    def _expire(self, until_ns: int, timeout_ns: int) -> int:
        if self._armed and timeout_ns and until_ns - self._last_ns >= timeout_ns:
            self._armed = False
            return TIMEOUT
        return 0


class Ended(NamedTuple):
    """Line-cycle windows ended: the last one at crossing `last`, begun at `previous`.

    previous is None when the last window is the one that was running before.
    """

    last: int
    previous: int | None


class LineCycleWindow:
    """Counts LINECYC voltage crossings; a new length waits for the running window to end."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self._remaining = 0
        self.set_length(0)

    @property
    def running(self) -> bool:
        return self._remaining > 0

    def set_length(self, half_cycles: int) -> None:
        self._length = half_cycles
        if not self._remaining:
            self._remaining = half_cycles

    def fold(self, passed: Passed) -> Ended | None:
        crossings = passed.last - passed.first
        remaining = self._remaining
        if not remaining or crossings < remaining:
            self._remaining = remaining - crossings if remaining else 0
            return None
        length = self._length
        end = passed.first + remaining
        if not length:
            self._remaining = 0
            return Ended(end, None)
        whole, rest = divmod(crossings - remaining, length)
        self._remaining = length - rest
        last = end + whole * length
        return Ended(last, last - length if whole else None)
