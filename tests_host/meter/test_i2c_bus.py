"""A whole meter whose I2C bus is held by a chip, at rest and in the middle of a relay pulse."""

import itertools

import machine
import pytest

from boards.pico_meter import pins
from c1219 import service as s
from firmware.log import Actor
from firmware.service_switch import CLOSED, OPENED, PULSE_MS
from metrology import faults as f
from metrology import page as p
from picometer.proof.meters import kept
from picometer.virtual import mocks
from picometer.virtual.clock import NS_PER_MS
from tests_host.meter.switched_meter import SwitchedMeter

LATE_MS = 25  # as docs/service-switch.md has it: a step of another duty, and a tick
FREED_MS = 10  # two calls that fail once
CLOCK, EXPANDER = 0x68, 0x20


class Bench:
    """A meter whose switch is opened and closed in turn."""

    def __init__(self):
        self.meter = SwitchedMeter()
        self.bus = self.meter.board.i2c(pins.RTC_I2C)
        self.relay = self.meter.relay
        self._write = self.bus.write
        self.actions = itertools.cycle((s.ACTION_OPEN, s.ACTION_CLOSE))
        self.coil_write = lambda: None  # before a coil is energised
        self.rest_write = lambda: None  # before the energised coil is let go
        self.bus.write = self.write

    def write(self, address, data):
        if address == EXPANDER:
            if data == b"\xff":
                if self.relay._running:
                    self.rest_write()
            else:
                self.coil_write()
        return self._write(address, data)

    @property
    def faults(self):
        return self.meter.host.meter.storage.faults.word

    def operate(self, seconds=4):
        """The next action, and everything as it must be when it is over."""
        action = next(self.actions)
        self.meter.host.meter.storage.page[p.CRASHES] = 0  # as after a minute without a reset
        pulses = len(self.relay.pulses)
        assert self.meter.host.meter.service_switch.ask(action, Actor(1)) > 0
        self.meter.run(seconds)
        self.bus.leave_alone()
        switch = self.meter.host.meter.service_switch
        state = OPENED if action == s.ACTION_OPEN else CLOSED
        assert (switch.state, self.faults) == (state, 0)
        assert self.relay.closed == (state == CLOSED)
        made = self.relay.pulses[pulses:]
        assert all(pulse.end_ns is not None for pulse in made) and not self.relay.both
        return [(pulse.end_ns - pulse.begin_ns) / NS_PER_MS for pulse in made]

    def once(self, deed):
        """Something that happens the next time only."""
        left = [deed]
        return lambda: left.pop()() if left else None


@pytest.fixture(scope="module")
def running():
    return Bench()


@pytest.fixture
def bench(running):
    mocks.bind(running.meter.board)  # between two tests another meter may have run
    return running


@pytest.mark.parametrize("edges", range(1, 41))
def test_a_processor_reset_in_the_middle_of_the_write_that_begins_a_pulse(bench, edges):
    bench.coil_write = bench.once(lambda: bench.bus.break_off(edges, machine.reset))
    for ms in bench.operate():
        assert ms <= PULSE_MS + LATE_MS


@pytest.mark.parametrize("edges", range(1, 41))
def test_a_processor_reset_in_the_middle_of_the_write_that_ends_a_pulse(bench, edges):
    bench.rest_write = bench.once(lambda: bench.bus.break_off(edges, machine.reset))
    (ms,) = bench.operate()
    assert PULSE_MS <= ms <= PULSE_MS + LATE_MS


@pytest.mark.parametrize("edges", range(1, 130, 3))
def test_a_bus_that_the_clock_holds_in_the_middle_of_a_pulse_does_not_prolong_it(bench, edges):
    clock = bench.meter.board.clock

    def hold():
        bench.bus.break_off(edges)
        bench.bus.read(CLOCK, 7)
        bench.bus.leave_alone()

    bench.coil_write = bench.once(lambda: clock.call_at(clock.now_ns + 20 * NS_PER_MS, hold))
    (ms,) = bench.operate()
    assert PULSE_MS <= ms <= PULSE_MS + LATE_MS + FREED_MS


@pytest.mark.parametrize("edges", range(1, 41))
def test_a_clock_too_many_in_the_write_that_ends_a_pulse(bench, edges):
    bench.rest_write = bench.once(lambda: bench.bus.glitch(edges))
    for ms in bench.operate():
        assert ms <= PULSE_MS + LATE_MS + FREED_MS


def test_nothing_of_all_that_was_an_error_of_a_duty_or_a_tick_that_was_lost(bench):
    board = bench.meter.board
    assert kept(board, p.ERRORS) == kept(board, p.REJECTED) == 0


def test_a_bus_that_stays_low_during_a_pulse_is_tried_until_it_lets_the_coil_go(bench):
    clock = bench.meter.board.clock
    held_ms = 700

    def short(level):
        bench.bus.stuck = level

    def begin():
        clock.call_at(clock.now_ns + 20 * NS_PER_MS, lambda: short(True))
        clock.call_at(clock.now_ns + held_ms * NS_PER_MS, lambda: short(False))

    bench.coil_write = bench.once(begin)
    (ms,) = bench.operate()
    assert held_ms <= ms <= held_ms + LATE_MS + FREED_MS


def test_a_bus_that_stays_low_is_a_fault_with_one_entry_and_no_step_is_long():
    meter = SwitchedMeter()
    firmware = meter.host.meter
    bus = meter.board.i2c(pins.RTC_I2C)
    entries = firmware.history.total
    took = []
    for duty in (firmware.clock.step, firmware.service_switch.step):
        took.append(timed(meter, duty))
    bus.stuck = True
    meter.run(60)
    assert firmware.storage.faults.word & f.CLOCK_DEAD
    assert firmware.storage.faults.word & f.SERVICE == f.SERVICE_DISAGREES
    assert firmware.history.total <= entries + 3
    bus.stuck = False
    meter.run(10)
    assert firmware.storage.faults.word == 0
    assert max(max(each) for each in took) <= FREED_MS
    assert kept(meter.board, p.ERRORS) == 0


def timed(meter, step):
    """What each step of a duty takes from now on, in ms."""
    took = [0]
    clock = meter.board.clock
    steps = meter.host.meter.scheduler._steps

    def wrapped(now_ms):
        begin = clock.now_ns
        try:
            return step(now_ms)
        finally:
            took.append((clock.now_ns - begin) / NS_PER_MS)

    steps[steps.index(step)] = wrapped
    return took
