"""A meter that is set to be sealed: what cannot change, what does with an entry, Cold Start."""

import pytest

from audit import rights
from audit.log import CAPACITY
from c1219 import events
from c1219 import procedures as c
from psem import codes
from tests_host.meter.rights_bench import MASTER, PORTS, USER, WORDS
from tests_host.meter.sealed_bench import (
    HEAD,
    OFFSET,
    SealedBench,
    fill,
    log_memory,
    offset,
    passwords,
)

DEMAND, SECURITY, CLEAR_LOG = 13, 0x0809, 0x0802
TEST_MODE, SELF_READS, PASSWORDS = 0x0800, 0x0808, 42
PENDING = 0x1000
SOURCES = {"optical": events.SOURCE_OPTICAL, "module": events.SOURCE_MODULE}
LEVELS = {"optical": 3, "module": 2}
NOW = b"\x02" + bytes(5)  # what a pending table waits for: the procedure


@pytest.fixture
def bench():
    return SealedBench()


def another(bench, table):
    """Octets that a sealed table could become."""
    octets = bytearray(bench.octets(table))
    if table == 5:
        octets[:6] = b"ANOTHR"
    elif table == DEMAND:
        octets[4:] = bytes((5, 3, 5, 3))
    elif table == 31:
        octets[7] -= 1  # one place less on the diagnostic list
    elif table == 32:
        octets[1:4] = b"XYZ"
    elif table == 0x080B:
        octets[-16:] = b"PM00000002".ljust(16)
    elif table in (33, 34):
        octets[0] ^= 1
    else:
        octets[0] ^= 1
    return bytes(octets)


def sealed_tables():
    return [n for n in rights.numbers() if n < PENDING and rights.class_of(n) == rights.SEALED]


def served(bench, number):
    return number in bench.host.meter.tables._served


# --- sealed parameters ---


@pytest.mark.parametrize("port", PORTS)
@pytest.mark.parametrize("table", sealed_tables())
def test_a_sealed_parameter_is_refused_on_a_sealed_meter_and_nothing_changes(bench, table, port):
    if not served(bench, table):
        pytest.skip("not served by this model")
    before, log = bench.octets(table), log_memory(bench)
    octets = another(bench, table)
    assert octets != before
    assert bench.write(port, table, octets) == codes.ISC
    assert bench.write(port, table, octets[:8], 0) in (codes.ISC, codes.ONP)
    assert (bench.octets(table), log_memory(bench)) == (before, log)


@pytest.mark.parametrize("table", sealed_tables())
@pytest.mark.parametrize("how", ["seal open", "cover open", "not set"])
def test_it_changes_with_an_entry_when_the_seal_is_open_or_the_meter_not_set(table, how):
    bench = SealedBench(b"\x00" if how == "not set" else b"\x01")
    if not served(bench, table):
        pytest.skip("not served by this model")
    if how != "not set":
        bench.do(how)
    total, before, octets = bench.log.total, bench.octets(table), another(bench, table)
    assert bench.write("optical", table, octets) == codes.OK
    assert bench.octets(table) == octets
    (entry,) = bench.entries(total)
    assert (entry.parameter, entry.level, entry.seal_open) == (table, 3, how != "not set")
    assert entry.code == (events.SECURITY if table == SECURITY else events.PROGRAMMED)
    if len(octets) <= 74:
        assert (entry.old, entry.new) == (before, octets)
    else:
        assert entry.old != entry.new and len(entry.new) == 74


@pytest.mark.parametrize("table", [DEMAND, 33, 34])
def test_a_sealed_parameter_is_not_even_pending(bench, table):
    octets = NOW + another(bench, table)
    assert bench.write("optical", table | PENDING, octets) == codes.ISC
    assert bench.octets(table | PENDING) is None


def test_what_was_pending_when_the_seal_was_closed_never_holds(bench):
    bench.do("seal open")
    before = bench.octets(DEMAND)
    reset_first = b"\x22" + bytes(5)
    image = reset_first + another(bench, DEMAND)
    assert bench.write("optical", DEMAND | PENDING, image) == codes.OK
    bench.do("seal close")
    total, resets = bench.log.total, bench.octets(23)[0]
    assert bench.run_procedure("optical", c.ACTIVATE_ALL_PENDING.number) == c.CONFLICT
    assert bench.octets(DEMAND) == before
    assert (bench.log.total, bench.octets(23)[0]) == (total, resets)


def test_a_pending_table_at_its_time_is_held_back_by_the_seal_too(bench):
    bench.do("seal open")
    before = bench.octets(DEMAND)
    when = b"\x00\x07\x02\x01\x00\x01"  # one minute past midnight
    image = when + another(bench, DEMAND)
    assert bench.write("optical", DEMAND | PENDING, image) == codes.OK
    bench.do("seal close")
    bench.run(70)
    assert bench.octets(DEMAND) == before and bench.octets(DEMAND | PENDING) is None


# --- event-protected parameters ---


@pytest.mark.parametrize("port", PORTS)
@pytest.mark.parametrize(
    ("table", "octets"), [(OFFSET, offset(-300)), (TEST_MODE, b"\x05\x63"), (SELF_READS, b"\x00")]
)
def test_an_event_protected_change_leaves_an_entry_before_it_takes_effect(
    bench, table, octets, port, monkeypatch
):
    before, seen = bench.octets(table), []
    program = bench.host.meter.program
    change = program.change

    def watched(*arguments):
        seen.append((bench.log.total, program.get(table)))
        return change(*arguments)

    monkeypatch.setattr(program, "change", watched)
    assert bench.write(port, table, octets) == codes.OK
    assert seen == [(1, before)]
    (entry,) = bench.entries()
    assert entry[:8] == (
        *(1, events.PROGRAMMED, table, SOURCES[port], LEVELS[port], USER, before, octets),
    )
    assert entry.time[:5] == bytes((7, 2, 1, 0, 0)) and entry.time[5] >= 2
    assert entry.version == bytes(bench.host.meter.version)
    assert (entry.cycle, entry.place, entry.seal_open) == (1, 1, False)
    assert bench.octets(table) == octets


def test_a_change_that_the_log_does_not_take_is_none(bench, monkeypatch):
    before = bench.octets(OFFSET)
    monkeypatch.setattr(bench.log.ring, "append", lambda: False)
    assert bench.write("optical", OFFSET, offset(60)) == codes.ERR
    assert bench.octets(OFFSET) == before


@pytest.mark.parametrize("table", [OFFSET, TEST_MODE, SELF_READS, PASSWORDS])
def test_the_value_that_stands_already_has_no_entry(bench, table):
    octets = bench.octets(table)
    if table == PASSWORDS:
        octets = passwords(bench)
    assert bench.write("optical", table, octets) == codes.OK
    assert bench.log.total == 0


def test_the_log_tells_which_password_has_changed_and_never_a_password(bench):
    secret = b"NEW SECRET OF MINE"
    octets = passwords(bench, word_1=secret)
    assert bench.write("optical", PASSWORDS, octets) == codes.OK
    assert bench.write("module", PASSWORDS, octets) == codes.ISC
    (entry,) = bench.entries()
    assert (entry.parameter, entry.old, entry.new) == (PASSWORDS, b"\x00", b"\x02")
    for word in (secret, *WORDS):
        assert word not in log_memory(bench)
        assert word not in bench.octets(76) + bench.octets(74)


LIMITS, CONTROL = 61, 62


def profile_of(bench, channels):
    octets = bytearray(bench.octets(LIMITS))
    octets[11] = channels
    return bytes(octets)


def test_set_up_of_the_load_profile_has_an_entry_of_each_table_that_changes():
    bench = SealedBench(model=b"AXR")
    before = [bench.octets(number) for number in (LIMITS, CONTROL)]
    assert bench.write("optical", LIMITS, profile_of(bench, 1)) == codes.OK
    after = [bench.octets(number) for number in (LIMITS, CONTROL)]
    entries = bench.entries()
    assert [entry.parameter for entry in entries] == [LIMITS, CONTROL]
    for entry, old, new in zip(entries, before, after, strict=True):
        assert (entry.old.rstrip(b"\0"), entry.new.rstrip(b"\0")) == (
            old.rstrip(b"\0"),
            new.rstrip(b"\0"),
        )
    assert bench.write("optical", LIMITS, after[0]) == codes.OK
    assert bench.log.total == 2


def test_one_that_takes_two_entries_is_refused_when_there_is_room_for_one():
    bench = SealedBench(model=b"AXR")
    fill(bench, CAPACITY - 1)
    before = bench.octets(LIMITS), bench.octets(CONTROL)
    assert bench.write("optical", LIMITS, profile_of(bench, 1)) == codes.DLK
    assert (bench.octets(LIMITS), bench.octets(CONTROL)) == before
    assert bench.log.total == CAPACITY - 1


# --- Cold Start ---


@pytest.mark.parametrize("number", [c.COLD_START.number, c.CLEAR_DATA.number])
def test_a_cold_start_under_the_seal_starts_stops_and_is_refused(bench, number):
    bench.run(8)
    page = bench.host.meter.storage.page
    before = bench.octets(3), bench.octets(DEMAND), page[6:8]
    log, history = log_memory(bench), bench.history_total
    request = number.to_bytes(2, "little") + b"\x09"
    assert bench.write("optical", 7, request) == codes.OK
    assert bench.response("optical", number, 9) == c.ACCEPTED
    bench.run(0.2)
    assert bench.response("optical", number, 9) == c.NO_AUTHORISATION
    bench.run(20)
    assert (bench.octets(3), bench.octets(DEMAND), page[6:8]) == before
    assert bench.faults == 0
    why = events.refusal(number, c.NO_AUTHORISATION)
    refused = (events.PROCEDURE_REFUSED, events.SOURCE_OPTICAL, 3, why)
    assert bench.entries_since(history) == [refused]
    assert bench.log.refused == 1
    assert log_memory(bench)[HEAD:] == log[HEAD:]
    bench.off()
    assert bench.log.refused == 1 and bench.log.total == 0


def test_it_shows_nothing_on_the_display():
    """Frame by frame as one that nobody asked for a cold start."""
    frames = []
    for asks in (False, True):
        bench = SealedBench()
        bench.run(5)
        shown = []
        for i in range(100):
            if i == 3 and asks:
                assert bench.write("optical", 7, b"\x00\x00\x01") == codes.OK
            bench.run(0.1)
            shown.append(bytes(bench.host.board.lcd.ram))
        frames.append(shown)
    assert frames[0] == frames[1]


def test_with_the_seal_open_a_cold_start_is_done_and_the_log_survives_it(bench):
    fill(bench, 3)
    bench.do("cover open")
    before = bench.entries()
    was = bench.host.meter.program.digest()
    assert bench.write("optical", 7, b"\x00\x00\x01") == codes.OK
    bench.ask("optical", bytes([codes.TERMINATE]))
    bench.ask("module", bytes([codes.TERMINATE]))
    bench.run(20)
    after = bench.entries()
    assert after[:4] == before and len(before) == 4
    assert (after[4].code, after[4].parameter) == (events.PROCEDURE_INVOKED, PENDING)
    assert (after[4].old, after[4].new) == (was, b"")
    assert bench.host.meter.program.digest() != was
    assert bench.octets(OFFSET) == bytes(6)
    assert bench.host.meter.guard.is_set and bench.log.broken == 0


def test_with_the_seal_open_data_are_cleared_with_an_entry(bench):
    bench.do("seal open")
    assert bench.run_procedure("optical", c.CLEAR_DATA.number) == c.COMPLETED
    assert bench.entries()[-1].parameter == PENDING | c.CLEAR_DATA.number


# --- the setting ---


def test_nobody_below_the_highest_level_sets_unsets_or_clears(bench):
    bench.do("seal open")
    bench.security("optical", WORDS[MASTER - 1])
    for port in PORTS:
        assert bench.write(port, SECURITY, b"\x00") == codes.ISC
        assert bench.run_procedure(port, CLEAR_LOG) == c.NO_AUTHORISATION
    assert bench.host.meter.guard.is_set and bench.log.cycle == 1


def test_a_meter_that_is_unset_under_the_open_seal_has_said_so(bench):
    assert bench.write("optical", SECURITY, b"\x00") == codes.ISC
    bench.do("seal open")
    assert bench.write("optical", SECURITY, b"\x00") == codes.OK
    assert bench.entries()[-1].code == events.SECURITY
    assert not bench.host.meter.guard.protected
    bench.do("seal close")
    assert bench.write("optical", DEMAND, another(bench, DEMAND)) == codes.OK
