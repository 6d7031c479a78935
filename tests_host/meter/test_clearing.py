"""A Cold Start or Clear Data that power cuts off is finished at the next start, or never began."""

from datetime import datetime
from functools import cache

import pytest

from audit.rights import PROCEDURE
from boards.pico_meter import layout
from c1219 import procedures as c
from c1219.events import PROCEDURE_INVOKED, PROGRAMMED, SOURCE_USB
from firmware import profile_program as pp
from firmware.log import Actor
from firmware.program import DEMAND
from firmware.self_reads import CLEARED
from metrology import page as p
from metrology import profile as mp
from picometer.proof.meters import PASSWORD, build, registers
from picometer.proof.record_kinds import kind
from picometer.virtual.board import VirtualBoard
from picometer.virtual.clock import NS_PER_S
from picometer.virtual.host import CPythonHost, provision
from picometer.virtual.mains import ConstantLoad
from picometer.virtual.power import PowerCut

MASTER = Actor(SOURCE_USB, 7, 3)
LENGTHS = bytes((1, 0, 0, 0, 15, 2, 15, 2))
COLD, CLEAR = c.COLD_START.number, c.CLEAR_DATA.number
DONE_S = 4  # in which a procedure is done, a restart included
MARK = kind("clearing")


@cache
def lived():
    """The memory of a meter with registers, a program, a profile and pending tables."""
    host = build(ConstantLoad(36000.0), model="AXR")
    run(host, 3)
    meter = host.meter
    limits = pp.limits_of(1, 2, 1, 5, layout.PROFILE_OCTETS)
    assert meter.settings.write(pp.LIMITS, limits, MASTER) == 0
    assert meter.settings.write(DEMAND, LENGTHS, MASTER) == 0
    run(host, 1)
    assert meter.settings.write(pp.CONTROL, pp.control_of(((0, 0, 1, 1),), mp.UINT16), MASTER) == 0
    for number, octets in ((13, LENGTHS), (53, bytes(6))):
        assert meter.pending.put(number, bytes((2, 0, 0, 0, 0, 0)) + octets, MASTER) == 0
    run(host, 300)
    host.cut()
    return bytes(host.board.fram.memory)


def started(cells):
    """A meter that has run for two seconds with these cells."""
    board = VirtualBoard(load=ConstantLoad(36000.0))
    board.fram.memory[:] = cells
    board.rtc.set(datetime(2007, 2, 1, 1))
    host = CPythonHost(board)
    run(host, 2)
    return host


def run(host, seconds):
    host.run_until(host.board.clock.now_ns + round(seconds * NS_PER_S))


def ask(host, procedure):
    assert host.meter.maintenance.ask(procedure, MASTER) == c.ACCEPTED


@cache
def writes(procedure):
    """Of each write: octets written before it and after, since it was asked for; its place."""
    host = started(lived())
    fram = host.board.fram
    found = []
    before = fram.bytes_written
    begun = [before]

    def written(end):
        found.append((begun[-1] - before, fram.bytes_written - before, end))
        begun.append(fram.bytes_written)

    fram.on_written = written
    ask(host, procedure)
    run(host, DONE_S)
    last = max(i for i, (_, _, end) in enumerate(found) if _is_mark(end))
    return found[: last + 1]


def _is_mark(end):
    return MARK.base < end <= MARK.base + MARK.slots * MARK.size


def cut(procedure, octets):
    """The memory after a power cut so many octets after the procedure was asked for, and the
    registers until then.
    """
    host = started(lived())
    ask(host, procedure)
    before = registers(host.board).delivered
    host.board.fram.cut_after(octets, host.board.cut)
    with pytest.raises(PowerCut):
        run(host, DONE_S)
    return bytes(host.board.fram.memory), before


def state(host):
    meter = host.meter
    return {
        "program": meter.program.get(DEMAND) == LENGTHS,
        "pending": bool(meter.pending.numbers()),
        "blocks": meter.load_profile.blocks > 1,
    }


def assert_whole(procedure, cells, before):
    """True if it was finished, False if it has not begun; nothing in between."""
    host = started(cells)
    run(host, DONE_S)
    kept, now = state(host), registers(host.board).delivered
    begun = now < before
    assert kept == {
        "program": not begun or procedure == CLEAR,
        "pending": not begun or procedure == CLEAR,
        "blocks": not begun,
    }
    reads = host.meter.self_reads
    saved = [reads.entry(i) for i in range(reads.valid)]
    assert begun == any(read.cause == CLEARED for read in saved)
    if begun:
        page = host.meter.pages.billing
        assert host.meter.event_log.ring.read(page[p.CLEARED])
        assert host.meter.event_log.view.parameter == procedure | PROCEDURE
        cells = host.board.fram.memory
        assert not any(MARK.content(cells, MARK.written(cells)[-1]))
        # Once: at the start after that everything stays as it is.
        again = started(bytes(host.board.fram.memory))
        run(again, DONE_S)
        assert again.meter.self_reads.total == reads.total
        assert registers(again.board).delivered >= now
    else:
        assert now >= before
    return begun


@pytest.mark.parametrize("every", [4, pytest.param(1, marks=pytest.mark.full)])
@pytest.mark.parametrize("procedure", [COLD, CLEAR])
def test_a_cut_within_or_after_any_write_leaves_no_half(procedure, every):
    outcomes = []
    cuts = list(writes(procedure))
    for begin, end, _ in (*cuts[:-1:every], cuts[-1]):
        for octets in ((begin + end) // 2, end - 1):
            outcomes.append(assert_whole(procedure, *cut(procedure, octets)))
    assert outcomes == sorted(outcomes) and set(outcomes) == {False, True}


@pytest.mark.parametrize("every", [6, pytest.param(1, marks=pytest.mark.full)])
@pytest.mark.parametrize("procedure", [COLD, CLEAR])
def test_a_cut_at_any_octet_of_the_mark_leaves_it_whole_or_absent(procedure, every):
    marks = [(begin, end) for begin, end, place in writes(procedure) if _is_mark(place)]
    assert len(marks) == 2
    begin, end = marks[0]
    at = range(begin, end, every)
    outcomes = [assert_whole(procedure, *cut(procedure, octets)) for octets in at]
    # The first record of a ring is whole without its number at the end.
    assert outcomes == sorted(outcomes)
    assert outcomes.count(False) >= len(range(begin, begin + MARK.size - 4, every))
    begin, end = marks[1]
    for octets in range(begin, end, 5 * every):
        assert assert_whole(procedure, *cut(procedure, octets))


@pytest.mark.full
@pytest.mark.parametrize("procedure", [COLD, CLEAR])
def test_a_cut_at_any_octet_at_all_leaves_no_half(procedure):
    outcomes = [
        assert_whole(procedure, *cut(procedure, octets))
        for octets in range(writes(procedure)[-1][1])
    ]
    assert outcomes == sorted(outcomes) and set(outcomes) == {False, True}


# Nobody gets round the seal with a mark.


def with_mark(entry, sealed=True):
    """The memory of a meter, with a mark that names an entry of the event log."""
    board = VirtualBoard()
    board.fram.memory[:] = lived()
    provision(board.fram, security=b"\1" if sealed else b"\0", password_3=PASSWORD)
    cells = board.fram.memory
    MARK.put(cells, 1, 1, entry.to_bytes(4, "little") + bytes(16))
    return bytes(cells)


def entries(cells):
    """Number, code and parameter of each entry of the event log."""
    events = kind("events")
    found = []
    for slot in events.written(cells):
        content = events.content(cells, slot)
        code, parameter = (int.from_bytes(content[at : at + 2], "little") for at in (10, 12))
        found.append((events.number(cells, slot), code, parameter))
    return found


def test_a_mark_that_no_procedure_has_made_clears_nothing():
    log = entries(lived())
    assert log and all(code == PROGRAMMED for _, code, _ in log)
    numbers = {0, 1 << 20, (1 << 30) - 1, 1 << 30, (1 << 32) - 1} | {entry[0] for entry in log}
    for number in sorted(numbers):
        cells = with_mark(number)
        host = started(cells)
        assert host.meter.guard.protected
        run(host, DONE_S)
        assert all(state(host).values()), number
        assert host.meter.self_reads.total == 0


def test_a_mark_of_what_has_been_done_clears_nothing():
    host = started(lived())
    ask(host, CLEAR)
    run(host, DONE_S)
    host.cut()
    cells = host.board.fram.memory
    (number,) = [n for n, code, _ in entries(cells) if code == PROCEDURE_INVOKED]
    before = registers(host.board).delivered
    slot = MARK.written(cells)[-1]
    MARK.put(cells, (slot + 1) % MARK.slots, slot + 1, number.to_bytes(4, "little") + bytes(16))
    again = started(bytes(cells))
    run(again, DONE_S)
    assert again.meter.self_reads.total == 1 and registers(again.board).delivered > before
