"""What cannot be is refused with the code that C12.19 has for it, and nothing at all changes."""

import pytest

from c1219 import decade3
from c1219 import procedures as c
from c1219.codec import image_of
from c1219.types import resolve
from metrology import page as p
from picometer.reader.errors import ServiceError
from picometer.reader.procedure import Caller
from picometer.virtual.clock import NS_PER_S
from picometer.virtual.controls import Controls
from picometer.virtual.lcd import decode
from picometer.virtual.mains import ConstantLoad
from picometer.virtual.options import LoadChoice
from psem import codes
from tests_host.meter.unchanged import (
    CLOCK,
    DEMAND,
    MASTER,
    PRIMARY,
    READER,
    SECONDARY,
    SOURCES,
    TEST_MODE,
    Bench,
    demand,
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def bench():
    return Bench()


@pytest.fixture(scope="module")
def state(bench):
    """What nothing in this module may change."""
    found = bench.state()
    assert found == bench.state()
    (_, page, *_), tables = found
    assert page[p.DELIVERED_COUNTS] and page[p.PREVIOUS_DEMANDS] and page[p.DEMAND_RESETS] == 1
    assert len(tables[26]["SELF_READS_ENTRIES"]) == 1 and len(tables[74]) > 5
    return found


def _write(bench, number, octets, password=MASTER):
    """The response code to a write of the whole table."""
    client = bench.client(password)
    try:
        client.write(number, octets)
    except ServiceError as error:
        return error.code
    finally:
        client.terminate()
    return codes.OK


def _run(bench, procedure, octets, password=MASTER):
    client = bench.client(password)
    result, data = Caller(client).run_octets(procedure.number, octets)
    client.terminate()
    return result, data


@pytest.mark.parametrize(
    "octets",
    [
        demand(0, 1, 0, 1),
        demand(15, 0, 15, 0),
        demand(7, 1, 7, 1),
        demand(61, 1, 61, 1),
        demand(45, 1, 45, 1),
        demand(15, 3, 15, 3),
        demand(120, 1, 120, 1),
        demand(1, 20, 1, 20),
        demand(2, 30, 2, 30),
        demand(3, 20, 3, 20),
        demand(1, 60, 1, 60),
        demand(15, 1, 30, 1),
        demand(5, 3, 15, 1),
        demand(15, 1)[:6],
        demand(15, 1, 15, 1) + b"\0",
    ],
    ids=lambda octets: octets[4:].hex(),
)
def test_an_impossible_demand_interval_is_refused(bench, state, octets):
    assert _write(bench, DEMAND, octets) == codes.ONP
    assert bench.state() == state


@pytest.mark.parametrize(
    "octets", [(0, 30), (2, 30), (60, 30), (61, 30), (255, 30), (5, 0), (5, 100), (5, 255)]
)
def test_an_impossible_test_interval_or_time_out_is_refused(bench, state, octets):
    assert _write(bench, TEST_MODE, bytes(octets)) == codes.ONP
    assert bench.state() == state


_NO_TIMES = {
    "1999": (99, 12, 31, 23, 59, 59),
    "1990": (90, 1, 1, 0, 0, 0),
    "year 100": (100, 1, 1, 0, 0, 0),
    "30 February": (8, 2, 30, 12, 0, 0),
    "29 February of no leap year": (7, 2, 29, 12, 0, 0),
    "31 April": (7, 4, 31, 12, 0, 0),
    "month 13": (7, 13, 1, 12, 0, 0),
    "month 0": (7, 0, 1, 12, 0, 0),
    "day 0": (7, 1, 0, 12, 0, 0),
    "25:00": (7, 2, 1, 25, 0, 0),
    "24:00": (7, 2, 1, 24, 0, 0),
    "12:60": (7, 2, 1, 12, 60, 0),
    "leap second": (8, 12, 31, 23, 59, 60),
    "none": (0, 0, 0, 0, 0, 0),
}


@pytest.mark.parametrize("octets", _NO_TIMES.values(), ids=_NO_TIMES.keys())
def test_a_time_that_does_not_exist_does_not_set_the_clock(bench, state, octets):
    before = bench.host.board.rtc.now()
    began = bench.host.board.clock.now_ns
    assert _write(bench, CLOCK, bytes(octets) + b"\0") == codes.ONP
    result = _run(bench, c.SET_DATE_TIME, b"\x03" + bytes(octets) + b"\0")
    assert result == (c.INVALID_PARAMETER, b"")
    passed = bench.host.board.rtc.now() - before
    assert passed.total_seconds() == pytest.approx(
        (bench.host.board.clock.now_ns - began) / NS_PER_S, abs=1.1
    )
    assert bench.state() == state


def _source(**changes):
    values = {
        "ITEM": 4,
        "ID": b"tSt",
        "FORMAT": {"DIGITS": 6, "DECIMALS": 0},
        "MULTIPLIER": 0,
    }
    values["FORMAT"] |= changes.pop("FORMAT", {})
    octets = bytearray(image_of(resolve(decade3.SOURCE, {}), values | changes))
    return bytes(octets)


_BAD_SOURCES = {
    "an ITEM that does not exist": _source(ITEM=200),
    "three digits": _source(FORMAT={"DIGITS": 3}),
    "seven digits": _source(FORMAT={"DIGITS": 7}),
    "no digit before the point": _source(FORMAT={"DIGITS": 6, "DECIMALS": 6}),
    "a multiplier of 10000": _source(MULTIPLIER=4),
    "an ID of no characters": _source(ID=b"\x07\x08\xff"),
}


@pytest.mark.parametrize("octets", _BAD_SOURCES.values(), ids=_BAD_SOURCES.keys())
def test_a_display_source_that_cannot_be_shown_is_refused(bench, state, octets):
    def change(values):
        values["DISP_SOURCES"][2]["DISP_SOURCE"] = octets

    assert _write(bench, SOURCES, bench.encoded(SOURCES, change)) == codes.ONP
    assert bench.state() == state


def _no_such_source(lists, values):
    values[lists.replace("LISTS", "SOURCES")][0] = 48


def _too_many(lists, values):
    values[lists][0]["NBR_LIST_ITEMS"] = 255


def _no_time_to_read(lists, values):
    values[lists][0]["ON_OFF"] = {"ON_TIME": 0, "OFF_TIME": 3}


def _no_such_purpose(lists, values):
    values[lists][0]["HOLD_DEFAULT"] = {"HOLD_TIME": 0, "DEFAULT_LIST": 4}


def _empty(lists, values):
    values[lists][0]["NBR_LIST_ITEMS"] = 0


def _two_of_one_purpose(lists, values):
    values[lists][1]["HOLD_DEFAULT"] = dict(values[lists][0]["HOLD_DEFAULT"])


def _none_normal(lists, values):
    values[lists][0]["HOLD_DEFAULT"] = {"HOLD_TIME": 0, "DEFAULT_LIST": 0}


@pytest.mark.parametrize(
    ("number", "lists", "change"),
    [
        *(
            (PRIMARY, "PRI_DISP_LISTS", change)
            for change in (
                *(_no_such_source, _too_many, _no_time_to_read, _no_such_purpose),
                *(_empty, _two_of_one_purpose, _none_normal),
            )
        ),
        *(
            (SECONDARY, "SEC_DISP_LISTS", change)
            for change in (_no_such_source, _too_many, _no_time_to_read, _no_such_purpose)
        ),
    ],
)
def test_a_display_list_that_cannot_be_shown_is_refused(bench, state, number, lists, change):
    octets = bench.encoded(number, lambda values: change(lists, values))
    assert _write(bench, number, octets) == codes.ONP
    assert bench.state() == state


@pytest.mark.parametrize(
    ("at", "octets"), [(1, (49, 0)), (3, (7,)), (4, (33, 0)), (6, (2,)), (6, (4,)), (4, (25, 0))]
)
def test_display_dimensions_beyond_the_meters_or_below_its_lists_are_refused(
    bench, state, at, octets
):
    client = bench.client(MASTER)
    with pytest.raises(ServiceError) as refused:
        client.write_offset(31, at, bytes(octets))
    assert refused.value.code == codes.ONP
    client.terminate()
    assert bench.state() == state


@pytest.mark.parametrize(
    ("procedure", "octets", "result"),
    [
        (c.CHANGE_MODE, b"\x03", c.INVALID_PARAMETER),  # metering and test
        (c.CHANGE_MODE, b"\x00", c.INVALID_PARAMETER),
        (c.CHANGE_MODE, b"\x12", c.INVALID_PARAMETER),  # no such bit
        (c.CHANGE_MODE, b"", c.INVALID_PARAMETER),
        (c.CHANGE_MODE, b"\x04", c.CONFLICT),  # shop mode
        (c.CHANGE_MODE, b"\x08", c.CONFLICT),  # factory mode
        (c.REMOTE_RESET, b"\x04", c.INVALID_PARAMETER),
        (c.REMOTE_RESET, b"\x81", c.INVALID_PARAMETER),
        (c.REMOTE_RESET, b"\x00", c.INVALID_PARAMETER),
        (c.SET_DATE_TIME, b"\x0b" + bytes((7, 2, 1, 12, 0, 0, 0)), c.INVALID_PARAMETER),
        (c.RESET_LIST_POINTERS, b"\x03", c.INVALID_PARAMETER),  # no load profile
        (c.UPDATE_LAST_READ, b"\x02\x63\x00", c.INVALID_PARAMETER),  # more than there are
        (c.START_LOAD_PROFILE, b"\x01", c.UNRECOGNISED),
    ],
)
def test_a_procedure_that_makes_no_sense_is_refused(bench, state, procedure, octets, result):
    assert _run(bench, procedure, octets) == (result, b"")
    assert bench.state() == state


_WRITES = {
    5: b"INTRUDER".ljust(20),
    DEMAND: demand(15, 1, 15, 1),
    CLOCK: bytes((7, 2, 1, 12, 0, 0, 0)),
    TEST_MODE: bytes((5, 30)),
}
_PROCEDURES = (
    (c.CHANGE_MODE, b"\x02"),
    (c.REMOTE_RESET, b"\x01"),
    (c.REMOTE_RESET, b"\x02"),
    (c.SET_DATE_TIME, b"\x03" + bytes((7, 2, 1, 12, 0, 0, 0))),
    (c.RESET_LIST_POINTERS, b"\xff"),
    (c.CLEAR_STD_STATUS, b""),
)


@pytest.mark.parametrize("password", [None, READER], ids=["no password", "reader"])
def test_without_a_programmers_password_nothing_can_be_changed(bench, state, password):
    for number, octets in _WRITES.items():
        assert _write(bench, number, octets, password) == codes.ISC
    for procedure, octets in _PROCEDURES:
        assert _run(bench, procedure, octets, password) == (c.NO_AUTHORISATION, b"")
    if password is None:
        assert _run(bench, c.UPDATE_LAST_READ, b"\x02\1\0", password)[0] == c.NO_AUTHORISATION
    assert bench.state() == state


@pytest.mark.parametrize("password", ["PICOMETE", "PICOMETERS", "picometer", "MODULE", ""])
def test_a_wrong_password_takes_the_rights_away_and_changes_nothing(bench, state, password):
    client = bench.client(MASTER)
    with pytest.raises(ServiceError) as refused:
        client.security(password)
    assert refused.value.code == codes.ERR
    with pytest.raises(ServiceError) as refused:
        client.write(5, _WRITES[5])
    assert refused.value.code == codes.ISC
    client.terminate()
    assert bench.state() == state


@pytest.mark.parametrize("number", [0, 1, 3, 23, 28, 74, 2049, 2050, 99, 40, 44, 45, 5 | 0x1000])
def test_what_is_not_there_or_is_read_only_cannot_be_written(bench, state, number):
    assert _write(bench, number, b"\0\0") == codes.IAR
    assert bench.state() == state


def test_there_is_no_demand_reset_in_test_mode_and_no_second_one_within_the_lockout():
    bench = Bench()
    client = bench.client(MASTER)
    caller = Caller(client)
    assert caller.run_octets(c.REMOTE_RESET.number, b"\x01")[0] == c.COMPLETED
    client.terminate()
    before = bench.state()
    assert _run(bench, c.REMOTE_RESET, b"\x01") == (c.TIMING, b"\0")
    assert _run(bench, c.REMOTE_RESET, b"\x03") == (c.TIMING, b"\0")
    assert bench.state() == before
    bench.run(70)
    assert _run(bench, c.CHANGE_MODE, b"\x02") == (c.COMPLETED, b"")
    before = bench.state()
    assert before[1][3]["ED_MODE"]["TEST_MODE_FLAG"] == 1
    assert _run(bench, c.REMOTE_RESET, b"\x01") == (c.CONFLICT, b"\0")
    assert _run(bench, c.REMOTE_RESET, b"\x03") == (c.CONFLICT, b"\0")
    assert bench.state() == before


def test_a_test_that_begins_while_a_demand_reset_is_confirmed_changes_no_register():
    bench = Bench()
    board = bench.host.board
    Controls(board, LoadChoice()).do("lever press")
    bench.run(1)
    (_, page, *_), tables = bench.state(13, 23, 25, 26)
    assert page[p.DEMAND_RESETS] == 2
    assert "TEST" in decode(board.lcd.ram).annunciators  # all of them: it is being confirmed
    assert "NOR" in decode(board.lcd.ram).annunciators
    assert _run(bench, c.CHANGE_MODE, b"\x02") == (c.COMPLETED, b"")
    board.mains.change(ConstantLoad(7200.0))
    bench.run(10)
    shown = decode(board.lcd.ram)
    assert "NOR" not in shown.annunciators  # the confirmation is over, and a test is shown
    (_, after, *_), later = bench.state()
    assert [word for word in range(128) if after[word] != page[word]] == [
        *(p.MODE, p.TESTS, p.TEST_REGISTERS + 1, p.TEST_LAST_A, p.TEST_LAST_B, p.TEST_LOGGED)
    ]
    assert after[p.TESTS] == page[p.TESTS] + 1
    assert [later[n] == tables[n] for n in (13, 23, 25, 26)] == [True] * 4
    assert _run(bench, c.CHANGE_MODE, b"\x01") == (c.COMPLETED, b"")
    (_, after, *_), later = bench.state()
    assert [later[n]["TOT_DATA_BLOCK"]["DEMANDS"] for n in (23, 25)] == [
        tables[n]["TOT_DATA_BLOCK"]["DEMANDS"] for n in (23, 25)
    ]
    assert later[3]["ED_MODE"]["METERING_FLAG"] == 1


def test_the_meter_still_takes_what_is_right(bench, state):
    """The refusals above are of what was asked, not of a meter that refuses everything."""
    octets = bench.encoded(DEMAND, lambda values: None)
    assert octets == demand(60, 1, 60, 1)
    assert _write(bench, DEMAND, demand(1, 15, 1, 15)) == codes.OK
    assert _write(bench, DEMAND, octets) == codes.OK
    assert bench.state() != state
