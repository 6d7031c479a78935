"""What was read counts as read, through power cuts, and nothing is ever taken from a list."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boards.pico_meter import layout
from c1219 import events
from c1219 import procedures as p
from c1219.tables import Tables
from journal import BAD, EMPTY, FOUND
from tests_host.unit.c1219_device import fields, whole
from tests_host.unit.records_device import RecordsDevice, log, take

RESET, UPDATE = 4, 5
SELF_READS, HISTORY, ALL = 2, 8, 255
READER, PROGRAMMER = 1, 2


@pytest.fixture
def device():
    device = RecordsDevice()
    take(device, 5)
    log(device, 7)
    return device


def ask(device, number, parameters, level=PROGRAMMER):
    """Result code of a procedure, run through the tables of the device as it is now."""
    tables = Tables(device)
    request = bytes((number, 0, 1)) + parameters
    assert tables.write(7, -1, request, 0, len(request), level) == 0
    return whole(tables, 8)[3]


def update(device, number, count, level=READER):
    return ask(device, UPDATE, bytes((number, count & 0xFF, count >> 8)), level)


def unread(device):
    """Of ST26 and ST74."""
    tables = Tables(device)
    return [fields(tables, number)["NBR_UNREAD_ENTRIES"] for number in (26, 74)]


def test_everything_is_unread_until_it_is_marked(device):
    assert device.found[0] == EMPTY and unread(device) == [5, 7]
    assert update(device, SELF_READS, 2) == p.COMPLETED
    assert unread(device) == [3, 7]
    assert update(device, HISTORY, 7) == p.COMPLETED
    assert unread(device) == [3, 0]
    take(device, 1, 6)
    log(device, 2, 8)
    assert unread(device) == [4, 2]
    device.restart()
    assert device.found[0] == FOUND and unread(device) == [4, 2]


@pytest.mark.parametrize("number", [SELF_READS, HISTORY, ALL])
def test_more_than_is_unread_cannot_be_marked(device, number):
    cells = bytes(device.memory.cells)
    for count in (6 + 2 * (number == HISTORY), 8, 0xFFFF):
        assert update(device, number, count) == p.INVALID_PARAMETER
    assert unread(device) == [5, 7] and bytes(device.memory.cells) == cells
    assert device.noted == []


def test_other_lists_are_none(device):
    for number in set(range(256)) - {SELF_READS, HISTORY, ALL}:
        assert update(device, number, 0) == p.INVALID_PARAMETER
        assert ask(device, RESET, bytes([number])) == p.INVALID_PARAMETER
    assert unread(device) == [5, 7] and device.noted == []


def test_all_lists_are_marked_at_once(device):
    assert update(device, ALL, 5) == p.COMPLETED
    assert unread(device) == [0, 2]
    assert ask(device, RESET, bytes([ALL])) == p.COMPLETED
    assert unread(device) == [0, 0]


def test_a_reset_marks_everything_and_takes_nothing_away(device):
    take(device, 20, 6)
    octets = whole(Tables(device), 26)
    assert octets[0] & 2 and unread(device) == [12, 7]
    assert ask(device, RESET, bytes([SELF_READS])) == p.COMPLETED
    after = whole(Tables(device), 26)
    assert unread(device) == [0, 7] and not after[0] & 2
    assert after[6:] == octets[6:]  # the entries
    device.restart()
    assert unread(device) == [0, 7]


def test_what_happened_is_noted_once(device):
    assert update(device, SELF_READS, 0) == p.COMPLETED
    assert device.noted == []
    update(device, SELF_READS, 1)
    ask(device, RESET, bytes([SELF_READS]))
    assert device.noted == [
        (events.LIST_POINTERS_UPDATED, SELF_READS),
        (events.LIST_POINTERS_RESET, SELF_READS),
    ]


@pytest.mark.parametrize("number", [HISTORY, ALL])
def test_marking_the_history_log_as_read_adds_nothing_to_it(device, number):
    assert update(device, number, 1) == p.COMPLETED
    assert ask(device, RESET, bytes([number])) == p.COMPLETED
    assert device.noted == []


def test_reading_marks_take_a_reader_and_resets_a_programmer(device):
    assert update(device, ALL, 1, 0) == p.NO_AUTHORISATION
    assert ask(device, RESET, bytes([ALL]), READER) == p.NO_AUTHORISATION
    assert unread(device) == [5, 7]


@pytest.mark.parametrize("number", [SELF_READS, ALL])
def test_marks_that_the_memory_does_not_take_are_not_set(device, number):
    device.memory.deaf = True
    assert update(device, number, 3) == p.TIMING
    assert ask(device, RESET, bytes([number])) == p.TIMING
    assert unread(device) == [5, 7] and device.noted == []
    device.memory.deaf = False
    assert update(device, number, 3) == p.COMPLETED
    device.restart()
    assert unread(device) == [2, 7 if number == SELF_READS else 4]


def test_dropped_entries_that_nobody_read_are_an_overflow_until_a_reader_has_caught_up(device):
    take(device, 8, 6)
    tables = Tables(device)
    assert fields(tables, 26)["LIST_STATUS"]["OVERFLOW"] == 1
    assert update(device, SELF_READS, 1) == p.COMPLETED
    assert fields(tables, 26)["LIST_STATUS"]["OVERFLOW"] == 0
    assert unread(device) == [11, 7]
    take(device, 2, 14)
    assert unread(device) == [12, 7]
    assert fields(tables, 26)["LIST_STATUS"]["OVERFLOW"] == 1


def test_marks_that_are_lost_leave_everything_unread(device):
    update(device, ALL, 5)
    base = layout.READ_MARKS
    device.memory.cells[base : base + 256] = b"\x5a" * 256
    device.restart()
    assert device.found[0] == BAD and unread(device) == [5, 7]


def test_records_that_are_lost_do_not_make_new_ones_read(device):
    assert ask(device, RESET, bytes([ALL])) == p.COMPLETED
    device.memory.cells[layout.SELF_READS + 5 * 128] ^= 1  # the newest
    device.restart()
    assert unread(device) == [0, 0]
    take(device, 1, 5)
    assert unread(device) == [1, 0]
    cells = device.memory.cells
    cells[layout.SELF_READS : layout.READ_MARKS] = bytes(layout.READ_MARKS - layout.SELF_READS)
    device.restart()
    take(device, 3)
    device.restart()
    assert unread(device) == [3, 0]


STEP = st.one_of(
    st.tuples(st.just("take"), st.integers(1, 6)),
    st.tuples(st.just("update"), st.integers(0, 14)),
    st.tuples(st.just("reset"), st.just(0)),
    st.tuples(st.just("restart"), st.just(0)),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(STEP, max_size=20))
def test_unread_is_what_came_after_the_last_one_marked(steps):
    device = RecordsDevice()
    total = marked = 0
    for step, count in steps:
        served = min(total, 12)
        left = min(total - marked, served)
        if step == "take":
            take(device, count, total + 1)
            total += count
        elif step == "update":
            result = update(device, SELF_READS, count)
            assert result == (p.COMPLETED if count <= left else p.INVALID_PARAMETER)
            if 0 < count <= left:
                marked = total - left + count
        elif step == "reset":
            assert ask(device, RESET, bytes([SELF_READS])) == p.COMPLETED
            marked = total
        else:
            device.restart()
        assert device.self_reads.unread == min(total - marked, 12)
        assert device.self_reads.overflow == (total - marked > 12)
