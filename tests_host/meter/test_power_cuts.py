"""The power may go at any instant and at any byte written: registers never fall."""

import random

import pytest

from metrology import faults as f
from metrology import page as p
from picometer.proof.cuts import prove_cuts
from picometer.proof.household import finish_tick
from picometer.proof.meters import build, counted, registers
from picometer.virtual.board import BoardReset
from picometer.virtual.clock import NS_PER_S
from picometer.virtual.mains import ConstantLoad
from picometer.virtual.power import PowerCut


def test_a_sample_of_random_cuts_costs_a_tick_at_most_each():
    result = prove_cuts(count=40, seconds=240, seed=20070201)
    assert result.good, result
    assert result.cuts_in_writes > 5 and result.cuts_while_starting > 5
    assert 0 < result.worst_loss <= result.worst_allowed


@pytest.mark.full
def test_five_hundred_random_cuts_during_the_household_run():
    result = prove_cuts(count=500, seconds=172800, seed=1)
    assert result.good, result


@pytest.mark.slow
@pytest.mark.parametrize("every", [23, pytest.param(1, marks=pytest.mark.full)])
def test_a_cut_at_every_byte_of_the_journal_write_leaves_the_old_or_the_new_page(every):
    host = build(ConstantLoad(20000))
    board = host.board
    host.run_until(2 * NS_PER_S)
    seen = set()
    record = 4 * len(host.meter.storage.page)
    for n in (*range(0, record, every), record):
        finish_tick(host)
        old = registers(board).net
        board.fram.cut_after(n, board.cut)
        with pytest.raises(PowerCut):
            host.run_until(board.clock.now_ns + NS_PER_S)
        held = registers(board).net
        assert held >= old
        seen.add(held == old)
        host.run_until(board.clock.now_ns + NS_PER_S)
    assert seen == {True, False}
    assert host.meter.storage.faults.word == 0


def test_restarts_of_the_processor_alone_lose_no_count():
    draw = random.Random(5)
    host = build(ConstantLoad(20000))
    board = host.board
    for _ in range(12):
        host.run_until(board.clock.now_ns + draw.randrange(NS_PER_S // 2, 2 * NS_PER_S))
        with pytest.raises(BoardReset):
            board.reset("reset")
        board.clock.advance_to(board.clock.now_ns + draw.randrange(3 * NS_PER_S))
        host.boot()
    finish_tick(host)
    assert registers(board).net == counted(board)
    assert host.meter.storage.page[p.STARTS] == 13


def test_a_processor_that_was_away_too_long_does_not_bill_a_counter_that_may_have_wrapped():
    host = build(ConstantLoad(40000))
    board = host.board
    host.run_until(3 * NS_PER_S)
    finish_tick(host)
    before = registers(board)
    with pytest.raises(BoardReset):
        board.reset("reset")
    board.clock.advance_to(board.clock.now_ns + 600 * NS_PER_S)
    host.boot()
    finish_tick(host)
    finish_tick(host)
    after = registers(board)
    assert after.received == before.received
    tick = 40000 * host.meter.constants.counts_per_kwh // 36_000_000
    assert 0 < after.delivered - before.delivered <= 3 * tick
    assert host.meter.storage.faults.word & f.ENERGY_UNSURE
    assert 600 <= host.meter.storage.page[p.UNSURE_SECONDS] <= 604


def test_when_every_copy_is_bad_the_meter_says_so_and_meters_on_elsewhere():
    host = build(ConstantLoad(20000))
    board = host.board
    host.run_until(5 * NS_PER_S)
    layout = host.meter.board.layout
    ring = slice(layout.REGISTERS, layout.REGISTERS_RESERVE)
    host.cut()
    for at in range(ring.start, ring.stop, 16):
        board.fram.memory[at] ^= 0x10
    damaged = bytes(board.fram.memory[ring])
    host.run_until(board.clock.now_ns + 10 * NS_PER_S)
    assert host.meter.storage.faults.word & f.MEMORY_LOST
    first = registers(board).net
    assert first > 0
    assert bytes(board.fram.memory[ring]) == damaged
    # It stays said, and the new registers are kept too.
    host.cut()
    host.run_until(board.clock.now_ns + 5 * NS_PER_S)
    assert host.meter.storage.faults.word & f.MEMORY_LOST
    assert registers(board).net > first


def test_without_a_memory_the_meter_goes_on_and_says_so():
    host = build(ConstantLoad(20000))
    host.board.power_on()
    host.board.fram.power_off()
    host.run_until(3 * NS_PER_S)
    assert host.meter.storage.faults.word & f.MEMORY_ABSENT
    assert host.meter.storage.page[p.DELIVERED_COUNTS] > 0


def test_a_memory_that_stops_taking_writes_is_a_fault_while_it_lasts():
    host = build(ConstantLoad(20000))
    host.run_until(2 * NS_PER_S)
    host.board.fram.protect(write_protect=True)
    host.run_until(3 * NS_PER_S)
    assert host.meter.storage.faults.word & f.MEMORY_WRITE
    host.board.fram.write_protect = False
    host.run_until(4 * NS_PER_S)
    assert not host.meter.storage.faults.word & f.MEMORY_WRITE
    finish_tick(host)
    assert registers(host.board).net == counted(host.board)
