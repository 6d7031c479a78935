"""Demand under clocks that are corrected, drift and lie: it can understate, and by how little."""

import random
from bisect import bisect_left, bisect_right
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrology import demand
from metrology import page as p
from metrology.demand import BEGUN, CLOCK_SLEW_MS, ENDED, PUBLISHED
from metrology.demand_register import remaining_s
from tests_host.unit.demand_bench import LOAD, LOAD_PER_HOUR, NEW_YEAR, Bench, began

HOUR_S = 3600
DAY_S = 86400
SLEW = 1000  # of an interval one part in so many, the most that is promised
MOST = 250  # counts a ms: less than where demands stop
LEAST = LOAD_PER_HOUR - LOAD_PER_HOUR // SLEW - 4 * LOAD  # but for the step that ends it
LENGTHS = [(15, 15), (15, 5), (15, 1), (20, 2), (30, 30), (60, 60), (60, 4), (1, 1), (3, 1)]


class Watch:
    """Holds each demand of a bench against the exact totals, step by step.

    A demand must be the counts between now and some step before: no longer ago than the interval
    is, and no shorter than what slewing takes of it.

    spared  how much longer than the interval a window may be, ms
    """

    def __init__(self, bench, spared=0):
        self.bench = bench
        self.spared = spared
        self.interval = bench.page[p.DEMAND_INTERVAL]
        self.times = [bench.now]
        self.totals = [tuple(bench.total)]
        self.published = []  # times
        self.begun = []

    def step(self, counts, ms):
        bench = self.bench
        answer = bench.step(counts, ms)
        self.times.append(bench.now)
        self.totals.append(tuple(bench.total))
        if answer & BEGUN:
            self.begun.append(bench.now)
        if answer & PUBLISHED:
            self.published.append(bench.now)
            assert self._is_of_a_window()
        return answer

    def _is_of_a_window(self):
        length = self.interval * 60000
        now = self.times[-1]
        first = bisect_left(self.times, now - length - self.spared)
        last = bisect_right(self.times, now - length + length // SLEW + self.spared)
        wanted = [self.totals[-1][d] * 60 - self.bench.last()[d] * self.interval for d in range(2)]
        return any(
            [self.totals[i][d] * 60 for d in range(2)] == wanted for i in range(first, last)
        )


def slew_ms(bench):
    """By how much the engine moves the end of one subinterval, ms, and all steps are as long.

    Then every end falls on a step, and windows are as long as they are meant to be.
    """
    return min(bench.page[p.DEMAND_SUBINTERVAL] * 60, 1800)


# Corrections that are slewed


@pytest.mark.parametrize("by_s", [-30, -22, -4, -1, 1, 4, 22, 30])
@pytest.mark.parametrize("lengths", [(15, 15), (15, 5), (30, 15), (60, 60)])
def test_one_correction_within_the_bound_loses_no_interval_and_is_slewed_in_a_day(lengths, by_s):
    bench = began(*lengths)
    watch = Watch(bench, 2000)
    for _ in range(200):
        watch.step(LOAD, 2000)
    bench.clock += by_s * 1000
    before = bench.now
    watch.step(LOAD, 2000)
    assert demand.late(bench.page) == by_s * 1000
    while bench.now - before < DAY_S * 1000 + HOUR_S * 1000:
        watch.step(LOAD, 2000)
        assert not watch.published or bench.last()[0] >= LEAST
    assert not watch.begun
    apart = [b - a for a, b in zip(watch.published, watch.published[1:], strict=False)]
    assert max(apart) <= lengths[1] * 60000 * (SLEW + 1) // SLEW + 2000
    assert abs(demand.late(bench.page)) <= 2000  # in its place again
    assert bench.maximum()[0] == LOAD_PER_HOUR


def test_a_correction_beyond_the_bound_begins_the_interval_in_its_new_place():
    most = 30 * 60000  # half an interval
    for by_ms in (CLOCK_SLEW_MS + 1, -CLOCK_SLEW_MS - 1, most - 1, most, most + 1, 1 - most):
        bench = began(60)
        bench.run(400, LOAD)
        bench.clock += by_ms
        assert bench.step(LOAD) == BEGUN
        assert demand.late(bench.page) == 0


@pytest.mark.parametrize("by_s", [4, -4, 10, -29])
def test_a_clock_that_is_set_every_ten_minutes_does_not_keep_the_maximum_at_zero(by_s):
    bench = began()
    watch = Watch(bench, 2000)
    for _ in range(24 * 6):
        for _ in range(300):
            watch.step(LOAD, 2000)
        bench.clock += by_s * 1000
    assert bench.maximum()[0] >= LEAST
    assert len(watch.published) > 24


def test_small_steps_add_up_to_a_change_once_they_are_more_than_is_slewed():
    bench = began()
    for i in range(8):
        bench.clock += 4000
        assert (bench.step(LOAD) == BEGUN) == (i == 7)  # 32 s within seconds


@pytest.mark.parametrize("ppm", [-900, -450, -200, 200, 450, 900])
@pytest.mark.parametrize("lengths", [(15, 15), (15, 5), (15, 1), (5, 5)])
def test_ends_keep_up_with_a_clock_that_drifts(lengths, ppm):
    bench = began(*lengths)
    watch = Watch(bench, 2000)
    interval, sub = lengths
    start, began_at, ends = bench.clock, bench.now, 0
    for _ in range(11 * HOUR_S // 2):  # in which the clocks get far apart if nothing is done
        exact = start + (bench.now - began_at + 2000) * (1000000 + ppm) // 1000000
        bench.clock = exact - 2000
        answer = watch.step(LOAD, 2000)
        assert 0 <= remaining_s(bench.page) <= sub * 60
        if answer & PUBLISHED:
            assert abs(bench.page[p.DEMAND_LAST_END] * 60000 - exact) <= 5000
        if answer & ENDED:
            ends += 1
            assert abs(start + ends * sub * 60000 - exact) <= 5000
    assert ends >= 11 * 60 // sub - 1
    assert not watch.begun
    assert len(watch.published) == ends - interval // sub + 1


# Whatever the clock does


deeds = st.lists(
    st.one_of(
        st.tuples(st.just("run"), st.integers(1, 400)),
        st.tuples(st.just("set"), st.integers(-40000, 40000)),
        st.tuples(st.just("set"), st.sampled_from((-3600000, 3600000, 86400000, 450000, 4000))),
        st.tuples(st.just("drift"), st.integers(-6000, 6000)),
        st.tuples(st.just("valid"), st.booleans()),
        st.tuples(st.just("resume"), st.integers(0, 4000)),
        st.tuples(st.just("cut"), st.integers(0, 600)),
    ),
    max_size=25,
)


class Trial:
    """A bench whose load and clock do what they like."""

    def __init__(self, lengths, seed, into_ms):
        self.draw = random.Random(seed)
        self.bench = Bench(*lengths, clock=into_ms)
        self.ms = slew_ms(self.bench)
        self.watch = Watch(self.bench)
        self.ppm = 0
        self.beside = Fraction(0)
        self.load = 0

    def run(self, steps):
        bench, draw = self.bench, self.draw
        for _ in range(steps):
            self.beside += Fraction(self.ms * self.ppm, 1000000)
            bench.clock += int(self.beside)
            self.beside -= int(self.beside)
            if draw.random() < 0.02:
                self.load = draw.choice((0, 0, draw.randint(-MOST, MOST), MOST)) * self.ms
            self.watch.step(self.load + draw.randint(-50, 50), self.ms)
            page = bench.page
            for d in range(2):
                assert page[p.DEMAND_MAXIMUM + d] >= page[p.DEMAND_LAST + d]

    def set(self, ms):
        self.bench.clock += ms

    def drift(self, ppm):
        self.ppm = ppm

    def valid(self, is_so):
        self.bench.valid = is_so

    def cut(self, seconds):
        self.bench.cut(seconds)

    def resume(self, gone_ms):
        """The processor restarts; the chip has counted on, and the first tick bills it."""
        bench = self.bench
        self.run(1)  # what the clock was set by is known
        bench.now += gone_ms
        bench.clock += gone_ms + gone_ms * self.ppm // 1000000
        shown = bench._shown
        shown[0] = bench.clock // 60000 if bench.valid else -1
        shown[1] = bench.clock % 60000
        known = gone_ms // 1000 + self.draw.randint(1, 3) if bench.valid else -1
        demand.resume(bench.page, shown, known)
        # The ends of subintervals are no longer those of steps, and a clock that drifts has told
        # how long that was.
        self.watch.spared = self.ms + 25


@settings(max_examples=40, deadline=None)
@given(
    lengths=st.sampled_from(LENGTHS),
    seed=st.integers(0, 2**32),
    into_ms=st.integers(0, 3600000),
    what=deeds,
)
def test_every_demand_is_that_of_a_window_of_no_more_than_the_nominal_length(
    lengths, seed, into_ms, what
):
    trial = Trial(lengths, seed, into_ms)
    for name, value in what:
        getattr(trial, name)(value)
    trial.ppm = 0
    trial.bench.valid = True
    trial.run(2 * lengths[0] * 60000 // trial.ms + 2 * lengths[1] * 60000 // trial.ms)
    assert trial.watch.published
    assert demand.dropped(trial.bench.page) == 0


@settings(max_examples=12, deadline=None)
@given(
    lengths=st.sampled_from(LENGTHS),
    seed=st.integers(0, 2**32),
    ppm=st.integers(-450, 450),
)
def test_corrections_within_the_bound_lose_no_interval_whatever_the_load(lengths, seed, ppm):
    trial = Trial(lengths, seed, 0)
    bench, draw = trial.bench, trial.draw
    trial.ppm = ppm
    interval, sub = lengths
    drift_ms = abs(ppm) * sub * 60 // 1000  # before the slew makes up for it
    trial.run(sub * 60000 // trial.ms + 2)
    begun, begun_at = len(trial.watch.begun), bench.now
    while bench.now - begun_at < 6 * interval * 60000:
        trial.run(draw.randint(1, 300))
        room = CLOCK_SLEW_MS - 1000 - drift_ms - abs(demand.late(bench.page))
        if room > 0 and draw.random() < 0.3:
            trial.set(draw.randint(-room, room))
    assert len(trial.watch.begun) == begun
    subintervals = (bench.now - begun_at) // (sub * 60000 * (SLEW + 1) // SLEW)
    assert len(trial.watch.published) >= subintervals - interval // sub


# Intervals that are dropped


@pytest.mark.parametrize("lengths", [(15, 15), (15, 5), (60, 60)])
def test_a_clock_that_is_changed_for_ever_is_counted_and_the_next_demand_ends_it(lengths):
    bench = began(*lengths)
    interval_s = lengths[0] * 60
    for i in range(8):
        bench.run(interval_s // 2, LOAD)
        bench.clock += 131000
        assert demand.dropped(bench.page) == (i + 1) // 2
    assert bench.maximum() == (0, 0)
    bench.run(2 * interval_s + lengths[1] * 60, LOAD)
    assert demand.dropped(bench.page) == 0
    assert bench.maximum()[0] == LOAD_PER_HOUR


def test_one_disturbance_drops_at_most_two_intervals():
    for by_s in range(31, 900, 97):
        bench = began()
        bench.run(898, LOAD)
        bench.clock += by_s * 1000
        most = 0
        while not bench.step(LOAD) & PUBLISHED:
            most = max(most, demand.dropped(bench.page))
        assert most <= 2


def test_time_that_is_excluded_after_an_outage_is_not_dropped():
    bench = began()
    bench.cut(outage_s=3600, threshold_s=60, pickup=200)
    bench.run(200 * 60, LOAD)
    assert demand.dropped(bench.page) == 0


# A processor that restarts


def restarted(bench, gone_ms, most_s):
    """Whether the interval went on."""
    bench.now += gone_ms
    bench.clock += gone_ms
    bench._shown[0] = bench.clock // 60000
    bench._shown[1] = bench.clock % 60000
    demand.resume(bench.page, bench._shown, most_s)
    return bench.step(LOAD) != BEGUN


def test_after_a_restart_the_interval_goes_on_where_it_would_have_been():
    bench = began()
    bench.run(400, LOAD)
    left = bench.page[p.DEMAND_LEFT]
    assert restarted(bench, 3200, 6)
    assert bench.page[p.DEMAND_LEFT] == left - 3200 - 2000


@pytest.mark.parametrize("by_s", [-25, 25])
def test_a_restart_does_not_end_what_is_being_slewed(by_s):
    bench = began()
    bench.run(400, LOAD)
    bench.clock += by_s * 1000
    bench.run(100, LOAD)
    left = bench.page[p.DEMAND_LEFT]
    assert restarted(bench, 3200, 6)
    assert bench.page[p.DEMAND_LEFT] == left - 3200 - 2000
    assert demand.late(bench.page) == by_s * 1000


@pytest.mark.parametrize("by_s", [-25, 25])
@pytest.mark.parametrize("left_s", [2, 4, 20])
def test_a_restart_across_an_end_begins_again_wherever_the_clock_is(by_s, left_s):
    bench = began()
    bench.run(400, LOAD)
    bench.clock += by_s * 1000
    bench.run(500 - left_s, LOAD)
    assert restarted(bench, 3200, 6) == (left_s > 3)


@pytest.mark.parametrize("gone_s", [9, 60, 400])
def test_a_clock_that_says_more_has_gone_by_than_can_have_begins_the_interval_again(gone_s):
    bench = began()
    bench.run(400, LOAD)
    assert not restarted(bench, gone_s * 1000, 6)
    bench = began()
    bench.run(400, LOAD)
    assert restarted(bench, gone_s * 1000, gone_s)


@pytest.mark.parametrize("hours", [1, 24])
def test_an_absence_of_whole_intervals_is_not_taken_for_none(hours):
    bench = began()
    bench.run(400, LOAD)
    assert not restarted(bench, hours * 3600000 + 3000, hours * 3600 + 6)


def test_after_a_restart_without_a_clock_before_or_now_the_interval_begins_again():
    for before, now in ((True, False), (False, True), (False, False)):
        bench = began()
        bench.run(400, LOAD)
        bench.valid = before
        bench.run(4, LOAD)
        bench._shown[0] = NEW_YEAR if now else -1
        demand.resume(bench.page, bench._shown, 6 if now else -1)
        bench.valid = False
        assert bench.step(LOAD) == BEGUN
