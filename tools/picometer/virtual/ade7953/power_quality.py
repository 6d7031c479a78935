"""Sag, peaks, overvoltage and overcurrent, from amplitudes and phases without sampling."""

import math

from .line import HALF_CYCLE

_QUARTER = HALF_CYCLE // 2


def largest_sample(amplitude: float, start: int, end: int) -> int:
    """Largest absolute sample of a sine between two phases in 1e-15 half cycles."""
    if (end - _QUARTER) // HALF_CYCLE > (start - _QUARTER) // HALF_CYCLE:
        return round(amplitude)
    ends = (abs(math.sin(math.pi * (x % HALF_CYCLE) / HALF_CYCLE)) for x in (start, end))
    return round(amplitude * max(ends))


class Peak:
    """Running maximum of one input, and the comparison with its level."""

    def __init__(self) -> None:
        self.restart(0)

    def restart(self, position: int) -> None:
        self.value = 0
        self.amplitude = 0.0
        self._position = position
        self._lag = 0

    def retarget(self, lag: int, amplitude: float) -> None:
        self._lag = lag
        self.amplitude = amplitude

    def steady(self, level: int, flagged: bool) -> bool:
        """No sample can raise the maximum, or exceed `level` unless that is flagged already."""
        largest = round(self.amplitude)
        return largest <= self.value and (flagged or largest <= level)

    def fold(self, position: int, level: int) -> bool:
        """Take the time since the last call in; True when a sample exceeded `level`."""
        start, self._position = self._position, position
        if self.amplitude <= self.value and self.amplitude <= level:
            return False
        largest = largest_sample(self.amplitude, start - self._lag, position - self._lag)
        if largest > self.value:
            self.value = largest
        return largest > level


class Sag:
    """The voltage stays below SAGLVL for SAGCYC half cycles; flagged once per sag.

    Without a voltage there is nothing to count half cycles by; the last frequency does (inferred).
    """

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self.present = False
        self.due_ns: int | None = None

    def retarget(self, now_ns: int, below: bool, duration_ns: int) -> None:
        """below: under the level, with the function enabled; duration_ns until it is a sag."""
        if not below:
            self.restart()
        elif self.due_ns is None:
            self.due_ns = now_ns + duration_ns

    def fold(self, now_ns: int) -> bool:
        """True when a sag began since the last call."""
        if self.present or self.due_ns is None or now_ns < self.due_ns:
            return False
        self.present = True
        return True
