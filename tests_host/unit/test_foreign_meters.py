"""Meters of other make: the same truth in other formats, small packets, much that is refused."""

import contextlib
import itertools
import json
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from picometer.errors import UserError
from picometer.reader import client as client_module
from picometer.reader.client import Client, open_session
from picometer.reader.decode import MalformedTable, TableReader
from picometer.reader.errors import LinkError, NoAnswer, PasswordRefused
from picometer.reader.procedure import Caller
from picometer.reader.profile import ProfileReader
from picometer.reader.report import Refusal
from psem import codes
from tests_host.unit.foreign_meter import ForeignMeter, ForeignPort

CASES = sorted((Path(__file__).parent / "foreign").glob("*.json"))


def case(path):
    known = json.loads(path.read_text())
    return {int(n): bytes.fromhex(octets) for n, octets in known["tables"].items()}


LE = case(Path(__file__).parent / "foreign" / "le.json")


@pytest.fixture
def meet(monkeypatch):
    """Meters that open_session finds, with a session open to the last of them."""
    sessions = []

    def open_one(meter, **given):
        monkeypatch.setattr(client_module, "open_port", lambda url: ForeignPort(meter))
        session = open_session("meter", **given)
        sessions.append(session)
        return session.__enter__()

    yield open_one
    for session in sessions:
        session.__exit__(None, None, None)


def fields(reader, number):
    report = reader.shown(number)
    assert not report.why
    return report.fields


def _block(energy, base, times):
    return {
        "SUMMATIONS": [energy + base],
        "DEMANDS": [
            {"EVENT_TIME": times, "CUM_DEMAND": 42 + base, "DEMAND": [17 + base, 15 + base]}
        ],
        "COINCIDENTS": [{"COINCIDENT_VALUES": [3 + base, 2 + base]}],
    }


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_all_formats_say_the_same(meet, path):
    reader = TableReader.of(meet(ForeignMeter(case(path))))
    timeless = path.stem == "tm0"

    def moment(text):
        return None if timeless else text

    assert fields(reader, 1) == {
        "MANUFACTURER": "ACME",
        "ED_MODEL": "MODEL-7",
        "HW_VERSION_NUMBER": 3,
        "HW_REVISION_NUMBER": 1,
        "FW_VERSION_NUMBER": 4,
        "FW_REVISION_NUMBER": 2,
        "MFG_SERIAL_NUMBER": "0000000012345678",
    }
    assert fields(reader, 5) == {"IDENTIFICATION": "00000000001234567890"}
    status = fields(reader, 3)
    assert [name for name, bit in status["ED_STD_STATUS1"].items() if bit] == [
        "CLOCK_ERROR_FLAG",
        "POWER_FAILURE_FLAG",
    ]
    assert status["ED_MODE"]["METERING_FLAG"] == 1 and status["ED_MFG_STATUS"] == [0, 2]
    assert fields(reader, 13)["DEMAND_CONTROL"] == [{"INT_LENGTH": 15}]
    energy = 123456.7 if path.stem == "impl" else 1234567
    times = [moment("2021-07-09T14:30"), moment("2021-07-08T09:15")]
    registers = {
        "NBR_DEMAND_RESETS": 7,
        "TOT_DATA_BLOCK": _block(energy, 0, times),
        "TIER_DATA_BLOCK": [_block(energy, 100, times)],
    }
    assert fields(reader, 23) == registers
    saved = {"END_DATE_TIME": moment("2021-07-01T00:00")} | registers
    assert fields(reader, 25) == saved
    self_reads = fields(reader, 26)["SELF_READS_ENTRIES"]
    assert self_reads == [
        {"SELF_READ_SEQ_NBR": 5} | saved | {"UNREAD": True},
        {"SELF_READ_SEQ_NBR": 5} | saved | {"VALID": False},
    ]
    assert fields(reader, 28) == {
        "PRESENT_DEMANDS": [{"TIME_REMAINING": "00:07:30", "DEMAND_VALUE": 9}],
        "PRESENT_VALUES": [241, 60],
    }
    clock = fields(reader, 52)
    assert clock["CLOCK_CALENDAR"] == moment("2021-07-10T12:34:56")
    assert (clock["TIME_DATE_QUAL"]["DST_FLAG"], clock["TIME_DATE_QUAL"]["GMT_FLAG"]) == (1, 0)
    assert fields(reader, 53) == {
        "DST_TIME_EFF": "02:00:00",
        "DST_TIME_AMT": 60,
        "TIME_ZONE_OFFSET": -300,
    }
    history = fields(reader, 74)["ENTRIES"]
    assert [(e["HISTORY_SEQ_NBR"], e["EVENT"]) for e in history] == [
        (8, "power down"),
        (9, "power up"),
    ]
    assert [entry["EVENT_SEQ_NBR"] for entry in fields(reader, 76)["ENTRIES"]] == [3]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_readings_have_units_tiers_and_coincident_values(meet, path):
    reader = TableReader.of(meet(ForeignMeter(case(path))))
    energy = "123456.7000" if path.stem == "impl" else "1234567"
    tier = "123556.7000" if path.stem == "impl" else "1234667"
    shown = [str(reading).partition(" at ")[0] for reading in reader.shown(23).readings]
    assert shown == [
        f"active energy delivered {energy} kWh",
        "maximum active demand delivered 17 kW",
        "maximum active demand delivered 15 kW",
        "cumulative active demand delivered 42 kW",
        "coincident active energy delivered 3 kWh with active demand delivered",
        "coincident active energy delivered 2 kWh with active demand delivered",
        f"tier A active energy delivered {tier} kWh",
        "tier A maximum active demand delivered 117 kW",
        "tier A maximum active demand delivered 115 kW",
        "tier A cumulative active demand delivered 142 kW",
        "tier A coincident active energy delivered 103 kWh with active demand delivered",
        "tier A coincident active energy delivered 102 kWh with active demand delivered",
    ]
    assert [str(reading) for reading in reader.shown(28).readings] == [
        "present active demand delivered 9 kW 00:07:30 remaining",
        "voltage A-N 241 V",
        "frequency 60 Hz",
    ]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_profile_is_read_block_by_block(meet, path):
    profile = ProfileReader(meet(ForeignMeter(case(path))))
    first, second = profile.blocks()
    assert [i.values for i in first.intervals] == [[100 + k, -100 - k] for k in range(4)]
    assert [i.values for i in second.intervals] == [[200 + k, -200 - k] for k in range(3)]
    assert (first.pulses, second.pulses) == ([1100, 2100], [1200, 2200])
    assert {i.words() for i in first.intervals} == {"daylight saving, channel 2 partial"}
    ends = (datetime(2021, 7, 10, 1, 0), datetime(2021, 7, 10, 1, 45))
    assert (first.end, second.end) == ((None, None) if path.stem == "tm0" else ends)
    if first.end:
        assert first.intervals[0].end == first.end - timedelta(minutes=45)
    delivered, demand = profile.channels()
    assert (delivered.symbol, delivered.in_units(101)) == ("kWh", Decimal("10.1"))
    assert (demand.symbol, demand.in_units(-101)) == ("kW", -101)


def test_a_profile_that_has_its_newest_first_is_turned_round(meet):
    tables = dict(LE)
    tables[63] = bytes([LE[63][0] | 0x11]) + LE[63][1:]  # blocks and intervals
    newer, older = ProfileReader(meet(ForeignMeter(tables))).blocks()
    # The block behind the newest one, number 1, is number 2.
    assert [i.values[0] for i in newer.intervals] == [3, 2, 1, 0]
    assert [i.values[0] for i in older.intervals] == [202, 201, 200]


def test_a_second_data_set_is_sized_by_its_own_dimensions(meet):
    tables = dict(LE)
    used = bytearray(LE[0])
    used[19 + 65 // 8] |= 1 << 65 % 8
    tables[0] = bytes(used)
    tables[61] = LE[61] + bytes.fromhex("02000200011e")
    tables[62] = LE[62] + bytes.fromhex("00020002")
    tables[63] = LE[63] + bytes.fromhex("20010000000100000001000200")
    block = bytes.fromhex("15070a0100") + bytes.fromhex("09000000") + b"\x03"
    block += bytes.fromhex("00" + "f100") + bytes.fromhex("00" + "f200")
    tables[65] = block * 2
    client = meet(ForeignMeter(tables))
    assert len(list(ProfileReader(client).blocks())) == 2
    second = ProfileReader(client, 2)
    (only,) = second.blocks()
    assert [(i.end, i.values) for i in only.intervals] == [
        (datetime(2021, 7, 10, 0, 30), [241]),
        (datetime(2021, 7, 10, 1, 0), [242]),
    ]
    assert [channel.label for channel in second.channels()] == ["voltage A-N"]


@pytest.mark.parametrize("negotiates", [False, True])
@pytest.mark.parametrize("multiple", [False, True])
def test_small_packets_and_no_negotiation_are_got_along_with(meet, negotiates, multiple):
    meter = ForeignMeter(LE, negotiates=negotiates, multiple=multiple)
    reader = TableReader.of(meet(meter, password="ANY"))
    reports = {number: reader.shown(number) for number in reader.tables_used()}
    refused = [number for number, each in reports.items() if isinstance(each, Refusal)]
    assert refused == [7]  # listed, and not there
    assert "IAR" in reports[7].to_text()
    octets = {n: each.octets for n, each in reports.items() if n not in refused}
    assert octets == LE


def test_a_table_of_unknown_length_is_read_to_its_end(meet):
    mine = 2048 + 3
    used = bytearray(LE[0])
    used[19 + LE[0][13]] |= 1 << 3
    octets = bytes(range(256)) + bytes(77)
    meter = ForeignMeter(LE | {0: bytes(used), mine: octets})
    reader = TableReader.of(meet(meter))
    assert mine in reader.tables_used()
    report = reader.shown(mine)
    assert (report.octets, report.fields) == (octets, None)


def test_what_is_refused_is_named_and_the_rest_is_shown(meet):
    refused = {1: codes.ISC, 12: codes.ISC, 21: codes.DNR, 76: codes.BSY}
    reader = TableReader.of(meet(ForeignMeter(LE, negotiates=True, refused=refused)))
    assert reader.shown(1).to_text() == "ST1 cannot be read at this access level"
    assert reader.shown(1).to_dict() == {"table": "ST1", "refused": "ISC"}
    assert "BSY" in reader.shown(76).to_text()
    registers = reader.shown(23)  # nobody says how long its fields are
    assert registers.octets == LE[23] and registers.fields is None and "DNR" in registers.why
    assert registers.octets.hex(" ")[:20] in registers.to_text()
    del refused[21]
    registers = reader.shown(23)  # nobody says what its units are
    assert registers.fields["NBR_DEMAND_RESETS"] == 7 and "ISC" in registers.why
    assert "1234567" in registers.to_text() and not registers.readings


def test_a_table_of_another_length_is_shown_as_octets(meet):
    for octets in (LE[28][:-1], LE[28] + b"\0", b""):
        tables = LE | {28: octets}
        report = TableReader.of(meet(ForeignMeter(tables, negotiates=True))).shown(28)
        assert report.octets == octets and f"{len(octets)} octets where 19" in report.to_text()


def test_a_wrong_password_is_named_and_no_passwords_at_all_are_fine(meet):
    assert meet(ForeignMeter(LE, security=codes.SNS), password="ANY")
    assert meet(ForeignMeter(LE, security=codes.OK), password="ANY")
    for code in (codes.ERR, codes.ISC):
        with pytest.raises(PasswordRefused, match="does not take this password"):
            meet(ForeignMeter(LE, security=code), password="ANY")


@pytest.mark.parametrize("order", [0, 1])
def test_a_procedure_is_asked_for_in_the_meters_own_byte_order(meet, order):
    path = Path(__file__).parent / "foreign" / ("be.json" if order else "le.json")
    number = (0x0809).to_bytes(2, "big" if order else "little")
    tables = case(path) | {8: number + b"\x01\x00"}
    meter = ForeignMeter(tables, negotiates=True)
    client = meet(meter)
    caller = Caller(client, formats=TableReader.of(client).formats)
    assert caller.run_octets(0x0809, b"\x07") == (0, b"")
    assert meter.written == [(7, number + b"\x01\x07")]


# --- hostile and broken ---


def test_a_probe_that_reflects_is_read_through():
    client = Client(ForeignPort(ForeignMeter(LE, negotiates=True), echo=True))
    client.identify()
    client.negotiate()
    client.logon()
    assert [client.read(n) for n in (0, 1, 23)] == [LE[n] for n in (0, 1, 23)]


class _Deaf:
    def feed(self, data):
        return b""


def test_an_echo_alone_is_no_meter():
    with pytest.raises(NoAnswer, match="echo"):
        Client(ForeignPort(_Deaf(), echo=True)).identify()


class _Endless(ForeignMeter):
    """Its answers never end: each packet says that there are more to come."""

    def _packets(self, message):
        self.sent = getattr(self, "sent", 0) + 1
        return [self._packet(i) for i in range(2000)]

    def _packet(self, i):
        head = bytes([0xEE, 0, 0x80 | 0x20 * (i & 1), 9]) + b"\x00\x02" + bytes(2)
        from tests_host.unit.foreign_meter import crc

        return head + crc(head)


def test_an_endless_answer_is_a_link_error():
    with pytest.raises(LinkError, match="count down"):
        Client(ForeignPort(_Endless(LE))).identify()


def test_a_meters_text_steers_no_terminal(meet, capsys):
    from picometer.terminal import say

    evil = LE | {5: b"\x1b[2J\x1b]0;owned\x07\x9b1m".ljust(20)}
    report = TableReader.of(meet(ForeignMeter(evil, negotiates=True))).shown(5)
    say(report.to_text())
    out = capsys.readouterr().out
    assert "\\x1b[2J" in out and not set(out) & {"\x1b", "\x07", "\x9b"}


@pytest.mark.parametrize(
    "octets", ["ffffffffffff", "151f1f191919", "00000d000000", "15021e0a0a0a"]
)
def test_an_impossible_date_is_shown_as_it_was_sent(meet, octets):
    tables = LE | {52: bytes.fromhex(octets) + b"\x0e"}
    tables[64] = bytes.fromhex(octets)[:5] + LE[64][5:]
    client = meet(ForeignMeter(tables, negotiates=True))
    assert TableReader.of(client).shown(52).fields["CLOCK_CALENDAR"]
    assert [block.end for block in ProfileReader(client).blocks()][0] is None


@pytest.mark.parametrize("flags", [0, 0x03, 0x21])
def test_intervals_without_a_format_or_of_several_are_refused(meet, flags):
    tables = LE | {62: LE[62][:6] + bytes([flags]) + LE[62][7:]}
    with pytest.raises(MalformedTable, match="format"):
        ProfileReader(meet(ForeignMeter(tables, negotiates=True)))


_CHANGES = st.lists(
    st.tuples(st.sampled_from(sorted(LE)), st.integers(0, 200), st.integers(0, 255)),
    min_size=1,
    max_size=4,
)


@given(_CHANGES)
@settings(max_examples=60, deadline=None)
def test_a_meter_that_contradicts_itself_makes_no_mistake_of_the_program(changes):
    tables = {number: bytearray(octets) for number, octets in LE.items()}
    for number, at, octet in changes:
        tables[number][at % len(tables[number])] = octet
    meter = ForeignMeter({n: bytes(o) for n, o in tables.items()}, negotiates=True)
    client = Client(ForeignPort(meter))
    client.identify()
    client.negotiate()
    with contextlib.suppress(UserError):
        reader = TableReader.of(client)
        for number in reader.tables_used():
            shown = reader.shown(number)
            assert shown.to_text()
            json.dumps(shown.to_dict(), allow_nan=False)
        profile = ProfileReader(client)
        for block in itertools.islice(profile.blocks(), 10):
            for interval in block.intervals:
                pairs = zip(profile.channels(), interval.values, strict=True)
                assert [ch.in_units(v) for ch, v in pairs if v is not None]
