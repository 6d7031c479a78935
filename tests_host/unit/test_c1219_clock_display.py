"""Clock and display: what is shown of them, and that only what exists can be set."""

from datetime import date, timedelta

import pytest

from c1219 import catalog
from c1219.codec import image_of
from c1219.dates import is_date, is_time, weekday
from c1219.tables import Tables
from c1219.types import resolve
from tests_host.unit.c1219_device import (
    BillingDevice,
    display_list,
    display_source,
    fields,
    whole,
    write,
)

ISC, ONP, IAR = -3, -4, -5


@pytest.fixture
def device():
    return BillingDevice()


@pytest.fixture
def tables(device):
    return Tables(device)


# --- clock ---


def test_the_clock_is_the_meter_in_service_s(tables, device):
    for octets, image in (("0c0b0817010f", "0c0b0817010f44"), ("0d0105011700", "0d010501170046")):
        device.now = bytes.fromhex(octets)
        device.clock_flags = 0x40
        assert whole(tables, 52).hex() == image
        assert whole(tables, 55).hex() == image + "0000"


def test_a_clock_not_set_is_readable(tables, device):
    device.now = bytes(6)
    assert whole(tables, 52) == bytes(6) + b"\7"


def test_time_and_day_of_one_read_are_of_one_moment(tables, device):
    moments = iter((bytes((7, 2, 1, 23, 59, 59)), bytes((7, 2, 2, 0, 0, 0))))
    device.date_time = lambda: next(moments)
    assert whole(tables, 52) == bytes((7, 2, 1, 23, 59, 59, 4))
    assert whole(tables, 52) == bytes((7, 2, 2, 0, 0, 0, 5))


def test_dates_are_those_of_the_calendar():
    day, seen = date(2000, 1, 1), 0
    while day.year < 2090:
        octets = bytes((day.year - 2000, day.month, day.day))
        assert is_date(octets) and weekday(octets) == day.isoweekday() % 7
        day += timedelta(1)
        seen += 1
    valid = sum(is_date((y, m, d)) for y in range(100) for m in range(14) for d in range(33))
    assert valid == seen
    for octets in ((90, 1, 1), (1, 2, 29), (0, 0, 0), (255, 1, 1), (0, 255, 1), (0, 1, 255)):
        assert not is_date(octets) and weekday(octets) == 7
    assert [is_time(t) for t in ((23, 59, 59), (24, 0, 0), (0, 60, 0), (0, 0, 60))] == [
        True,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("octets", "answer"),
    [
        ("1002 1d 173b3b 00", 0),
        ("1102 1d 173b3b 00", ONP),  # no leap year
        ("59 0c1f 000000 07", 0),
        ("5a 0101 000000 07", ONP),  # 1990
        ("63 0c1f 173b3b 00", ONP),  # 1999
        ("10 0d01 000000 00", ONP),
        ("10 0101 180000 00", ONP),
        ("00 0000 000000 07", ONP),
        ("10 0101 000000", ONP),
    ],
)
def test_only_a_time_that_exists_is_set(tables, device, octets, answer):
    before = device.now
    assert write(tables, 52, bytes.fromhex(octets)) == answer
    assert device.now == (bytes.fromhex(octets)[:6] if answer == 0 else before)


def test_part_of_the_clock_may_be_set(tables, device):
    assert write(tables, 52, bytes((9, 0, 0)), 3) == 0
    assert device.now == bytes((7, 2, 1, 9, 0, 0))
    assert write(tables, 52, bytes((30,)), 2) == ONP
    assert write(tables, 52, bytes(7), level=1) == ISC


@pytest.mark.parametrize(
    ("octets", "answer"),
    [
        ("020000 3c d4fe", 0),
        ("020000 78 4803", 0),
        ("020000 79 0000", ONP),
        ("180000 3c 0000", ONP),
        ("020000 3c 4903", ONP),
        ("020000 3c 2ffd", ONP),
    ],
)
def test_only_a_zone_of_this_world_is_kept(tables, device, octets, answer):
    before = device.stored[53]
    assert write(tables, 53, bytes.fromhex(octets)) == answer
    assert device.stored[53] == (bytes.fromhex(octets) if answer == 0 else before)


# --- display ---

_GOOD_33 = display_list(1, 3) + display_list(2, 3) + b"\0\0\1\0\2\0\3\0\0\0\1\0"


@pytest.mark.parametrize(
    ("number", "image", "answer"),
    [
        (32, display_source(8, 4, 3) + display_source(0, 0) * 3, 0),
        (32, display_source(9) + display_source(0) * 3, ONP),
        (32, display_source(1, digits=3) + display_source(0) * 3, ONP),
        (32, display_source(1, digits=7) + display_source(0) * 3, ONP),
        (32, display_source(1, 4, 4) + display_source(0) * 3, ONP),
        (32, display_source(1, identity=b"d\nL") + display_source(0) * 3, ONP),
        (32, display_source(1, multiplier=4) + display_source(0) * 3, ONP),
        (32, display_source(1) * 3, ONP),
        (33, _GOOD_33, 0),
        (33, display_list(3, 0) + display_list(1, 6) + _GOOD_33[6:], 0),
        (33, display_list(1, 0) + _GOOD_33[3:], ONP),  # nothing to show
        (33, display_list(0, 3) + _GOOD_33[3:], ONP),
        (33, display_list(1, 4) + _GOOD_33[3:], ONP),  # more than there are
        (33, display_list(2, 3) + _GOOD_33[3:], ONP),
        (33, display_list(4, 3) + _GOOD_33[3:], ONP),
        (33, display_list(1, 3) * 2 + _GOOD_33[6:], ONP),  # two for one purpose
        (33, display_list(1, 3, on=0) + _GOOD_33[3:], ONP),
        (33, _GOOD_33[:-2] + b"\4\0", ONP),  # no such source
        (33, _GOOD_33[:-2] + b"\0\1", ONP),
        (34, display_list(0, 2) + b"\3\0\2\0", 0),
        (34, display_list(0, 3) + b"\3\0\2\0", ONP),
        (34, display_list(0, 2) + b"\3\0\4\0", ONP),
        (30, bytes(10), IAR),
    ],
)
def test_lists_show_only_what_exists(tables, device, number, image, answer):
    before = dict(device.stored)
    assert write(tables, number, image) == answer
    if answer == 0:
        before[number] = image
    assert device.stored == before


_LIMITS = bytes((7, 4, 0, 6, 6, 0, 2, 2, 0, 1))


def test_dimensions_may_be_less_but_not_more_nor_cut_what_is_used(tables, device):
    def attempt(**changed):
        values = fields(tables, 30) | changed
        image = bytes(image_of(resolve(catalog.find(31).fields, {}), values))
        return write(tables, 31, image)

    assert attempt(NBR_DISP_SOURCES=5) == ONP
    assert attempt(NBR_DISP_SOURCES=3) == ONP  # the lists use the fourth
    assert attempt(NBR_PRI_DISP_LIST_ITEMS=4) == ONP  # five are in use
    assert attempt(NBR_PRI_DISP_LISTS=1) == ONP
    assert attempt(WIDTH_DISP_SOURCES=5) == ONP
    assert attempt(DISP_CTRL={"ON_TIME_FLAG": 1}) == ONP
    assert device.stored[31] == _LIMITS == whole(tables, 31) == whole(tables, 30)
    assert attempt(NBR_PRI_DISP_LIST_ITEMS=5) == 0
    assert tables.size(33) == 16 and len(whole(tables, 33)) == 16
    assert write(tables, 33, _GOOD_33[:3] + display_list(2, 2) + b"\0\0\1\0\2\0\1\0\2\0") == 0
    assert write(tables, 34, display_list(0, 1) + bytes(4)) == 0
    assert attempt(NBR_DISP_SOURCES=3, NBR_PRI_DISP_LIST_ITEMS=5) == 0
    assert tables.size(32) == 18
    assert write(tables, 34, display_list(0, 1) + b"\3\0\0\0") == ONP
    assert attempt() == 0
    assert tables.size(32) == 24 and tables.size(33) == 18


def test_a_refused_dimension_leaves_the_layout(tables, device):
    device.refusal = -8
    assert write(tables, 31, bytes((7, 4, 0, 6, 5, 0, 2, 2, 0, 1))) == -8
    assert tables.size(33) == 18
