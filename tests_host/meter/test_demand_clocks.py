"""Demand of whole meters with clocks that lie: the proof holds, and it can fail."""

import pytest

from metrology import demand
from metrology import page as p
from picometer.proof.demand_clocks import prove_lying_clocks

SHORT = ((3, 1), (5, 5))


@pytest.mark.slow
def test_no_clock_makes_a_demand_that_is_of_no_window_or_none_in_silence():
    result = prove_lying_clocks(1, 1, lengths=SHORT)
    assert result.good and result.cases == 1 and result.deeds > 3, result
    assert result.demands > 10


@pytest.mark.full
def test_the_intervals_of_an_approved_meter_hold_with_any_clock():
    result = prove_lying_clocks(20, 2)
    assert result.good and result.cases == 20, result


def _longer(function):
    return lambda page: function(page) + 2000


def _never_whole(page, clock):
    page[p.DEMAND_STATE] = 3
    return 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "wrong", "found"),
    [
        ("_next_length", _longer(demand._next_length), "of no window"),
        ("rate", lambda counts, interval: counts * (60 // interval) + 1, "of no window"),
        pytest.param("dropped", lambda page: 0, "no fault", marks=pytest.mark.full),
        ("dropped", lambda page: 3, "there are demands"),
        pytest.param("_over", _never_whole, "no demand came", marks=pytest.mark.full),
    ],
)
def test_the_proof_finds_what_is_not_right(monkeypatch, name, wrong, found):
    monkeypatch.setattr(demand, name, wrong)
    if found == "no fault":
        monkeypatch.setattr(demand, "_over", _never_whole)
    result = prove_lying_clocks(1, 3, lengths=SHORT, most_wrong=1)
    assert not result.good
    assert any(found in line for line in result.wrong), result.wrong
