"""termineter 1.0.6 looks for what it may: tables, users and passwords. Compared with the meter."""

import csv
import json
import re

import pytest

from tests_host.interop.driver import reading, tables, termineter, writing
from tests_host.meter.process import RunningMeter, picometer

pytestmark = pytest.mark.slow

PASSWORD = "PICOMETER"
READER_AND_UP = {30, 31, 32, 33, 34, 40, 41, 43, 44, 70, 71, 72, 73, 74, 75, 76}
MASTER = {42}
# What goes on between two reads, or is of the session.
_GO_ON = {3, 7, 8, 23, 28, 52, 55, 74}


@pytest.fixture
def meter(tmp_path):
    with RunningMeter("--watts", "7200", "--pty", tmp_path / "optical") as running:
        yield running.urls[0]


def read_by_us(url, *words, password=PASSWORD):
    done = picometer("read", url, *words, "--json", "--password", password)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def served(url):
    """Octets of each standard table that somebody can read, as our own reader has them."""
    reports = {report["table"]: report for report in read_by_us(url, "all")}
    assert not [title for title, report in reports.items() if "refused" in report]
    return {
        int(title[2:]): bytes.fromhex(report["octets"])
        for title, report in reports.items()
        if title.startswith("ST") and "octets" in report
    }


def events(url):
    return [entry["EVENT"] for entry in read_by_us(url, "74")[0]["fields"]["ENTRIES"]]


@pytest.mark.parametrize(
    "password",
    [pytest.param(None, marks=pytest.mark.full, id="nobody"), pytest.param(PASSWORD, id="master")],
)
def test_enum_tables_finds_the_tables_that_the_user_may_read(meter, password):
    output = termineter(meter, "use enum_tables", "set UPPER 80", "run", password=password)
    found = {int(number) for number in re.findall(r"readable table, ID: (\d+)", output)}
    everything = set(served(meter))
    assert READER_AND_UP < everything
    assert found == (everything if password else everything - READER_AND_UP - MASTER)
    assert f"Found {len(found)} tables in range 0-80" in output


def test_dump_tables_writes_what_the_meter_has(meter, tmp_path):
    file = tmp_path / "dump.csv"
    output = termineter(
        meter, "use dump_tables", "set UPPER 80", f"set FILE {file}", "run", password=PASSWORD
    )
    octets = served(meter)
    with open(file, newline="") as lines:
        dumped = {int(row[0]): (int(row[2]), bytes.fromhex(row[3])) for row in csv.reader(lines)}
    assert f"copied {len(dumped)} tables" in output
    assert dumped.keys() == octets.keys()
    for number, (size, data) in dumped.items():
        assert size == len(data)
        if number not in _GO_ON:
            assert data == octets[number], number
    assert len(dumped[74][1]) == len(octets[74])


def test_get_identification_shows_the_meter_s_answer(meter):
    output = termineter(meter, "use get_identification", "run")
    # Standard C12.18 of 2006, no features.
    assert re.search(r"^0000    00 00 02 00 00 ", output, re.M), output
    assert not re.search(r"Error|Traceback", output)


def test_get_info_says_who_and_in_which_state_the_meter_is(meter):
    output = termineter(meter, "use get_info", "run")
    identity, status, device = read_by_us(meter, "1", "3", "5")
    said = dict(re.findall(r"\[\*\]     ([^.\n]+)\.+(.*)", output))
    assert said["Manufacturer"].strip() == identity["fields"]["MANUFACTURER"].strip()
    assert said["Model"].strip() == identity["fields"]["ED_MODEL"].strip()
    assert said["Serial Number"].strip() == identity["fields"]["MFG_SERIAL_NUMBER"].strip()
    assert said["Device ID"].strip() == device["fields"]["IDENTIFICATION"].strip()
    assert said["Mode Flags"] == "Metering" and status["fields"]["ED_MODE"]["METERING_FLAG"] == 1
    assert "Status Flags" not in said and not any(status["fields"]["ED_STD_STATUS1"].values())


def test_set_meter_id_takes_a_level_that_may_write(meter):
    commands = ("use set_meter_id", "set METER_ID STRANGERS-METER", "run")
    before = read_by_us(meter, "5")
    output = termineter(meter, *commands)
    assert "Could not set the Meter ID" in output or "isc" in output, output
    assert read_by_us(meter, "5") == before
    assert events(meter).count("write refused") == 1
    output = termineter(meter, *commands, password=PASSWORD)
    (device,) = read_by_us(meter, "5")
    assert device["fields"]["IDENTIFICATION"].strip() == "STRANGERS-METER", output
    assert events(meter).count("end device programmed") == 1


def test_enum_user_ids_finds_that_any_user_is_welcome_without_rights(meter):
    output = termineter(meter, "use enum_user_ids", "set LOWER 3", "set UPPER 5", "run")
    assert re.findall(r"Found a valid User ID: (\d+)", output) == ["3", "4", "5"]


def test_passwords_are_changed_with_write_table_and_read_as_zeros(meter):
    image = b"".join(
        word.ljust(20, b"\0") + bytes((groups,))
        for word, groups in ((b"", 3), (b"FITTER", 7), (b"NEWMASTER", 15), (b"", 7))
    )
    output = termineter(meter, *writing(42, image), *reading(42), password=PASSWORD)
    assert output.count("Successfully Wrote Data") == 1
    assert tables(output) == []  # the password is level 3's no more
    assert tables(termineter(meter, *reading(42), password="NEWMASTER")) == [bytes(len(image))]
    write = writing(5, b"BY THE FITTER".ljust(20))
    output = termineter(meter, *write, *reading(5), password="FITTER")
    assert tables(output) == [b"BY THE FITTER".ljust(20)]
    refused = picometer("read", meter, "5", "--password", PASSWORD)
    assert refused.returncode == 2 and "does not take this password" in refused.stderr
    assert read_by_us(meter, "5", password="NEWMASTER")


def test_brute_force_login_does_not_get_in_nor_lock_the_meter_for_good(tmp_path):
    """With the right password in its list, but behind three others: it is not even looked at."""
    words = tmp_path / "words"
    words.write_text("\n".join(["0" * 8, "ADMIN", "ELSTER", PASSWORD, "ABCD", PASSWORD]) + "\n")
    link = tmp_path / "optical"
    with RunningMeter("--pty", link) as running:
        url = running.urls[0]
        output = termineter(
            url,
            *("use brute_force_login", f"set DICTIONARY {words}", "set USE_HEX False"),
            *("set DELAY 0", "run"),
        )
        assert "Successfully logged in" not in output
        assert "Failed to brute force user id '1'" in output, output
        # Once the delay is over the owner is welcome, and is told of it.
        for _ in range(100):
            done = picometer("read", url, "74", "MT2", "--json", "--password", PASSWORD)
            if done.returncode == 0:
                break
            assert "BSY" in done.stderr
        log, diagnostics = json.loads(done.stdout)
        lockouts = [
            entry["HISTORY_ARGUMENT"]["DETAIL"]
            for entry in log["fields"]["ENTRIES"]
            if entry["EVENT"] == "locked out after wrong passwords"
        ]
        assert lockouts == [3]
        assert diagnostics["fields"]["WRONG_PASSWORDS"] == 3
