"""The tables served: contents, access, partial reads, and writes that are all or nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boards.approved import RATINGS
from c1219 import catalog, quantities, types
from c1219.codec import decode, members
from c1219.tables import NotReady, Tables
from c1219.types import resolve
from tests_host.unit.c1219_device import FakeDevice, whole, written

NUMBERS = [0, 1, 2, 3, 5, 6, 10, 11, 12, 14, 15, 16, 20, 21, 22, 23, 27, 28]
IAR, ISC, ONP, DNR = -5, -3, -4, -7


@pytest.fixture
def device():
    return FakeDevice()


@pytest.fixture
def tables(device):
    return Tables(device)


def fields(tables, number):
    return decode(resolve(catalog.find(number).fields, tables.dims), whole(tables, number))


# --- what is served ---


def test_st0_lists_exactly_what_is_served(tables):
    st0 = fields(tables, 0)
    assert members(st0["STD_TBLS_USED"]) == NUMBERS
    assert members(st0["STD_TBLS_WRITE"]) == [5, 6]
    assert len(whole(tables, 0)) == 19 + 2 * st0["DIM_STD_TBLS_USED"]
    for number in range(2048):
        assert isinstance(whole(tables, number), bytes) == (number in NUMBERS)


def test_st0_follows_the_declarations(device):
    extra = types.Table(
        types.MANUFACTURER + 9,
        "EXTRA",
        (("X", "UINT8", 3, "nth"),),
        {"nth": lambda t, n: n + 1},
        write=types.MASTER,
    )
    tables = Tables(device, catalog.TABLES + (extra,))
    st0 = fields(tables, 0)
    assert members(st0["MFG_TBLS_USED"]) == members(st0["MFG_TBLS_WRITE"]) == [9]
    assert len(whole(tables, 0)) == 19 + 2 * 4 + 2 * 2
    assert whole(tables, 0x0809) == b"\1\2\3"


def test_the_formats_are_those_that_clients_support_best(tables):
    assert whole(tables, 0)[:3] == bytes.fromhex("021a8a")


@pytest.mark.parametrize(
    ("number", "size"),
    [(1, 32), (2, 33), (3, 5), (5, 20), (6, 230), (10, 8), (11, 8), (20, 10), (21, 10)],
)
def test_sizes_are_the_standard_s(tables, number, size):
    assert tables.size(number) == size == len(whole(tables, number))


def test_no_table_needs_more_than_the_smallest_grant(tables):
    assert max(tables.size(number) for number in NUMBERS) < 1000


def test_limits_equal_actual_dimensions(tables):
    assert whole(tables, 10) == whole(tables, 11)
    assert whole(tables, 20) == whole(tables, 21)


def test_the_nameplate_says_what_the_meter_is_in_codes_of_the_standard(tables):
    numbers = (b"1.0", b"1.0", b"200", b"30")
    kh, kt, class_amps, test_amps = (text.ljust(6, b"\0") for text in numbers)
    # 60 Hz, 1 1/2 elements, base type 1; 240 V
    codes = b"\x01" + b"    2" + b"\x74\x00" + b"\x05"
    assert whole(tables, 2) == kh + kt + codes + class_amps + test_amps


@pytest.mark.parametrize("entry", RATINGS, ids=lambda entry: entry.name)
def test_every_rating_has_its_nameplate(entry):
    st2 = fields(Tables(FakeDevice(entry.name)), 2)
    assert float(st2["E_KH"].rstrip(b"\0")) * 1000 == entry.kh_mwh
    assert float(st2["E_CLASS_MAX_AMPS"].rstrip(b"\0")) == entry.class_amps
    assert float(st2["E_TA"].rstrip(b"\0")) == entry.test_amps
    assert st2["E_ED_CONFIG"].strip().decode() + "S" == entry.form
    elements = {"1S": 1, "2S": 6, "3S": 1, "4S": 6}
    assert st2["E_ELEMENTS"] == {
        "FREQUENCY": 4,
        "NBR_OF_ELEMENTS": elements[entry.form],
        "BASE_TYPE": 1,
        "ACCURACY_CLASS": 0,
    }


def test_identity_and_status_are_the_device_s(tables, device):
    assert whole(tables, 1) == b"PICOAX-SD   \1\2\3\4PM00000042      "
    device.mode, device.status1, device.status_mfg = 2, 0x2081, 0x84
    assert whole(tables, 3) == bytes.fromhex("0281200084")


def test_units_of_measure_are_the_reference_s_words(tables):
    octets = whole(tables, 12)
    words = [int.from_bytes(octets[i : i + 4], "little") for i in range(0, len(octets), 4)]
    assert words[:3] == [0x00024000, 0x00018000, 0x0007C000]
    assert words[4] == 0x0003F108
    volts_a_n = {"ID_CODE": 8, "TIME_BASE": 1, "SEGMENTATION": 5}
    parts = resolve((("X", ("UINT32", quantities.UOM_BITS)),), {})
    assert decode(parts, (0x00280108).to_bytes(4, "little"))["X"] == {
        name: volts_a_n.get(name, 0) for name, _, _ in quantities.UOM_BITS
    }


def test_every_source_is_recorded_in_some_quadrant(tables):
    units = decode(
        resolve((("X", ("UINT32", quantities.UOM_BITS), len(quantities.SOURCES)),), {}),
        b"".join(source[2].to_bytes(4, "little") for source in quantities.SOURCES),
    )["X"]
    for source, unit in zip(quantities.SOURCES, units, strict=True):
        assert any(unit[quadrant] for quadrant in ("Q1", "Q2", "Q3", "Q4")), source
    everywhere = {quantities.VOLTS, quantities.AMPS_A, quantities.AMPS_B, quantities.HERTZ}
    everywhere |= {quantities.POWER_FACTOR, quantities.VOLT_AMPS}
    for source, unit in zip(quantities.SOURCES, units, strict=True):
        if source[0] in everywhere:
            assert [unit[quadrant] for quadrant in ("Q1", "Q2", "Q3", "Q4")] == [1, 1, 1, 1]
            assert unit["NET_FLOW"] == 0


def test_every_reading_is_a_source_with_a_unit(tables):
    selected = fields(tables, 22)["SUMMATION_SELECT"] + fields(tables, 27)["PRESENT_VALUE_SELECT"]
    sources = fields(tables, 16)["SOURCE_DEFINITION"]
    assert selected == list(range(len(sources)))
    assert all(source["UOM_ENTRY_FLAG"] and source["PULSE_ENGR_FLAG"] for source in sources)
    assert len(fields(tables, 12)["UOM_ENTRY"]) == len(fields(tables, 15)["CONSTANTS"])
    assert fields(tables, 15)["CONSTANTS"] == [{"MULTIPLIER": 1, "OFFSET": 0}] * len(sources)


_INT48 = st.integers(-(1 << 47), (1 << 47) - 1)


@settings(max_examples=60, deadline=None)
@given(st.lists(_INT48, min_size=9, max_size=9))
def test_registers_and_present_values_are_exact(values):
    device = FakeDevice()
    device.quantities = values
    tables = Tables(device)
    octets = whole(tables, 23) + whole(tables, 28)
    assert octets == b"".join(v.to_bytes(6, "little", signed=True) for v in values)
    assert fields(tables, 23)["TOT_DATA_BLOCK"]["SUMMATIONS"] == values[:3]


def test_an_energy_too_large_for_its_field_is_never_cut(tables, device):
    device.quantities[0] = 1 << 47
    with pytest.raises(OverflowError):
        whole(tables, 23)


def test_a_quantity_that_cannot_be_had_is_not_ready(tables, device):
    def quantity(q):
        raise NotReady

    device.quantity = quantity
    assert whole(tables, 28) == DNR
    assert len(whole(tables, 3)) == 5


# --- reading by offset ---


@pytest.mark.parametrize("number", NUMBERS)
def test_every_partial_read_is_the_slice(tables, device, number):
    device.quantities = [-1 - 1000 * q for q in range(9)]
    octets = whole(tables, number)
    buf = bytearray(len(octets) + 2)
    for offset in range(len(octets)):
        for count in {1, 2, 5, 6, 7, 33, len(octets) - offset}:
            if offset + count <= len(octets):
                assert tables.read(number, offset, count, buf, 1, 0) == count
                assert buf[1 : 1 + count] == octets[offset : offset + count]
        assert tables.read(number, offset, -1, buf, 0, 0) == len(octets) - offset


@pytest.mark.parametrize(
    ("offset", "count"), [(5, 1), (5, -1), (6, -1), (4, 2), (0, 6), (0, 0), (1 << 23, 1)]
)
def test_beyond_the_table_nothing_is_possible(tables, offset, count):
    buf = bytearray(b"\xa5" * 40)
    assert tables.read(3, offset, count, buf, 0, 0) == ONP
    assert buf == b"\xa5" * 40


def test_no_room_is_not_possible(tables):
    assert tables.read(3, 0, -1, bytearray(6), 2, 0) == ONP
    assert tables.read(3, 0, -1, bytearray(7), 2, 0) == 5


@pytest.mark.parametrize("number", [4, 7, 8, 13, 17, 24, 2039, 0x0800, 0x1005, 0xFFFF])
def test_a_table_not_served_is_inappropriate(tables, number):
    assert whole(tables, number, level=3) == IAR
    assert written(tables, number, -1, bytes(20), 0, 20, 3) == IAR


def test_reading_needs_its_level(device):
    guarded = types.Table(9, "GUARDED", (("X", "UINT8", 1, 7),), read=types.READER)
    tables = Tables(device, catalog.TABLES + (guarded,))
    assert whole(tables, 9, level=0) == ISC
    assert whole(tables, 9, level=1) == b"\7"


# --- writing ---


def test_a_full_write_is_kept(tables, device):
    assert written(tables, 5, -1, b"??NEW ID" + b" " * 14 + b"?", 2, 20, 2) == 0
    assert device.stored[5] == whole(tables, 5) == b"NEW ID".ljust(20)


def test_an_offset_write_changes_only_its_octets(tables, device):
    before = device.stored[6]
    assert written(tables, 6, 20, b"DIVISION", 0, 8, 2) == 0
    assert whole(tables, 6) == before[:20] + b"DIVISION" + before[28:]


@pytest.mark.parametrize(
    ("number", "offset", "data", "level", "answer"),
    [
        (5, -1, b"x" * 20, 1, ISC),
        (5, -1, b"x" * 20, 0, ISC),
        (5, -1, b"x" * 19, 2, ONP),
        (5, -1, b"x" * 21, 2, ONP),
        (5, 15, b"x" * 6, 2, ONP),
        (5, 20, b"x", 2, ONP),
        (5, 3, b"", 2, ONP),
        (5, 3, b"\n", 2, ONP),
        (5, -1, b"x" * 19 + b"\xe9", 2, ONP),
        (6, 228, b"x\x7f", 2, ONP),
        (3, -1, b"\1\0\0\0\0", 3, IAR),
        (3, -1, b"\1\0\0\0\0", 0, IAR),
        (23, 0, b"\0", 3, IAR),
    ],
)
def test_a_refused_write_changes_nothing(tables, device, number, offset, data, level, answer):
    before = dict(device.stored)
    assert written(tables, number, offset, data, 0, len(data), level) == answer
    assert device.stored == before


def test_octets_that_are_no_text_are_fine_where_they_are_numbers(tables, device):
    assert written(tables, 6, 182, b"\xff\x80", 0, 2, 2) == 0
    assert fields(tables, 6)["EX1_SW_REVISION_NUMBER"] == 0x80


def test_a_write_longer_than_its_data_is_not_possible(tables):
    assert written(tables, 5, 0, b"abc", 1, 3, 2) == ONP


def test_the_device_may_refuse_what_is_valid(tables, device):
    device.refusal = -8
    assert written(tables, 5, -1, b"x" * 20, 0, 20, 2) == -8


@settings(max_examples=100, deadline=None)
@given(st.integers(-1, 25), st.binary(max_size=24), st.integers(0, 3))
def test_any_write_is_kept_whole_or_not_at_all(offset, data, level):
    device = FakeDevice()
    before = device.stored[5]
    tables = Tables(device)
    if written(tables, 5, offset, data, 0, len(data), level) == 0:
        at = max(offset, 0)
        assert device.stored[5] == before[:at] + data + before[at + len(data) :]
        assert len(device.stored[5]) == 20
    else:
        assert device.stored[5] == before


# --- passwords ---


@pytest.mark.parametrize("padding", [b"", b" " * 14, b"\0" * 14, b" \0 \0"])
def test_a_password_is_known_whatever_pads_it(tables, padding):
    raw = b"..secret" + padding
    assert tables.authorise(7, raw, 2, len(raw) - 2) == 2
    assert tables.user_id == 7
    tables.logoff()
    assert tables.user_id == 0


def test_a_wrong_password_gives_nothing(tables, device):
    tables.authorise(7, b"secret", 0, 6)
    assert tables.authorise(8, b"secreT", 0, 6) == 0
    assert tables.user_id == 0
    assert device.asked == [b"secret", b"secreT"]


def test_padding_alone_is_a_password_only_where_the_device_says_so(tables, device):
    for level in (0, 3):
        device.passwords[b""] = level
        for raw in (b"", b" " * 20, b"\0" * 20):
            assert tables.authorise(7, raw, 0, len(raw)) == level
    assert device.asked == [b""] * 6
