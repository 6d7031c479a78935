"""A memory that comes late, is not what it says, or is disturbed: what a whole meter keeps."""

import random

import pytest

from boards.pico_meter import layout, pins
from c1219 import events
from c1219.manufacturer import DIAGNOSTICS
from c1219.tables import Tables
from firmware.log import Actor
from metrology import faults as f
from metrology import page as p
from picometer.proof.household import finish_tick
from picometer.proof.memory import prove_disturbed_reads, prove_torn_writes
from picometer.proof.meters import PASSWORD, build, counted, registers
from picometer.reader.errors import ServiceError
from picometer.virtual.board import VirtualBoard
from picometer.virtual.clock import NS_PER_MS, NS_PER_S
from picometer.virtual.disturbances import Constant, FlipOnce
from picometer.virtual.fram import Fram
from picometer.virtual.host import CPythonHost, configured, provision, stored_page
from picometer.virtual.mains import ConstantLoad
from picometer.virtual.simport import SimPort
from psem import codes
from tests_host.meter.test_port import session
from tests_host.unit.c1219_device import whole

CLIENT = Actor(events.SOURCE_OPTICAL, 7, 3)
WATTS = 3000  # which every rating bears


def sealed(service="1S-120-100", model="AX"):
    """A meter that is set to be sealed, after some seconds of load."""
    host = build(ConstantLoad(WATTS), service=service, model=model)
    provision(host.board.fram, security=b"\x01")
    run_for(host, 3)
    return host


def run_for(host, seconds):
    host.run_until(host.board.clock.now_ns + round(seconds * NS_PER_S))


def start_without_memory(host, seconds):
    """Power fails and comes back, the memory `seconds` later; None for never."""
    host.cut()
    board = host.board
    board.fram.missing = True
    if seconds is not None:
        when = board.clock.now_ns + round(seconds * NS_PER_S)
        board.clock.call_at(when, lambda: setattr(board.fram, "missing", False))
    host.boot()


def a_tick(board):
    """Counts of a tick and a sample at the load, and rounding."""
    return counted_per_s(board) // 10 + counted_per_s(board) // 5000 + 4


def counted_per_s(board):
    before = counted(board)
    at = board.clock.now_ns
    board.clock.advance_to(at + NS_PER_S)
    return counted(board) - before


@pytest.mark.parametrize("service", ["1S-120-100", "2S-240-320", "4S-240-20"])
@pytest.mark.parametrize("seconds", [0.3, 3, 60])
def test_a_memory_that_comes_late_gets_what_was_metered_meanwhile(service, seconds):
    host = sealed(service)
    board = host.board
    before = registers(board).net
    starts = host.meter.storage.page[p.STARTS]
    start_without_memory(host, seconds)
    run_for(host, seconds + 4)
    finish_tick(host)
    meter = host.meter
    assert meter.rating.name == service and meter.guard.is_set
    assert meter.storage.faults.word == f.MEMORY_ABSENT
    assert stored_page(board.fram)[p.FAULTS] == f.MEMORY_ABSENT
    assert meter.storage.page[p.STARTS] == starts + 2
    net, truth = registers(board).net, counted(board)
    assert 0 <= truth - net <= a_tick(board)
    assert net > before
    assert entries(host, events.POWER_UP) == 2


@pytest.mark.parametrize("every", [60, pytest.param(10, marks=pytest.mark.full)])
def test_a_run_that_ends_while_the_processor_restarts_leaves_a_meter_that_runs(every):
    for ms in range(0, 300, every):
        host = sealed()
        start_without_memory(host, 0.5)
        restart = host.board.clock.now_ns + NS_PER_S  # when the memory has been asked again
        host.run_until(restart - 100 * NS_PER_MS + ms * NS_PER_MS)
        assert host.running, ms
        run_for(host, 3)
        assert host.meter.storage.faults.word == f.MEMORY_ABSENT
        assert host.meter.storage.page[p.STARTS] == 3


def entries(host, code):
    history = host.meter.history
    return sum(history.entry(i).code == code for i in range(history.valid))


@pytest.mark.full
def test_a_memory_that_comes_an_hour_late_gets_what_was_metered_meanwhile():
    host = sealed()
    start_without_memory(host, 3600)
    run_for(host, 3605)
    finish_tick(host)
    assert host.meter.storage.faults.word == f.MEMORY_ABSENT
    assert 0 <= counted(host.board) - registers(host.board).net <= a_tick(host.board)


def test_energy_of_a_late_start_is_added_once_however_often_its_write_seems_to_fail():
    host = sealed()
    board = host.board
    start_without_memory(host, 2)
    run_for(host, 1.5)
    # What is written is there, but does not read back for some seconds.
    fram = board.fram
    size = 4 * len(host.meter.storage.page)

    def disturb(octets, address):
        spoilt = address is not None and len(octets) == size and fram.bytes_written > written
        return bytes(len(octets)) if spoilt else octets

    written = fram.bytes_written
    fram.disturb = disturb
    run_for(host, 6)
    assert host.meter.storage.absent
    fram.disturb = None
    run_for(host, 4)
    finish_tick(host)
    assert not host.meter.storage.absent
    assert 0 <= counted(board) - registers(board).net <= a_tick(board)


def test_the_power_may_go_at_any_octet_while_a_late_memory_gets_its_energy():
    draw = random.Random(3)
    for _ in range(4):
        host = sealed()
        board = host.board
        before = registers(board).net
        start_without_memory(host, 1)
        late = counted(board)
        with pytest.raises(BaseException):  # noqa: B017  PowerCut is one
            board.fram.cut_after(draw.randrange(513), board.cut, draw.randrange(256))
            run_for(host, 4)
        now = counted(board)
        held = registers(board).net
        tick = (now - late) // 5 + 4
        assert held >= before and (held <= before + tick or 0 <= now - held <= 2 * tick), held
        run_for(host, 3)
        assert registers(board).net >= held


def test_a_new_memory_that_comes_late_gets_what_was_metered_as_its_first_page():
    board = VirtualBoard(load=ConstantLoad(WATTS))
    host = CPythonHost(board)
    board.fram.missing = True
    board.clock.call_at(3 * NS_PER_S, lambda: setattr(board.fram, "missing", False))
    host.run_until(7 * NS_PER_S)
    finish_tick(host)
    expected = f.MEMORY_ABSENT | f.UNPROGRAMMED | f.CLOCK_NOT_SET
    assert host.meter.storage.faults.word & ~f.ENERGY_UNSURE == expected
    assert 0 <= counted(board) - registers(board).net <= 3 * a_tick(board)


@pytest.mark.parametrize("seal", ["closed", "open"])
@pytest.mark.parametrize("password", ["", PASSWORD.decode()])
def test_without_its_memory_a_meter_counts_as_sealed_and_lets_nobody_in(seal, password):
    host = sealed()
    start_without_memory(host, None)
    host.board.switch(pins.SEAL_LOOP, closed=seal == "closed")
    run_for(host, 8)
    assert host.meter.guard.protected
    for uart in (None, host.board.module):
        client = session(SimPort(host, uart))
        with pytest.raises(ServiceError) as refused:
            client.security(password)
        assert refused.value.code == codes.BSY
        with pytest.raises(ServiceError):
            client.write(53, bytes(6))
        client.read(23)  # registers are there for everybody
        client.terminate()
    run_for(host, 60)  # no delay wears off
    client = session(SimPort(host))
    with pytest.raises(ServiceError):
        client.security(password)
    page = host.meter.storage.page
    assert page[p.DELIVERED_COUNTS] > 0
    assert host.meter.storage.faults.word & f.MEMORY_ABSENT


@pytest.mark.parametrize("octet", [0x00, 0xFF])
@pytest.mark.parametrize("first", [0, 1, 2, 5, 9, 12, 20, 40, 80, 150, 300])
def test_a_memory_that_reads_as_constant_at_a_start_takes_nothing_away(first, octet):
    host = sealed()
    board = host.board
    host.cut()
    lost = counted(board) - registers(board).net
    end = board.clock.now_ns + 10 * NS_PER_MS
    board.fram.disturb = Constant(octet, first, until=lambda: board.clock.now_ns >= end)
    host.boot()
    assert host.meter.guard.protected
    run_for(host, 5)
    finish_tick(host)
    meter = host.meter
    assert meter.guard.is_set and meter.rating.name == "1S-120-100"
    assert meter.history.bad == 0 and entries(host, events.POWER_UP) == 2
    assert not meter.storage.faults.word & ~f.MEMORY_ABSENT
    assert 0 <= counted(board) - registers(board).net - lost <= a_tick(board)


def newest(host, base, slots, size):
    """Address of the newest record of a ring of the FRAM."""
    memory = host.board.fram.memory
    numbers = [
        int.from_bytes(memory[base + i * size : base + i * size + 4], "little")
        for i in range(slots)
    ]
    return base + numbers.index(max(numbers)) * size


@pytest.mark.parametrize(
    "base, slots, size",
    [
        (layout.CONFIGURATION, layout.CONFIGURATION_SLOTS, 512),
        (layout.PROGRAM, layout.PROGRAM_SLOTS, 1024),
        (layout.REGISTERS, layout.REGISTER_SLOTS, 512),
        (layout.AUDIT, layout.AUDIT_SLOTS, 64),
        (layout.HISTORY, layout.HISTORY_SLOTS, 32),
        (layout.EVENTS, layout.EVENT_SLOTS, 224),
        (layout.SERVICE_SWITCH, layout.SERVICE_SWITCH_SLOTS, 64),
    ],
)
def test_one_flipped_bit_of_the_newest_record_of_any_ring_is_read_again(base, slots, size):
    draw = random.Random(base)
    host = build(ConstantLoad(WATTS), model="AX-SD")
    board = host.board
    run_for(host, 2)
    meter = host.meter
    # An older record of each says otherwise: not sealed, and the service switch closed.
    meter.service_switch.ask(0, CLIENT)
    board.switch(pins.SEAL_LOOP, closed=False)
    run_for(host, 4)
    assert meter.guard.set_security(True, CLIENT) == 0
    meter.program.save()
    board.switch(pins.SEAL_LOOP, closed=True)
    run_for(host, 4)
    for _ in range(4):
        host.cut()
        held = registers(board).net
        at = newest(host, base, slots, size) + draw.randrange(size)
        board.fram.disturb = FlipOnce(at, draw.randrange(8))
        host.boot()
        assert board.fram.disturb.hit
        board.fram.disturb = None
        run_for(host, 2)
        meter = host.meter
        assert meter.guard.is_set and meter.guard.protected
        assert meter.service_switch.kept.close is False
        assert meter.event_log.broken == 0 and meter.history.bad == 0
        assert registers(board).net >= held and meter.storage.faults.word == 0
        assert meter.board.fram.rereads == 1


def test_repeated_reads_are_counted_in_mt2():
    host = sealed()
    device = host.meter.tables.device
    assert counter(device) == 0
    host.cut()
    at = layout.CONFIGURATION + 512 + 40
    host.board.fram.disturb = FlipOnce(at, 3)
    host.boot()
    assert counter(host.meter.tables.device) == 1


def counter(device):
    octets = whole(Tables(device), DIAGNOSTICS.number)
    return int.from_bytes(octets[-12:-8], "little")  # MEMORY_REREADS


def test_a_memory_of_half_the_size_is_noticed_and_its_upper_half_is_not_used():
    host = build(ConstantLoad(WATTS), model="AXR", fram=Fram(131072))
    board = host.board
    run_for(host, 3)
    meter = host.meter
    assert meter.storage.small and meter.recorder is None
    assert meter.storage.faults.word == f.MEMORY_WRITE
    assert configured(board.fram, "model") == "AXR"
    finish_tick(host)
    assert registers(board).net == counted(board)
    host.cut()
    run_for(host, 2)
    assert host.meter.storage.small and host.meter.storage.faults.word == f.MEMORY_WRITE
    whole = build(ConstantLoad(WATTS), model="AXR")
    run_for(whole, 3)
    assert whole.meter.recorder is not None and not whole.meter.storage.small
    assert whole.meter.storage.faults.word == 0


def test_a_new_meter_knows_the_size_of_its_memory_at_its_first_start():
    for size, small in ((131072, True), (262144, False)):
        host = CPythonHost(VirtualBoard(load=ConstantLoad(0), fram=Fram(size)))
        host.run_until(2 * NS_PER_S)
        assert host.meter.storage.small is small


@pytest.mark.parametrize("blocks", [1, 2, 3])
def test_block_protection_set_while_running_is_cleared_before_anything_is_lost(blocks):
    host = sealed()
    board = host.board
    for _ in range(10):
        board.fram.protect(blocks)
        finish_tick(host)
        assert registers(board).net == host_net(host)
        host.meter.log.add(events.SELF_READ, CLIENT)
    assert host.meter.storage.faults.word == 0
    assert host.meter.history.bad <= 10 and entries(host, events.SELF_READ) == 10


def host_net(host):
    page = host.meter.storage.page
    kwh = host.meter.constants.counts_per_kwh
    return page[p.DELIVERED_KWH] * kwh + page[p.DELIVERED_COUNTS]


def test_blank_registers_of_a_meter_that_has_run_are_lost_and_not_new():
    host = sealed()
    board = host.board
    host.cut()
    end = layout.REGISTERS_RESERVE + 512 * layout.REGISTER_SLOTS
    board.fram.memory[layout.REGISTERS : end] = bytes(end - layout.REGISTERS)
    run_for(host, 2)
    assert host.meter.storage.faults.word & f.MEMORY_LOST
    host.cut()
    run_for(host, 2)
    assert host.meter.storage.faults.word & f.MEMORY_LOST


def test_a_sample_of_torn_writes_leaves_every_meter_what_it_was():
    result = prove_torn_writes(count=3, seed=20261)
    assert result.good, result.first
    assert result.cuts > 3 and set(result.cases.values()) == {1}


def test_a_sample_of_disturbed_reads_takes_nothing_from_any_meter():
    result = prove_disturbed_reads(count=5, seed=20262)
    assert result.good, result.first
    assert result.rereads > 0 and set(result.cases.values()) == {1}


@pytest.mark.full
def test_hundreds_of_torn_writes_and_disturbed_reads():
    for result in (prove_torn_writes(300, 1), prove_disturbed_reads(500, 2)):
        assert result.good, result.first
