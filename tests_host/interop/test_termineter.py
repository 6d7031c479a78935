"""termineter 1.0.6, a client that is not ours, reads the virtual meter."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests_host.meter.process import RunningMeter

TERMINETER = Path(sys.executable).with_name("termineter")


def termineter(link, *commands):
    """Its whole output for `commands` after connecting."""
    script = [f"set SERIAL_CONNECTION {link}", "connect", *commands, "exit", ""]
    done = subprocess.run(
        [TERMINETER], input="\n".join(script), capture_output=True, text=True, timeout=60
    )
    return done.stdout + done.stderr


def tables(output):
    """Octets of each table that read_table printed, in order."""
    found = []
    for block in re.split(r"\[\*\] Read \d+ bytes", output)[1:]:
        rows = re.findall(r"^[0-9a-f]{4}    ((?:[0-9a-f]{2} +){1,16})", block, re.M)
        found.append(bytes.fromhex("".join(rows)))
    return found


@pytest.fixture(scope="module")
def meter(tmp_path_factory):
    link = tmp_path_factory.mktemp("port") / "optical"
    with RunningMeter("--watts", "36000", "--pty", link, "--speed", "50") as running:
        yield running


def test_termineter_reads_the_tables_with_right_values(meter):
    reads = [line for n in (0, 1, 3, 5, 23) for line in (f"set TABLE_ID {n}", "run")]
    output = termineter(meter.urls[0], "use read_table", *reads)
    general, identity, status, device, registers = tables(output)
    assert general[:3] == b"\x02\x0a\x8a" and general[3:7] == b"PICO"
    used = general[19 : 19 + general[13]]
    listed = {8 * i + b for i, octet in enumerate(used) for b in range(8) if octet >> b & 1}
    assert listed == {0, 1, 2, 3, 5, 6, 10, 11, 12, 15, 16, 20, 21, 22, 23, 27, 28}
    assert identity[:12] == b"PICOAX      " and identity[16:] == b"PM00000001      "
    assert status == b"\x01\x00\x00\x00\x00"
    assert device == b"PM00000001".ljust(20)
    delivered, received, net = (
        int.from_bytes(registers[i : i + 6], "little", signed=True) for i in (0, 6, 12)
    )
    assert delivered > 0 and received == 0 and net == delivered


def test_the_registers_termineter_reads_are_those_the_meter_keeps(tmp_path):
    link, report = tmp_path / "optical", tmp_path / "r.json"
    options = ("--watts", "36000", "--pty", link, "--speed", "50", "--report", report)
    with RunningMeter(*options) as running:
        reads = [line for n in (23, 23) for line in (f"set TABLE_ID {n}", "run")]
        first, last = tables(termineter(running.urls[0], "use read_table", *reads))
        assert running.interrupt() == 0
    kept = json.loads(report.read_text())["register_delivered_uwh"] // 1_000_000
    read = [int.from_bytes(table[:6], "little") for table in (first, last)]
    # 10 Wh a second in real time, and 500 once nobody has talked for six seconds.
    assert 0 < read[0] <= read[1] <= kept <= read[1] + 100


def test_termineter_understands_who_the_meter_is(meter):
    output = termineter(meter.urls[0], "use get_info", "run")
    assert re.search(r"Manufacturer\.+PICO", output)
    assert re.search(r"Mode Flags\.+Metering", output)
    assert re.search(r"Serial Number\.+PM00000001", output)


def test_termineter_sets_the_meter_id_with_the_password(meter):
    output = termineter(
        meter.urls[0],
        "set PASSWORD_HEX False",
        "set PASSWORD PICOMETER",
        "connect",
        "use write_table",
        "set TABLE_ID 5",
        "set DATA " + b"SEEN BY TERMINETER  ".hex(),
        "run",
        "use read_table",
        "set TABLE_ID 5",
        "run",
    )
    assert tables(output) == [b"SEEN BY TERMINETER  "], output
