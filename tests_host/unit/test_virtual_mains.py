"""The mains: the operating point, and the true energy to the last micro-watt-hour."""

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boards.ratings import rating
from picometer.virtual.clock import NS_PER_S, SimClock
from picometer.virtual.mains import ConstantLoad, Mains, Scripted

FORM_2S = rating("2S-240-200")
FORM_1S = rating("1S-120-100")


class Inputs:
    """Stands for the metering chip's inputs."""

    def __init__(self):
        self.now = None
        self.changes = 0

    def set_inputs(self, kv, ka, kb, phi_a, phi_b, hz):
        self.now = (kv, ka, kb, phi_a, phi_b, hz)
        self.changes += 1

    def watts(self, rating):
        """What the chip's two channels see, netted as the form asks."""
        kv, ka, kb, phi_a, phi_b, _ = self.now
        scale = rating.full_scale_volts * rating.full_scale_amps
        a = scale * kv * ka * math.cos(phi_a)
        b = scale * kv * kb * math.cos(phi_b)
        return (a + b) / 2 if rating.coils == 2 else a


def powered(load, service=FORM_2S):
    clock = SimClock()
    mains = Mains(clock, service, load)
    mains.power_on()
    return clock, mains


@pytest.mark.parametrize("service", [FORM_2S, FORM_1S], ids=lambda s: s.name)
@pytest.mark.parametrize("legs", [(1, 1), (1, 0), (0, 1), (3, 1), (2, -1)])
@pytest.mark.parametrize(
    ("watts", "reactive"), [(5000, 0), (5000, 3000), (-700, 100), (-700, -100), (0, 50), (0, 0)]
)
def test_the_coils_net_to_the_true_power(service, legs, watts, reactive):
    _, mains = powered(ConstantLoad(watts, reactive, legs=legs), service)
    afe = Inputs()
    mains.attach(afe)
    assert afe.watts(service) == pytest.approx(watts, rel=1e-12, abs=1e-9)
    assert afe.now[0] == 0.5
    assert mains.present().milliwatts == watts * 1000


def test_a_line_to_line_load_flows_through_both_coils():
    _, mains = powered(ConstantLoad(4800, 0, 240))
    point = mains.present()
    assert (point.amps_1, point.amps_2) == (20, 20)


def test_a_leg_to_neutral_load_flows_through_one_at_half_the_voltage():
    _, mains = powered(ConstantLoad(1200, 0, 240, legs=(1, 0)))
    point = mains.present()
    assert (point.amps_1, point.amps_2) == (10, 0)


def test_lagging_vars_are_positive_phase():
    _, mains = powered(ConstantLoad(1000, 1000))
    assert mains.present().phi_1 == pytest.approx(math.pi / 4)


steps = st.lists(
    st.tuples(
        st.integers(NS_PER_S // 3, 5 * NS_PER_S),
        st.floats(-50_000, 50_000, allow_nan=False, allow_subnormal=False),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=80, deadline=None)
@given(steps, st.lists(st.integers(0, 40 * NS_PER_S), min_size=1, max_size=10))
def test_energy_is_exact_wherever_it_is_looked_at(script, looks):
    clock, mains = powered(Scripted([(ns, ConstantLoad(watts)) for ns, watts in script]))
    for look in sorted(looks):
        clock.advance_to(look)
        delivered, received = _oracle(script, look)
        assert mains.delivered_uwh == math.floor(delivered)
        assert mains.received_uwh == math.floor(received)


def _oracle(script, until_ns):
    delivered = received = Fraction(0)
    now = 0
    while now < until_ns:
        for ns, watts in script:
            length = min(ns, until_ns - now)
            uwh = Fraction(round(watts * 1000) * length, 1000 * NS_PER_S * 3600) * 10**6
            delivered += max(uwh, 0)
            received += max(-uwh, 0)
            now += length
    return delivered, received


def test_nothing_is_lost_however_often_it_is_looked_at():
    clock, mains = powered(ConstantLoad(0.001))
    for look in range(3599):
        assert mains.delivered_uwh == 0
        clock.advance_to((look + 1) * 1_000_278)
    assert mains.delivered_uwh == 1


def test_energy_counts_only_while_the_board_has_power():
    clock, mains = powered(ConstantLoad(3600))
    clock.advance_to(10 * NS_PER_S)
    mains.power_off()
    clock.advance_to(100 * NS_PER_S)
    mains.power_on()
    clock.advance_to(105 * NS_PER_S)
    assert mains.delivered_uwh == 15_000_000
    assert mains.received_uwh == 0


def test_the_chip_is_told_at_each_change():
    clock, mains = powered(
        Scripted([(NS_PER_S, ConstantLoad(1000)), (NS_PER_S, ConstantLoad(-1000))])
    )
    afe = Inputs()
    mains.attach(afe)
    seen = []
    for half_seconds in range(1, 9, 2):
        clock.advance_to(half_seconds * NS_PER_S // 2)
        seen.append(round(afe.watts(FORM_2S)))
    assert seen == [1000, -1000, 1000, -1000]
    assert afe.changes == 4


def test_another_load_takes_over_at_once():
    clock, mains = powered(Scripted([(NS_PER_S, ConstantLoad(3600))]))
    clock.advance_to(NS_PER_S // 2)
    mains.change(ConstantLoad(-7200))
    clock.advance_to(NS_PER_S * 3 // 2)
    assert mains.delivered_uwh == 500_000
    assert mains.received_uwh == 2_000_000


@pytest.mark.parametrize(
    "wrong",
    [
        {"watts": math.nan},
        {"watts": 1, "volts": 0},
        {"watts": 1, "volts": -1},
        {"watts": 1, "hz": 0},
        {"watts": 1, "legs": (1, -1)},
    ],
)
def test_an_impossible_load_is_refused(wrong):
    with pytest.raises(ValueError):
        ConstantLoad(**wrong)
