"""Where memory is scarce, the software is looked at once, and what it took to look is gone."""

import pytest

from firmware import software_start
from firmware.software import MANIFEST
from firmware.software_image import ImageSource
from firmware.software_start import Once
from metrology.faults import SOFTWARE_ALTERED
from tests_host.pure.memory import Memory
from tests_host.pure.software_bench import Bench, Flash

SEGMENTS = ((4000, 1), (5000, 0), (9000, 1))


@pytest.fixture
def forgotten(monkeypatch):
    noted = []
    monkeypatch.setattr(software_start, "_forget", lambda: noted.append(True))
    return noted


@pytest.fixture
def flash():
    return Flash(SEGMENTS)


def looked(flash):
    """The duty after its only pass, and its bench."""
    bench = Bench(ImageSource(flash), Memory(256))
    duty = Once(bench.software, bench.faults)
    for _ in range(100):
        duty.step(0)
    return duty, bench


def test_it_looks_at_everything_once(flash, forgotten):
    _, bench = looked(flash)
    assert bench.software.passes == 1
    assert bench.software.states[MANIFEST] == 1
    assert (bench.faults.word, forgotten) == (0, [True])


def test_what_it_found_stands_whoever_withdraws_it(flash, forgotten):
    flash.changed[4500] = 1
    duty, bench = looked(flash)
    assert bench.faults.word == SOFTWARE_ALTERED
    bench.faults.withdraw(SOFTWARE_ALTERED)
    assert duty.step(0) > 0
    assert bench.faults.word == SOFTWARE_ALTERED
