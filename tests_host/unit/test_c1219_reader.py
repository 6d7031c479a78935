"""The reader: our declarations read backwards, another meter's tables, and termineter."""

import json
import subprocess
import sys
from decimal import Decimal
from importlib.util import find_spec

import pytest

from c1219 import catalog, quantities
from c1219.codec import image_of, learn
from c1219.tables import Tables
from c1219.types import resolve
from picometer.reader.decode import MalformedTable, TableReader, UnsupportedFormat
from tests_host.unit.c1219_device import FakeDevice, whole


@pytest.fixture
def device():
    device = FakeDevice()
    device.quantities = [123456, 789, 122667, -1500250, 240123, 6251, 0, -998, 59987]
    return device


@pytest.fixture
def reader(device):
    tables = Tables(device)
    return TableReader(lambda number: whole(tables, number))


def readings(report):
    return {r.label: (r.value, r.unit) for r in report.readings}


def test_registers_are_read_in_their_units(reader):
    assert readings(reader.report(23)) == {
        "active energy delivered": (123456, "Wh"),
        "active energy received": (789, "Wh"),
        "active energy net": (122667, "Wh"),
    }


def test_present_values_are_read_in_their_units(reader):
    assert readings(reader.report(28)) == {
        "active power net": (Decimal("-1500.250"), "W"),
        "voltage": (Decimal("240.123"), "V"),
        "current A-N": (Decimal("6.251"), "A"),
        "current B-N": (0, "A"),
        "power factor": (Decimal("-0.998"), ""),
        "frequency": (Decimal("59.987"), "Hz"),
    }


def test_every_table_has_a_text_and_a_json_form(reader):
    used = reader.tables_used()
    assert used[0] == 0 and used[-1] == 28
    for number in used:
        report = reader.report(number)
        assert report.to_text().startswith(
            f"ST{number} {report.name}, {len(report.octets)} octets"
        )
        assert json.loads(report.to_json())["fields"] == report.fields


def test_text_shows_what_is_set(reader, device):
    device.status1 = 0x40
    lines = reader.report(3).to_text().splitlines()
    assert lines[1:] == [
        "  ED_MODE: METERING_FLAG=1",
        "  ED_STD_STATUS1: CLOCK_ERROR_FLAG=1",
        "  ED_STD_STATUS2: 0",
        "  ED_MFG_STATUS: -",
    ]
    assert "  active energy delivered  123456 Wh" in reader.report(23).to_text()
    assert "  DEVICE_CLASS: PICO" in reader.report(0).to_text()


def test_registers_are_read_anew_each_time(reader, device):
    reader.report(23)
    device.quantities[0] += 1
    assert reader.report(23).readings[0].value == 123457


def test_a_table_without_declaration_is_shown_as_octets():
    report = TableReader(lambda number: bytes(range(20))).report(0x0FF0)
    assert report.fields is None
    assert report.title == "MT2032"
    assert report.to_text().splitlines()[2] == "      16  10 11 12 13"


# --- another meter: other dimensions, number formats and links, by the same declarations ---


def other_meter(**changed):
    """Tables of a demand meter with a pulse source, INT32 with four decimals, and two tiers."""
    st0 = {
        "FORMAT_CONTROL_1": {"CHAR_FORMAT": 1, "DATA_ORDER": changed.get("order", 0)},
        "FORMAT_CONTROL_2": {"TM_FORMAT": 2},
        "FORMAT_CONTROL_3": {"NI_FORMAT1": changed.get("ni", 4), "NI_FORMAT2": 7},
        "DEVICE_CLASS": b"XYZ ",
        "DIM_STD_TBLS_USED": 4,
        "DIM_MFG_STATUS_USED": 1,
        "STD_TBLS_USED": bytes.fromhex("010c6900"),
        "STD_TBLS_WRITE": bytes(4),
        "MFG_TBLS_USED": b"",
        "STD_PROC_USED": b"",
        "MFG_PROC_USED": b"",
        "MFG_TBLS_WRITE": b"",
    }
    st11 = {"SOURCE_FLAGS": {}, "NBR_UOM_ENTRIES": 1, "NBR_SOURCES": 3}
    functions = {"DATE_TIME_FIELD": 1, "DEMAND_RESET_CTR": 1, "CUM_DEMAND": 1}
    st21 = {"REG_FUNC1_FLAGS": functions, "REG_FUNC2_FLAGS": {}}
    st21.update(NBR_SUMMATIONS=2, NBR_DEMANDS=1, NBR_OCCUR=1, NBR_TIERS=2)
    dims, made = {}, {}
    for number, fields in catalog.DIMENSIONS:
        if number > 30:
            continue
        values = {field[0]: 0 for field in fields}
        values.update({0: st0, 11: st11, 21: st21}[number])
        values = {name: values[name] for name in values if name in {f[0] for f in fields}}
        made[number] = bytes(image_of(resolve(fields, dims), values))
        learn(dims, fields, made[number])
    demand = {"EVENT_TIME": [b"\x0d\x01\x05\x01\x17"], "CUM_DEMAND": 70000, "DEMAND": [-5]}
    block = {"SUMMATIONS": [123456, -7], "DEMANDS": [demand], "COINCIDENTS": []}
    delivered = {"ID_CODE": 0, "MULTIPLIER": 2, "Q1": 1, "Q4": 1}
    flags = [{}, {"UOM_ENTRY_FLAG": 1, "PULSE_ENGR_FLAG": 1}, {"UOM_ENTRY_FLAG": 1}]
    others = {
        12: {"UOM_ENTRY": [delivered]},
        16: {"SOURCE_DEFINITION": flags},
        22: {
            "SUMMATION_SELECT": [1, 2],
            "DEMAND_SELECT": [changed.get("demand", 255)],
            "MIN_OR_MAX_FLAGS": b"\1",
            "COINCIDENT_SELECT": [],
            "COIN_DEMAND_ASSOC": [],
        },
        23: {"NBR_DEMAND_RESETS": 9, "TOT_DATA_BLOCK": block, "TIER_DATA_BLOCK": [block, block]},
    }
    for number, values in others.items():
        parts = resolve(catalog.find(number).fields, dims)
        made[number] = bytes(image_of(parts, values))
    return made


def test_another_meter_is_read_by_its_own_dimensions():
    report = TableReader(other_meter().__getitem__).report(23)
    assert len(report.octets) == 1 + 3 * (2 * 4 + 5 + 4 + 3)
    assert report.fields["NBR_DEMAND_RESETS"] == 9
    assert report.fields["TIER_DATA_BLOCK"][1]["DEMANDS"] == [
        {"EVENT_TIME": ["2013-01-05T01:23"], "CUM_DEMAND": 7, "DEMAND": [-5]}
    ]
    assert [str(r) for r in report.readings] == [
        "active energy delivered 12.3456 kWh",
        "source 2 -0.0007 pulses",
        "tier A active energy delivered 12.3456 kWh",
        "tier A source 2 -0.0007 pulses",
        "tier B active energy delivered 12.3456 kWh",
        "tier B source 2 -0.0007 pulses",
    ]


def test_another_meter_s_demands_are_in_its_other_number_format():
    report = TableReader(other_meter(demand=2).__getitem__).report(23)
    assert [str(r) for r in report.readings[2:4]] == [
        "maximum source 2 -5 pulses at 2013-01-05T01:23",
        "cumulative source 2 7 pulses",
    ]


def test_formats_not_decoded_are_named():
    made = other_meter()
    for at, octet, name in ((0, 0x0C, "CHAR"), (1, 0x05, "TM"), (1, 0xC2, "INT"), (2, 0xE7, "NI")):
        wrong = made[0][:at] + bytes([octet]) + made[0][at + 1 :]
        with pytest.raises(UnsupportedFormat, match=f"{name}_FORMAT"):
            TableReader((made | {0: wrong}).__getitem__).report(23)


@pytest.mark.parametrize("octets", [b"", bytes(18), bytes(300)])
def test_a_table_of_another_length_is_malformed(octets):
    made = other_meter()
    made[23] = octets
    with pytest.raises(MalformedTable, match="table 23"):
        TableReader(made.__getitem__).report(23)


def test_a_cut_dimension_table_is_malformed():
    for number in (0, 11, 21):
        made = other_meter()
        made[number] = made[number][:-1]
        with pytest.raises(MalformedTable, match=f"table {number}"):
            TableReader(made.__getitem__).report(23)


# --- termineter's own parser, in a process of its own: its packages have the names of ours ---

_TERMINETER = """
import json, sys
from c1219.access.general import C1219GeneralAccess

class Connection:
    c1219_endian = "<"
    tables = {int(n): bytes.fromhex(octets) for n, octets in json.load(sys.stdin).items()}
    def get_table_data(self, number):
        return self.tables[number]

general = C1219GeneralAccess(Connection())
names = "char_format nameplate_type id_form manufacturer ed_model mfg_serial_no ed_mode std_status"
names += " hw_version_no fw_revision_no std_version_no device_id std_tbls_used std_proc_used"
print(json.dumps({name: getattr(general, name) for name in names.split()}))
"""


@pytest.mark.skipif(find_spec("termineter") is None, reason="termineter is not installed")
def test_termineter_reads_the_general_tables(device):
    device.status1 = 0x0081
    tables = Tables(device)
    octets = {number: whole(tables, number).hex() for number in (0, 1, 3, 5)}
    run = subprocess.run(
        [sys.executable, "-I", "-c", _TERMINETER],
        input=json.dumps(octets),
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert run.returncode == 0, run.stderr
    general = json.loads(run.stdout)
    # Its sets stop at bit 6 of each octet, so tables 15 and 23 are missing from its list.
    used = [n for n in TableReader(lambda n: bytes.fromhex(octets[n])).tables_used() if n % 8 != 7]
    assert general == {
        "char_format": "ISO/IEC 646 (7-bit)",
        "nameplate_type": "Electric",
        "id_form": 0,
        "manufacturer": "PICO",
        "ed_model": "AX-SD",
        "mfg_serial_no": "PM00000042",
        "ed_mode": 1,
        "std_status": 0x0081,
        "hw_version_no": 1,
        "fw_revision_no": 4,
        "std_version_no": 2,
        "device_id": "METER 7",
        "std_tbls_used": used,
        "std_proc_used": [],
    }


def test_quantities_are_all_sources():
    assert sorted(source[0] for source in quantities.SOURCES) == list(range(18))
