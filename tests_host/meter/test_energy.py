"""A whole virtual meter: what its registers hold against the chip and the mains."""

import pytest

from boards.approved import RATINGS
from metrology import page as p
from picometer.proof.household import finish_tick, prove_household
from picometer.proof.meters import build, counted, counts_per_kwh, registers
from picometer.virtual.clock import NS_PER_S
from picometer.virtual.mains import ConstantLoad, Scripted


def run(load, seconds, **options):
    host = build(load, **options)
    host.run_until(round(seconds * NS_PER_S))
    finish_tick(host)
    return host


def test_the_household_is_billed_to_the_last_count_and_within_a_tenth_of_a_percent():
    result = prove_household(1200)
    assert result.unbilled_counts == 0
    assert result.ticks >= 11990
    assert abs(result.error_percent) < 0.1


@pytest.mark.full
def test_the_households_two_days_are_58_208_kwh():
    result = prove_household(172800)
    assert result.good
    assert abs(float(result.register_kwh) - 58.208) < 0.058


@pytest.mark.parametrize("rating", RATINGS, ids=lambda r: r.name)
@pytest.mark.parametrize("direction", [1, -1], ids=["delivered", "received"])
def test_every_service_bills_its_rated_load_in_the_right_register(rating, direction):
    watts = rating.rated_watts * direction
    host = run(ConstantLoad(watts), 20, service=rating.name)
    held = registers(host.board)
    right, wrong = (held.delivered, held.received)[::direction]
    assert wrong == 0
    assert held.net == counted(host.board)
    mains = abs(watts) * host.board.clock.now_ns / NS_PER_S / 3_600_000
    # The chip counts from 66 ms after power-up.
    assert right / counts_per_kwh(rating) == pytest.approx(mains, rel=0.005)


def test_a_load_that_changes_sign_every_second_is_right_in_each_direction():
    watts = 12000
    load = Scripted([(NS_PER_S, ConstantLoad(watts)), (NS_PER_S, ConstantLoad(-watts))])
    host = run(load, 60.05)
    held = registers(host.board)
    per_kwh = counts_per_kwh(host.board.rating)
    tick = watts * per_kwh // 36_000_000 + 2
    one_way = host.board.mains.delivered_uwh * per_kwh // 10**9
    other_way = host.board.mains.received_uwh * per_kwh // 10**9
    changes = 60
    assert held.net == counted(host.board)
    assert abs(held.delivered - one_way) <= changes * tick
    assert abs(held.received - other_way) <= changes * tick
    assert held.delivered > 0.95 * one_way and held.received > 0.95 * other_way


def test_legs_are_netted_before_the_direction_is_decided():
    host = run(ConstantLoad(3000, legs=(3.0, -1.0)), 10)
    held = registers(host.board)
    assert held.received == 0
    assert held.delivered == counted(host.board) > 0


def test_no_load_registers_nothing():
    host = run(ConstantLoad(0), 30)
    held = registers(host.board)
    assert (held.delivered, held.received) == (0, 0)


def test_part_scatter_without_calibration_stays_within_its_three_percent():
    from picometer.virtual.ade7953 import Scatter

    host = run(ConstantLoad(7200), 20, scatter=Scatter.random(7))
    held = registers(host.board)
    assert held.net == counted(host.board)
    error = held.delivered / counts_per_kwh(host.board.rating) * 36e5 / 7200 / 20 - 1
    assert 0 < abs(error) < 0.1


def test_ticks_are_ten_a_second():
    host = build(ConstantLoad(1000))
    host.run_until(2 * NS_PER_S)
    page = host.meter.storage.page
    before = page[p.TICKS]
    host.run_until(32 * NS_PER_S)
    assert page[p.TICKS] - before == 300
    assert page[p.REJECTED] == 0
    assert host.meter.storage.faults.word == 0
