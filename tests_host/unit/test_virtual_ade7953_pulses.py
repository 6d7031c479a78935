"""The ADE7953 model pulses: CF frequency, width, edges at their instants, REVP."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests_host.unit.test_virtual_ade7953 import MS, S
from tests_host.unit.test_virtual_ade7953_energy import free_running

span = st.integers(1, 3 * S)


def cf_bench(source=0, divider=0x0F27):
    bench = free_running()
    bench.write(0x103, divider)
    bench.write(0x103, divider)
    bench.write(0x107, 0x0200 | source)
    return bench


@pytest.mark.parametrize(
    ("source", "share"), [(0, 1), (1, 0), (2, 1), (3, 2), (4, 0.5), (6, 0.5), (8, 3), (9, 0.75)]
)
def test_cf_frequency_by_source(source, share):
    bench = cf_bench(source, 100)
    bench.chip.set_inputs(0.5, 0.5, 0.25, 0, 0, 60)
    bench.wait(100 * S)
    assert abs(bench.chip.cf1_pulses - 51_878 * share) <= 0.001 * 51_878 * share + 2


@given(
    steps=st.lists(st.tuples(st.floats(0, 1), st.sampled_from([0, math.pi]), span), max_size=6),
    divider=st.integers(0, 65535),
)
@settings(max_examples=40, deadline=None)
def test_cf_pulses_follow_energy_over_the_divider(steps, divider):
    bench = cf_bench(0, divider)
    falls = []
    bench.chip.on_cf1_fall(lambda: falls.append(bench.clock.now_ns))
    forward = 0
    for ka, phi, ns in steps:
        bench.chip.set_inputs(1, ka / 100, 0, phi, 0, 60)
        before = bench.chip.counted_a
        bench.wait(ns)
        forward += abs(bench.chip.counted_a - before)
    assert len(falls) == bench.chip.cf1_pulses
    assert falls == sorted(falls)
    assert bench.chip.cf1_pulses <= forward // max(divider, 1) + 1
    if all(phi == 0 for _, phi, _ in steps):
        assert bench.chip.cf1_pulses == forward // max(divider, 1)


def test_cf_listening_changes_no_count():
    heard, silent = cf_bench(0, 500), cf_bench(0, 500)
    heard.chip.on_cf1_fall(lambda: None)
    for bench in (heard, silent):
        bench.chip.set_inputs(0.5, 0.5, 0, 0, 0, 60)
        bench.wait(10 * S)
    assert heard.chip.cf1_pulses == silent.chip.cf1_pulses > 1000
    assert silent.clock.next_event_ns() is None


def test_cf_is_low_for_80_ms_when_the_period_exceeds_160_ms():
    bench = cf_bench(0, 20_000)  # 2.6 Hz
    falls = []
    bench.chip.on_cf1_fall(lambda: falls.append((bench.clock.now_ns, bench.chip.cf1)))
    bench.chip.set_inputs(0.5, 0.5, 0, 0, 0, 60)
    bench.wait(S)
    bench.clock.advance_to(bench.clock.next_event_ns())
    fall, level = falls[-1]
    assert level == 0
    bench.clock.advance_to(fall + 80 * MS - 1)
    assert bench.chip.cf1 == 0
    bench.wait(1)
    assert bench.chip.cf1 == 1
    period = falls[1][0] - falls[0][0]
    assert abs(period - 20_000 / 51_878 * S) < 300_000


def test_cf_has_half_duty_when_faster_and_is_high_when_disabled():
    bench = cf_bench(0, 2_000)  # 26 Hz, 38.6 ms
    falls = []
    bench.chip.on_cf1_fall(lambda: falls.append(bench.clock.now_ns))
    bench.chip.set_inputs(0.5, 0.5, 0, 0, 0, 60)
    bench.wait(S)
    bench.clock.advance_to(bench.clock.next_event_ns())
    bench.wait(19 * MS)
    assert bench.chip.cf1 == 0
    bench.wait(MS)
    assert bench.chip.cf1 == 1
    bench.clock.advance_to(bench.clock.next_event_ns())
    assert bench.chip.cf1 == 0
    bench.write(0x107, 0x0300)
    assert bench.chip.cf1 == 1
    pulses = bench.chip.cf1_pulses
    bench.wait(S)
    assert bench.chip.cf1_pulses == pulses == len(falls)


def test_cf_stops_in_noload_and_revp_follows_the_pulses():
    bench = cf_bench(0, 100)
    bench.chip.set_inputs(0.5, 0.5, 0, math.pi, 0, 60)
    bench.wait(S)
    assert bench.chip.revp == 1
    bench.write(0x001, 0)
    bench.chip.set_inputs(0.5, 0, 0, 0, 0, 60)
    pulses = bench.chip.cf1_pulses
    bench.wait(S)
    assert (bench.chip.cf1_pulses, bench.chip.revp, bench.chip.cf1) == (pulses, 1, 1)
    bench.chip.set_inputs(0.5, 0.5, 0, 0, 0, 60)
    bench.wait(S)
    assert bench.chip.revp == 0


def test_a_reset_loses_the_register_but_not_the_truth():
    bench = cf_bench(9, 100)
    bench.chip.set_inputs(1, 1, 1, 0, 0, 60)
    bench.wait(S)
    counted, pulses = bench.chip.counted_a, bench.chip.cf1_pulses
    bench.chip.reset()
    bench.wait(66 * MS)
    assert bench.chip.counted_a == counted
    assert bench.read(0x21E) == 0
    bench.wait(S)
    assert bench.chip.counted_a - counted == pytest.approx(207_511, abs=5)
    assert bench.chip.cf1_pulses == pulses, "CF is disabled after a reset"


def watched(bench):
    edges = []
    bench.chip.on_cf1_edge(lambda level: edges.append((level, bench.clock.now_ns)))
    return edges


@pytest.mark.parametrize(("divider", "low"), [(20_000, 80 * MS), (2_000, None)])
def test_both_edges_come_at_their_instants(divider, low):
    bench = cf_bench(0, divider)
    edges = watched(bench)
    bench.chip.set_inputs(0.5, 0.5, 0, 0, 0, 60)
    bench.wait(3 * S)
    assert [level for level, _ in edges[:8]] == [0, 1] * 4
    assert bench.chip.cf1_pulses == sum(level == 0 for level, _ in edges) >= 7
    falls = [when for level, when in edges if level == 0]
    rises = [when for level, when in edges if level == 1]
    for fall, rise, following in zip(falls, rises, falls[1:], strict=False):
        assert abs(rise - fall - (low or (following - fall) // 2)) < 300_000


def test_the_level_at_an_edge_is_that_of_the_pin():
    bench = cf_bench(0, 2_000)
    levels = []
    bench.chip.on_cf1_edge(lambda level: levels.append((level, bench.chip.cf1)))
    bench.chip.set_inputs(0.5, 0.5, 0, 0, 0, 60)
    bench.wait(S)
    assert levels and all(told == seen for told, seen in levels)


def test_a_pulse_that_is_cut_short_rises_at_once():
    for end in (lambda bench: bench.write(0x107, 0x0300), lambda bench: bench.chip.power_off()):
        bench = cf_bench(0, 20_000)
        edges = watched(bench)
        bench.chip.set_inputs(0.5, 0.5, 0, 0, 0, 60)
        while bench.chip.cf1:
            bench.wait(MS)
        end(bench)
        bench.wait(1)
        assert [level for level, _ in edges] == [0, 1]
        bench.wait(S)
        assert len(edges) == 2


def test_a_pulse_that_is_due_while_one_lasts_has_a_falling_edge_of_its_own():
    bench = cf_bench(0, 20_000)
    edges = watched(bench)
    bench.chip.set_inputs(0.5, 0.5, 0, 0, 0, 60)
    while bench.chip.cf1:
        bench.wait(MS)
    bench.write(0x103, 500)
    bench.write(0x103, 500)  # the next is due within 10 ms, the pin is low for 80
    bench.wait(S)
    levels = [level for level, _ in edges]
    assert levels[:3] == [0, 1, 0] and edges[1][1] == edges[2][1]
    assert levels == [0, 1] * (len(levels) // 2) + [0] * (len(levels) % 2)
    assert levels.count(0) == bench.chip.cf1_pulses > 90
