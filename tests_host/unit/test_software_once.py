"""Where memory is scarce, the software is looked at once, and what it took to look is gone."""

from types import SimpleNamespace

import pytest

from firmware import software_start
from firmware.software import MANIFEST
from firmware.software_image import ImageSource
from metrology.faults import SOFTWARE_ALTERED
from tests_host.pure.memory import Memory
from tests_host.pure.software_bench import Bench, Flash

SEGMENTS = ((4000, 1), (5000, 0), (9000, 1))


@pytest.fixture
def forgotten(monkeypatch):
    noted = []
    monkeypatch.setattr(software_start, "forget", lambda names: noted.append(True))
    return noted


@pytest.fixture
def flash():
    return Flash(SEGMENTS)


class Meter:
    """What of the meter is asked for."""

    def __init__(self, bench):
        self.storage = SimpleNamespace(faults=bench.faults)
        self.scheduler = SimpleNamespace(catch_up=lambda: None)


@pytest.fixture
def looked(flash, forgotten, monkeypatch):
    def look():
        bench = Bench(ImageSource(flash), Memory(256))
        monkeypatch.setattr(software_start, "software_of", lambda meter, board: bench.software)
        fed = []
        duty = software_start.look_once(Meter(bench), None, lambda: fed.append(True))
        assert fed
        return duty, bench

    return look


def test_it_looks_at_everything_once(looked, forgotten):
    duty, bench = looked()
    assert bench.software.passes == 1
    assert bench.software.states[MANIFEST] == 1
    assert (duty, bench.faults.word, forgotten) == (None, 0, [True])


def test_what_it_found_stands_whoever_withdraws_it(flash, looked):
    flash.changed[4500] = 1
    duty, bench = looked()
    assert bench.faults.word == SOFTWARE_ALTERED
    bench.faults.withdraw(SOFTWARE_ALTERED)
    assert duty.step(0) > 0
    assert bench.faults.word == SOFTWARE_ALTERED


def test_a_meter_that_nothing_was_told_of_looks_at_nothing(monkeypatch):
    monkeypatch.setattr(software_start, "software_of", lambda meter, board: None)
    assert software_start.look_once(None, None, None) is None
