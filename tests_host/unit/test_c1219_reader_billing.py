"""The reader shows demands with their times, clock, lists and responses as text and as JSON."""

import json
import subprocess
import sys
from decimal import Decimal
from importlib.util import find_spec

import pytest

from c1219 import procedures
from c1219 import quantities as q
from c1219.tables import Tables
from c1219.types import MANUFACTURER
from picometer.reader.decode import TableReader
from tests_host.unit.c1219_device import BillingDevice, whole


@pytest.fixture
def device():
    device = BillingDevice()
    device.maxima[q.DEMAND_DELIVERED] = 4542
    device.times[q.DEMAND_DELIVERED] = bytes((7, 2, 1, 8, 45))
    device.sums[q.DEMAND_DELIVERED] = 10000
    device.demand_resets = 3
    device.previous.end_time = bytes((7, 1, 31, 0, 0))
    device.previous.quantities[q.DELIVERED] = 123
    return device


@pytest.fixture
def tables(device):
    return Tables(device)


@pytest.fixture
def reader(tables):
    return TableReader(lambda number: whole(tables, number))


def lines(reader, number):
    return reader.report(number).to_text().splitlines()[1:]


def test_registers_show_maxima_with_their_times(reader):
    assert lines(reader, 23) == [
        "  NBR_DEMAND_RESETS: 3",
        "  active energy delivered                        0 Wh",
        "  active energy received                         0 Wh",
        "  active energy net                              0 Wh",
        "  maximum active demand delivered                4542 W at 2007-02-01T08:45",
        "  cumulative active demand delivered             10000 W",
        "  continuous cumulative active demand delivered  14542 W",
        "  maximum active demand received                 0 W",
        "  cumulative active demand received              0 W",
        "  continuous cumulative active demand received   0 W",
    ]


def test_the_last_reset_shows_when_it_was(reader):
    shown = lines(reader, 25)
    assert shown[:2] == ["  END_DATE_TIME: 2007-01-31T00:00", "  NBR_DEMAND_RESETS: 0"]
    assert shown[2].split() == ["active", "energy", "delivered", "123", "Wh"]


def test_no_reset_yet_shows_no_time(reader, device):
    device.previous.end_time = bytes(5)
    report = reader.report(25)
    assert report.fields["END_DATE_TIME"] is None
    assert report.fields["TOT_DATA_BLOCK"]["DEMANDS"][0]["EVENT_TIME"] == [None]
    assert report.to_text().splitlines()[1] == "  END_DATE_TIME: -"


def test_present_values_have_their_units(reader, device):
    device.seconds_remaining = 450
    device.quantities[9:18] = [900, 1, 4400, 2, -3500, 7250, -90500, 180000, 23125]
    readings = {r.label: (r.value, r.unit, r.note) for r in reader.report(28).readings}
    assert readings["present active demand delivered"] == (900, "W", "00:07:30 remaining")
    assert readings["present active demand received"] == (1, "W", "00:07:30 remaining")
    assert readings["active demand delivered"] == (4400, "W", "")
    assert readings["reactive power net"] == (Decimal("-3.5"), "var", "")
    assert readings["apparent power"] == (Decimal("7.25"), "VA", "")
    assert readings["phase angle A-N"] == (Decimal("-90.5"), "°", "")
    assert readings["phase angle B-N"] == (180, "°", "")
    assert readings["temperature"] == (Decimal("23.125"), "°C", "")


def test_the_clock_and_its_zone_are_shown(reader, device):
    assert lines(reader, 52) == [
        "  CLOCK_CALENDAR: 2007-02-01T08:45:30",
        "  TIME_DATE_QUAL: DAY_OF_WEEK=4",
    ]
    assert lines(reader, 53) == [
        "  DST_TIME_EFF: 02:00:00",
        "  DST_TIME_AMT: 60",
        "  TIME_ZONE_OFFSET: -300",
    ]
    device.now = bytes(6)
    assert lines(reader, 55)[0] == "  CLOCK_CALENDAR: -"


def test_display_sources_are_shown_in_words(reader):
    assert lines(reader, 32)[:5] == [
        "  DISP_SOURCES[0]",
        "    ITEM: 1",
        "    ID: dEL",
        "    FORMAT: DIGITS=6",
        "    MULTIPLIER: 0",
    ]
    assert reader.report(33).fields["PRI_DISP_SOURCES"] == [0, 1, 2, 1, 3, 0]


def test_another_meter_s_display_sources_stay_octets(tables, monkeypatch):
    octets = whole(tables, 0)
    foreign = {0: octets[:3] + b"ABCD" + octets[7:]}
    reader = TableReader(lambda number: foreign.get(number) or whole(tables, number))
    assert reader.report(32).fields["DISP_SOURCES"][0] == {"DISP_SOURCE": "0164454c0600"}


def test_a_response_is_shown_in_words(reader, tables, device):
    assert reader.report(8).fields["RESULT_CODE"] == procedures.UNRECOGNISED
    device.response = {"BEFORE": bytes(6), "AFTER": device.now}
    tables.write(7, -1, b"\12\0\5\0" + bytes(7), 0, 11, 3)
    assert reader.report(8).fields == {
        "TABLE_IDB": {"PROC_NBR": 10, "MFG_FLAG": 0, "SELECTOR": 0},
        "SEQ_NBR": 5,
        "RESULT_CODE": 0,
        "RESP_DATA": {"BEFORE": None, "AFTER": "2007-02-01T08:45:30"},
    }


def test_a_response_not_known_stays_octets(tables):
    for octets in (
        b"\12\0\5\0\1\2",
        (MANUFACTURER | 10).to_bytes(2, "little") + b"\5\0" + b"x" * 12,
    ):
        reader = TableReader(lambda n, octets=octets: octets if n == 8 else whole(tables, n))
        assert reader.report(8).fields["RESP_DATA"] == octets[4:].hex()


def test_every_table_has_a_text_and_a_json_form(reader):
    used = reader.tables_used()
    assert {7, 8, 13, 25, 31, 34, 55} < set(used)
    for number in set(used) - {42}:  # which this level does not read
        report = reader.report(number)
        assert len(report.to_text().splitlines()) > 1
        assert json.loads(report.to_json())["fields"] == report.fields


def test_a_table_is_read_without_the_dimensions_of_other_decades(tables):
    asked = []

    def read(number):
        asked.append(number)
        return whole(tables, number)

    TableReader(read).report(52)
    assert asked == [0, 52]


# --- termineter's own parser, in a process of its own: its packages have the names of ours ---

_TERMINETER = """
import json, sys
from c1219.access.local_display import C1219LocalDisplayAccess
from c1219.data import C1219ProcedureInit, format_ltime

class Connection:
    tables = {int(n): bytes.fromhex(octets) for n, octets in json.load(sys.stdin).items()}
    def get_table_data(self, number):
        return self.tables[number]

display = C1219LocalDisplayAccess(Connection())
print(json.dumps({
    "lists": [tuple(entry) for entry in display.pri_disp_list],
    "sources": display.pri_disp_sources,
    "clock": format_ltime("<", 2, Connection.tables[52]),
    "request": C1219ProcedureInit("<", 9, False, 0, 77, b"\\x03").build().hex(),
}))
"""


@pytest.mark.skipif(find_spec("termineter") is None, reason="termineter is not installed")
def test_termineter_reads_the_lists_and_asks_for_procedures(tables, device):
    run = subprocess.run(
        [sys.executable, "-I", "-c", _TERMINETER],
        input=json.dumps({number: whole(tables, number).hex() for number in (31, 33, 52)}),
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert run.returncode == 0, run.stderr
    answer = json.loads(run.stdout)
    assert answer["lists"] == [[6, 0, 0, 1, 3], [6, 0, 0, 2, 2]]
    assert answer["sources"] == [0, 1, 2, 1, 3, 0]
    assert answer["clock"].endswith("1 2007 8:45:30")
    request = bytes.fromhex(answer["request"])
    device.response = {"SUCCESS": {"DEMAND_RESET": 1, "SELF_READ": 1}}
    assert tables.write(7, -1, request, 0, len(request), 3) == 0
    assert whole(tables, 8) == request[:3] + b"\0\3"
    assert device.ran == [(9, {"ACTION": {"DEMAND_RESET": 1, "SELF_READ": 1}})]
