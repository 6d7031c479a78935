"""Switches count once they are steady, in time: one press is one change, whatever bounces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.inputs import LEVER, MAGNET, POWER_FAIL, SEAL_OPEN, TEST_SWITCH, Inputs
from metrology.faults import SWITCH_STUCK, FaultSet, status1
from metrology.page import FAULTS, new_page
from ticks import PERIOD

LATE_MS = 20  # the longest step of another duty
BOUNCE_MS = 10
PRESS_MS = 100
HUMS_HZ = (50, 60, 100, 120, 400)


class Bench:
    """Inputs that are looked at when they ask for it; `actuated(i, ms)` says what is pressed.

    late   how many milliseconds each look in turn comes too late; then none does
    seen   (ms, index, state) of every change
    """

    def __init__(self, actuated, start=0, late=()):
        self.now = start
        self.seen = []
        self.faults = FaultSet(new_page(), FAULTS)
        active = bytes((0, 0, 0, 1, 0))
        pins = [
            lambda i=i: active[i] if actuated(i, self.now) else 1 - active[i] for i in range(5)
        ]
        self.inputs = Inputs(pins, active, self.faults)
        self.inputs.on_change = self.changed
        self._due = start
        self._late = list(late)

    def changed(self, index, state):
        assert self.inputs.state[index] == state
        self.seen.append((self.now, index, state))

    def run(self, until_ms):
        while self._due <= until_ms:
            self.now = self._due + (self._late.pop(0) if self._late else 0)
            self._due = self.now + self.inputs.step(self.now % PERIOD)

    def changes(self, index):
        return [state for _, i, state in self.seen if i == index]


def lever(*edges):
    """Pressed at the first of `edges` (ms), released at the second, and so on."""
    return lambda i, ms: i == LEVER and sum(edge <= ms for edge in edges) % 2 == 1


def bouncing(start):
    """The instants at which a contact that changes at `start` makes and breaks: an odd count."""
    within = st.lists(st.integers(0, BOUNCE_MS * 10), max_size=8, unique=True)
    return within.map(
        lambda tenths: [start, *(start + t / 10 for t in sorted(tenths)[: len(tenths) // 2 * 2])]
    )


@st.composite
def presses(draw):
    """Edges of up to five presses and where each begins; at least 100 ms pressed and between."""
    edges, begins = [], []
    at = 100 + draw(st.integers(0, 400)) / 10
    for _ in range(draw(st.integers(1, 5))):
        begins.append(at)
        edges += draw(bouncing(at))
        at += PRESS_MS + draw(st.integers(0, 3000)) / 10
        edges += draw(bouncing(at))
        at += PRESS_MS + BOUNCE_MS + draw(st.integers(0, 3000)) / 10
    return edges, begins


@given(presses())
def test_a_press_of_100_ms_counts_once_whatever_bounces_and_wherever_the_looks_fall(pressing):
    edges, begins = pressing
    bench = Bench(lever(*edges))
    bench.run(edges[-1] + 200)
    assert bench.changes(LEVER) == [1, 0] * len(begins)
    pressed = [ms for ms, _, state in bench.seen if state]
    for begin, counted in zip(begins, pressed, strict=True):
        assert begin < counted <= begin + PRESS_MS


@given(bouncing(100), st.integers(0, 400), st.integers(0, 12))
def test_a_press_counts_also_when_a_look_comes_late(edges, offset, which):
    late = [0] * which + [LATE_MS]
    edges = [edge + offset / 10 for edge in edges]
    bench = Bench(lever(*edges, edges[0] + PRESS_MS), late=late)
    bench.run(1000)
    assert bench.changes(LEVER) == [1, 0]


@given(st.lists(st.integers(1, 240), min_size=2, max_size=60), st.integers(0, 400))
def test_noise_that_is_never_steady_never_counts(lengths, offset):
    """Closed for less than 25 ms each time; open in between long enough to be seen, or not."""
    edges = [100 + offset / 10]
    for i, length in enumerate(lengths):
        edges.append(edges[-1] + (length / 10 if i % 2 == 0 else 2 * length / 10 + 7))
    if len(edges) % 2:
        edges.append(edges[-1] + 1)
    bench = Bench(lever(*edges))
    bench.run(edges[-1] + 100)
    assert bench.seen == []


@pytest.mark.parametrize("hertz", HUMS_HZ)
@pytest.mark.parametrize("phase", range(10))
def test_mains_hum_on_a_contact_never_counts(hertz, phase):
    def contact(i, ms):
        return i == MAGNET and ms > 1000 and (ms * hertz / 1000 + phase / 10) % 1 < 0.5

    bench = Bench(contact)
    bench.run(20_000)
    assert bench.seen == []


def test_a_glitch_at_every_look_never_counts():
    looks = []

    def contact(i, ms):
        if i == LEVER and (not looks or looks[-1] != ms):
            looks.append(ms)
        return i == LEVER and len(looks) % 2 == 0

    bench = Bench(contact)
    bench.run(5000)
    assert len(looks) > 300 and bench.seen == []


def test_a_lever_held_for_an_hour_is_one_press_and_a_fault_and_works_again_after_it():
    hour = 3_600_000
    bench = Bench(lever(500, 500 + hour, hour + 1000, hour + 1200))
    bench.run(60_400)
    assert bench.faults.word == 0
    bench.run(60_700)
    assert bench.faults.word == SWITCH_STUCK and status1(bench.faults.word) == 0x1004
    bench.run(hour)
    assert bench.changes(LEVER) == [1] and bench.faults.word == SWITCH_STUCK
    bench.run(hour + 700)
    assert bench.changes(LEVER) == [1, 0] and bench.faults.word == 0
    bench.run(hour + 2000)
    assert bench.changes(LEVER) == [1, 0, 1, 0] and bench.faults.word == 0


@pytest.mark.parametrize("start", [0, PERIOD - 30_000, PERIOD - 60_100])
def test_a_switch_is_stuck_also_where_the_tick_wraps(start):
    bench = Bench(lever(start + 500), start=start)
    bench.run(start + 60_400)
    assert bench.faults.word == 0
    bench.run(start + 60_700)
    assert bench.faults.word == SWITCH_STUCK


def test_a_switch_that_is_stuck_for_two_weeks_stays_a_fault():
    bench = Bench(lever(500))
    bench.run(70_000)
    for _ in range(14):
        bench._due += 86_400_000
        bench.run(bench._due)
        assert bench.faults.word == SWITCH_STUCK
    assert bench.changes(LEVER) == [1]


def test_each_input_has_its_own_limit_and_most_have_none():
    since = {LEVER: 0, MAGNET: 0, TEST_SWITCH: 0, SEAL_OPEN: 0, POWER_FAIL: 0}
    bench = Bench(lambda i, ms: since[i] is not None and ms >= 500)
    assert list(bench.inputs.limits) == [60_000, 0, 300_000, 0, 0]
    bench.inputs.limits[TEST_SWITCH] = 120_000
    since[LEVER] = None
    bench.run(120_400)
    assert bench.faults.word == 0
    bench.run(120_700)
    assert bench.faults.word == SWITCH_STUCK
    since[TEST_SWITCH] = None
    bench.run(121_000)
    assert bench.faults.word == 0
    bench.run(300_400)
    assert bench.faults.word == 0
    bench.run(300_700)
    assert bench.faults.word == SWITCH_STUCK
    since[MAGNET] = None
    bench.run(10_000_000)
    assert bench.faults.word == 0
    assert bench.inputs.state[SEAL_OPEN] == bench.inputs.state[POWER_FAIL] == 1


def test_the_fault_stands_until_the_last_stuck_switch_is_released():
    pressed = {LEVER, MAGNET}
    bench = Bench(lambda i, ms: i in pressed and ms >= 500)
    bench.run(301_000)
    pressed.remove(LEVER)
    bench.run(302_000)
    assert bench.faults.word == SWITCH_STUCK
    pressed.remove(MAGNET)
    bench.run(303_000)
    assert bench.faults.word == 0


@pytest.mark.parametrize("index", [LEVER, TEST_SWITCH, MAGNET])
def test_a_switch_jammed_at_start_is_not_pressed_until_it_was_seen_released(index):
    bench = Bench(lambda i, ms: i == index and (ms < 90_000 or 91_000 <= ms < 92_000))
    bench.inputs.limits[index] = 60_000
    bench.run(61_000)
    assert bench.seen == [] and bench.inputs.state[index] == 0
    assert bench.faults.word == SWITCH_STUCK
    bench.run(90_900)
    assert bench.seen == [] and bench.faults.word == 0
    bench.run(93_000)
    assert bench.changes(index) == [1, 0]


@pytest.mark.parametrize("index", [SEAL_OPEN, POWER_FAIL])
def test_seal_and_power_fail_show_from_the_start(index):
    bench = Bench(lambda i, ms: i == index)
    bench.run(40)
    assert bench.inputs.state[index] == 1 and bench.changes(index) == [1]


def test_an_error_of_whoever_is_told_does_not_repeat_the_event():
    bench = Bench(lever(500))
    told = []

    def broken(index, state):
        told.append(state)
        raise ValueError

    bench.inputs.on_change = broken
    with pytest.raises(ValueError):
        bench.run(1000)
    bench._due = bench.now + 1000
    bench.run(5000)
    assert told == [1] and bench.inputs.state[LEVER] == 1
