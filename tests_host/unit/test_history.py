"""The history log keeps what was done, in order, and ST70 to ST74 serve it."""

import json
import subprocess
import sys
from importlib.util import find_spec

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boards.pico_meter import layout
from c1219 import events
from c1219.codec import decode, image_of, members
from c1219.dates import NO_TIME
from c1219.tables import Tables
from c1219.types import MANUFACTURER, resolve
from tests_host.unit.c1219_device import BillingDevice, fields, whole
from tests_host.unit.records_device import ARGUMENT, NOON, RecordsDevice, log

HEAD = 11
ENTRY = 6 + 2 + 2 + 2 + 4
SERVED = 48
SLOT = 32
DNR, IAR = -7, -5


@pytest.fixture
def device():
    return RecordsDevice()


# --- the log ---


def test_an_entry_says_who_did_what_when_and_how(device):
    argument = events.argument(events.SOURCE_LEVER, 0xFEDC, level=3, seal_open=True)
    assert argument == bytes((events.SOURCE_LEVER, 0x83, 0xDC, 0xFE))
    time = bytes((89, 12, 31, 23, 59, 58))
    assert device.history.add(events.DEMAND_RESET, argument, 0xFFFE, time)
    assert device.history.add(events.POWER_UP, ARGUMENT)
    device.restart()
    entry = device.history.entry(0)
    assert (entry.sequence, entry.code, entry.argument) == (1, events.DEMAND_RESET, argument)
    assert (entry.user, entry.time) == (0xFFFE, time)
    entry = device.history.entry(1)
    assert (entry.sequence, entry.user, entry.time) == (2, 0, NO_TIME)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 0xFFFF),
            st.binary(min_size=4, max_size=4),
            st.integers(0, 0xFFFF),
            st.binary(min_size=6, max_size=6),
        ),
        max_size=60,
    )
)
def test_the_latest_are_served_as_they_were_logged(logged):
    device = RecordsDevice()
    for code, argument, user, time in logged:
        assert device.history.add(code, argument, user, time)
    device.restart()
    history = device.history
    assert history.total == history.last_sequence == len(logged)
    found = []
    for i in range(history.valid):
        entry = history.entry(i)
        found.append((entry.code, entry.argument, entry.user, entry.time))
    assert found == logged[-SERVED:]


def test_every_event_counts_and_the_oldest_is_overwritten(device):
    log(device, 700)
    device.restart()
    history = device.history
    assert history.total == 700 and history.valid == SERVED and history.bad == 0
    assert [history.entry(i).user for i in range(SERVED)] == list(range(653, 701))
    log(device, 1, 701)
    assert history.entry(SERVED - 1).user == history.total == 701


def test_nothing_of_an_older_entry_is_left_in_a_new_one(device):
    device.history._record[4] = device.history._record[5] = 0xFFFFFFFF
    log(device, 1)
    slot = layout.HISTORY + SLOT
    assert device.memory.cells[slot + 18 : slot + 24] == bytes(6)


def test_a_record_that_has_gone_bad_makes_room_for_an_older_one(device):
    log(device, 100)
    device.memory.cells[layout.HISTORY + 90 % layout.HISTORY_SLOTS * SLOT + 9] ^= 1
    device.restart()
    history = device.history
    assert history.bad == 1 and history.valid == SERVED
    users = [history.entry(i).user for i in range(SERVED)]
    assert users == [user for user in range(52, 101) if user != 90]


def test_a_memory_that_takes_nothing_is_told(device):
    log(device, 1)
    device.memory.deaf = True
    assert not device.history.add(events.POWER_UP, ARGUMENT)
    device.memory.deaf = False
    device.restart()
    assert device.history.total == 1


# --- ST70 to ST74 ---


def test_a_device_without_a_log_serves_none_of_it():
    tables = Tables(BillingDevice())
    for number in range(70, 77):
        assert whole(tables, number) == IAR


def test_all_of_the_decade_is_listed_and_read_only(device):
    st0 = fields(Tables(device), 0)
    assert [n for n in members(st0["STD_TBLS_USED"]) if n >= 70] == [70, 71, 72, 73, 74]
    assert [n for n in members(st0["STD_TBLS_WRITE"]) if n >= 70] == []


def test_st71_has_the_length_of_the_edition_that_st0_names(device):
    tables = Tables(device)
    assert fields(tables, 0)["STD_VERSION_NO"] == 2
    for number in (70, 71):
        # flags, 7 and 2 octets of codes, arguments of 4 and 0, 48 and 0 entries, and no more
        assert whole(tables, number).hex() == "0607020400" + "3000" + "0000" + "00" + "0000"
    old = resolve(tables._served[71].fields, {"STD_VERSION_NO": 1})
    assert sum(part[3] * part[4] for part in old) == 9


def test_st72_and_st73_name_the_events(device):
    tables = Tables(device)
    st72, st73 = fields(tables, 72), fields(tables, 73)
    own = [MANUFACTURER | number for number in members(st72["MFG_EVENTS_SUPPORTED"])]
    assert members(st72["STD_EVENTS_SUPPORTED"]) + own == sorted(events.HISTORY)
    assert own == sorted(code for code in events.HISTORY if code >= MANUFACTURER)
    assert st73["STD_EVENTS_MONITORED"] == st72["STD_EVENTS_SUPPORTED"]
    assert st73["MFG_EVENTS_MONITORED"] == st72["MFG_EVENTS_SUPPORTED"]
    st0 = fields(tables, 0)
    procedures = st0["DIM_STD_PROC_USED"] + st0["DIM_MFG_PROC_USED"]
    listed = st0["DIM_STD_TBLS_USED"] + st0["DIM_MFG_TBLS_USED"] + procedures
    assert len(whole(tables, 73)) == 9 + listed
    assert not any(whole(tables, 73)[9:])


@pytest.mark.parametrize("count", [0, 1, 47, 48, 49, 300])
def test_st74_is_its_full_length_with_zeros_for_what_is_not_used(count):
    device = RecordsDevice()
    log(device, count)
    tables = Tables(device)
    octets = whole(tables, 74)
    valid = min(count, SERVED)
    assert len(octets) == tables.size(74) == HEAD + SERVED * ENTRY < 1000
    overflow = 2 if count > SERVED else 0
    head = [valid, max(0, valid - 1)]
    expected = bytes([overflow]) + b"".join(n.to_bytes(2, "little") for n in head)
    expected += count.to_bytes(4, "little") + valid.to_bytes(2, "little")
    for number in range(count - valid + 1, count + 1):
        expected += NOON + number.to_bytes(2, "little") * 2 + b"\x0b\0" + ARGUMENT
    assert octets == expected + bytes((SERVED - valid) * ENTRY)


@settings(max_examples=40, deadline=None)
@given(st.one_of(st.integers(0, 60), st.integers(250, 300)), st.data())
def test_every_part_is_the_slice_and_reads_only_the_entries_it_shows(count, data):
    device = RecordsDevice()
    log(device, count)
    device.restart()
    tables = Tables(device)
    octets = whole(tables, 74)
    buf = bytearray(len(octets))
    for _ in range(30):
        offset = data.draw(st.integers(0, len(octets) - 1))
        length = data.draw(st.integers(1, min(len(octets) - offset, 100)))
        device.memory.reads.clear()
        assert tables.read(74, offset, length, buf, 0, 1) == length
        assert buf[:length] == octets[offset : offset + length]
        valid = min(count, SERVED)
        shown = {
            layout.HISTORY + (count - valid + 1 + i) % layout.HISTORY_SLOTS * SLOT
            for i in range(valid)
            if offset < HEAD + (i + 1) * ENTRY and offset + length > HEAD + i * ENTRY
        }
        reads = device.memory.reads
        assert len(reads) == len(set(reads)) and set(reads) <= shown
        assert len(reads) >= len(shown) - 1  # one may be held from the read before


@pytest.mark.parametrize("number", [70, 71, 72, 73, 74])
def test_every_octet_alone_is_that_of_the_whole(device, number):
    log(device, 50)
    tables = Tables(device)
    octets = whole(tables, number)
    buf = bytearray(1)
    for offset in range(len(octets)):
        assert tables.read(number, offset, 1, buf, 0, 1) == 1 and buf[0] == octets[offset]
    parts = resolve(tables._served[number].fields, tables.dims)
    assert bytes(image_of(parts, decode(parts, octets))) == octets


def test_an_entry_that_goes_bad_is_left_out_when_asked_again(device):
    log(device, 10)
    tables = Tables(device)
    device.memory.cells[layout.HISTORY + 4 * SLOT + 9] ^= 0x10
    assert whole(tables, 74) == DNR
    values = fields(tables, 74)
    assert values["NBR_VALID_ENTRIES"] == 9 and values["LAST_ENTRY_ELEMENT"] == 8
    numbers = [entry["HISTORY_SEQ_NBR"] for entry in values["ENTRIES"][:10]]
    assert numbers == [1, 2, 3, 5, 6, 7, 8, 9, 10, 0]


# --- termineter's own parser, in a process of its own: its packages have the names of ours ---

_TERMINETER = """
import json, sys
from c1219.access.log import C1219LogAccess

class Connection:
    c1219_endian = "<"
    tables = {int(n): bytes.fromhex(octets) for n, octets in json.load(sys.stdin).items()}
    def get_table_data(self, number):
        return self.tables[number]

log = C1219LogAccess(Connection())
print(json.dumps([log.nbr_history_entries, log.logs], default=lambda octets: octets.hex()))
"""


@pytest.mark.skipif(find_spec("termineter") is None, reason="termineter is not installed")
@pytest.mark.parametrize("count", [0, 3, 60])
def test_termineter_takes_the_log(count):
    device = RecordsDevice()
    log(device, count)
    tables = Tables(device)
    run = subprocess.run(
        [sys.executable, "-I", "-c", _TERMINETER],
        input=json.dumps({number: whole(tables, number).hex() for number in (0, 71, 74)}),
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert run.returncode == 0, run.stderr
    number, entries = json.loads(run.stdout)
    assert number == len(entries) == SERVED
    valid = min(count, SERVED)
    for user, entry in enumerate(entries[:valid], count - valid + 1):
        assert entry["Time"] == "FEB 1 2007 12:0:0"
        assert entry["User ID"] == entry["History Sequence Number"] == user
        assert (entry["Procedure Number"], entry["Std vs Mfg"]) == (events.PROGRAMMED, False)
        assert entry["Arguments"] == ARGUMENT.hex()
    for entry in entries[valid:]:
        assert entry["Procedure Number"] == entry["User ID"] == 0
