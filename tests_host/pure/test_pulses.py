"""The pulse duty: no false alarm whatever the load does, and not one pulse lost unnoticed."""

import micropython

from firmware.pulses import Pulses
from metrology import faults as f
from metrology import page as p
from metrology.modes import Pages
from tests_host.pure.lcg import Lcg

WORTH = 7782  # counts a pulse, form 2S at 240 V
PART = 16  # the chip's own sums are finer than its counts
FULL = 10400 * PART  # of a tick at 48 kW, and a little more


def _whole(parts):
    return parts // PART if parts >= 0 else -(-parts // PART)


class Chip:
    """Two coils' energy, their sum in pulses, and a register page that is billed by ticks."""

    def __init__(self):
        self.pulses = 0
        self.pages = Pages(p.new_page())
        self.billing = self.pages.billing
        self.faults = f.FaultSet(self.billing, p.FAULTS)
        self._coils = [0, 0]
        self._billed = 0
        self._sum = 0

    def count(self):
        return self.pulses

    def flow(self, parts):
        a = parts // 3
        self._coils[0] += a
        self._coils[1] += parts - a
        self._sum += parts
        while abs(self._sum) >= WORTH * PART:
            self._sum -= WORTH * PART if self._sum > 0 else -WORTH * PART
            self.pulses += 1

    def tick(self):
        total = _whole(self._coils[0]) + _whole(self._coils[1])
        counts = total - self._billed
        self._billed = total
        index = p.INTERVAL_DELIVERED if counts > 0 else p.INTERVAL_RECEIVED
        shown = self.pages.shown
        shown[index] = (shown[index] + abs(counts)) & p.COUNTER_MASK
        p.count(self.billing, p.TICKS)


class Run:
    """The duty on a chip, 100 ms at a time, its steps at any moment between two ticks."""

    def __init__(self, seed):
        self.chip = Chip()
        self.duty = Pulses(self.chip.count, self.chip.pages, self.chip.faults, WORTH)
        self.draw = Lcg(seed)
        self._left = 0
        self._lost_ticks = 0

    @property
    def alarmed(self):
        return self.chip.faults.word & f.PULSES_DISAGREE != 0

    def tenth(self, parts):
        before = parts * self.draw.below(101) // 100
        self.chip.flow(before)
        self._left -= 100
        if self._left <= 0:
            self._left = self.duty.step(0)
        self.chip.flow(parts - before)
        if self._lost_ticks:
            self._lost_ticks -= 1
        else:
            self.chip.tick()

    def seconds(self, count, parts):
        for _ in range(10 * count):
            self.tenth(parts)

    def lose_ticks(self, count):
        self._lost_ticks = count


def _any_load(run):
    kind = run.draw.below(6)
    if kind == 0:
        return 0
    if kind == 1:
        return run.draw.between(-40, 40)
    if kind == 2:
        return run.draw.between(-FULL, FULL)
    return run.draw.between(0, FULL // 20)


def test_whatever_the_load_does_there_is_no_false_alarm():
    pulses = 0
    for seed in range(12):
        run = Run(seed)
        for _ in range(60):
            if run.draw.below(10) == 0:
                run.lose_ticks(run.draw.between(1, 9))
            parts = _any_load(run)
            for _ in range(run.draw.between(1, 90)):
                run.tenth(parts)
                assert not run.alarmed, seed
        pulses += run.chip.pulses
    assert pulses > 3000


def test_a_load_that_hovers_about_zero_gives_no_false_alarm():
    for seed in range(4):
        run = Run(seed)
        reach = run.draw.choice((200, 20000, FULL))
        for _ in range(2000):
            run.tenth(run.draw.between(-reach, reach))
            assert not run.alarmed, seed


def _disturbed(seed, by, way):
    run = Run(seed)
    parts = way * run.draw.between(FULL // 400, FULL // 40)
    run.seconds(run.draw.between(60, 120), parts)
    assert not run.alarmed
    run.chip.pulses += by
    before = run.chip.pulses
    while not run.alarmed and run.chip.pulses - before < 50:
        run.tenth(parts)
    return run, run.chip.pulses - before


def test_a_single_pulse_lost_or_added_is_a_fault_soon():
    for seed in range(10):
        for by in (-1, 1, -3):
            for way in (1, -1):
                run, after = _disturbed(seed, by, way)
                assert run.alarmed and after <= 5, (seed, by, way, after)


def test_a_single_pulse_lost_at_full_load_is_a_fault_once_the_load_is_small():
    for seed in range(6):
        run = Run(seed)
        run.seconds(30, FULL)
        run.chip.pulses -= 1
        run.seconds(5, FULL)
        run.seconds(60, FULL // 100)
        assert run.alarmed, seed


def test_no_pulses_at_all_are_a_fault_before_the_fourth_is_missed():
    run = Run(1)
    run.chip.count = lambda: 0
    run.duty._count = run.chip.count
    while run.chip.pulses < 4:
        run.tenth(2000)
    assert run.alarmed


def test_pulses_without_energy_are_a_fault():
    run = Run(1)
    for _ in range(3):  # of the first two the energy may have come before the comparison
        run.seconds(2, 0)
        assert not run.alarmed
        run.chip.pulses += 1
    run.seconds(2, 0)
    assert run.alarmed


def test_a_hundred_pulses_in_agreement_withdraw_the_fault():
    run, _ = _disturbed(3, -1, 1)
    assert run.alarmed
    before = run.chip.pulses
    while run.alarmed:
        run.tenth(FULL // 40)
        assert run.chip.pulses - before < 110
    assert run.chip.pulses - before >= 100
    run.seconds(100, FULL // 40)
    assert not run.alarmed


def test_what_the_chip_or_test_mode_takes_away_is_no_disagreement():
    def reset(run):
        run.chip._sum = 0  # what was collected towards a pulse is lost
        p.count(run.chip.billing, p.CHIP_RESETS)

    def test_mode(run):
        if run.chip.pages.shown is run.chip.billing:
            run.chip.pages.enter_test(15, 15)
        else:
            run.chip.pages.leave_test()

    def another_test(run):
        run.chip.pages.enter_test(15, 15)

    for event in (reset, test_mode, another_test):
        run = Run(5)
        for _ in range(6):
            run.seconds(20 + run.draw.below(10), 3000)
            event(run)
        run.seconds(60, 3000)
        assert not run.alarmed


def test_a_chip_that_is_silent_or_refused_does_not_blind_the_comparison():
    for standing in (f.CHIP_SILENT, f.IMPOSSIBLE_ENERGY, f.CHIP_REPAIR):
        for lost in (0, 20):
            run = Run(5)
            run.seconds(30, 3000)
            run.chip.faults.set(standing)
            run.chip.flow(50 * WORTH * PART)
            run.chip.pulses -= lost
            run.chip.tick()
            run.chip.faults.clear(standing)
            run.seconds(60, 3000)
            assert run.alarmed == (lost > 0)


def test_counting_goes_on_where_both_counters_wrap():
    run = Run(2)
    run.chip.pulses = p.COUNTER_MASK - 10
    run.chip.count = lambda: run.chip.pulses & p.COUNTER_MASK
    run.duty._count = run.chip.count
    run.chip.billing[p.INTERVAL_DELIVERED] = p.COUNTER_MASK - 5 * WORTH
    run.duty._begin()
    run.seconds(60, FULL // 10)
    assert run.chip.pulses > p.COUNTER_MASK + 10
    assert not run.alarmed
    run.chip.pulses += 1
    run.seconds(20, FULL // 100)
    assert run.alarmed


def test_a_step_allocates_nothing():
    run = Run(4)
    step = run.duty.step
    run.seconds(30, 3000)
    for parts in (3000, 0, -3000, 3000):
        for _ in range(40):
            run.chip.flow(parts)
            run.chip.tick()
            micropython.heap_lock()
            try:
                step(0)
            finally:
                micropython.heap_unlock()
