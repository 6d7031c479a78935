"""What a device with demands serves, and what it lets nobody write."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from c1219 import catalog, procedures, quantities
from c1219.codec import decode, image_of, members
from c1219.tables import Tables
from c1219.types import MANUFACTURER, resolve
from tests_host.unit.c1219_device import (
    BillingDevice,
    FakeDevice,
    fields,
    whole,
    write,
)

BASIC = [0, 1, 2, 3, 5, 6, 10, 11, 12, 14, 15, 16, 20, 21, 22, 23, 27, 28]
MORE = [7, 8, 13, 25, 30, 31, 32, 33, 34, 40, 41, 43, 44, 50, 51, 52, 53, 55]
SECRET = [42]
SECURITY = [40, 41, 42, 43, 44]
WRITABLE = [5, 6, 7, 13, 31, 32, 33, 34, 42, 52, 53]
ONP, IAR = -4, -5
DELIVERED, RECEIVED = quantities.DEMAND_DELIVERED, quantities.DEMAND_RECEIVED


@pytest.fixture
def device():
    return BillingDevice()


@pytest.fixture
def tables(device):
    return Tables(device)


# --- what is served ---


def test_st0_lists_exactly_what_is_served(tables):
    st0 = fields(tables, 0)
    assert members(st0["STD_TBLS_USED"]) == sorted(BASIC + MORE + SECRET)
    assert members(st0["STD_TBLS_WRITE"]) == WRITABLE
    assert members(st0["STD_PROC_USED"]) == [p.number for p in procedures.PROCEDURES]
    assert st0["MAX_PROC_PARM_LENGTH"] == 1 + 6 + 1 and st0["MAX_RESP_DATA_LEN"] == 12
    sets = [name for name in st0 if name.startswith("DIM_")]
    widths = sum(st0[name] for name in sets) + st0["DIM_STD_TBLS_USED"] + st0["DIM_MFG_TBLS_USED"]
    assert len(whole(tables, 0)) == 19 + widths - st0["DIM_MFG_STATUS_USED"]
    for number in range(100):
        assert isinstance(whole(tables, number), bytes) == (number in BASIC + MORE)


def test_a_device_without_them_serves_what_it_always_did():
    tables = Tables(FakeDevice())
    assert members(fields(tables, 0)["STD_TBLS_USED"]) == BASIC
    for number in MORE + SECRET:
        assert whole(tables, number, 3) == write(tables, number, bytes(4), level=3) == IAR


@pytest.mark.parametrize(
    ("missing", "gone"),
    [
        ("previous", [25]),
        ("procedures", [7, 8]),
        ("display_limits", [30, 31, 32, 33, 34]),
        ("password_groups", SECURITY),
    ],
)
def test_each_feature_comes_and_goes_alone(missing, gone):
    device = BillingDevice()
    delattr(device, missing)
    tables = Tables(device)
    served = members(fields(tables, 0)["STD_TBLS_USED"])
    assert served == sorted(set(BASIC + MORE + SECRET) - set(gone))


def test_manufacturer_procedures_are_listed_apart(device):
    own = procedures.Procedure(MANUFACTURER | 9, "OWN", parameters=(("X", "UINT8", 20),))
    device.procedures = ((procedures.CHANGE_MODE, None), (own, None))
    st0 = fields(Tables(device), 0)
    assert members(st0["STD_PROC_USED"]) == [6] and members(st0["MFG_PROC_USED"]) == [9]
    assert st0["MAX_PROC_PARM_LENGTH"] == 20


@pytest.mark.parametrize(
    ("number", "size"),
    [(13, 8), (30, 10), (31, 10), (32, 24), (33, 18), (34, 7), (50, 9), (51, 9)]
    + [(52, 7), (53, 6), (55, 9)],
)
def test_sizes_are_the_standard_s(tables, number, size):
    assert tables.size(number) == size == len(whole(tables, number))


@pytest.mark.parametrize("number", BASIC + MORE)
def test_every_partial_read_is_the_slice(tables, device, number):
    device.quantities = [-1 - 1000 * q for q in range(18)]
    device.maxima, device.sums = {9: 4542, 10: 1}, {9: 9000, 10: 2}
    octets = whole(tables, number)
    buf = bytearray(len(octets) + 2)
    for offset in range(len(octets)):
        for count in {1, 2, 5, 6, 7, 33, len(octets) - offset}:
            if offset + count <= len(octets):
                assert tables.read(number, offset, count, buf, 1, 1) == count
                assert buf[1 : 1 + count] == octets[offset : offset + count]


@pytest.mark.parametrize("number", BASIC + MORE)
def test_what_is_served_is_encoded_again_from_what_was_read(tables, number):
    parts = resolve(catalog.find(number).fields, dict(tables.dims, RESPONSE_LENGTH=0))
    octets = whole(tables, number)
    assert bytes(image_of(parts, decode(parts, octets))) == octets


# --- demands ---


def test_sources_are_selected_once_each_and_their_links_hold(tables):
    st22, st27 = fields(tables, 22), fields(tables, 27)
    assert st22["DEMAND_SELECT"] == st27["PRESENT_DEMAND_SELECT"] == [9, 10]
    assert members(st22["MIN_OR_MAX_FLAGS"]) == [0, 1]
    selected = st22["SUMMATION_SELECT"] + st22["DEMAND_SELECT"] + st27["PRESENT_VALUE_SELECT"]
    sources = fields(tables, 16)["SOURCE_DEFINITION"]
    assert sorted(selected) == list(range(len(sources)))
    controlled = [i for i, source in enumerate(sources) if source["DEMAND_CTRL_FLAG"]]
    assert controlled == st22["DEMAND_SELECT"]
    assert len(fields(tables, 13)["DEMAND_CONTROL"]) == len(controlled)
    assert len(fields(tables, 12)["UOM_ENTRY"]) == len(sources)


def test_a_device_is_asked_only_for_what_it_measures(device):
    device.measured = quantities.BASIC + (quantities.TEMPERATURE,)
    tables = Tables(device)
    assert fields(tables, 27)["PRESENT_VALUE_SELECT"] == [3, 4, 5, 6, 7, 8, 9]
    device.quantities[quantities.TEMPERATURE] = 23500
    assert fields(tables, 28)["PRESENT_VALUES"][-1] == 23500
    assert fields(tables, 23) == {
        "TOT_DATA_BLOCK": {"SUMMATIONS": [0, 0, 0], "DEMANDS": [], "COINCIDENTS": []},
        "TIER_DATA_BLOCK": [],
    }


_WATTS = st.integers(0, (1 << 31) - 1)


@settings(max_examples=40, deadline=None)
@given(st.lists(_WATTS, min_size=8, max_size=8), st.binary(min_size=5, max_size=5))
def test_registers_at_a_reset_are_those_of_then_and_the_others_those_of_now(watts, when):
    device = BillingDevice()
    device.maxima = {DELIVERED: watts[0], RECEIVED: watts[1]}
    device.sums = {DELIVERED: watts[2], RECEIVED: watts[3]}
    device.times[RECEIVED] = when
    device.demand_resets = 257
    device.quantities[:3] = [10, 20, -10]
    device.previous.maxima = {DELIVERED: watts[4], RECEIVED: watts[5]}
    device.previous.sums = {DELIVERED: watts[6], RECEIVED: watts[7]}
    device.previous.end_time = when
    device.previous.demand_resets = 256
    device.previous.quantities[:3] = [1, 2, -1]
    tables = Tables(device)

    def record(resets, summations, maxima, sums, times):
        demands = [
            {
                "EVENT_TIME": [time],
                "CUM_DEMAND": total,
                "CONT_CUM_DEMAND": total + maximum,
                "DEMAND": [maximum],
            }
            for maximum, total, time in zip(maxima, sums, times, strict=True)
        ]
        block = {"SUMMATIONS": summations, "DEMANDS": demands, "COINCIDENTS": []}
        return {"NBR_DEMAND_RESETS": resets, "TOT_DATA_BLOCK": block, "TIER_DATA_BLOCK": []}

    none = bytes(5)
    assert fields(tables, 23) == record(1, [10, 20, -10], watts[:2], watts[2:4], [none, when])
    previous = record(0, [1, 2, -1], watts[4:6], watts[6:], [none, none])
    assert fields(tables, 25) == {"END_DATE_TIME": when} | previous


@pytest.mark.parametrize(
    ("seconds", "octets"), [(0, "000000"), (59, "00003b"), (899, "000e3b"), (3600, "010000")]
)
def test_present_demands_say_what_remains_of_the_interval(tables, device, seconds, octets):
    device.seconds_remaining = seconds
    device.quantities[DELIVERED], device.quantities[RECEIVED] = 4542, 7
    assert whole(tables, 28)[:14].hex() == octets + "be110000" + octets + "07000000"


def test_units_follow_the_kind_of_demand(tables):
    before = fields(tables, 12)["UOM_ENTRY"]
    assert [unit["TIME_BASE"] for unit in before[9:13]] == [4] * 4
    assert int.from_bytes(whole(tables, 12)[36:40], "little") == 0x00024400
    assert write(tables, 13, bytes((1, 0, 0, 0, 5, 3, 5, 3))) == 0
    after = fields(tables, 12)["UOM_ENTRY"]
    assert [unit["TIME_BASE"] for unit in after[9:13]] == [3] * 4
    assert before[:9] == after[:9] and before[13:] == after[13:]


def test_the_intervals_are_those_that_divide_the_hour_and_fit_the_window(tables, device):
    for sub_interval in range(256):
        for multiplier in (0, 1, 2, 3, 4, 5, 12, 15, 16, 20, 30, 60, 255):
            before = device.stored[13]
            minutes = sub_interval * multiplier
            good = 1 <= minutes <= 60 and 60 % minutes == 0 and multiplier <= 15
            image = bytes((1, 0, 0, 0)) + bytes((sub_interval, multiplier)) * 2
            assert write(tables, 13, image) == (0 if good else ONP)
            assert device.stored[13] == (image if good else before)


def test_an_interval_that_the_device_may_not_have_is_refused(tables, device):
    before = device.stored[13]
    device.is_demand_interval = lambda interval, subinterval: (interval, subinterval) == (20, 4)
    assert write(tables, 13, bytes((5, 3, 5, 3)), 4) == ONP
    assert device.stored[13] == before
    assert write(tables, 13, bytes((4, 5, 4, 5)), 4) == 0


def test_there_is_one_interval_for_all_demands(tables, device):
    before = device.stored[13]
    assert write(tables, 13, bytes((1, 0, 0, 0, 15, 1, 30, 1))) == ONP
    assert write(tables, 13, bytes((30,)), 4) == ONP
    assert device.stored[13] == before
    assert write(tables, 13, bytes((5, 3, 5, 3)), 4) == 0
    assert write(tables, 13, bytes((60,)), 3) == 0
    assert whole(tables, 13) == bytes((1, 0, 0, 60, 5, 3, 5, 3))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(WRITABLE[3:]), st.integers(-1, 24), st.binary(max_size=24), st.data())
def test_any_write_is_kept_whole_or_not_at_all(number, offset, data, draw):
    device = BillingDevice()
    tables = Tables(device)
    before, now = dict(device.stored), device.now
    size = tables.size(number)
    if offset == -1 and draw.draw(st.booleans()):
        data = (data + bytes(24))[:size]
    if write(tables, number, data, offset) == 0:
        at = max(offset, 0)
        if number == 52:
            assert device.now == (now + b"\4")[:at] + data[: 6 - at] + now[at + len(data) :]
        else:
            old = before[number]
            before[number] = old[:at] + data + old[at + len(data) :]
    else:
        assert device.now == now
    assert device.stored == before
