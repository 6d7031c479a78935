"""Nothing that the meter waits for depends on where ticks begin, nor on days without an event."""

import pytest

from picometer.proof import clocks
from picometer.proof.clock_waits import DAY_MS, WAITS, Course, lockout, present_values
from picometer.proof.clocks import IDLE_MS, OCTANT, minute, outcome
from ticks import PERIOD, Stopwatch, elapsed

USUAL_MS = 2 * DAY_MS


@pytest.mark.parametrize("wait", WAITS)
@pytest.mark.parametrize("octant", range(8))
def test_a_wait_is_the_same_from_every_octant_and_after_any_idle_time(wait, octant):
    usual = outcome(wait, 0, USUAL_MS)
    for idle_ms in IDLE_MS[octant % 2 :: 2] if wait is lockout else IDLE_MS:
        assert outcome(wait, octant * OCTANT - 500, idle_ms) == usual, idle_ms


@pytest.mark.parametrize(
    "octant", [0, 4, *(pytest.param(k, marks=pytest.mark.slow) for k in (1, 2, 3, 5, 6, 7))]
)
def test_a_meter_lives_the_same_minute_from_every_octant(octant):
    assert minute(octant * OCTANT - 1024 * 25) == minute(0)


def test_the_proof_counts_what_differs_and_says_which(monkeypatch):
    naive = Stopwatch.passed
    monkeypatch.setattr(clocks, "WAITS", (present_values,))
    monkeypatch.setattr(clocks, "minute", lambda first: [])
    whole = clocks.prove_wraps(1)
    assert whole.good and whole.cases == 8 * len(IDLE_MS) + 8
    monkeypatch.setattr(Stopwatch, "passed", lambda self, now: elapsed(now, self._began))
    broken = clocks.prove_wraps(1)
    assert not broken.good and 0 < broken.violations < broken.cases
    assert all("present_values" in what for what in broken.wrong)
    assert naive is not Stopwatch.passed


def test_present_values_are_never_older_than_half_a_second():
    for first in (0, PERIOD // 2 - 1, PERIOD - 1):
        for idle_ms in IDLE_MS:
            course = Course(first)
            present_values(course, idle_ms)
            read = [value for (value,) in course.noted]
            assert [read.index(value) for value in read] == [0, 0, 2, 2, 4, 5, 5, 7]
