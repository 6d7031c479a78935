"""The reader shows self reads and the history log entry by entry, in words."""

import json

import pytest

from c1219 import catalog, events
from c1219.codec import image_of
from c1219.tables import Tables
from c1219.types import resolve
from picometer.reader.decode import TableReader
from picometer.reader.events import NAMES, OWN_NAMES, argument_words, event_name
from psem import codes
from tests_host.unit.c1219_device import whole
from tests_host.unit.records_device import NOON, RecordsDevice, log, take


@pytest.fixture
def device():
    return RecordsDevice()


@pytest.fixture
def reader(device):
    tables = Tables(device)
    return TableReader(lambda number: whole(tables, number))


def lines(reader, number):
    return reader.report(number).to_text().splitlines()[1:]


def add(device, code, source, **more):
    """Log an event of user 7 at noon."""
    assert device.history.add(code, events.argument(source, **more), 7, NOON)


def test_self_reads_are_shown_one_after_the_other(device, reader):
    take(device, 2)
    device.self_reads.mark_read(1)
    shown = lines(reader, 26)
    assert shown[:5] == [
        "  LIST_STATUS: -",
        "  NBR_VALID_ENTRIES: 2",
        "  LAST_ENTRY_ELEMENT: 1",
        "  LAST_ENTRY_SEQ_NBR: 2",
        "  NBR_UNREAD_ENTRIES: 1",
    ]
    assert shown[5] == "  self read 1 at 2000-01-02T00:00, 4 demand resets"
    assert shown[15] == "  self read 2 at 2000-01-03T00:00, 5 demand resets, unread"
    assert shown[16] == "    active energy delivered                        2158 Wh"
    assert shown[19].split()[-4:] == ["3855", "W", "at", "2007-02-01T19:45"]
    assert len(shown) == 25


def test_self_reads_are_readings_in_json(device, reader):
    take(device, 3)
    report = json.loads(reader.report(26).to_json())
    assert len(report["fields"]["SELF_READS_ENTRIES"]) == len(report["entries"]) == 3
    assert (
        report["entries"][2]["title"] == "self read 3 at 2000-01-04T00:00, 6 demand resets, unread"
    )
    first = report["entries"][0]["readings"][0]
    assert first == {"label": "active energy delivered", "value": "1158", "unit": "Wh"}
    assert len(bytes.fromhex(report["octets"])) == 822


def test_an_empty_list_is_its_head_alone(reader):
    for number in (26, 74):
        assert len(lines(reader, number)) == 5
        assert reader.report(number).entries == []


def test_the_log_is_a_line_an_event(device, reader):
    add(device, events.POWER_UP, events.SOURCE_POWER)
    add(device, events.PROGRAMMED, events.SOURCE_OPTICAL, level=2, detail=13)
    add(device, events.DEMAND_RESET, events.SOURCE_LEVER)
    assert device.history.add(
        events.TEST_MODE_START, events.argument(events.SOURCE_TEST_SWITCH, seal_open=True)
    )
    device.history.mark_read(3)
    assert lines(reader, 74)[5:] == [
        "      1  2007-02-01T12:00:00  power up               user 7, power",
        "      2  2007-02-01T12:00:00  end device programmed  user 7, optical port, level 2, ST13",
        "      3  2007-02-01T12:00:00  demand reset           user 7, lever, seal closed",
        "      4  -                    test mode started      test switch, seal open, unread",
    ]


def test_the_log_says_it_in_json(device, reader):
    add(device, events.PROGRAMMED, events.SOURCE_OPTICAL, level=2, detail=13)
    report = json.loads(reader.report(74).to_json())
    assert report["fields"]["ENTRIES"] == [
        {
            "HISTORY_TIME": "2007-02-01T12:00:00",
            "HISTORY_SEQ_NBR": 1,
            "USER_ID": 7,
            "HISTORY_CODE": {"NUMBER": 11, "MFG_FLAG": 0, "SELECTOR": 0},
            "HISTORY_ARGUMENT": {
                "SOURCE": 1,
                "AUTHORITY": {"LEVEL": 2, "SEAL_OPEN": 0},
                "DETAIL": 13,
            },
            "UNREAD": True,
            "EVENT": "end device programmed",
            "SOURCE": "optical port",
        }
    ]
    assert "entries" not in report


def test_the_last_48_events_are_shown_in_order(device, reader):
    log(device, 60)
    entries = reader.report(74).entries
    assert [int(entry.title.split()[0]) for entry in entries] == list(range(13, 61))


@pytest.mark.parametrize(
    ("code", "detail", "words"),
    [
        (events.PROGRAMMED, 0x0801, "MT1"),
        (events.LIST_POINTERS_UPDATED, 2, "self reads"),
        (events.LIST_POINTERS_RESET, 255, "all lists"),
        (events.HISTORY_POINTERS_UPDATED, 8, "history log"),
        (events.LIST_POINTERS_RESET, 77, "list 77"),
        (events.TEST_MODE_START, 5, "detail 5"),
        (events.PROCEDURE_INVOKED, 7, "CLEAR_STANDARD_STATUS_FLAGS"),
        (events.WRITE_REFUSED, events.refusal(13, codes.ONP), "ST13: ONP"),
        (events.WRITE_REFUSED, events.refusal(0x1801, codes.ISC), "MT1: ISC"),
        (events.PROCEDURE_REFUSED, events.refusal(9, 2), "REMOTE_RESET: invalid parameter"),
        (
            events.PROCEDURE_REFUSED,
            events.refusal(99, 6),
            "procedure 99: procedure not recognised",
        ),
        (events.LOCKED_OUT, 3, "3 in a row"),
        (events.ROM_FAILURE, 0, "manifest"),
        (events.ROM_FAILURE, 1, "measurement software"),
    ],
)
def test_details_mean_what_the_event_says(code, detail, words):
    argument = {"SOURCE": 99, "AUTHORITY": {"LEVEL": 0, "SEAL_OPEN": 0}, "DETAIL": detail}
    assert argument_words(code, argument) == ["source 99", words]


def test_every_event_of_our_log_has_a_name():
    names = NAMES | OWN_NAMES
    assert set(events.HISTORY) <= set(names)
    assert len(set(names.values())) == len(names)


def test_an_own_event_has_its_name_in_our_log_only():
    code = {"NUMBER": 3, "MFG_FLAG": 1, "SELECTOR": 0}
    assert event_name(code, True) == "locked out after wrong passwords"
    assert event_name(code, False) == "manufacturer's event 3"
    assert event_name(code | {"MFG_FLAG": 0}, True) == NAMES[3]


def test_another_meter_s_log_is_read_by_its_own_dimensions(device):
    """Of the 1997 edition, circular, without times and with event numbers; its own arguments."""
    st0 = bytearray(whole(Tables(device), 0))
    st0[3:7] = b"ABCD"
    st0[11] = 1
    dims = dict(Tables(device).dims, STD_VERSION_NO=1, EVENT_NUMBER=1, HIST_DATE_TIME=0)
    dims.update(HIST_SEQ_NBR=0, HIST_DATA_LENGTH=2, NBR_HISTORY_ENTRIES=3)
    flags = {"EVENT_NUMBER": 1}
    st71 = {field[0]: 0 for field in catalog.find(71).fields} | {"LOG_FLAGS": flags}
    st71 |= {"NBR_STD_EVENTS": 1, "HIST_DATA_LENGTH": 2, "NBR_HISTORY_ENTRIES": 3}

    def entry(number, code):
        return {
            "EVENT_NUMBER": 0,
            "USER_ID": number,
            "HISTORY_CODE": code,
            "HISTORY_ARGUMENT": b"\xab\xcd",
        }

    head = {"LIST_STATUS": {"LIST_TYPE": 1}, "NBR_VALID_ENTRIES": 2, "LAST_ENTRY_ELEMENT": 1}
    head |= {"LAST_ENTRY_SEQ_NBR": 2, "NBR_UNREAD_ENTRIES": 1}
    codes = [{"NUMBER": 47}, {"NUMBER": 5, "MFG_FLAG": 1}, {"NUMBER": 200}]
    st74 = head | {"ENTRIES": [entry(i, code) for i, code in enumerate(codes)]}
    made = {
        0: bytes(st0),
        71: bytes(image_of(resolve(catalog.find(71).fields, dims), st71)),
        74: bytes(image_of(resolve(catalog.find(74).fields, dims), st74)),
    }
    assert len(made[71]) == 9
    entries = [entry.title for entry in TableReader(made.__getitem__).report(74).entries]
    assert entries == [
        "tamper                  argument abcd",
        "manufacturer's event 5  user 1, argument abcd",
        "event 200               user 2, argument abcd, not in use",
    ]
