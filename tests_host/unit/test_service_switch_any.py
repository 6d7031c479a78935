"""Whatever is done to the service switch, and whenever power goes: three things never happen."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from firmware import service_switch as s
from metrology import faults as f
from picometer.virtual.clock import NS_PER_MS
from tests_host.unit.service_bench import LEVER, OPTICAL, PowerGone, ServiceBench

LATEST_MS = 25  # a step of another duty, and a tick
_AGAIN_MS = 5


class Anything(RuleBasedStateMachine):
    """Commands, power cuts at any byte, resets, ills, hands at the contacts, late steps."""

    def __init__(self):
        super().__init__()
        self.bench = ServiceBench()
        self.lateness = []
        self.wanted = None  # the latest of open and close that was accepted, or found so
        self.pulses = 0
        self.silences = []  # (begin, end) in ns
        self.bench.lateness = lambda: self.lateness.pop() if self.lateness else 0
        self.bench.relay.on_move.append(self._moved)
        self.by_hand = False

    def _moved(self, closed):
        if closed and not self.by_hand:
            assert self.wanted == s.CLOSE

    @initialize(opened=st.booleans())
    def begin(self, opened):
        self._run(2000)
        if opened:
            self.do(s.OPEN)

    @rule(action=st.sampled_from([s.OPEN, s.CLOSE]))
    def do(self, action):
        self.ask(action, 0)
        self._run(2500)

    @rule()
    def heal(self):
        relay = self.bench.relay
        relay.welded = relay.stuck = relay.misled = relay.backfed = False
        self._run(2500)

    @rule(action=st.sampled_from([s.OPEN, s.CLOSE, s.ARM, s.DISARM]), by=st.sampled_from([0, 1]))
    def ask(self, action, by):
        switch = self.bench.switch
        if by and not switch.kept.armed:
            return  # the lever does something else
        if by:
            action = s.CLOSE
        if self.bench.ask(action, LEVER if by else OPTICAL) > 0 and action in (s.OPEN, s.CLOSE):
            self.wanted = action

    @rule(steps=st.integers(1, 3), ill=st.sampled_from(["backfed", "misled", "stuck"]))
    def ask_to_close_and_then_let_something_come(self, steps, ill):
        self.ask(s.CLOSE, 0)
        for _ in range(steps):
            self._guarded(self.bench.step)
        self.ill(ill, True)

    @rule(ms=st.sampled_from([1, 10, 49, 51, 300, 2500, 7000]))
    def wait(self, ms):
        self._run(ms)

    @rule(steps=st.integers(1, 8), late=st.lists(st.integers(0, LATEST_MS), max_size=8))
    def step(self, steps, late):
        self.lateness = late
        for _ in range(steps):
            self._guarded(self.bench.step)
        self.lateness = []

    @rule(ms=st.sampled_from([1, 200, 60000]))
    def cut(self, ms):
        self.bench.cut(ms)

    @rule(count=st.integers(0, 200))
    def cut_in_a_write(self, count):
        self.bench.memory.left = count

    @rule()
    def reset(self):
        # A processor that stops in the middle of a pulse leaves its end to the start.
        if not self._under_current():
            self.bench.reset()

    @rule(ill=st.sampled_from(["welded", "stuck", "misled", "backfed"]), on=st.booleans())
    def ill(self, ill, on):
        setattr(self.bench.relay, ill, on)

    @rule(closed=st.booleans())
    def hand(self, closed):
        self.by_hand = True
        self.bench.relay.move(closed)
        self.by_hand = False

    @rule(ms=st.sampled_from([1, 60, 2500, 8000]))
    def silence(self, ms):
        begin = self.bench.clock.now_ns
        self.bench.i2c.answers = False
        self._run(ms)
        self.bench.i2c.answers = True
        self.silences.append((begin, self.bench.clock.now_ns))

    def _under_current(self):
        return any(pulse.end_ns is None for pulse in self.bench.relay.pulses)

    def _run(self, ms):
        end = self.bench.now + ms
        while self.bench.due <= end:
            if not self._guarded(self.bench.step):
                return
        self.bench.advance(max(0, end - self.bench.now))

    def _guarded(self, what):
        try:
            what()
            return True
        except PowerGone:
            self.bench.cut(100)
            return False

    @invariant()
    def no_coil_has_current_for_too_long_and_none_beside_another(self):
        relay = self.bench.relay
        assert not relay.both
        for pulse in relay.pulses[-3:]:
            end = self.bench.clock.now_ns if pulse.end_ns is None else pulse.end_ns
            longest = (s.PULSE_MS + LATEST_MS) * NS_PER_MS
            for begin_silence, end_silence in self.silences:
                if begin_silence <= end and end_silence >= pulse.begin_ns:
                    longest += min(end, end_silence) - max(begin_silence, pulse.begin_ns)
                    longest += (_AGAIN_MS + LATEST_MS) * NS_PER_MS
            assert end - pulse.begin_ns <= longest

    @invariant()
    def no_coil_closes_without_a_command_or_onto_voltage(self):
        for pulse in self.bench.relay.pulses[self.pulses :]:
            if pulse.coil == "close":
                assert self.wanted == s.CLOSE
                assert not pulse.onto_voltage
        self.pulses = len(self.bench.relay.pulses)

    def teardown(self):
        # Everything well again, it ends up as its record says, or with a fault that tells.
        relay = self.bench.relay
        relay.welded = relay.stuck = relay.misled = relay.backfed = False
        self.bench.memory.left = None
        self.bench.run(10000)
        switch = self.bench.switch
        assert switch.state in (s.OPENED, s.CLOSED, s.ARMED, s.FAULTY)
        assert (switch.kept.close == relay.closed) == (not self.bench.faults.word & f.SERVICE)
        number = self.bench.ask(s.OPEN)
        self.bench.run(5000)
        assert switch.outcome(number) == s.DONE and not relay.closed
        assert not self.bench.faults.word & f.SERVICE
        self.no_coil_closes_without_a_command_or_onto_voltage()


TestAnything = Anything.TestCase
TestAnything.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


class Everything(Anything):
    """The same, at full size."""


TestEverything = pytest.mark.full(Everything.TestCase)
TestEverything.settings = settings(max_examples=3000, stateful_step_count=50, deadline=None)


def test_the_actions_of_the_command_are_those_of_the_duty_and_of_the_log():
    from c1219 import events, service
    from firmware import service_switch as duty

    for name in ("OPEN", "CLOSE", "ARM", "DISARM"):
        action = getattr(duty, name)
        assert getattr(service, f"ACTION_{name}") == action == getattr(events, f"SWITCH_{name}")
    states = ("OPENED", "CLOSED", "ARMED", "MOVING", "FAULTY")
    assert [getattr(duty, name) for name in states] == [
        service.OPEN,
        service.CLOSED,
        service.ARMED,
        service.MOVING,
        service.FAULTY,
    ]
