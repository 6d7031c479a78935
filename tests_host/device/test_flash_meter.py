"""From a Pico with stock MicroPython to a meter: with mpremote, then updated with rshell."""

import re
import shutil
import sys
from pathlib import Path

import pytest

from metrology import page as p
from metrology.constants import Constants
from picometer.build.mpy import build_mpy
from tests_host.device.flash_bench import sign, stock_pico
from tests_host.interop.test_termineter import tables

TERMINETER = Path(sys.executable).with_name("termineter")
CONFIGURATION = """\
model = "AX"
service = "2S-240-200"
serial = "PM00000042"
device_id = "FLASHED BY MPREMOTE"
"""


def read_by_termineter(pico, numbers):
    """Octets of each table, read through the optical port."""
    script = pico.ports / "termineter.rc"
    lines = [f"set SERIAL_CONNECTION {pico.ports / 'optical'}", "connect", "use read_table"]
    lines += [line for n in numbers for line in (f"set TABLE_ID {n}", "run")]
    script.write_text("\n".join([*lines, "exit", ""]))
    command = f"{TERMINETER} < {script}"
    return tables(pico.together(("/bin/sh", "-c", command))[1])


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tree") / "mpy"
    build_mpy(folder)
    return folder


@pytest.fixture(scope="module")
def flashed(tree, tmp_path_factory):
    """A board that mpremote has flashed, and what the command said."""
    ports = tmp_path_factory.mktemp("ports")
    (ports / "meter.toml").write_text(CONFIGURATION)
    pico = stock_pico(ports)
    status, output = pico.flash("--tree", tree, "--configuration", ports / "meter.toml")
    assert status == 0, output
    yield pico, output
    pico.close()


def test_mpremote_makes_it_a_meter_that_termineter_reads(flashed):
    pico, output = flashed
    assert re.search(r"MicroPython 1\.\d+\.\d+, \d+ files in /meter-a", output)
    pico.run(4)
    assert pico.resets == ["software", "software"]  # into service mode, and at the end
    ticks, counts = pico.metered(1)
    assert 9 <= ticks <= 11 and counts > 0
    before = pico.page()
    identity, device, registers = read_by_termineter(pico, (1, 5, 23))
    after = pico.page()
    assert identity[16:] == b"PM00000042      "
    assert device == b"FLASHED BY MPREMOTE "
    delivered = int.from_bytes(registers[:6], "little")
    assert before[p.DELIVERED_KWH] * 1000 <= delivered < (after[p.DELIVERED_KWH] + 1) * 1000
    assert delivered > 0
    assert pico.resets == ["software", "software"]  # the watchdog was fed


def test_rshell_updates_the_running_meter(flashed, tree, tmp_path):
    """Only what differs is copied, and what the chip counts meanwhile is billed."""
    pico, _ = flashed
    pico.run(2)
    newer = tmp_path / "newer"
    shutil.copytree(tree, newer)
    (newer / "firmware" / "newer.py").write_text("NAME = 'newer'\n")
    with (newer / "main.py").open("a") as file:
        file.write("# newer\n")
    sign(newer)
    resets, before = len(pico.resets), energies(pico)
    status, output = pico.flash("--with", "rshell", "--tree", newer)
    assert status == 0, output
    assert output.strip().endswith("files in /meter-b, 2 copied over USB")
    pico.run(4)
    assert pico.resets[resets:] == ["software", "software"]
    ticks, _ = pico.metered(1)
    assert 9 <= ticks <= 11
    drawn, billed = (now - then for now, then in zip(energies(pico), before, strict=True))
    assert abs(drawn - billed) < 5_000_000  # half a second of 36 kW, in uWh
    pico.emulator.usb_send(b"\x03")
    pico.run(0.3)
    found = pico.python(
        "import os\nprint(os.listdir('/'))\n"
        "print(open('/active').read(), open('/main.py').read()[-8:])"
    )
    assert found.splitlines() == ["['active', 'main.py', 'meter-b']", "meter-b # newer"]


def energies(pico):
    """What the load has drawn and what the meter has billed since the beginning, in uWh."""
    rating = pico.board.rating
    constants = Constants(rating.coils, rating.full_scale_watts, rating.rated_watts, rating.kh_mwh)
    page = pico.page()
    billed = constants.microwatthours(page[p.DELIVERED_KWH], page[p.DELIVERED_COUNTS])
    return pico.board.mains.delivered_uwh, billed
