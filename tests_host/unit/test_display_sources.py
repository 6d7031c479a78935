"""Display sources and lists as octets: what the tables take is what is shown, and no more."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from c1219 import decade3
from c1219.codec import decode
from c1219.tables import Tables
from c1219.types import resolve
from display import sources
from display.lists import HEX, NUMBER
from firmware import default_lists, items
from tests_host.unit.c1219_device import (
    BillingDevice,
    display_list,
    display_source,
    fields,
    whole,
    write,
)

PURPOSES = (sources.NORMAL, sources.ALTERNATE, sources.TEST, sources.COMM_LINK_ONLY)


def present(item):
    """Items 1 to 9 are numbers, 10 is a code of six digits."""
    code = item.quantity == 10
    item.kind, item.digits = (HEX, 6) if code else (NUMBER, 0)
    item.annunciators = () if code else ("kWh",)
    return 0 < item.quantity <= 10


def item_of(octets, at=0, present=present):
    """What a source is shown as, None for nothing."""
    item = sources.blank()
    return item if sources.load(item, octets, at, present) else None


@pytest.fixture
def tables():
    """Of a meter with the built-in lists."""
    device = BillingDevice()
    device.display_limits = default_lists.LIMITS
    device.display_items = items.COUNT
    for number in (31, 32, 33, 34):
        device.stored[number] = getattr(default_lists, f"ST{number}")
    return Tables(device)


@pytest.mark.parametrize("number", [31, 32, 33, 34])
def test_the_built_in_lists_are_what_a_client_may_write(tables, number):
    octets = whole(tables, number)
    assert octets == getattr(default_lists, f"ST{number}")
    assert write(tables, number, octets) == 0


def test_the_built_in_lists_have_an_item_for_every_entry(tables):
    found = sources.Items(default_lists.ST32, default_lists.LIMITS[0], items.present)
    assert None not in found and len(found) == 48
    primary = sources.lists_of(default_lists.ST33, 3, 32, found)
    secondary = sources.lists_of(default_lists.ST34, 1, 32, found)
    assert [purpose for purpose, _ in primary + secondary] == list(PURPOSES)
    for number, lists in ((33, primary), (34, secondary)):
        said = [v for name, v in fields(tables, number).items() if name.endswith("_LISTS")][0]
        assert [len(shown.items) for _, shown in lists] == [s["NBR_LIST_ITEMS"] for s in said]
    assert secondary[0][1].items[-1].code == b"Er "


@given(
    st.integers(1, 9),
    st.binary(min_size=3, max_size=3),
    st.integers(4, 6),
    st.integers(0, 3),
    st.booleans(),
    st.booleans(),
    st.integers(0, 3),
)
def test_a_source_is_shown_as_the_table_says(number, code, digits, decimals, zeros, rolls, power):
    parts = resolve(decade3.SOURCE, {})
    flags = decimals << 3 | zeros << 6 | rolls << 7
    octets = bytes((number,)) + code + bytes((digits | flags, power))
    said = decode(parts, octets)
    item = item_of(b"??" + octets, 2)
    assert (item.quantity, item.multiplier) == (said["ITEM"], said["MULTIPLIER"])
    assert item.code == code and item.annunciators == ("kWh",)
    form = said["FORMAT"]
    assert item.digits == form["DIGITS"] and item.decimals == form["DECIMALS"]
    assert item.zeros == bool(form["LEADING_ZEROS"])
    assert bool(item.modulus) == bool(form["ROLL_OVER"])


def test_both_declarations_name_the_lists_alike():
    assert sources.SOURCE_WIDTH == decade3.SOURCE_WIDTH and sources.NOTHING == decade3.NOTHING
    for name in ("COMM_LINK_ONLY", "NORMAL", "ALTERNATE", "TEST"):
        assert getattr(sources, name) == getattr(decade3, name)


def test_a_source_of_another_kind_has_its_own_digits():
    item = item_of(display_source(10, 4, 2))
    assert (item.kind, item.digits, item.decimals) == (HEX, 6, 0)


@pytest.mark.parametrize(
    "octets",
    [
        display_source(0),
        display_source(11),
        display_source(255),
        display_source(1, digits=3),
        display_source(1, digits=7),
        display_source(1, 4, 4),
        display_source(1, multiplier=4),
        bytes(6),
        b"\xff" * 6,
    ],
)
def test_what_cannot_be_shown_is_passed_over(octets):
    assert item_of(octets) is None
    found = sources.Items(octets + display_source(2), 2, present)
    lists = sources.lists_of(display_list(1, 3) + bytes((0, 0, 1, 0, 9, 0)), 1, 3, found)
    assert [item.quantity for item in lists[0][1].items] == [2]


def test_times_are_seconds_and_hold_is_minutes():
    found = sources.Items(display_source(2), 1, present)
    octets = display_list(2, 1, on=5, off=1, hold=3) + bytes(2)
    purpose, shown = sources.lists_of(octets, 1, 1, found)[0]
    assert purpose == sources.ALTERNATE and shown.annunciator == "ALT"
    assert (shown.on_time, shown.off_time, shown.hold) == (50, 10, 3)
    octets = display_list(1, 1, on=0) + bytes(2)
    assert sources.lists_of(octets, 1, 1, found)[0][1].on_time == 60


def test_lists_share_the_items_one_after_the_other_and_empty_ones_are_left_out():
    found = sources.Items(b"".join(display_source(i) for i in (1, 2, 3, 4)), 4, present)
    octets = display_list(1, 2) + display_list(2, 0) + display_list(3, 2)
    octets += b"".join(bytes((i, 0)) for i in (3, 1, 0, 2))
    lists = sources.lists_of(octets, 3, 4, found)
    assert [(p, [i.quantity for i in shown.items]) for p, shown in lists] == [
        (sources.NORMAL, [4, 2]),
        (sources.TEST, [1, 3]),
    ]


@given(st.binary(max_size=60), st.binary(max_size=40), *[st.integers(0, 300)] * 3)
@example(b"", b"", 0, 0, 0)
@example(display_source(1), display_list(1, 255) + b"\0\0\0", 1, 1, 65535)
def test_any_octets_make_lists_of_items_that_exist_or_none(st32, lists, sources_, count, indices):
    found = sources.Items(st32, sources_, present)
    for purpose, shown in sources.lists_of(lists, count, indices, found):
        assert purpose in PURPOSES and shown.items and shown.on_time > 0
        assert all(present(item) for item in shown.items)


def test_every_source_that_the_table_takes_is_shown_unless_it_has_no_item():
    octets = b"".join(display_source(number) for number in range(256))
    for number in range(256):
        source = octets[number * 6 : number * 6 + 6]
        taken = decade3._is_source(source, 0, items.COUNT) or number == sources.NOTHING
        there = item_of(source, 0, items.present) is not None
        assert taken == (there or number == sources.NOTHING)
