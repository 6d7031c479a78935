"""A self read says what the registers said, and ST26 serves what the memory holds."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boards.pico_meter import layout
from c1219 import quantities as q
from c1219.codec import decode, image_of
from c1219.tables import Tables
from c1219.types import resolve
from firmware import self_reads
from firmware.saved_registers import SavedRegisters, stime
from journal import BAD, EMPTY, FOUND
from metrology import demand_register
from metrology import page as p
from tests_host.unit.c1219_device import BillingDevice, fields, whole
from tests_host.unit.records_device import (
    CONSTANTS,
    CountingMemory,
    RecordsDevice,
    log,
    page_of,
    take,
)

SLOT = 128
HEAD = 1 + 1 + 1 + 2 + 1
ENTRY = 2 + 5 + 1 + 3 * 6 + 2 * (5 + 6 + 6 + 4)
SERVED = 12
DNR = -7


@pytest.fixture
def device():
    return RecordsDevice()


# --- the record ---


def test_a_self_read_says_what_the_demand_reset_saved(device):
    page = page_of(7)
    assert device.self_reads.take(page, 3727925, self_reads.DEMAND_RESET)
    demand_register.reset(page, CONSTANTS, 3727925)
    previous = SavedRegisters(
        page, CONSTANTS, p.PREVIOUS_REGISTERS, p.PREVIOUS_DEMANDS, p.DEMAND_RESET_TIME
    )
    entry = device.self_reads.entry(0)
    assert entry.cause == self_reads.DEMAND_RESET and entry.sequence == 1
    assert entry.end_time == previous.end_time == bytes((7, 2, 1, 20, 5))
    assert entry.demand_resets == previous.demand_resets == 10
    for which, kwh in ((q.DELIVERED, 7), (q.RECEIVED, 8)):
        assert entry.quantity(which) == previous.quantity(which)
        assert entry.quantity(which) // 1000 == kwh
    assert entry.quantity(q.NET) == previous.quantity(q.NET) < 0
    for which in (q.DEMAND_DELIVERED, q.DEMAND_RECEIVED):
        for member in ("maximum", "maximum_time", "cumulative", "continuous_cumulative"):
            value = getattr(entry, member)(which)
            assert value == getattr(previous, member)(which) != 0
    assert entry.maximum(q.DEMAND_DELIVERED) != entry.maximum(q.DEMAND_RECEIVED)
    assert entry.maximum_time(q.DEMAND_RECEIVED) == bytes((7, 2, 1, 20, 0))


def test_what_is_not_saved_is_not_answered_for(device):
    take(device, 1)
    entry = device.self_reads.entry(0)
    for ask in (entry.quantity, entry.maximum, entry.maximum_time, entry.cumulative):
        with pytest.raises(ValueError):
            ask(q.VOLTS)


def test_without_a_valid_clock_a_self_read_has_no_time(device):
    assert device.self_reads.take(page_of(1), -1, self_reads.COMMAND)
    assert device.self_reads.entry(0).end_time == bytes(5)


@pytest.mark.parametrize(
    ("minute", "octets"),
    [
        (0, (0, 0, 0, 0, 0)),
        (1, (0, 1, 1, 0, 1)),
        (59 * 1440 + 1439, (0, 2, 29, 23, 59)),
        (3727905, (7, 2, 1, 19, 45)),
        (47337119, (89, 12, 31, 23, 59)),
    ],
)
def test_a_minute_is_a_date_and_time(minute, octets):
    assert stime(minute) == bytes(octets)


def test_nothing_of_an_older_record_is_left_in_a_new_one(device):
    take(device, 3)
    device.memory.cells[layout.SELF_READS : layout.SELF_READS + 16 * SLOT] = bytes(16 * SLOT)
    device.self_reads._record[20] = 99
    assert device.self_reads.take(p.new_page(), 0, self_reads.DAILY)
    slot = layout.SELF_READS + 4 * SLOT
    record = device.memory.cells[slot : slot + SLOT]
    assert record[4:60] == bytes(56) and record[60] == self_reads.DAILY
    assert record[61:-8] == bytes(SLOT - 61 - 8)


# --- the list ---


def test_self_reads_outlive_power_cuts_and_overwrite_the_oldest():
    device = RecordsDevice()
    assert device.found[1] == EMPTY
    for count in range(1, 40):
        take(device, 1, count)
        if count % 7 == 0:
            device.restart()
            assert device.found[1] == FOUND
        kept = range(max(1, count - SERVED + 1), count + 1)
        entries = device.self_reads
        assert entries.valid == len(kept) and entries.last_sequence == count
        assert [entries.entry(i).sequence for i in range(entries.valid)] == list(kept)
        assert entries.entry(0).quantity(q.DELIVERED) // 1000 == kept[0]
    assert device.self_reads.entry(SERVED) is device.self_reads.entry(-1) is None


def test_a_memory_that_does_not_take_it_is_told_and_nothing_is_lost(device):
    take(device, 2)
    device.memory.deaf = True
    assert not device.self_reads.take(page_of(3), 1440, self_reads.COMMAND)
    assert device.self_reads.valid == 2
    assert device.self_reads.entry(1).quantity(q.DELIVERED) // 1000 == 2


def test_a_memory_full_of_garbage_is_bad_and_is_used_all_the_same():
    memory = CountingMemory()
    memory.cells[:] = b"\x5a" * len(memory.cells)
    device = RecordsDevice(memory)
    assert device.found == [BAD, BAD, BAD]
    assert device.self_reads.valid == device.history.valid == 0
    take(device, 1)
    log(device, 1)
    device.restart()
    assert device.found[1:] == [FOUND, FOUND]
    assert device.self_reads.valid == device.history.valid == 1


def test_the_record_areas_lie_side_by_side():
    device = RecordsDevice()
    take(device, 40)
    device.marks.save()
    log(device, 600)
    cells = device.memory.cells
    assert not any(cells[: layout.SELF_READS]) and not any(cells[0x6000:])
    assert not any(cells[layout.READ_MARKS + layout.READ_MARK_SLOTS * 64 : layout.HISTORY])
    device.restart()
    assert device.self_reads.valid == SERVED and device.self_reads.bad == 0
    assert device.history.valid == 48 and device.history.bad == 0


# --- ST26 ---


def test_st21_says_what_there_is(device):
    st21 = fields(Tables(device), 21)
    assert st21["NBR_SELF_READS"] == SERVED
    assert st21["REG_FUNC2_FLAGS"]["SELF_READ_SEQ_NBR"] == 1
    assert st21["REG_FUNC2_FLAGS"]["SELF_READ_DEMAND_RESET"] == 1
    without = fields(Tables(BillingDevice()), 21)
    assert without["NBR_SELF_READS"] == 0 and not any(without["REG_FUNC2_FLAGS"].values())
    assert whole(Tables(BillingDevice()), 26) == -5


@pytest.mark.parametrize("count", [0, 1, 5, 12, 30])
def test_st26_is_its_full_length_with_zeros_for_what_is_not_used(count):
    device = RecordsDevice()
    take(device, count)
    tables = Tables(device)
    octets = whole(tables, 26)
    valid = min(count, SERVED)
    assert len(octets) == tables.size(26) == HEAD + SERVED * ENTRY < 1000
    assert not any(octets[HEAD + valid * ENTRY :])
    values = fields(tables, 26)
    overflow = 1 if count > SERVED else 0
    assert values["LIST_STATUS"]["OVERFLOW"] == overflow
    assert values["NBR_VALID_ENTRIES"] == values["NBR_UNREAD_ENTRIES"] == valid
    assert values["LAST_ENTRY_ELEMENT"] == max(0, valid - 1)
    assert values["LAST_ENTRY_SEQ_NBR"] == count
    entries = values["SELF_READS_ENTRIES"][:valid]
    for number, entry in enumerate(entries, count - valid + 1):
        assert entry["SELF_READ_SEQ_NBR"] == number
        assert entry["END_DATE_TIME"] == stime(1440 * number)
        assert entry["NBR_DEMAND_RESETS"] == number + 3
        block = entry["TOT_DATA_BLOCK"]
        assert [wh // 1000 for wh in block["SUMMATIONS"]] == [number, number + 1, -1]
        delivered, received = block["DEMANDS"]
        assert received["EVENT_TIME"] == [bytes((7, 2, 1, 20, 0))]
        assert delivered["CUM_DEMAND"] == (number + 2) * 1000
        assert delivered["CONT_CUM_DEMAND"] == delivered["CUM_DEMAND"] + delivered["DEMAND"][0]


def test_an_entry_is_the_record_of_st25(device):
    """Same registers, same octets."""
    page = page_of(9)
    device.self_reads.take(page, 3727925, self_reads.DEMAND_RESET)
    demand_register.reset(page, CONSTANTS, 3727925)
    device.previous = SavedRegisters(
        page, CONSTANTS, p.PREVIOUS_REGISTERS, p.PREVIOUS_DEMANDS, p.DEMAND_RESET_TIME
    )
    tables = Tables(device)
    assert whole(tables, 26)[HEAD + 2 : HEAD + ENTRY] == whole(tables, 25)
    device.restart()
    assert whole(Tables(device), 26)[HEAD + 2 : HEAD + ENTRY] == whole(tables, 25)


def test_numbers_are_served_modulo_what_their_field_holds(device):
    device.self_reads._ring.last = 0x1FFFE
    take(device, 3)
    values = fields(Tables(device), 26)
    assert values["LAST_ENTRY_SEQ_NBR"] == 1
    numbers = [entry["SELF_READ_SEQ_NBR"] for entry in values["SELF_READS_ENTRIES"][:3]]
    assert numbers == [0xFFFF, 0, 1]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 20), st.data())
def test_every_part_is_the_slice_and_reads_only_the_entries_it_shows(count, data):
    device = RecordsDevice()
    take(device, count)
    tables = Tables(device)
    octets = whole(tables, 26)
    buf = bytearray(len(octets))
    for _ in range(30):
        offset = data.draw(st.integers(0, len(octets) - 1))
        length = data.draw(st.integers(1, len(octets) - offset))
        device.restart()
        device.memory.reads.clear()
        assert tables.read(26, offset, length, buf, 0, 0) == length
        assert buf[:length] == octets[offset : offset + length]
        valid = min(count, SERVED)
        shown = [
            i
            for i in range(valid)
            if offset < HEAD + (i + 1) * ENTRY and offset + length > HEAD + i * ENTRY
        ]
        slots = [(count - valid + 1 + i) % layout.SELF_READ_SLOTS for i in shown]
        addresses = [layout.SELF_READS + slot * SLOT for slot in slots]
        assert device.memory.reads == addresses


def test_every_octet_alone_is_that_of_the_whole(device):
    take(device, 14)
    tables = Tables(device)
    octets = whole(tables, 26)
    buf = bytearray(1)
    for offset in range(len(octets)):
        assert tables.read(26, offset, 1, buf, 0, 0) == 1 and buf[0] == octets[offset]


def test_what_is_served_is_encoded_again_from_what_was_read(device):
    take(device, 4)
    tables = Tables(device)
    parts = resolve(tables._served[26].fields, tables.dims)
    assert bytes(image_of(parts, decode(parts, whole(tables, 26)))) == whole(tables, 26)


def test_an_entry_that_has_gone_bad_is_never_zeros():
    device = RecordsDevice()
    take(device, 5)
    tables = Tables(device)
    device.memory.cells[layout.SELF_READS + 3 * SLOT + 9] ^= 0x10
    assert whole(tables, 26) == DNR
    for _ in range(2):
        values = fields(tables, 26)
        assert values["NBR_VALID_ENTRIES"] == 4
        numbers = [entry["SELF_READ_SEQ_NBR"] for entry in values["SELF_READS_ENTRIES"]]
        assert numbers == [1, 2, 4, 5] + [0] * 8
        assert device.self_reads.bad == 1
        device.restart()
        tables = Tables(device)
