"""Above the class current the meter bills, in the right direction, and says so."""

import pytest

from boards.approved import RATINGS
from boards.ratings import rating
from c1219 import events
from metrology import faults as f
from metrology import page as p
from picometer.proof.household import finish_tick
from picometer.proof.meters import build, counted, registers
from picometer.virtual.clock import NS_PER_S
from picometer.virtual.mains import ConstantLoad


def run(host, seconds):
    host.run_until(host.board.clock.now_ns + round(seconds * NS_PER_S))


def entries(host, code):
    found = []
    for i in range(host.meter.history.valid):
        entry = host.meter.history.entry(i)
        if entry.code == code:
            found.append((entry.time, entry.argument))
    return found


@pytest.mark.parametrize("direction", [1, -1], ids=["delivered", "received"])
@pytest.mark.parametrize("percent", [99, 151, 155, 200])
@pytest.mark.parametrize("of", RATINGS, ids=lambda r: r.name)
def test_every_load_up_to_twice_the_class_is_billed_in_its_direction(of, percent, direction):
    host = build(ConstantLoad(of.rated_watts * percent / 100 * direction), service=of.name)
    host.run_until(150 * NS_PER_S)
    finish_tick(host)
    found = registers(host.board)
    assert found.net == counted(host.board)
    assert (found.received == 0) if direction > 0 else (found.delivered == 0)
    assert bool(host.meter.storage.faults.word & f.OVERLOAD) == (percent > 100)
    assert host.meter.storage.page[p.REJECTED] == 0


@pytest.mark.parametrize("legs", [(1, 0), (0, 1), (3, -1), (3, -2)])
def test_one_leg_above_class_bills_the_net_of_both(legs):
    of = rating("2S-240-200")
    load = ConstantLoad(of.rated_watts * 1.55 / 2, legs=legs)
    host = build(load)
    host.run_until(150 * NS_PER_S)
    finish_tick(host)
    assert registers(host.board).net == counted(host.board)
    assert registers(host.board).received == 0


def test_an_overload_has_its_beginning_its_end_and_its_energy_in_the_history():
    host = build(ConstantLoad(20000))
    host.run_until(10 * NS_PER_S)
    assert not host.meter.storage.faults.word & f.OVERLOAD
    host.board.mains.change(ConstantLoad(73000))
    run(host, 300)
    assert host.meter.storage.faults.word & f.OVERLOAD
    assert f.status1(host.meter.storage.faults.word) == 1 << 10
    host.board.mains.change(ConstantLoad(20000))
    run(host, 10)
    assert not host.meter.storage.faults.word & f.OVERLOAD
    begin, end = entries(host, events.DEMAND_OVERLOAD)
    assert begin[0] == bytes((7, 2, 1, 0, 0, 11))
    assert begin[1][2:] == b"\0\0"
    assert end[0] == bytes((7, 2, 1, 0, 5, 11))
    watthours = 10 * int.from_bytes(end[1][2:], "little")
    assert abs(watthours - 73000 * 300 / 3600) <= 50
    assert host.meter.storage.page[p.OVERLOADS] == 1


def test_an_overload_that_a_power_failure_ends_has_its_end_from_before_it():
    host = build(ConstantLoad(73000))
    host.run_until(60 * NS_PER_S)
    host.cut()
    host.board.mains.change(ConstantLoad(1000))
    host.board.clock.advance_to(host.board.clock.now_ns + 600 * NS_PER_S)
    run(host, 10)
    begin, end = entries(host, events.DEMAND_OVERLOAD)
    assert end[0] == bytes((7, 2, 1, 0, 0, 58)) or end[0] == bytes((7, 2, 1, 0, 1, 0))
    watthours = 10 * int.from_bytes(end[1][2:], "little")
    assert abs(watthours - 73000 * 57 / 3600) <= 50
    assert not host.meter.storage.faults.word & f.OVERLOAD
