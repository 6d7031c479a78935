"""The real image on the emulated RP2040: it meters to the count, answers, and survives cuts."""

import random

import pytest

from metrology import page as p
from picometer.proof.cuts import prove_cuts
from picometer.proof.household import prove_household
from picometer.proof.meters import PASSWORD, build, counted, kept, registers, settle
from picometer.virtual.clock import NS_PER_MS, NS_PER_S
from picometer.virtual.mains import ConstantLoad, Scripted
from picometer.virtual.power import PowerCut
from tests_host.meter.test_port import Stopwatch, session


# Two hours run the same code over more of the household's load.
def test_a_minute_of_the_household_are_those_of_cpython_to_the_last_count(make_host):
    ours = prove_household(60, make_host=make_host)
    assert ours.unbilled_counts == 0
    assert ours.register_counts == prove_household(60).register_counts > 0
    assert abs(ours.error_percent) < 0.2  # the start alone is 0.15 s of the minute
    assert ours.ticks > 580


@pytest.mark.full
def test_two_hours_of_the_household_are_those_of_cpython_to_the_last_count(make_host):
    ours = prove_household(7200, make_host=make_host)
    assert ours.good
    assert ours.register_counts == prove_household(7200).register_counts


def test_a_load_that_changes_sign_is_right_in_each_direction(make_host):
    load = Scripted([(NS_PER_S, ConstantLoad(w, legs=(3, -1))) for w in (9000, -12000)])
    host = build(load, make_host=make_host)
    host.run_until(8 * NS_PER_S)
    settle(host)
    held = registers(host.board)
    assert held.net == counted(host.board)
    assert held.delivered > 0 and held.received > held.delivered


def test_the_first_byte_of_every_answer_leaves_within_20_ms(make_host):
    host = build(ConstantLoad(7200.0), make_host=make_host)
    host.run_until(3 * NS_PER_S)
    port = Stopwatch(host)
    client = session(port, PASSWORD.decode())
    for table in (0, 1, 3, 5, 23, 28):
        client.read(table)
    client.write(5, b"NEW NAME".ljust(20))
    assert client.read(5) == b"NEW NAME".ljust(20)
    client.logoff()
    client.terminate()
    assert len(port.delays) > 10
    assert max(port.delays) <= 20 * NS_PER_MS


def test_a_sample_of_cuts_at_random_instructions_costs_a_tick_at_most_each(make_host):
    result = prove_cuts(count=8, seconds=8, seed=2, make_host=make_host)
    assert result.good, result


@pytest.mark.full
def test_two_hundred_cuts_at_random_instructions(make_host):
    result = prove_cuts(count=200, seconds=400, seed=1, make_host=make_host)
    assert result.good, result


def test_time_without_power_is_not_run(make_host):
    host = build(ConstantLoad(7200.0), make_host=make_host)
    clock = host.board.clock
    host.run_until(NS_PER_S // 10)
    host.cut()
    before = host.emulator.instructions
    clock.advance_to(clock.now_ns + 5 * NS_PER_S)
    host.run_until(clock.now_ns + 10 * NS_PER_MS)
    assert 0 < host.emulator.instructions - before <= 1_250_000  # at 125 MHz


def test_cuts_inside_flash_writes_of_the_very_first_start_leave_a_meter_that_meters(make_host):
    draw = random.Random(3)
    host = build(ConstantLoad(20000), make_host=make_host)
    clock = host.board.clock
    in_flash = 0
    for _ in range(8):
        host.reflash()
        host.run_until(clock.now_ns + draw.randrange(50, 140) * NS_PER_MS)
        host.emulator.cut_after(draw.randrange(1, 8))
        with pytest.raises(PowerCut):
            host.run_until(clock.now_ns + NS_PER_S)
        if host.emulator.cut_in_flash:
            in_flash += 1
            before = kept(host.board, p.TICKS)
            host.run_until(clock.now_ns + NS_PER_S)
            assert kept(host.board, p.TICKS) > before
            host.cut()
    assert in_flash > 2
