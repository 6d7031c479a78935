"""The seal proof of the approval with termineter 1.0.6: Cold Start begins, stops and fails."""

import json
import re

import pytest

from c1219 import procedures as c
from tests_host.interop.driver import reading, running, tables, termineter, writing
from tests_host.meter.process import RunningMeter, picometer

pytestmark = pytest.mark.slow

PASSWORD = "PICOMETER"
ST3, ST13, ST53 = 3, 13, 53
_RESULT = re.compile(r"Received response from procedure: (.*)")
DEMAND = bytes((1, 0, 0, 0, 5, 3, 5, 3))


def read_by_us(url, *words):
    done = picometer("read", url, *words, "--json", "--password", PASSWORD, "--baud", 115200)
    assert done.returncode == 0, done.stderr
    return [report["fields"] for report in json.loads(done.stdout)]


def log(url, table="76"):
    return [entry["EVENT"] for entry in read_by_us(url, table)[0]["ENTRIES"]]


def cold_start(url):
    """The result that termineter is told, and ST3 before and after, as it reads it."""
    commands = *reading(ST3), *running(c.COLD_START.number), *reading(ST3)
    output = termineter(url, *commands, password=PASSWORD)
    assert "Initiating procedure Cold Start" in output, output
    (result,) = _RESULT.findall(output)
    return result, *tables(output)


@pytest.fixture
def control(tmp_path):
    return tmp_path / "control"


@pytest.fixture
def sealed(tmp_path, control):
    options = ("--watts", "7200", "--pty", tmp_path / "optical", "--control", control)
    with RunningMeter(*options, "--sealed", "--line-pace") as meter:
        yield meter.urls[0]


def test_cold_start_on_a_sealed_meter_fails_and_shows_nothing_amiss(sealed):
    (register,) = read_by_us(sealed, "23")
    result, before, after = cold_start(sealed)
    assert result.startswith("No authorization"), result
    assert before == after == b"\1\0\0\0\0"
    again, told = read_by_us(sealed, "23", "MT12")
    assert told["REFUSED_BY_SEAL"] == 1 and told["SEAL_STATUS"]["PROTECTED"]
    assert log(sealed, "74").count("procedure refused") == 1 and log(sealed) == []
    sums = [of["TOT_DATA_BLOCK"]["SUMMATIONS"][0] for of in (register, again)]
    assert sums[1] >= sums[0]


def test_programming_a_sealed_meter_fails_until_its_seal_is_open(sealed, control):
    write = (*writing(ST13, DEMAND), *reading(ST13))
    output = termineter(sealed, *write, password=PASSWORD)
    (kept,) = tables(output)
    assert "Insufficient Security Clearance" in output and kept != DEMAND
    assert picometer("control", control, "cover", "open").stdout == "ok\n"
    for _ in range(20):  # the meter sees its cover within a second
        if "seal opened" in log(sealed):
            break
    output = termineter(sealed, *write, password=PASSWORD)
    assert tables(output) == [DEMAND], output
    assert log(sealed) == ["seal opened", "end device programmed"]
    told = picometer("events", sealed, "--password", PASSWORD)
    assert told.returncode == 0 and "SUB_INT 15 -> 5" in told.stdout


def test_an_event_protected_change_is_made_and_has_an_entry(sealed):
    octets = bytes(4) + b"\x3c\x00"
    output = termineter(sealed, *writing(ST53, octets), *reading(ST53), password=PASSWORD)
    assert tables(output) == [octets], output
    assert log(sealed) == ["end device programmed"]


def test_cold_start_on_a_meter_that_is_not_sealed_is_done(tmp_path):
    with RunningMeter("--watts", "7200", "--pty", tmp_path / "optical", "--line-pace") as meter:
        (url,) = meter.urls
        assert cold_start(url)[0].startswith("Procedure completed")
        assert "procedure invoked" in log(url)
