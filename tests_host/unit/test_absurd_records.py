"""A record with a right CRC that says what cannot be: a fault tells, and the rest of it holds."""

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.log import CAPACITY, NO_LIMIT, EventLog
from boards.pico_meter import layout
from firmware import configuration as cf
from firmware import program as pr
from firmware.billing import two_seconds
from firmware.pending import EVENT, TABLES, Pending
from firmware.saved_registers import stime
from firmware.service_record import ServiceRecord
from journal import BAD, FOUND, Journal
from metrology import faults as f
from metrology.approval import CANADA
from metrology.page import FAULTS, new_page
from picometer.proof.record_kinds import KINDS, kind
from picometer.virtual.host import ImageMemory
from tests_host.unit.service_bench import ServiceBench

VALID_CLOSED = bytes((1, 0, 0, 2, 0, 0, 0, 0))


def altered(name, cells, change):
    """Alter the newest record of a kind in its content, its CRC right."""
    one = kind(name)
    one.change(cells, one.written(cells)[-1], change)


def fault_set():
    return f.FaultSet(new_page(), FAULTS)


# Configuration


def configured(change):
    cells = bytearray(layout.PROFILE)
    made = cf.Configuration(ImageMemory(cells), layout.CONFIGURATION, layout.CONFIGURATION_SLOTS)
    for name, value in (
        *(("model", b"AXR"), ("service", b"2S-240-200"), ("serial", b"PM1")),
        *(("utility", b"UTILITY"), ("password_3", b"MASTER"), ("password_module", b"SLOT")),
    ):
        made.put(name, value)
    made.put("security", b"\1")
    made.save()
    altered("configuration", cells, change)
    again = cf.Configuration(ImageMemory(cells), layout.CONFIGURATION, layout.CONFIGURATION_SLOTS)
    faults = fault_set()
    again.take_up(faults)
    again.text("service")  # which the first tick needs, before the record is looked at
    again.check(faults, ("AX", "AXR"))
    return again, faults.word


def at_field(name, value):
    (field,) = [field for field in kind("configuration").fields if field.name == name]

    def change(content):
        content[field.at : field.at + len(value)] = value

    return change


@pytest.mark.parametrize("name", ["model", "service", "serial", "device_id", "utility"])
@pytest.mark.parametrize("octet", [1, 0x1F, 0x7F, 0x80, 0xC3, 0xFF])
def test_a_bad_octet_in_a_text_keeps_passwords_and_seal(name, octet):
    made, faults = configured(at_field(name, bytes((octet,))))
    assert faults == f.CONFIGURATION_BAD
    assert made.text("password_3") == "MASTER" and made.text("password_module") == "SLOT"
    assert made.get("security") == b"\1"
    assert made.text(name)[0] == "?"


def test_versions_in_the_utility_s_table_may_be_any_octets():
    (field,) = [field for field in kind("configuration").fields if field.name == "utility"]
    for at in (182, 183, 188, 189):
        _, faults = configured(lambda content, at=at: content.__setitem__(field.at + at, 0xFF))
        assert faults == 0


def test_a_model_that_is_not_approved_with_the_service_is_a_fault():
    assert configured(at_field("model", b"AXR     "))[1] == 0
    assert configured(at_field("model", b"AXR-SD  "))[1] == f.CONFIGURATION_BAD


@given(st.binary(min_size=8, max_size=8))
def test_any_octets_are_some_text(octets):
    made, _ = configured(at_field("model", octets))
    assert made.text("model").encode().isascii() and len(made.text("model")) <= 8


@pytest.mark.parametrize("octet", range(2, 256))
def test_a_security_setting_that_is_none_counts_as_set(octet):
    made, faults = configured(at_field("security", bytes((octet,))))
    assert made.get("security") == b"\1" and faults == f.CONFIGURATION_BAD
    assert made.text("password_3") == "MASTER"


@pytest.mark.parametrize("version", [b"\0\0", b"\1\1", b"\2\0", b"\xff\xff", b"  "])
def test_a_record_of_another_version_opens_nothing(version):
    def change(content):
        at_field("security", b"\0")(content)
        at_field("version", version)(content)

    made, faults = configured(change)
    assert made.get("security") == b"\1" and faults == f.CONFIGURATION_BAD
    assert made.save() and made.get("version") == b"\1\0"


def test_a_meter_that_was_set_to_be_open_stays_so_with_a_bad_octet_in_a_text():
    def change(content):
        at_field("security", b"\0")(content)
        at_field("serial", b"\xff")(content)

    made, faults = configured(change)
    assert made.get("security") == b"\0" and faults == f.CONFIGURATION_BAD


# Program


def taken_up(change):
    cells = bytearray(layout.PROFILE)
    made = pr.Program(ImageMemory(cells), layout.PROGRAM, layout.PROGRAM_SLOTS)
    made.put(pr.DEMAND, bytes((7, 1, 2, 3, 15, 2, 15, 2)))
    made.save()
    altered("program", cells, change)
    again = pr.Program(ImageMemory(cells), layout.PROGRAM, layout.PROGRAM_SLOTS)
    faults = fault_set()
    again.take_up(faults, CANADA)
    return again, faults.word


def test_demand_lengths_that_contradict_each_other_are_those_out_of_the_box():
    made, faults = taken_up(lambda content: content.__setitem__(8, 5))
    assert faults == f.CONFIGURATION_BAD and (made.interval, made.subinterval) == (15, 15)


def test_a_program_of_another_version_is_what_is_out_of_the_box():
    out_of_the_box = pr.Program(ImageMemory(bytearray(4096)), layout.PROGRAM, 2).digest()
    made, faults = taken_up(lambda content: content.__setitem__(0, 9))
    assert faults == f.CONFIGURATION_BAD and made.digest() == out_of_the_box


# Service switch


def kept(state, openings=7):
    cells = bytearray(layout.PROFILE)
    record = ServiceRecord(ImageMemory(cells), layout.SERVICE_SWITCH, layout.SERVICE_SWITCH_SLOTS)
    record.openings = openings
    record.save()
    altered("service switch", cells, lambda content: content.__setitem__(slice(0, 8), state))
    again = ServiceRecord(ImageMemory(cells), layout.SERVICE_SWITCH, layout.SERVICE_SWITCH_SLOTS)
    return again.load(), again


@pytest.mark.parametrize("at", range(8))
def test_a_state_that_no_switch_has_is_no_command(at):
    good = {0: (0, 1), 1: (0,), 2: (0, 1), 3: range(4), 4: (0, 1, 2, 4)}.get(at, (0,))
    for octet in range(256):
        state = bytearray(VALID_CLOSED)
        state[at] = octet
        found, record = kept(bytes(state))
        assert found == (FOUND if octet in good else BAD), (at, octet)
        if found == BAD:
            assert (record.close, record.armed, record.pending, record.fault) == (False,) * 3 + (
                0,
            )
            assert record.openings == 7


@pytest.mark.parametrize("state", [b"\xff" * 8, b"\2\0\1\1\0\0\0\0", b"\1\0\1\1\3\0\0\0"])
def test_the_switch_is_not_closed_by_a_record_that_cannot_be(state):
    bench = ServiceBench()
    bench.run(3000)
    bench.do(0)
    assert not bench.relay.closed
    altered("service switch", bench.cells, lambda c: c.__setitem__(slice(0, 8), state))
    pulses = len(bench.relay.pulses)
    bench.cut()
    bench.run(10000)
    assert not bench.relay.closed and len(bench.relay.pulses) == pulses
    assert bench.faults.word & f.CONFIGURATION_BAD


# Pending tables


class Meter:
    """What pending tables ask of a meter."""

    def __init__(self):
        self.storage = self
        self.faults = fault_set()


def pending(change):
    cells = bytearray(layout.PROFILE)
    memory = ImageMemory(cells)
    made = Pending(memory, layout.PENDING, layout.PENDING_SLOTS, Meter())
    for number in TABLES:
        size = len(made._record.get(number))
        made._record.put(number, bytes((1, 0, 36, 2, 29, 8, 30)) + bytes(size - 1 - EVENT))
    made._record.put("last", bytes((36, 2, 29, 8, 30)))
    made._record.save()
    altered("pending", cells, change)
    meter = Meter()
    return Pending(memory, layout.PENDING, layout.PENDING_SLOTS, meter), meter.faults.word


def test_pending_tables_that_can_be_stay():
    made, faults = pending(lambda content: None)
    assert made.numbers() == list(TABLES) and faults == 0
    assert made.last_activation == bytes((36, 2, 29, 8, 30))


@pytest.mark.parametrize("number", TABLES)
def test_a_pending_table_whose_event_cannot_be_is_none_and_the_others_stay(number):
    fields = [x for x in kind("pending").fields if x.name.startswith(f"pending {number} ")]
    bad = {0: (2, 0x80, 0xFF), 1: (1, 0x40, 0xFF), 3: (0, 13, 255), 4: (0, 30, 255)}
    bad |= {5: (24, 255), 6: (60, 255)}
    for place, octets in bad.items():
        for octet in octets:
            at = fields[place].at
            made, faults = pending(lambda c, at=at, octet=octet: c.__setitem__(at, octet))
            assert made.numbers() == [n for n in TABLES if n != number], (place, octet)
            assert made.get(number) is None and faults == f.CONFIGURATION_BAD


def test_a_time_of_activation_that_is_no_date_is_none():
    for at, octet in ((1, 13), (2, 31), (3, 24), (4, 60), (0, 255)):
        made, faults = pending(lambda c, at=at, octet=octet: c.__setitem__(at, octet))
        assert made.last_activation == bytes(5) and faults == f.CONFIGURATION_BAD
        assert made.numbers() == list(TABLES)


# Event log

TIME = bytes((36, 2, 29, 8, 30, 0))
FACTS = (TIME, 1, 0x43, 7, 11, 13, b"\1", b"\2", bytes(4), bytes(8))
WORDS = 16
LAST, FIRST, CYCLE, SEAL, REFUSED = range(1, 6)


def event_log(cells):
    log = EventLog(
        ImageMemory(cells), layout.EVENTS, layout.EVENT_SLOTS, layout.AUDIT, layout.AUDIT_SLOTS
    )
    log.load()
    return log


def logged(count):
    cells = bytearray(layout.PROFILE)
    log = event_log(cells)
    log.note_seal(True)
    log.note_refused()
    for _ in range(count):
        assert log.add(NO_LIMIT, FACTS) == 0
    return cells


def with_head(count, word, value):
    """A log of so many entries, and a head of which one word says something else."""
    cells = logged(count)
    head = array("I", bytes(4 * WORDS))
    journal = Journal(ImageMemory(cells), layout.AUDIT, layout.AUDIT_SLOTS, head)
    assert journal.load() == FOUND
    head[word] = value
    journal.append()
    return event_log(cells)


NUMBERS = (64, 70, 127, 128, 1000, 1 << 20, (1 << 29) + 5, (1 << 30) - 64, (1 << 30) - 1)
NUMBERS += (1 << 30, (1 << 31) + 7, (1 << 32) - 1)


@pytest.mark.parametrize("count", [0, 1, 7, 64, 70])
@pytest.mark.parametrize("word", [LAST, FIRST, CYCLE])
def test_a_head_that_cannot_be_leaves_the_entries_and_takes_more(count, word):
    for value in NUMBERS:
        log = with_head(count, word, value)
        if word != LAST or value > count + 62 and count:
            assert log.ring.valid == min(count, 64), value
        if word == LAST and value > count > 0:
            assert log.broken, value
        assert log.used <= 255 and 1 <= log.cycle <= 0xFFFF
        assert log.breaks == 1 and log.seal_open and log.refused == 1
        number = log.ring.following()
        assert log.add(NO_LIMIT, FACTS) == 0
        assert log.total == log.ring.last == number
        for _ in range(200):
            if log.check_step():
                break
        else:
            raise AssertionError("the check does not end")


def test_counts_that_cannot_be_begin_at_zero_and_the_others_stay():
    for word in (SEAL, REFUSED):
        log = with_head(7, word, (1 << 32) - 1)
        assert log.broken and log.total == 7
        assert (log.breaks, log.refused) == ((0, 1) if word == SEAL else (1, 0))
        log.note_refused()
        log.note_seal(True)


def test_no_place_of_a_cycle_is_beyond_what_its_table_can_say():
    log = with_head(7, CYCLE, 0xFFFF0001)
    assert log.broken and log.used == 7 < CAPACITY


# Times


LAST_MINUTE = 47337119  # of 2089, the last year that clocks have


@pytest.mark.parametrize("minute", [LAST_MINUTE + 1, (1 << 30) - 1, 1 << 30, (1 << 32) - 1])
def test_a_minute_beyond_the_calendar_is_no_time(minute):
    assert stime(LAST_MINUTE) == bytes((89, 12, 31, 23, 59))
    assert stime(minute) == bytes(5)
    assert two_seconds(30 * minute) == bytes(6)


# What the proof knows of records


def test_every_record_of_the_memory_map_is_among_those_that_are_altered():
    rings = {name for name in vars(layout) if name + "_SLOTS" in vars(layout)}
    rings |= {name for name in vars(layout) if name[:-1] + "_SLOTS" in vars(layout)}
    bases = {getattr(layout, name) for name in rings}
    assert bases and bases - {layout.PROFILE} == {each.base for each in KINDS}
