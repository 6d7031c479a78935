"""Duties, links and records that nothing happens to for days, and then something does."""

import pytest

from firmware import service_switch as s
from firmware.log import Actor
from firmware.scheduler import Scheduler
from metrology import page as p
from picometer.proof.clock_waits import DAY_MS
from picometer.proof.clocks import IDLE_MS, OCTANT
from psem.session import BASE, SESSION
from tests_host.unit import billing_bench, psem_bench, recorder_bench
from tests_host.unit.service_bench import ServiceBench, under_way
from ticks import PERIOD, later

HOUR_MS = 3_600_000
STARTS = [octant * OCTANT - 700 for octant in range(1, 9)]


@pytest.mark.parametrize("start_ms", STARTS)
def test_a_session_after_days_of_silence_lasts_as_long_as_any(start_ms):
    bench = psem_bench.Bench(start_ms)
    for idle_ms in (0, *IDLE_MS):
        for part_ms in [DAY_MS] * (idle_ms // DAY_MS) + [idle_ms % DAY_MS]:
            bench.now = later(bench.now, part_ms)
            bench.link.step(bench.now)
        bench.put(psem_bench.ident(bench.toggle ^ 1)[:8])
        bench.wait(499)
        assert bench.take() == b""
        bench.wait(1)
        assert bench.take() == psem_bench.NAK
        bench.open(512)
        bench.wait(5999)
        assert bench.session.state == SESSION
        bench.wait(101)
        assert bench.session.state == BASE and bench.link.next_ms(bench.now) == -1
        bench.take()


@pytest.mark.parametrize("start_ms", STARTS)
def test_a_service_switch_moves_as_ever_after_days_at_rest(start_ms):
    for idle_ms in IDLE_MS[::3]:
        bench = ServiceBench(start_ms)
        bench.run(2000)
        bench.advance(idle_ms)
        bench.due = bench.now
        for action, state in ((s.OPEN, s.OPENED), (s.CLOSE, s.CLOSED)):
            assert bench.do(action) == s.DONE and bench.switch.state == state
        assert [ms for _, ms in bench.pulses()] == [s.PULSE_MS] * 2
        bench.relay.welded = True
        assert bench.do(s.OPEN) == s.FAILED
        assert bench.faults.word


def test_a_movement_that_fails_takes_two_seconds_wherever_ticks_wrap():
    for start_ms in STARTS:
        bench = ServiceBench(start_ms)
        bench.run(2000)
        bench.relay.welded = True
        number = bench.ask(s.OPEN)
        begin = bench.now
        while bench.switch.outcome(number) == s.UNDER_WAY:
            bench.step()
        assert s.SETTLE_MS <= bench.now - begin <= s.SETTLE_MS + s.PULSE_MS + 30
    assert under_way(s.OPEN).switch.state == s.MOVING


@pytest.mark.parametrize("idle_ms", IDLE_MS)
@pytest.mark.parametrize("octant", [0, 3, 7])
def test_days_without_a_tick_end_a_lockout_and_a_test_and_make_no_demand(idle_ms, octant):
    bench = billing_bench.Bench()
    bench.now = octant * OCTANT - 5000 + PERIOD
    bench.start()
    bench.run(3, 1000)
    page = bench.page
    page[p.RESET_LOCKOUT] = 3_600_000
    bench.billing.enter_test(Actor(1))
    for _ in range(idle_ms // DAY_MS):  # the scheduler goes on, the chip is silent
        bench.now += DAY_MS
        bench.billing._since._uptime.look(bench.now % PERIOD)
    bench.now += idle_ms % DAY_MS
    bench.clock.ms += idle_ms
    bench.tick(1000)
    assert page[p.RESET_LOCKOUT] == 0 and not bench.billing.testing
    assert page[p.DEMAND_LAST] == page[p.DEMAND_MAXIMUM] == 0
    assert page[p.DEMAND_LEFT] <= 15 * 60_000


@pytest.mark.parametrize("idle_ms", IDLE_MS)
def test_a_profile_that_has_no_tick_for_days_is_not_taken_for_one_whose_clock_was_set(idle_ms):
    bench = recorder_bench.bench(intervals=96, blocks=5)
    bench.oracle = None
    bench.run(1000, 100)
    noted = []
    note = bench.recorder._note
    bench.recorder._note = lambda now_ms, change: noted.append(change) or note(now_ms, change)
    for set_by_ms in (0, 4000, -4000):
        noted.clear()
        for _ in range(idle_ms // HOUR_MS):
            bench.now += HOUR_MS
            bench.clock.ms += HOUR_MS
            bench.recorder.step(bench.now % PERIOD)
        bench.clock.ms += set_by_ms
        bench.run(100, 100)
        assert noted[0] == set_by_ms


def test_input_that_was_expected_days_ago_holds_nobody_up():
    now = [0]
    taken = []
    scheduler = Scheduler(lambda: now[0], lambda ms: 0, None)
    scheduler.add(lambda now_ms: 1000)
    scheduler.add(lambda now_ms: 1000)
    port = scheduler.add(lambda now_ms: 1000)
    scheduler.add(lambda now_ms: taken.append(now_ms) or 1000)
    scheduler.on_input[0] = port
    scheduler.catch_up()
    scheduler.expect(0, 10)
    for beside in range(1000, 2 * PERIOD, PERIOD // 16):
        now[0] = beside % PERIOD
        for ms in (now[0], 5, 12):
            now[0] = ms
            for index in range(4):
                scheduler.wake(index)
            before = len(taken)
            scheduler.catch_up()
            assert len(taken) == before + 1
