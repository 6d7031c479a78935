"""A meter's demand alone: the real tick and the real engine, on a clock that a test moves."""

from __future__ import annotations

from array import array
from fractions import Fraction

from metrology import demand
from metrology import page as p
from metrology.tick import BILLED, bill, new_net

COUNTS_PER_KWH = 7782000
LIMIT = (1 << 23) - 1
NOT_VALID = -1
# A minute of the clock at the start of an hour: 2036-01-01 00:00.
NEW_YEAR = 13149 * 1440

# Answers of a step, and 7.2 kW: counts of 2 s.
PARTIAL_END = demand.ENDED
FULL_END = demand.ENDED | demand.PUBLISHED
NEW_MAXIMUM = FULL_END | demand.MAXIMUM
LOAD = 4 * COUNTS_PER_KWH // 1000
LOAD_PER_HOUR = LOAD * 1800


class Constants:
    """The little that demand registers need of a rating."""

    counts_per_kwh = COUNTS_PER_KWH


class Bench:
    """Time and load in, answers of the engine out.

    now       ms of the metering time base
    clock     ms since 2000 that the clock shows; valid or not
    total     exact counts ever, delivered and received
    """

    def __init__(self, interval: int = 15, subinterval: int | None = None, clock: int = 0):
        self.page = p.new_page()
        demand.program(self.page, interval, subinterval or interval)
        self.now = 0
        self.clock = NEW_YEAR * 60000 + clock
        self.valid = True
        self.total = [0, 0]
        self._counter = array("I", (0, 0))
        self._net = new_net()
        self._shown = array("i", (NOT_VALID, 0))

    def step(self, counts: int = 0, ms: int = 2000) -> int:
        """`ms` go by, with so many counts, negative received; returns the engine's answer."""
        self.now += ms
        self.clock += ms
        self._counter[0] = (self._counter[0] + counts) & 0xFFFFFF
        args = (self.page, self._counter, self._net, 1, LIMIT, COUNTS_PER_KWH)
        assert bill(*args) == BILLED
        self.total[counts < 0] += abs(counts)
        minute, into = divmod(self.clock, 60000)
        self._shown[0] = minute if self.valid else NOT_VALID
        self._shown[1] = into
        return demand.step(self.page, ms, self._shown)

    def run(self, seconds: int, counts: int = 0, ms: int = 2000) -> list[int]:
        """Steps over so many seconds; every answer but RUNNING."""
        answers = [self.step(counts, ms) for _ in range(seconds * 1000 // ms)]
        return [a for a in answers if a]

    def cut(self, outage_s: int, older: array | None = None, **exclusion: int) -> None:
        """Power goes and returns; the meter comes up with the page of an older tick."""
        if older is not None:
            self.page[:] = older
            self.total = registered(self.page)
        self.page[p.LAST_A] = self._counter[0]  # the chip starts anew, and so nothing is owed
        self.clock += outage_s * 1000
        demand.power_return(self.page, outage_s if self.valid else -1, **exclusion)

    @property
    def minute(self) -> int:
        """What the clock shows, in minutes since 2000."""
        return self.clock // 60000

    def last(self) -> tuple[int, int]:
        """The last full interval's demand, counts an hour."""
        return self.page[p.DEMAND_LAST], self.page[p.DEMAND_LAST + 1]

    def maximum(self) -> tuple[int, int]:
        """Maxima, counts an hour."""
        return self.page[p.DEMAND_MAXIMUM], self.page[p.DEMAND_MAXIMUM + 1]


def began(*lengths: int) -> Bench:
    """A bench at the full hour by its clock, in a subinterval that is a whole one."""
    bench = Bench(*lengths, clock=3600000 - 4000)
    assert bench.run(4) == [demand.BEGUN, PARTIAL_END]
    return bench


def registered(page: array) -> list[int]:
    """All counts in the energy registers, delivered and received."""
    return [
        page[p.DELIVERED_KWH] * COUNTS_PER_KWH + page[p.DELIVERED_COUNTS],
        page[p.RECEIVED_KWH] * COUNTS_PER_KWH + page[p.RECEIVED_COUNTS],
    ]


class Oracle:
    """Demand by definition: energy between two ends that are a whole interval apart.

    It notes the exact total at each boundary, and forgets what it noted when an interval has
    been disturbed. For a clock that runs like the time base, and is not set by what is slewed.

    last      demand of the last full interval, counts an hour
    maxima    [demand, minute of its end] of each direction
    """

    def __init__(self, interval: int, subinterval: int):
        self.n = interval // subinterval
        self.length = subinterval * 60000
        self.per_hour = Fraction(60, interval)
        self.marks: list[list[int]] = []
        self.origin: int | None = None  # a time at which a subinterval began
        self.last = [Fraction(0), Fraction(0)]
        self.published = 0
        self.ambiguous = False
        self.reset()

    def reset(self) -> None:
        """A demand reset."""
        self.maxima = [[Fraction(0), 0], [Fraction(0), 0]]

    def disturb(self) -> None:
        """The interval begins anew with the next look."""
        self.origin = None
        self.marks = []

    def look(self, bench: Bench) -> None:
        """Once after each step."""
        now, length = bench.now, self.length
        shown = bench.clock % length
        if self.origin is not None and bench.valid:
            apart = ((now - self.origin) - shown) % length
            apart = min(apart, length - apart)
            self.ambiguous |= 0 < apart <= 30000  # the engine slews
            if apart:
                self.disturb()
        if self.origin is None:
            if bench.valid:
                self.origin = now - shown
            else:
                self.origin = now
                self.marks = [list(bench.total)]
            return
        if (now - self.origin) % length:
            return
        self.marks = [*self.marks[-self.n :], list(bench.total)]
        if len(self.marks) <= self.n:
            return
        self.published += 1
        end = bench.minute if bench.valid else 0
        for d in range(2):
            self.last[d] = (self.marks[-1][d] - self.marks[0][d]) * self.per_hour
            if self.last[d] > self.maxima[d][0]:
                self.maxima[d] = [self.last[d], end]

    def agrees(self, page: array) -> bool:
        """Whether the page says the same, to the count."""
        return self.last == [page[p.DEMAND_LAST], page[p.DEMAND_LAST + 1]] and self.maxima == [
            [page[p.DEMAND_MAXIMUM + d], page[p.DEMAND_MAXIMUM_END + d]] for d in range(2)
        ]
