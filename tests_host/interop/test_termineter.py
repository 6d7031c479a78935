"""termineter 1.0.6, a client that is not ours, reads the virtual meter."""

import json
import re

import pytest

from tests_host.interop.driver import reading, tables, termineter, writing
from tests_host.meter.process import RunningMeter


def energy(url):
    """Wh that the meter has delivered, as termineter reads it."""
    (registers,) = tables(termineter(url, *reading(23)))
    return int.from_bytes(registers[1:7], "little")


@pytest.fixture(scope="module")
def meter(tmp_path_factory):
    """A meter that has metered something."""
    link = tmp_path_factory.mktemp("port") / "optical"
    with RunningMeter("--watts", "36000", "--pty", link, "--speed", "50") as running:
        assert any(energy(running.urls[0]) for _ in range(10))
        yield running


def test_termineter_reads_the_tables_with_right_values(meter):
    output = termineter(meter.urls[0], *reading(0, 1, 3, 5, 23))
    general, identity, status, device, registers = tables(output)
    assert general[:3] == b"\x02\x1a\x8a" and general[3:7] == b"PICO"
    used = general[19 : 19 + general[13]]
    listed = {8 * i + b for i, octet in enumerate(used) for b in range(8) if octet >> b & 1}
    assert {0, 1, 2, 3, 5, 6, 7, 8} < listed and {23, 25, 26, 28, 52, 74} < listed
    assert identity[:12] == b"PICOAX      " and identity[16:] == b"PM00000001      "
    assert status == b"\x01\x00\x00\x00\x00"
    assert device == b"PM00000001".ljust(20)
    delivered, received, net = (
        int.from_bytes(registers[i : i + 6], "little", signed=True) for i in (1, 7, 13)
    )
    assert delivered > 0 and received == 0 and net == delivered


def test_the_registers_termineter_reads_are_those_the_meter_keeps(tmp_path):
    link, report = tmp_path / "optical", tmp_path / "r.json"
    options = ("--watts", "36000", "--pty", link, "--speed", "50", "--report", report)
    with RunningMeter(*options) as running:
        assert any(energy(running.urls[0]) for _ in range(10))
        first, last = tables(termineter(running.urls[0], *reading(23, 23)))
        assert running.interrupt() == 0
    kept = json.loads(report.read_text())["register_delivered_uwh"] // 1_000_000
    read = [int.from_bytes(table[1:7], "little") for table in (first, last)]
    # 10 Wh a second in real time, and 500 once nobody has talked for six seconds.
    assert 0 < read[0] <= read[1] <= kept <= read[1] + 100


def test_termineter_understands_who_the_meter_is(meter):
    output = termineter(meter.urls[0], "use get_info", "run")
    assert re.search(r"Manufacturer\.+PICO", output)
    assert re.search(r"Mode Flags\.+Metering", output)
    assert re.search(r"Serial Number\.+PM00000001", output)


def test_termineter_sets_the_meter_id_with_the_password(meter):
    write = writing(5, b"SEEN BY TERMINETER  ")
    output = termineter(meter.urls[0], *write, *reading(5), password="PICOMETER")
    assert tables(output) == [b"SEEN BY TERMINETER  "], output
