"""The load profile of a whole meter, as a client at its port sees it."""

import csv
from datetime import timedelta

import pytest

from c1219 import procedures as c
from firmware import profile_program as pp
from metrology import profile as mp
from picometer.proof.meters import PASSWORD, build
from picometer.proof.profile import prove_profile
from picometer.reader.decode import TableReader
from picometer.reader.errors import ServiceError
from picometer.reader.procedure import Caller
from picometer.reader.profile import ProfileReader
from picometer.virtual.clock import NS_PER_S
from picometer.virtual.host import program, provision
from picometer.virtual.mains import ConstantLoad
from picometer.virtual.simport import SimPort
from psem import codes
from tests_host.meter.process import RunningMeter, picometer
from tests_host.meter.test_command import fails
from tests_host.meter.test_port import session

WATTS = 7200.0
PASSWORD_OPTION = ("--password", PASSWORD.decode())
PROFILE = (60, 61, 62, 63, 64)


class Meter:
    """A virtual meter and a session with all rights at its port."""

    def __init__(self, model="AXR", tables=None, watts=WATTS):
        self.host = build(ConstantLoad(watts), model=model)
        provision(self.host.board.fram, password_module=b"MODULE")
        if tables:
            program(self.host.board.fram, tables)
        self.client = None
        self.run(10)
        self.client = session(SimPort(self.host), PASSWORD.decode())

    def run(self, seconds):
        """Time passes; the session stays open meanwhile."""
        while seconds > 0:
            part = min(seconds, 200)
            if self.client is not None:
                self.client.wait(min(255, int(part) + 5))
            self.host.run_until(self.host.board.clock.now_ns + round(part * NS_PER_S))
            seconds -= part

    def minutes(self, minutes):
        """So many by the meter's clock, and a second."""
        now = self.host.board.rtc.now()
        end = now.replace(second=1, microsecond=0) + timedelta(minutes=minutes)
        self.run((end - now).total_seconds())

    def profile(self):
        return ProfileReader(self.client)

    def read(self, *numbers):
        reader = TableReader(self.client.read)
        return [reader.report(number).fields for number in numbers]

    def octets(self):
        """All of ST64, in messages."""
        size = self.host.meter.tables.size(64)
        octets = b""
        while len(octets) < size:
            octets += self.client.read_offset(64, len(octets), min(1500, size - len(octets)))
        return octets


def one_minute(intervals=4, channels=2):
    limits = pp.limits_of(channels, intervals, 1, 3, 0x38000)
    chosen = [(i, i, 1, 1) for i in range(channels)]
    return {61: limits, 62: pp.control_of(chosen, mp.UINT16)}


def refused(code, do):
    with pytest.raises(ServiceError) as refusal:
        do()
    assert refusal.value.code == code


def test_out_of_the_box_a_recorder_records_15_minutes_of_both_directions():
    meter = Meter()
    meter.minutes(31)
    (block,) = meter.profile().blocks()
    assert [channel.label for channel in meter.profile().channels()] == [
        "active energy delivered",
        "active energy received",
    ]
    assert [f"{i.end:%H:%M}" for i in block.intervals] == ["00:15", "00:30"]
    assert [i.values[1] for i in block.intervals] == [0, 0]
    assert all(abs(i.values[0] - 1800) <= 5 for i in block.intervals)
    # What came before the meter knew the time is in none of them.
    assert 0 <= block.readings[0] - sum(i.values[0] for i in block.intervals) <= 5
    assert [i.words() for i in block.intervals] == ["", ""]
    limits, control, status = meter.read(61, 62, 63)
    assert (limits["NBR_BLK_INTS_SET1"], limits["MAX_INT_TIME_SET1"]) == (96, 15)
    assert limits["LP_FLAGS"]["EXTENDED_INT_STATUS_FLAG"] == 1
    assert control["INT_FMT_CDE1"]["IS_UINT16"] == 1
    assert status["LP_STATUS_FLAGS"]["ACTIVE_MODE_FLAG"] == 1
    assert (status["NBR_VALID_BLOCKS"], status["NBR_VALID_INT"]) == (1, 2)


@pytest.mark.parametrize("model", ["AX", "AX-SD"])
def test_a_model_without_a_recorder_serves_none_of_it(model):
    meter = Meter(model)
    assert not set(PROFILE) & set(TableReader(meter.client.read).tables_used())
    for number in PROFILE:
        refused(codes.IAR, lambda n=number: meter.client.read(n))
    code, _ = Caller(meter.client).run_octets(c.START_LOAD_PROFILE.number, b"")
    assert code == c.UNRECOGNISED


def test_any_part_of_the_data_is_that_part_of_the_whole():
    meter = Meter(tables=one_minute())
    meter.minutes(10)
    whole = meter.octets()
    block = len(whole) // 3
    assert any(whole[:block]) and any(whole[block : 2 * block])
    for offset in range(0, len(whole) - 1, 3):
        for count in (1, 2, block - 1, block + 9):
            if offset + count <= len(whole):
                part = meter.client.read_offset(64, offset, count)
                assert part == whole[offset : offset + count]
    refused(codes.ONP, lambda: meter.client.read_offset(64, len(whole), 1))
    refused(codes.ONP, lambda: meter.client.read_offset(64, 0, 0))


def test_all_of_it_at_once_is_more_than_a_message_carries():
    meter = Meter()
    refused(codes.ONP, lambda: meter.client.read(64))


def test_blocks_keep_their_place_while_others_are_written():
    meter = Meter(tables=one_minute(intervals=2))
    meter.minutes(3)
    size = len(meter.octets()) // 3
    first = meter.client.read_offset(64, 0, size)
    meter.minutes(2)
    assert meter.client.read_offset(64, 0, size) == first
    assert meter.read(63)[0]["LAST_BLOCK_ELEMENT"] == 2
    meter.minutes(1)
    # The list is full: the oldest block has gone, and its element is not one until it is written.
    assert meter.read(63)[0]["NBR_VALID_BLOCKS"] == 2
    assert not any(meter.client.read_offset(64, 0, size))
    meter.minutes(1)
    assert any(meter.client.read_offset(64, 0, size))
    ends = [i.end for block in meter.profile().blocks() for i in block.intervals]
    assert ends == [ends[0] + timedelta(minutes=k) for k in range(5)]


def test_a_part_of_a_table_programs_the_profile_and_begins_it_anew():
    meter = Meter()
    meter.minutes(16)
    meter.client.write_offset(61, 12, bytes((1,)))
    assert meter.read(63)[0]["NBR_VALID_BLOCKS"] == 0
    meter.minutes(2)
    (block,) = meter.profile().blocks()
    assert [i.words() for i in block.intervals] == ["configuration changed", ""]
    assert abs(block.intervals[1].values[0] - 120) <= 1
    (log,) = meter.read(74)
    changed = [e["HISTORY_ARGUMENT"]["DETAIL"] for e in log["ENTRIES"] if e["EVENT"]][-1]
    assert changed == 61


def test_eight_channels_of_any_source_in_a_signed_format():
    meter = Meter(watts=-WATTS)
    meter.client.write_offset(61, 11, bytes((8, 1)))
    sources = (0, 1, 2, 3, 4, 9, 11, 17)
    chosen = [(source, 2 if source > 2 else source, 1, 1) for source in sources]
    meter.client.write(62, pp.control_of(chosen, mp.INT32))
    meter.minutes(3)
    (block,) = meter.profile().blocks()
    interval = block.intervals[-1]
    channels = meter.profile().channels()
    shown = [float(ch.in_units(v)) for ch, v in zip(channels, interval.values, strict=True)]
    assert [ch.symbol for ch in channels] == ["Wh", "Wh", "Wh", "W", "V", "W", "W", "°C"]
    assert shown[:3] == pytest.approx([0, 120, -120], abs=1)
    assert shown[3:5] == pytest.approx([-WATTS, 240], rel=0.001)
    assert shown[7] == meter.host.meter.readings.quantity(17) / 1000


GOOD = pp.control_of(((0, 0, 1, 1), (1, 1, 1, 1)), mp.UINT16)
LIMITS = {"channels": 2, "intervals": 96, "length": 15, "blocks": 100, "size": 0x38000}


def limits(**changes):
    return pp.limits_of(**(LIMITS | changes))


def flags(octets, at, value):
    return octets[:at] + bytes((value,)) + octets[at + 1 :]


@pytest.mark.parametrize(
    ("number", "octets"),
    [
        (61, limits(channels=0)),
        (61, limits(channels=9)),
        (61, limits(intervals=0)),
        (61, limits(intervals=1441)),
        (61, limits(length=0)),
        (61, limits(length=7)),
        (61, limits(length=90)),
        (61, limits(blocks=0)),
        (61, limits(blocks=1)),
        (61, limits(size=1000)),
        (61, flags(limits(), 4, 0x10)),
        (61, flags(limits(), 5, 0x00)),
        (61, flags(limits(), 6, 0xFF)),
        (61, limits()[:-1]),
        (62, pp.control_of(((0, 0, 1, 1), (18, 1, 1, 1)), mp.UINT16)),
        (62, pp.control_of(((2, 0, 1, 1), (1, 1, 1, 1)), mp.UINT16)),
        (62, pp.control_of(((3, 0, 1, 1), (1, 1, 1, 1)), mp.UINT32)),
        (62, pp.control_of(((0, 3, 1, 1), (1, 1, 1, 1)), mp.UINT16)),
        (62, pp.control_of(((0, 0, 0, 1), (1, 1, 1, 1)), mp.UINT16)),
        (62, pp.control_of(((0, 0, 1, 1), (1, 1, 1, 0)), mp.UINT16)),
        (62, pp.control_of(((0, 0, 1, 1), (1, 1, 1, 1)), 1)),
        (62, pp.control_of(((0, 0, 1, 1), (1, 1, 1, 1)), 6)),
        (62, pp.control_of(((0, 0, 1, 1), (1, 1, 1, 1)), 0)),
        (62, flags(GOOD, 0, 0x03)),
        (62, flags(GOOD, 2, 0xFF)),
        (62, GOOD + b"\0"),
    ],
)
def test_a_program_that_cannot_be_is_refused_and_changes_nothing(refusing, number, octets):
    before = refusing.octets()[:600], refusing.read(61, 62)
    refused(codes.ONP, lambda: refusing.client.write(number, octets))
    assert (refusing.octets()[:600], refusing.read(61, 62)) == before


@pytest.fixture(scope="module")
def refusing():
    meter = Meter(tables=one_minute())
    meter.minutes(3)
    return meter


def test_a_program_takes_the_right_to(refusing):
    refusing.client.logoff()
    refusing.client.logon(1, "TEST")
    refused(codes.ISC, lambda: refusing.client.write(62, GOOD))
    refusing.client.security(PASSWORD.decode())


def test_what_one_port_programs_the_other_reads():
    meter = Meter()
    meter.client.write_offset(61, 11, bytes((3, 5)))
    board = meter.host.board
    other = session(SimPort(meter.host, board.module), "MODULE")
    reader = TableReader(other.read)
    assert reader.report(61).fields["NBR_CHNS_SET1"] == 3
    assert len(reader.report(62).fields["LP_SEL_SET1"]) == 3
    assert other.read_offset(64, 0, 100) == bytes(100)


def test_recording_is_stopped_and_started_and_the_list_is_read():
    meter = Meter(tables=one_minute(intervals=2))
    caller = Caller(meter.client)
    meter.minutes(2)
    assert caller.run_octets(17, b"")[0] in (c.ACCEPTED, c.COMPLETED)
    meter.run(1)
    assert meter.client.read(8)[3] == c.COMPLETED
    assert meter.read(63)[0]["LP_STATUS_FLAGS"]["ACTIVE_MODE_FLAG"] == 0
    meter.minutes(2)
    caller.run_octets(16, b"")
    meter.minutes(3)
    words = [i.words() for block in meter.profile().blocks() for i in block.intervals]
    assert "stopped" in words and words[-1] == ""
    status = meter.read(63)[0]
    assert status["NBR_UNREAD_BLOCKS"] == status["NBR_VALID_BLOCKS"] > 1
    assert caller.run_octets(5, b"\3\1\0")[0] == c.COMPLETED
    assert meter.read(63)[0]["NBR_UNREAD_BLOCKS"] == status["NBR_UNREAD_BLOCKS"] - 1
    assert caller.run_octets(4, b"\7")[0] == c.COMPLETED
    assert meter.read(63)[0]["NBR_UNREAD_BLOCKS"] <= 1
    assert caller.run_octets(5, b"\3\x09\0")[0] == c.INVALID_PARAMETER


# The command


def test_the_command_reads_the_profile_as_text_and_as_csv(tmp_path):
    file = tmp_path / "profile.csv"
    options = ("--model", "AXR", "--watts", "3600", "--state", tmp_path / "state")
    before = ("--start", "2026-03-01T12:10", "--speed", "max", "--duration", 1500)
    assert picometer("run", "--headless", *options, *before).returncode == 0
    with RunningMeter(*options, "--pty", tmp_path / "port") as running:
        url = running.urls[0]
        ran = picometer("profile", url, *PASSWORD_OPTION)
        assert ran.returncode == 0, ran.stderr
        lines = ran.stdout.splitlines()
        ran = picometer("profile", url, *PASSWORD_OPTION, "--csv", file)
        assert (ran.returncode, ran.stdout) == (0, "")
        assert "cannot" in fails("profile", tmp_path / "none")
        ran = picometer("read", url, "all", *PASSWORD_OPTION)
        assert "ST63" in ran.stdout and "ST64" not in ran.stdout
    assert lines[:2] == [
        "channel 1: active energy delivered, Wh",
        "channel 2: active energy received, Wh",
    ]
    end, delivered, received, *words = lines[2].split()
    assert (end, received, words) == ("2026-03-01T12:15", "0", ["partial"])
    assert 290 <= int(delivered) <= 301
    rows = list(csv.reader(file.open()))
    assert rows[0] == [
        "end",
        "active energy delivered Wh",
        "active energy received Wh",
        "status",
    ]
    assert rows[1] == [end, delivered, received, "partial"]
    assert rows[2][0] == "2026-03-01T12:30" and rows[2][3] == ""
    assert 899 <= int(rows[2][1]) <= 901


# The proof


def test_half_an_hour_with_outages_and_a_set_clock_is_the_oracles():
    result = prove_profile(1800, 2, 1, 500)
    assert result.good, result
    assert result.intervals >= 30 and result.filled and result.cuts and result.sets


@pytest.mark.full
def test_hours_with_outages_set_clocks_and_tests_are_the_oracles():
    result = prove_profile(4500, 2, 1, 500)
    assert result.good, result
    assert result.intervals > 50 and result.blocks > 1 and result.filled > 10
    assert result.cuts and result.sets and result.tests


@pytest.mark.full
def test_35_days_of_8_channels_are_the_oracles_interval_by_interval():
    result = prove_profile(35 * 86400, 1)
    assert result.good, result
    assert result.intervals >= 35 * 96


def _later(course):
    def wrong(shape, *arguments):
        turn = course(shape, *arguments)
        return (*turn[:4], turn[4] + shape.length if turn[0] else turn[4])

    return wrong


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("course", _later(mp.course)),
        pytest.param("POWER_FAIL", mp.FORWARD, marks=pytest.mark.full),
        pytest.param("LATE_MS", -1, marks=pytest.mark.full),
    ],
)
def test_the_oracle_finds_what_is_not_right(monkeypatch, name, wrong):
    monkeypatch.setattr(mp, name, wrong)
    result = prove_profile(1200, 4, 1, 300)
    assert result.errors and not result.good


def test_the_oracle_finds_a_value_that_is_not_the_registers(monkeypatch):
    from firmware import profile_channels

    monkeypatch.setattr(profile_channels, "scaled", lambda value, s, d: value * s // d + value % 7)
    assert not prove_profile(900, 4, 1, 400).good
