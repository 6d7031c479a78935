"""Demand is of whole intervals: what disturbs one, and cold-load pickup."""

import pytest

from metrology import page as p
from metrology.demand import BEGUN, CLOCK_SLEW_MS, ENDED, PUBLISHED, program, restart
from metrology.demand_register import present
from tests_host.unit.demand_bench import (
    COUNTS_PER_KWH,
    LOAD,
    LOAD_PER_HOUR,
    NEW_MAXIMUM,
    NEW_YEAR,
    PARTIAL_END,
    began,
)

# Partial intervals


def power_return(bench):
    bench.cut(outage_s=120)


def older_page(bench):
    older = bench.page[:]
    bench.run(4, LOAD)
    bench.cut(outage_s=120, older=older)


def declared_change(bench):
    restart(bench.page)


def forwards(bench):
    bench.clock += CLOCK_SLEW_MS + 1


def backwards(bench):
    bench.clock -= CLOCK_SLEW_MS + 1


def across_an_end(bench):
    bench.clock += 700000


def back_across_an_end(bench):
    bench.clock -= 700000


def to_another_century(bench):
    bench.clock += 60 * 365 * 86400000 + 500000


def metering_gap(bench):
    bench.step(LOAD, ms=2001)


def programming(bench):
    program(bench.page, 5, 5)
    program(bench.page, 15, 15)


DISTURBANCES = [
    power_return,
    older_page,
    declared_change,
    forwards,
    backwards,
    across_an_end,
    back_across_an_end,
    to_another_century,
    metering_gap,
    programming,
]


@pytest.mark.parametrize("disturb", DISTURBANCES)
def test_a_disturbed_interval_makes_no_demand_and_loses_no_energy(disturb):
    bench = began()
    bench.run(900, LOAD)
    bench.run(300, 10 * LOAD)
    disturb(bench)
    after = bench.run(898, 10 * LOAD)
    assert after.count(BEGUN) <= 1 and not any(a & PUBLISHED for a in after)
    assert bench.last() == bench.maximum() == (LOAD_PER_HOUR, 0)
    assert bench.page[p.DEMAND_LAST_END] == NEW_YEAR + 75
    assert (
        bench.page[p.DELIVERED_KWH] * COUNTS_PER_KWH + bench.page[p.DELIVERED_COUNTS]
        == (bench.total[0])
    )
    assert PUBLISHED & sum(set(bench.run(1800, LOAD)))  # the first undisturbed from end to end
    assert bench.last() == (LOAD_PER_HOUR, 0)


@pytest.mark.parametrize("disturb", DISTURBANCES[:-1])
def test_a_disturbed_window_starts_over_with_n_full_subintervals(disturb):
    bench = began(15, 5)
    bench.run(1200, LOAD)
    bench.run(150, LOAD)
    disturb(bench)
    ends = 0
    while True:
        answer = bench.step(LOAD)
        ends += bool(answer & ENDED)
        if answer & PUBLISHED:
            break
    assert ends == 4  # a partial one and three full ones
    assert bench.last() == (LOAD_PER_HOUR, 0)


@pytest.mark.parametrize("hours", [1, -1])
def test_daylight_saving_time_disturbs_no_interval(hours):
    bench = began()
    bench.run(300, LOAD)
    bench.clock += hours * 3600000
    assert bench.run(600, LOAD) == [NEW_MAXIMUM]
    assert bench.last() == (LOAD_PER_HOUR, 0)
    assert bench.page[p.DEMAND_MAXIMUM_END] == NEW_YEAR + 75 + 60 * hours


def test_equal_programming_is_no_change():
    bench = began(15, 5)
    bench.run(300, LOAD)
    before = bench.page[:]
    program(bench.page, 15, 5)
    assert bench.page == before


def test_programming_another_window_begins_with_an_empty_one():
    bench = began(15, 1)
    bench.run(780, LOAD)
    program(bench.page, 15, 5)
    assert PUBLISHED & bench.run(1200, LOAD)[-1]
    assert bench.last() == (LOAD_PER_HOUR, 0)


def test_registers_and_published_demands_survive_a_power_cut():
    bench = began()
    bench.run(1000, LOAD)
    before = bench.page[p.DEMAND_LAST : p.DEMAND_WINDOW]
    bench.cut(outage_s=60)
    assert bench.page[p.DEMAND_LAST : p.DEMAND_WINDOW] == before


# Cold-load pickup


def test_cold_load_pickup_is_off_unless_asked_for():
    bench = began()
    bench.cut(outage_s=7200 - 2)
    assert bench.run(1802, LOAD)[-1] == NEW_MAXIMUM


def test_after_a_long_outage_demand_is_excluded_for_the_pickup_time():
    bench = began()
    bench.cut(outage_s=1800, threshold_s=600, pickup=20)
    assert set(bench.run(1200, LOAD)) == {BEGUN}  # 01:30 to 01:50
    assert present(bench.page, 0) == 0
    assert bench.run(600 - 2, LOAD) == []
    assert bench.step(LOAD) == PARTIAL_END  # 02:00
    assert bench.run(900, LOAD) == [NEW_MAXIMUM]
    assert bench.page[p.DEMAND_MAXIMUM_END] == NEW_YEAR + 135


@pytest.mark.parametrize("outage_s", [600, 0])
def test_a_short_outage_excludes_nothing_and_ends_no_exclusion(outage_s):
    bench = began()
    bench.cut(outage_s=outage_s, threshold_s=600, pickup=20)
    assert bench.page[p.DEMAND_EXCLUDED] == 0
    bench.cut(outage_s=660, threshold_s=600, pickup=20)
    bench.run(60)
    bench.cut(outage_s=outage_s, threshold_s=600, pickup=20)
    assert bench.page[p.DEMAND_EXCLUDED] == 19 * 60000
    bench.cut(outage_s=660, threshold_s=600, pickup=5)
    assert bench.page[p.DEMAND_EXCLUDED] == 19 * 60000


def test_an_outage_that_no_clock_tells_excludes_nothing():
    bench = began()
    bench.valid = False
    bench.cut(outage_s=36000, threshold_s=600, pickup=20)
    assert bench.page[p.DEMAND_EXCLUDED] == 0
