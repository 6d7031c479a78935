"""Duties run in rank order, when they are due, and one that fails does not stop the others."""

import pytest

from firmware.scheduler import RESTART_MS, Scheduler
from ticks import PERIOD, elapsed, later


class Bench:
    """A scheduler on a clock that only waiting moves."""

    def __init__(self, start=0):
        self.now = start
        self.waits = []
        self.input_at = None
        self.input_ports = 1
        self.failures = []
        self.scheduler = Scheduler(
            lambda: self.now, self.wait, lambda i, e: self.failures.append((i, str(e)))
        )

    def wait(self, ms):
        until = self.now + ms
        self.waits.append(ms)
        if self.input_at is not None and self.now <= self.input_at < until:
            self.now, self.input_at = self.input_at, None
            return self.input_ports
        self.now = until % PERIOD
        return 0

    def run(self, steps):
        for _ in range(steps):
            self.scheduler.run_once()


def duty(log, name, delay):
    def step(now):
        log.append((name, now))
        return delay

    return step


def test_duties_due_together_run_in_the_order_they_were_added():
    bench, log = Bench(), []
    for name in "abc":
        bench.scheduler.add(duty(log, name, 100))
    bench.run(7)
    assert [name for name, _ in log] == list("abcabc")
    assert bench.waits == [100]


def test_after_every_step_the_first_duty_gets_its_turn_before_lower_ones():
    bench, log = Bench(), []
    bench.scheduler.add(duty(log, "metering", 0))
    bench.scheduler.add(duty(log, "other", 0))
    bench.run(10)
    assert [name for name, _ in log] == ["metering"] * 10


def test_a_duty_is_called_when_it_asked_to_be_also_where_the_tick_wraps():
    bench, log = Bench(PERIOD - 250), []
    bench.scheduler.add(duty(log, "a", 100))
    bench.run(11)
    times = [now for _, now in log]
    assert times == [(PERIOD - 250 + 100 * i) % PERIOD for i in range(len(times))]
    assert len(times) == 6


@pytest.mark.parametrize(
    ("ports", "woken"), [(1, ["optical"]), (2, ["module"]), (3, ["optical", "module"])]
)
def test_input_wakes_the_duty_of_its_port_and_no_other(ports, woken):
    bench, log = Bench(), []
    bench.scheduler.add(duty(log, "metering", 100))
    bench.scheduler.on_input[1] = bench.scheduler.add(duty(log, "module", 1000))
    bench.scheduler.on_input[0] = bench.scheduler.add(duty(log, "optical", 1000))
    bench.input_at, bench.input_ports = 37, ports
    bench.run(8)
    assert {(name, 37) for name in woken} == {entry for entry in log if 0 < entry[1] < 100}


def test_input_that_no_duty_reads_wakes_none():
    bench, log = Bench(), []
    bench.scheduler.add(duty(log, "metering", 100))
    bench.input_at, bench.input_ports = 37, 2
    bench.run(4)
    assert log == [("metering", 0), ("metering", 100)]


def test_a_failing_duty_is_reported_and_tried_again_while_the_others_run():
    bench, log = Bench(), []

    def broken(now):
        raise ValueError("no")

    bench.scheduler.add(duty(log, "metering", 100))
    bench.scheduler.add(broken)
    bench.run(40)
    assert bench.failures == [(1, "no")] * len(bench.failures)
    assert len(bench.failures) == bench.now // RESTART_MS + 1 == 2
    assert bench.now // 100 <= len(log) <= bench.now // 100 + 1
    assert bench.scheduler.runs[1] == 0


def test_an_error_that_is_no_duty_s_ends_the_run():
    bench, log = Bench(), []
    bench.scheduler.add(duty(log, "metering", 100))

    def broken(ms):
        raise ValueError("no clock")

    bench.scheduler._wait = broken
    with pytest.raises(ValueError, match="no clock"):
        bench.scheduler.run()
    assert log and bench.failures == []


def test_wake_makes_a_duty_due_at_once():
    bench, log = Bench(), []
    index = bench.scheduler.add(duty(log, "storage", 1000))
    bench.run(1)
    bench.scheduler.wake(index)
    bench.run(1)
    assert log == [("storage", 0), ("storage", 0)]


def test_elapsed_is_signed_across_the_wrap():
    assert elapsed(5, PERIOD - 5) == 10
    assert elapsed(PERIOD - 5, 5) == -10
    assert later(PERIOD - 5, 10) == 5
    assert later(5, -10) == PERIOD - 5


def test_a_long_step_lets_through_what_is_due_of_the_first_ranks_and_owns_its_own_error():
    bench, log = Bench(), []

    def failing(now):
        log.append(("storage", now))
        raise ValueError("storage")

    def long(now):
        for _ in range(3):
            bench.now += 60
            bench.scheduler.let_through(2)
        raise ValueError("port")

    bench.scheduler.add(duty(log, "metering", 100))
    bench.scheduler.add(failing)
    bench.scheduler.add(long)
    bench.scheduler.add(duty(log, "display", 1))
    bench.run(3)
    assert log == [("metering", 0), ("storage", 0), ("metering", 120)]
    assert bench.failures == [(1, "storage"), (2, "port")]


def test_a_duty_is_not_kept_waiting_by_busy_ones_before_it_but_by_metering_alone():
    bench, log = Bench(), []

    def busy(name, takes):
        def step(now):
            log.append((name, now))
            bench.now += takes
            return 100 if name in ("metering", "storage") else 0

        return step

    for name, takes in (("metering", 2), ("storage", 1), ("optical", 9), ("module", 9)):
        bench.scheduler.add(busy(name, takes))
    bench.scheduler.add(duty(log, "supervision", 250))
    while bench.now < 3000:
        bench.scheduler.run_once()
    for name, most in (("supervision", 250 + 140), ("module", 140)):
        times = [now for who, now in log if who == name]
        assert max(b - a for a, b in zip(times, times[1:], strict=False)) <= most
    ticks = [now for who, now in log if who == "metering"]
    assert max(b - a for a, b in zip(ticks, ticks[1:], strict=False)) <= 100 + 9


def expecting(ms):
    """Metering, storage, a port that expects input in `ms`, and a duty behind it that is due."""
    bench, log = Bench(), []
    for name in ("metering", "storage", "port", "behind"):
        bench.scheduler.add(duty(log, name, 1000))
    bench.scheduler.on_input[0] = 2
    bench.run(4)
    log.clear()
    bench.scheduler.expect(0, ms)
    bench.scheduler.wake(3)
    return bench, log


@pytest.mark.parametrize(("ms", "held"), [(60, False), (13, False), (11, True), (2, True)])
def test_a_duty_behind_a_port_waits_for_input_that_comes_any_moment(ms, held):
    bench, log = expecting(ms)
    bench.input_at = bench.now + ms
    bench.run(4)
    first = ("port", ms) if held else ("behind", 0)
    assert log[0] == first
    assert ("behind", ms + 4 if held else 0) in log


def test_input_that_does_not_come_is_waited_for_no_longer():
    bench, log = expecting(5)
    bench.run(3)
    assert log == [("behind", 9)]


def test_metering_and_the_port_itself_never_wait_for_input():
    bench, log = expecting(5)
    bench.scheduler.wake(0)
    bench.scheduler.wake(2)
    bench.run(2)
    assert log == [("metering", 0), ("port", 0)]


def test_a_duty_that_has_waited_long_does_not_wait_for_input():
    bench, log = expecting(105)
    bench.now = 101
    bench.run(1)
    assert log == [("behind", 101)]
