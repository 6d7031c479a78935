"""A month of the registers' owner: 2,880 quarters of an hour, daily cuts, weekly resets."""

import random

import pytest

from c1219 import events
from firmware import billing as b
from firmware.log import Actor
from firmware.program import DEMAND
from metrology import page as p
from tests_host.unit.billing_bench import COUNTS_PER_KWH, Bench
from tests_host.unit.demand_bench import Oracle

DAY_MS = 86400000
TICK_MS = 2000
WEEK = 7
LEVER = Actor(events.SOURCE_LEVER)


class Month:
    """A bench that is cut and started again, and the truth about it.

    total   counts ever, delivered and received, that were billed
    """

    def __init__(self, seed, sub, multiple):
        self.draw = random.Random(seed)
        self.bench = Bench()
        self.bench.program.change(DEMAND, bytes((1, 0, 0, 0)) + bytes((sub, multiple)) * 2)
        self.bench.start()
        self.total = [0, 0]
        self.valid = True
        self.oracle = Oracle(sub * multiple, sub)
        self.resets = []
        self.watts = 0

    @property
    def now(self):
        return self.bench.now

    @property
    def clock(self):
        return self.bench.clock.ms

    @property
    def minute(self):
        return self.bench.clock.ms // 60000

    def tick(self):
        if self.draw.random() < 0.005:
            self.watts = self.draw.choice((0, 300, 2000, 9000, 40000, -3000))
        counts = round(self.watts * COUNTS_PER_KWH * TICK_MS / 3.6e9) + self.draw.randrange(-3, 4)
        self.bench.tick(counts, TICK_MS)
        self.total[counts < 0] += abs(counts)
        self.oracle.look(self)

    def cut(self, off_ms):
        """The power goes after a tick was written down, and comes back."""
        old = self.bench
        old.storage.write()
        new = Bench(old.cells)
        new.now = old.now
        new.clock.ms = old.clock.ms + off_ms
        new.page[p.LAST_A] = 0  # the chip was reset
        self.bench = new.start(False, off_ms // 1000)
        self.oracle.disturb()
        self.oracle.power_failed = True

    def reset(self):
        before = [list(m) for m in self.oracle.maxima]
        assert self.bench.billing.reset_demand(LEVER) == b.DONE
        page = self.bench.page
        kept = [[page[p.PREVIOUS_DEMANDS + d], page[p.PREVIOUS_DEMANDS + 2 + d]] for d in range(2)]
        assert kept == before
        self.resets.append(before)
        self.oracle.reset()


@pytest.mark.slow
@pytest.mark.parametrize("days", [8, pytest.param(30, marks=pytest.mark.full)])
@pytest.mark.parametrize(("sub", "multiple"), [(15, 1), (5, 3)])
def test_days_are_exact_in_energy_and_every_maximum_is_the_oracles(sub, multiple, days):
    month = Month(sub, sub, multiple)
    draw = month.draw
    for day in range(1, days + 1):
        cut_at = draw.randrange(DAY_MS // TICK_MS)
        for i in range(DAY_MS // TICK_MS):
            month.tick()
            if i == cut_at:
                month.cut(draw.randrange(1000, 40000) // TICK_MS * TICK_MS)
        if day % WEEK == 0:
            month.reset()
    page = month.bench.page
    assert month.oracle.agrees(page)
    assert month.oracle.published > (80 * days + 40) * multiple
    registered = [
        page[p.DELIVERED_KWH] * COUNTS_PER_KWH + page[p.DELIVERED_COUNTS],
        page[p.RECEIVED_KWH] * COUNTS_PER_KWH + page[p.RECEIVED_COUNTS],
    ]
    assert registered == month.total
    assert page[p.DEMAND_RESETS] == len(month.resets) == days // WEEK
    cumulated = sum(maxima[0][0] for maxima in month.resets)
    assert page[p.CUMULATIVE_KW] * COUNTS_PER_KWH + page[p.CUMULATIVE_COUNTS] == cumulated
