"""The demand of the real image on the emulated RP2040: to the count, and reset by both ways."""

import pytest

from c1219 import procedures
from metrology import page as p
from picometer.proof.meters import kept
from picometer.proof.month import prove_month
from picometer.virtual.host import CPythonHost
from tests_host.meter.demand_meter import DemandMeter, QuietEnds, at, minute, reset_demand


def _maxima(meter, at_word=p.DEMAND_MAXIMUM):
    return [kept(meter.board, at_word + i) for i in range(4)]


@pytest.mark.full
def test_the_mornings_maximum_is_cpythons_to_the_count_and_reset_by_client_and_lever(make_host):
    seen = []
    for make in (CPythonHost, make_host):
        meter = DemandMeter("08:41:40", QuietEnds(), make, demand=(1, 1))
        meter.run_to("08:45:02")
        first = _maxima(meter)
        with meter.client() as client:
            assert reset_demand(client) == (procedures.COMPLETED, b"\1")
        assert _maxima(meter) == [0] * 4
        assert _maxima(meter, p.PREVIOUS_DEMANDS) == first
        meter.run_to("08:46:08")
        second = _maxima(meter)
        meter.press()
        assert kept(meter.board, p.DEMAND_RESETS) == 2
        assert _maxima(meter) == [0] * 4
        assert _maxima(meter, p.PREVIOUS_DEMANDS) == second
        seen.append((first, second))
    (first, second), ours = seen
    assert ours == (first, second)
    assert minute(at("08:43")) <= first[2] <= minute(at("08:45"))
    assert second[2] == minute(at("08:46"))
    assert first[0] > second[0] > 0


@pytest.mark.full
def test_minutes_with_cuts_and_a_reset_are_the_oracles_to_the_count(make_host):
    result = prove_month(420, 1, 1, 1, 210, 420, make_host=make_host)
    assert result.good, result
    assert result.intervals >= 3 and result.losses.cuts == 2 and result.resets == 1
