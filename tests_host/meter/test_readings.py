"""Present values of each coil, against the mains that feed them."""

import pytest

from c1219 import quantities as q
from picometer.proof.meters import build
from picometer.virtual.clock import NS_PER_S
from picometer.virtual.mains import ConstantLoad


def readings(load, service="2S-240-200"):
    host = build(load, service)
    host.run_until(3 * NS_PER_S)
    return host.meter.readings.quantity


@pytest.mark.parametrize("watts", [5000.0, -5000.0])
@pytest.mark.parametrize("legs", [(1.0, 1.0), (1.0, 0.0), (1.0, 3.0)])
def test_the_coils_share_the_power_as_the_legs_do(watts, legs):
    quantity = readings(ConstantLoad(watts, legs=legs))
    total = sum(legs)
    for which, leg in ((q.WATTS_A, legs[0]), (q.WATTS_B, legs[1])):
        assert quantity(which) == pytest.approx(watts * 1000 * leg / total, abs=500)
    assert abs(quantity(q.WATTS_A) + quantity(q.WATTS_B) - quantity(q.WATTS)) <= 1


@pytest.mark.parametrize(("var", "factor"), [(0.0, 1000), (4000.0, 600), (-4000.0, 600)])
def test_each_coil_has_its_power_factor(var, factor):
    quantity = readings(ConstantLoad(3000.0, var))
    for which in (q.POWER_FACTOR_A, q.POWER_FACTOR_B):
        assert abs(abs(quantity(which)) - factor) <= 2


def test_one_coil_has_all_of_it():
    quantity = readings(ConstantLoad(1200.0), "1S-120-100")
    assert quantity(q.WATTS_A) == quantity(q.WATTS)
    assert quantity(q.WATTS) == pytest.approx(1_200_000, abs=300)
