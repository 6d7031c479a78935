"""Whatever happens to a meter, its load profile is the oracle's."""

import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from metrology import profile as mp
from picometer.proof.profile_oracle import (
    DELIVERED,
    DEMAND_DELIVERED,
    DEMAND_RECEIVED,
    NET,
    RECEIVED,
)
from tests_host.unit import billing_bench
from tests_host.unit.recorder_bench import HAND, TICK_MS, bench, minute_of

ALL = (
    (DELIVERED, 1, 1),
    (RECEIVED, 1, 1),
    (NET, 1, 1),
    (DEMAND_DELIVERED, 1, 1),
    (DEMAND_RECEIVED, 1, 2),
    (DELIVERED, 7, 3),
    (NET, 3, 100),
    (RECEIVED, 1, 10),
)
WATT = billing_bench.COUNTS_PER_KWH / 3.6e6  # counts a second


def agree(made):
    made.oracle.compare(made.blocks(), minute_of)
    assert made.oracle.wrong == []


class Meter:
    """A bench that is handled as a meter is."""

    def __init__(self, made, seed=1, tick_ms=TICK_MS):
        self.bench = made
        self._tick_ms = tick_ms
        self._draw = random.Random(seed)
        self.watts = 0

    def run(self, seconds):
        counts = round(self.watts * WATT * self._tick_ms / 1000)
        for _ in range(seconds * 1000 // self._tick_ms):
            self.bench.tick(counts + self._draw.randrange(-2, 3), self._tick_ms)

    def set_clock(self, seconds):
        made = self.bench
        before = made.clock.ms
        made.clock.ms += seconds * 1000
        made.oracle.clock_set(before, made.clock.ms)

    def cut(self, seconds):
        oracle = self.bench.oracle
        oracle.power_fails(self.bench.look())
        self.bench = self.bench.again(seconds * 1000, False)
        oracle.power_returns(self.bench.clock.ms + self._tick_ms)

    def restart(self, seconds):
        self.bench = self.bench.again(seconds * 1000, True, round(seconds * self.watts * WATT))
        self.bench.oracle.restarts(self.bench.clock.ms)

    def test(self, seconds):
        self.within_test((seconds, None, 0))

    def within_test(self, deed):
        """A test in which something is done after some seconds; a cut and a restart end it."""
        before, what, argument = deed
        self.bench.billing.enter_test(HAND)
        self.bench.oracle.test(True)
        self.run(before)
        if what is not None:
            getattr(self, what)(argument)
            self.run(before)
        if self.bench.billing.testing:
            self.bench.billing.leave_test(HAND)
            self.bench.oracle.test(False)


SECONDS = st.integers(1, 4000)
# A clock that is set by less is thought to have drifted.
SET = st.integers(mp.CHANGE_MS // 1000 + 2, 7000).flatmap(lambda s: st.sampled_from((s, -s)))
DEEDS = st.lists(
    st.one_of(
        st.tuples(st.just("watts"), st.sampled_from((0, 700, 9000, -3000, 48000))),
        st.tuples(st.just("run"), SECONDS),
        st.tuples(st.just("set_clock"), SET),
        st.tuples(st.just("cut"), st.integers(1, 9000)),
        st.tuples(st.just("restart"), st.integers(1, 90)),
        st.tuples(st.just("test"), st.integers(10, 1200)),
        st.tuples(
            st.just("within_test"),
            st.one_of(
                st.tuples(st.integers(3, 600), st.just("set_clock"), SET),
                st.tuples(st.integers(3, 600), st.just("cut"), st.integers(1, 900)),
                st.tuples(st.integers(3, 600), st.just("restart"), st.integers(1, 90)),
            ),
        ),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(
    deeds=DEEDS,
    length=st.sampled_from((1, 5, 15, 60)),
    intervals=st.integers(1, 7),
    blocks=st.integers(2, 5),
    into_ms=st.integers(0, 3600).map(lambda s: s * 1000),
)
@example(  # a test that begins with the last tick of an interval
    deeds=[("cut", 1), ("cut", 604), ("set_clock", -5), ("test", 10)],
    length=1,
    intervals=1,
    blocks=2,
    into_ms=227000,
)
@example(  # and one that begins right after it
    deeds=[("set_clock", 5), ("cut", 8711), ("test", 10)],
    length=1,
    intervals=1,
    blocks=2,
    into_ms=275000,
)
@example(  # and one that ends with it
    deeds=[("run", 17), ("test", 40), ("run", 60)], length=1, intervals=1, blocks=3, into_ms=0
)
@example(  # and one with which the power goes
    deeds=[("run", 5), ("within_test", (52, "cut", 1)), ("run", 9)],
    length=1,
    intervals=1,
    blocks=3,
    into_ms=0,
)
def test_every_interval_is_the_oracles(deeds, length, intervals, blocks, into_ms):
    meter = Meter(bench(ALL, length, intervals, blocks, into_ms))
    meter.run(3)
    for what, argument in deeds:
        if what == "watts":
            meter.watts = argument
        else:
            getattr(meter, what)(argument)
            if what != "run":
                meter.run(3)
    agree(meter.bench)


@pytest.mark.slow
@pytest.mark.parametrize("days", [6, pytest.param(35, marks=pytest.mark.full)])
def test_days_of_eight_channels_with_outages_and_time_changes(days):
    tick_ms = 2000
    meter = Meter(bench(ALL, 15, 96, 110, tick_ms=tick_ms), 35, tick_ms)
    draw = random.Random(35)
    deeds = (
        lambda: meter.cut(2 * draw.randrange(1, 9000)),
        lambda: meter.cut(2 * draw.randrange(1, 60)),
        lambda: meter.restart(2 * draw.randrange(1, 45)),
        lambda: meter.set_clock(draw.choice((-3600, -300, -10, 10, 300, 3600))),
        lambda: meter.test(2 * draw.randrange(10, 600)),
    )
    for _ in range(days * 24):
        meter.watts = draw.choice((0, 300, 300, 2000, 9000, -3000))
        meter.run(2 * draw.randrange(1500, 2000))
        if draw.random() < 0.1:
            draw.choice(deeds)()
            meter.run(10)
    agree(meter.bench)
    assert meter.bench.oracle.compared > days * 96
    assert days < len(meter.bench.oracle.blocks) < 110
