"""Each fault that is raised has one entry, and one that comes and goes has one an hour."""

import pytest

from c1219 import events
from firmware.fault_log import FaultLog, code_of
from metrology import faults as f
from metrology import page as p

HOUR = 3600


class Bench:
    def __init__(self):
        self.page = p.new_page()
        self.faults = f.FaultSet(self.page, p.FAULTS)
        self.entries = []
        self.restart()

    def restart(self):
        self.duty = FaultLog(self.page, self.faults, self._log)

    def _log(self, code, actor, detail):
        assert actor.source == events.SOURCE_METERING
        self.entries.append((code, detail))

    def seconds(self, n):
        for _ in range(n):
            assert self.duty.step(0) == 1000


@pytest.fixture
def bench():
    return Bench()


def test_every_fault_that_st3_shows_has_an_event_code_of_the_history_log():
    for bit in range(30):
        status = f.status1(1 << bit)
        code = code_of(bit)
        assert (code != 0) == (status != 0)
        if code and (1 << bit) not in (f.SEAL_BROKEN, f.UNPROGRAMMED):
            assert code in events.HISTORY
            assert status >> (code - 36) & 1


def test_faults_are_logged_once_each_one_a_second(bench):
    bench.faults.set(f.CLOCK_DEAD | f.CHIP_SILENT | f.MEMORY_WRITE)
    bench.seconds(10)
    assert bench.entries == [
        (events.CLOCK_ERROR, 4),
        (events.MEMORY_FAILURE, 6),
        (events.MEASUREMENT_ERROR, 12),
    ]


def test_one_that_comes_and_goes_for_a_day_has_at_most_one_entry_an_hour(bench):
    for _ in range(24 * HOUR // 4):
        bench.faults.set(f.PULSES_DISAGREE)
        bench.seconds(2)
        bench.faults.clear(f.PULSES_DISAGREE)
        bench.seconds(2)
    assert 1 <= len(bench.entries) <= 24


def test_one_that_was_gone_for_two_hours_has_a_new_entry(bench):
    for _ in range(3):
        bench.faults.set(f.CLOCK_NOT_SET)
        bench.seconds(5)
        bench.faults.clear(f.CLOCK_NOT_SET)
        bench.seconds(2 * HOUR)
    assert bench.entries == [(events.CLOCK_ERROR, 3)] * 3


def test_what_stands_over_restarts_is_not_logged_again(bench):
    bench.faults.set(f.ENERGY_UNSURE)
    bench.seconds(5)
    for _ in range(31):
        bench.faults.word = 0
        bench.restart()
        bench.seconds(1)
        bench.faults.recall()
        bench.seconds(60)
    assert bench.entries == [(events.MEASUREMENT_ERROR, 11)]


def test_what_has_an_entry_of_its_own_has_none_here(bench):
    bench.faults.set(f.OVERLOAD | f.SOFTWARE_ALTERED | f.SEAL_BROKEN | f.UNPROGRAMMED)
    bench.seconds(5)
    assert bench.entries == []
