"""Demand equals its definition, to the count, over random loads, clocks, cuts and resets."""

import copy
import csv
import random
from fractions import Fraction

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from metrology import demand
from metrology import page as p
from metrology.demand import BEGUN, ENDED, PUBLISHED
from metrology.demand_register import counts_to_watts, present, reset
from picometer.paths import HOUSEHOLD
from tests_host.unit.demand_bench import (
    COUNTS_PER_KWH,
    Bench,
    Constants,
    Oracle,
    registered,
)

LENGTHS = [
    (i, s) for i in range(1, 61) for s in range(1, i + 1) if demand.is_interval(i, s) and i <= 20
]
FULL_LOAD = 373536000 // 1800  # counts of 2 s at 48 kW

run = st.tuples(
    st.just("run"),
    st.integers(1, 500).map(lambda n: 4 * n),
    st.integers(-FULL_LOAD, FULL_LOAD),
)
jump = st.tuples(st.just("jump"), st.one_of(st.integers(-1200, 1200).map(lambda n: 4 * n)))
hour = st.tuples(st.just("jump"), st.sampled_from((-3600, 3600, 86400)))
cut = st.tuples(st.just("cut"), st.integers(0, 2000).map(lambda n: 4 * n), st.integers(0, 2))
switch = st.tuples(st.sampled_from(("reset", "invalid", "valid", "restart", "gap")))
operations = st.lists(st.one_of(run, run, run, jump, hour, cut, switch), max_size=14)


class Trial:
    """A bench and an oracle, through whatever comes."""

    def __init__(self, interval, subinterval, clock=0):
        self.bench = Bench(interval, subinterval, clock)
        self.oracle = Oracle(interval, subinterval)
        self.before = []  # pages and oracles of the latest ticks
        self.resets = 0

    def apply(self, name, *args):
        getattr(self, name)(*args)

    def run(self, seconds, counts):
        bench = self.bench
        for i in range(seconds // 2):
            self.look(bench.step(counts if i % 7 else counts // 3))
        self.before = []
        for _ in range(2):
            self.before.append((bench.page[:], copy.deepcopy(self.oracle)))
            self.look(bench.step(counts))

    def look(self, answer):
        published = self.oracle.published
        self.oracle.look(self.bench)
        if self.oracle.ambiguous:
            reject()
        assert bool(answer & PUBLISHED) == (self.oracle.published > published)
        if answer:
            assert self.oracle.agrees(self.bench.page)
            assert registered(self.bench.page) == self.bench.total

    def jump(self, seconds):
        # By whole subintervals, or by so much that nobody slews it.
        length = 60 * self.bench.page[p.DEMAND_SUBINTERVAL]
        while 0 < min(seconds % length, -seconds % length) <= demand.CLOCK_SLEW_MS // 1000:
            seconds += 4
        self.bench.clock += seconds * 1000

    def cut(self, seconds, age):
        older = None
        if age and self.before:  # what the latest ticks did was not journaled
            older, self.oracle = self.before[-age:][0]
            self.before = []
        self.bench.cut(seconds, older)
        self.oracle.disturb()

    def reset(self):
        before = self.bench.maximum()
        reset(self.bench.page, Constants, self.bench.minute)
        self.oracle.reset()
        self.before = []  # the caller journals a reset at once
        self.resets += 1
        page = self.bench.page
        assert list(page[p.PREVIOUS_DEMANDS : p.PREVIOUS_DEMANDS + 2]) == list(before)
        assert page[p.DEMAND_RESETS] == self.resets

    def invalid(self):
        self.bench.valid = False

    def valid(self):
        self.bench.valid = True

    def restart(self):
        demand.restart(self.bench.page)
        self.oracle.disturb()

    def gap(self):
        self.oracle.disturb()
        self.look(self.bench.step(0, ms=4000))


@settings(max_examples=60, deadline=None)
@given(lengths=st.sampled_from(LENGTHS), start=st.integers(0, 899), what=operations)
def test_demand_is_energy_between_two_ends_that_are_an_interval_apart(lengths, start, what):
    trial = Trial(*lengths, clock=start * 4000)
    for operation in what:
        trial.apply(*operation)
    trial.apply("run", 2000, FULL_LOAD)


@settings(max_examples=25, deadline=None)
@given(loads=st.lists(st.integers(0, FULL_LOAD), min_size=4, max_size=9), sub=st.booleans())
def test_the_demands_of_all_blocks_make_up_the_energy_to_the_count(loads, sub):
    bench = Bench(5, 5, clock=300000 - 4000)
    bench.run(4)
    start = sum(bench.total)
    energy = 0
    for load in loads:
        highest = 0
        for _ in range(150):
            answer = bench.step(-load if sub else load)
            now = present(bench.page, sub)
            assert answer or now >= highest
            highest = now
        assert answer & PUBLISHED
        energy += Fraction(sum(bench.last()) * 5, 60)
    assert energy == sum(bench.total) - start


# The household's two days, against all its windows by brute force.


def household():
    """Counts delivered up to each minute of the two days: exact, rounded down."""
    with HOUSEHOLD.open(newline="") as file:
        watts = [int(Fraction(row["active_kw"]) * 1000) for row in csv.DictReader(file)]
    totals = [0]
    for w in watts:
        totals.append(totals[-1] + w)
    return [t * COUNTS_PER_KWH // 60000 for t in totals]


def brute_force(totals, interval, sub):
    """(demand, minute of its end) of the greatest window, the earliest of equals."""
    ends = range(interval, len(totals), sub)
    best = max(ends, key=lambda m: totals[m] - totals[m - interval])
    return (totals[best] - totals[best - interval]) * 60 // interval, best


@pytest.mark.parametrize(("interval", "sub"), [(15, 15), (15, 5), (15, 1), (60, 15), (5, 5)])
def test_the_household_gives_its_greatest_window(interval, sub):
    totals = household()
    bench = Bench(interval, sub)
    midnight = (2588 * 1440) * 60000  # 2007-02-01
    bench.clock = midnight - 4000
    assert bench.run(4) == [BEGUN, ENDED]
    for before, after in zip(totals, totals[1:], strict=False):
        for i in range(30):
            step = (after - before) * (i + 1) // 30 - (after - before) * i // 30
            bench.step(step)
    assert bench.total == [totals[-1], 0]
    expected, end = brute_force(totals, interval, sub)
    assert bench.maximum() == (expected, 0)
    assert bench.page[p.DEMAND_MAXIMUM_END] == 2588 * 1440 + end
    if (interval, sub) == (15, 15):
        assert counts_to_watts(Constants, expected) == 4542 and end == 8 * 60 + 45
    if (interval, sub) == (15, 5):
        assert counts_to_watts(Constants, expected) >= 4542


def month(days):
    """Days of changing load, a power cut each and a reset each week, against the oracle."""
    draw = random.Random(days)
    trial = Trial(15, 15)
    for day in range(days):
        for _ in range(96):
            trial.run(896, draw.randrange(-FULL_LOAD // 3, FULL_LOAD))
        trial.cut(draw.randrange(300) * 4, draw.randrange(3))
        if day % 7 == 6:
            trial.reset()
    assert trial.oracle.agrees(trial.bench.page)
    assert registered(trial.bench.page) == trial.bench.total
    return trial


def test_two_days_with_power_cuts_equal_the_oracle():
    assert month(2).oracle.published > 180


@pytest.mark.full
def test_a_month_of_daily_power_cuts_and_weekly_resets_equals_the_oracle():
    trial = month(30)
    assert trial.resets == 4 and trial.oracle.published > 2800
