"""The event log of a sealed meter: fifty changes, seal and cover, and what it survives."""

import pytest

from audit.log import CAPACITY, RESERVED, WITH_SEAL_OPEN
from boards.pico_meter import layout
from c1219 import events
from c1219 import procedures as c
from firmware import identity
from metrology import faults as f
from metrology.page import TICKS
from picometer.proof.meters import counted, registers, settle
from picometer.virtual.mains import ConstantLoad
from psem import codes
from tests_host.meter.rights_bench import PORTS
from tests_host.meter.sealed_bench import OFFSET, SealedBench, fill, log_memory, offset, passwords

DEMAND, SECURITY, TEST_MODE, CLEAR_LOG = 13, 0x0809, 0x0800, 0x0802


@pytest.fixture
def bench():
    return SealedBench()


# --- fifty ---


def test_fifty_changes_a_warning_at_the_last_but_one_and_no_more(bench):
    fill(bench, CAPACITY - 2)
    assert not bench.faults & (f.LOG_NEARLY_FULL | f.LOG_FULL)
    fill(bench, 1)
    assert bench.faults & (f.LOG_NEARLY_FULL | f.LOG_FULL) == f.LOG_NEARLY_FULL
    fill(bench, 1)
    assert bench.faults & (f.LOG_NEARLY_FULL | f.LOG_FULL) == f.LOG_FULL
    before, log = bench.octets(OFFSET), log_memory(bench)
    for port in PORTS:
        assert bench.write(port, OFFSET, offset(-60)) == codes.DLK
        assert bench.write(port, TEST_MODE, b"\x05\x63") == codes.DLK
    assert bench.write("optical", 42, passwords(bench, word_1=b"NO")) == codes.DLK
    assert bench.write("optical", DEMAND, bytes((1, 0, 0, 0, 5, 3, 5, 3))) == codes.ISC
    assert (bench.octets(OFFSET), log_memory(bench)) == (before, log)
    assert [entry.number for entry in bench.entries()] == list(range(1, CAPACITY + 1))


def test_a_full_log_is_metered_on_with_to_the_last_count_and_survives_a_power_cut(bench):
    bench.host.board.mains.change(ConstantLoad(7200.0))
    fill(bench, CAPACITY)
    ticks = bench.host.meter.storage.page[TICKS]
    bench.run(60)
    assert bench.write("optical", OFFSET, offset(-60)) == codes.DLK
    assert bench.host.meter.storage.page[TICKS] - ticks >= 600
    log = log_memory(bench)
    settle(bench.host)
    assert registers(bench.host.board).net == counted(bench.host.board) > 0
    bench.off()
    assert log_memory(bench) == log
    assert bench.write("optical", OFFSET, offset(-60)) == codes.DLK


def test_the_open_seal_lets_changes_go_on_and_a_cleared_log_begins_a_new_cycle(bench):
    fill(bench, CAPACITY)
    assert bench.run_procedure("optical", CLEAR_LOG) == c.NO_AUTHORISATION
    bench.do("seal open")
    fill(bench, 3)
    assert bench.log.total == CAPACITY + 4
    assert bench.run_procedure("module", CLEAR_LOG) == c.NO_AUTHORISATION
    assert bench.run_procedure("optical", CLEAR_LOG) == c.COMPLETED
    first = bench.entries()[-1]
    assert first.number == CAPACITY + 5
    assert (first.code, first.cycle, first.place, first.level) == (events.LOG_CLEARED, 2, 0, 3)
    bench.do("seal close")
    assert bench.faults & (f.LOG_NEARLY_FULL | f.LOG_FULL | f.SEAL_BROKEN | f.LOG_BROKEN) == 0
    fill(bench, CAPACITY)
    assert bench.write("optical", OFFSET, offset(-60)) == codes.DLK
    assert bench.entries()[-1].number == 2 * CAPACITY + 5
    assert bench.entries()[-1].place == CAPACITY
    bench.run(150)
    assert bench.log.broken == 0


def test_even_with_the_seal_open_changes_end_before_the_places_for_seals(bench):
    bench.do("seal open")
    taken = 0
    while bench.write("optical", OFFSET, offset(taken + 1)) == codes.OK:
        taken += 1
        assert taken < 100
    assert taken == WITH_SEAL_OPEN - 1  # one place is the seal's
    bench.do("seal close")
    bench.do("seal open")
    assert bench.entries()[-1].code == events.SEAL_OPENED


def test_set_anew_the_log_begins_a_new_cycle_and_numbers_go_on():
    bench = SealedBench(b"\x00")
    fill(bench, 70)  # the oldest are overwritten
    assert bench.faults & (f.LOG_NEARLY_FULL | f.LOG_FULL) == 0
    assert bench.write("optical", SECURITY, b"\x01") == codes.OK
    fill(bench, CAPACITY)
    assert bench.write("optical", OFFSET, offset(-60)) == codes.DLK
    assert bench.entries()[-1].number == 121
    assert bench.octets(76)[1] == CAPACITY + 1


# --- seal and cover ---


@pytest.mark.parametrize("what", ["seal", "cover"])
def test_an_opened_seal_or_cover_is_an_entry_and_a_fault_until_it_is_closed(bench, what):
    bench.do(f"{what} open")
    (entry,) = bench.entries()
    assert (entry.code, entry.source, entry.level) == (events.SEAL_OPENED, events.SOURCE_SEAL, 0)
    assert bench.faults & f.SEAL_BROKEN and bench.octets(3)[2] & 0x10
    bench.do(f"{what} close")
    assert not bench.faults & f.SEAL_BROKEN
    assert bench.log.total == 1 and bench.log.breaks == 1
    assert bench.latest()[:2] == (events.SEAL_CLOSED, events.SOURCE_SEAL)


@pytest.mark.parametrize("seconds", [0.1, 0.3, 0.9])
def test_a_seal_that_is_open_for_a_moment_has_an_entry_too(bench, seconds):
    bench.run(0.5)
    bench.controls.do("cover open")
    bench.run(seconds)
    bench.controls.do("cover close")
    bench.run(2)
    assert [entry.code for entry in bench.entries()] == [events.SEAL_OPENED]


def test_a_change_right_after_the_seal_was_opened_has_its_entry_behind_that_of_the_seal(bench):
    meter = bench.host.meter
    meter.inputs.on_change = lambda *_: None  # nobody is told of it
    looks = meter.guard._looks
    while meter.guard._looks == looks:  # the guard looks by itself once a second
        bench.run(0.02)
    bench.controls.do("seal open")
    while not meter.log.seal_open:
        bench.run(0.02)
    assert bench.entries() == []
    assert bench.write("optical", OFFSET, offset(60)) == codes.OK
    assert [entry.code for entry in bench.entries()] == [events.SEAL_OPENED, events.PROGRAMMED]


@pytest.mark.parametrize("what", ["seal", "cover"])
def test_one_opened_while_power_is_off_is_an_entry_at_the_start(bench, what):
    bench.off(f"{what} open")
    assert [entry.code for entry in bench.entries()] == [events.SEAL_OPENED]
    bench.off()
    assert bench.log.total == 1
    bench.off(f"{what} close")
    bench.off(f"{what} open")
    assert bench.log.total == 2 and bench.log.breaks == 2


def test_a_meter_that_is_not_set_makes_nothing_of_its_seal():
    bench = SealedBench(b"\x00")
    bench.do("seal open")
    assert bench.log.total == 0 and bench.faults == 0


def test_each_opening_is_counted_also_when_its_places_are_all_taken(bench):
    for _ in range(70):
        bench.do("seal open")
        bench.do("seal close")
    assert bench.log.used == RESERVED and bench.log.breaks == 70
    assert bench.write("optical", OFFSET, offset(1)) == codes.DLK


# --- the log ---


def test_a_log_that_was_found_whole_at_the_start_stays_so(bench):
    fill(bench, 3)
    bench.off()
    bench.run(250)  # an entry a minute
    assert bench.log.broken == 0 and not bench.faults


@pytest.mark.parametrize("number", [1, 2, 3])
def test_an_entry_that_goes_bad_while_metering_is_named_when_it_is_looked_at(bench, number):
    fill(bench, 3)
    at = layout.EVENTS + number % layout.EVENT_SLOTS * 224
    bench.host.board.fram.memory[at + 120] ^= 0x10
    bench.run(250)
    assert bench.log.broken == number and bench.faults & f.LOG_BROKEN
    assert int.from_bytes(bench.octets(0x080C)[17:21], "little") == number


def test_reading_alters_nothing(bench):
    fill(bench, 5)
    log = log_memory(bench)
    for port in PORTS:
        for number in (70, 71, 72, 73, 74, 75, SECURITY, 0x080C):
            assert bench.read(port, number)[0] == codes.OK
        for at in range(0, len(bench.octets(76)) - 400, 400):
            assert bench.read(port, 76, at, 400)[0] == codes.OK
    bench.run(30)
    assert log_memory(bench) == log


def test_the_log_survives_power_cuts_and_another_firmware(bench, monkeypatch):
    fill(bench, 3)
    before = bench.entries()

    monkeypatch.setattr(identity, "VERSION", (1, 2, 3, 4))
    monkeypatch.setattr(identity, "DIGEST", bytes(range(32)))
    bench.off()
    assert bench.entries()[:3] == before
    fill(bench, 1)
    newest = bench.entries()[-1]
    assert newest.version == bytes((1, 2, 3, 4)) and newest.digest == bytes(range(8))
    assert {entry.version for entry in before} != {newest.version}
    bench.run(20)
    assert bench.log.broken == 0


def test_what_operators_do_is_in_the_history_alone(bench):
    log, total = log_memory(bench), bench.history_total
    for _ in range(7):  # of those that a day has room for
        assert bench.run_procedure("optical", c.REMOTE_RESET.number, b"\x02") == c.COMPLETED
    assert log_memory(bench) == log
    assert bench.history_total == total + 7
    fill(bench, 1)
    assert bench.latest()[0] == events.PROGRAMMED
