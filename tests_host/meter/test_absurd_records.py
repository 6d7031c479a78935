"""A record with a right CRC and an absurd content stops no start, no duty and no read."""

import pytest

from picometer.proof import record_run
from picometer.proof.record_kinds import KINDS
from picometer.proof.record_run import Seed, examine
from picometer.proof.records import (
    Absurdity,
    every_field,
    prove_absurd_records,
    sweep,
    whole_records,
)

FEW = 6


def assert_good(result, cases):
    assert result.examples == [] and result.violations == 0
    assert result.good and result.cases == cases


def test_a_memory_as_a_meter_has_left_it_has_every_record_and_stops_nothing():
    seed = Seed.grow()
    assert all(kind.written(seed.cells) for kind in KINDS)
    assert examine(seed, bytearray(seed.cells)) == []


@pytest.mark.parametrize("every", [3, pytest.param(1, marks=pytest.mark.full)])
def test_no_record_of_ones_stops_the_meter(every):
    absurdities = [each for each in whole_records() if "all ff" in each.name]
    assert len(absurdities) == len(KINDS) + 1
    some = absurdities[::every]
    assert_good(sweep(iter(some)), len(some))


@pytest.mark.slow
@pytest.mark.parametrize("every", [12, pytest.param(1, marks=pytest.mark.full)])
def test_no_record_of_zeros_or_noise_or_of_another_kind_stops_the_meter(every):
    absurdities = [each for each in whole_records() if "all ff" not in each.name][::every]
    assert_good(sweep(iter(absurdities)), len(absurdities))


def test_records_altered_at_random_do_not_stop_the_meter():
    assert_good(prove_absurd_records(FEW, seed=5), FEW)


@pytest.mark.full
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_no_field_of_a_record_at_any_of_its_extremes_stops_the_meter(kind):
    absurdities = list(every_field((kind,)))
    assert_good(sweep(iter(absurdities)), len(absurdities))


@pytest.mark.full
def test_many_records_altered_at_random_do_not_stop_the_meter():
    assert_good(prove_absurd_records(1000, seed=1), 1000)


# That the proof can fail.


def broken(monkeypatch, change):
    """Result of one case, with a meter that `change` has spoilt."""
    started = record_run.CPythonHost.boot

    def boot(host):
        started(host)
        change(host.meter)

    monkeypatch.setattr(record_run.CPythonHost, "boot", boot)
    return sweep(iter([Absurdity("nothing", lambda cells: None)]))


def test_a_duty_that_fails_is_found(monkeypatch):
    def change(meter):
        def step(now_ms):
            raise OverflowError("no such value")

        meter.scheduler._steps[-1] = step

    result = broken(monkeypatch, change)
    assert result.violations == 1 and "OverflowError('no such value')" in result.examples[0]


def test_energy_that_is_not_billed_is_found(monkeypatch):
    def change(meter):
        meter.storage.page[2] += 1

    assert "billed since the start" in broken(monkeypatch, change).examples[0]


def test_a_step_that_does_not_end_is_found(monkeypatch):
    monkeypatch.setattr(record_run, "_CPU_S", 2.0)

    def change(meter):
        def step(now_ms):
            while True:
                pass

        meter.scheduler._steps[-1] = step

    assert "endless" in broken(monkeypatch, change).examples[0]


def test_a_table_that_cannot_be_read_is_found(monkeypatch):
    def change(meter):
        meter.configuration.text = lambda name: "TOO LONG A MODEL"

    assert broken(monkeypatch, change).violations == 1
