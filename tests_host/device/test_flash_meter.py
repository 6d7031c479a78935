"""From a Pico with stock MicroPython to a meter: with mpremote, then updated with rshell."""

import re
import shutil
import sys
from datetime import datetime
from pathlib import Path

import pytest

from audit.log import EventLog
from boards.pico_meter import layout
from c1219.events import PROVISIONED, SOURCE_USB
from metrology import page as p
from metrology.constants import Constants
from picometer.build.mpy import build_mpy
from picometer.virtual.host import ImageMemory
from tests_host.device.flash_bench import sign, stock_pico
from tests_host.interop.test_termineter import tables

TERMINETER = Path(sys.executable).with_name("termineter")
_UNTIL_IT_IS_UP_S = 7  # it looks at all of its files before

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


@pytest.fixture
def pico(tmp_path):
    (tmp_path / "ports").mkdir()
    pico = stock_pico(tmp_path / "ports")
    yield pico
    pico.close()


@pytest.mark.full
def test_mpremote_makes_a_pico_a_meter_and_rshell_updates_it(pico, tmp_path):
    pico.board.rtc.set(datetime(2026, 3, 1, 12))  # else nobody knows for how long it was flashed
    tree, newer = tmp_path / "mpy", tmp_path / "newer"
    build_mpy(tree)
    (tmp_path / "meter.toml").write_text(CONFIGURATION)
    status, output = pico.flash("--tree", tree, "--configuration", tmp_path / "meter.toml")
    assert status == 0, output
    assert re.search(r"MicroPython 1\.\d+\.\d+, \d+ files in /meter-a", output)
    it_meters(pico)
    the_event_log_says_it_came_over_usb(pico)
    termineter_reads_it(pico)
    assert pico.resets == ["software", "software"]  # into service mode, and at the end

    shutil.copytree(tree, newer)
    (newer / "firmware" / "newer.py").write_text("NAME = 'newer'\n")
    with (newer / "main.py").open("a") as file:
        file.write("# newer\n")
    sign(newer)
    before = energies(pico)
    status, output = pico.flash("--with", "rshell", "--tree", newer)
    assert status == 0, output
    assert output.strip().endswith("files in /meter-b, 2 copied over USB")
    it_meters(pico)
    assert pico.resets == 4 * ["software"]
    # What the chip counted while the board was flashed has been billed.
    drawn, billed = (now - then for now, then in zip(energies(pico), before, strict=True))
    assert abs(drawn - billed) <= 5  # half a second of 36 kW, in Wh
    only_the_newer_is_left(pico)


def it_meters(pico):
    """Ten ticks a second go to the registers in the FRAM."""
    pico.run(_UNTIL_IT_IS_UP_S)
    ticks, counts = pico.metered(1)
    assert 9 <= ticks <= 11 and counts > 0


def the_event_log_says_it_came_over_usb(pico):
    memory = ImageMemory(pico.board.fram.memory)
    log = EventLog(memory, layout.EVENTS, layout.EVENT_SLOTS, layout.AUDIT, layout.AUDIT_SLOTS)
    log.load()
    found = []
    for number in range(log.total):
        log.ring.read(log.ring.recent(number))
        found.append((log.view.source, log.view.code, log.view.parameter))
    assert log.broken == 0
    assert found == [(SOURCE_USB, PROVISIONED, 5), (SOURCE_USB, PROVISIONED, 0x80B)]


def termineter_reads_it(pico):
    """Who it is, as configured, and what the register in the FRAM says."""
    before = pico.page()
    identity, device, registers = read_by_termineter(pico, (1, 5, 23))
    after = pico.page()
    assert identity[16:] == b"PM00000042      "
    assert device == b"FLASHED BY MPREMOTE "
    read = int.from_bytes(registers[1:7], "little")  # after the count of demand resets
    assert 0 < watthours(pico, before) <= read <= watthours(pico, after)


def only_the_newer_is_left(pico):
    pico.emulator.usb_send(b"\x03")
    pico.run(0.3)
    found = pico.python(
        "import os\nprint(os.listdir('/'))\n"
        "print(open('/active').read(), open('/main.py').read()[-8:])"
    )
    assert found.splitlines() == ["['active', 'main.py', 'meter-b']", "meter-b # newer"]


def watthours(pico, page):
    """The delivered register of a page, in Wh."""
    rating = pico.board.rating
    constants = Constants(rating.coils, rating.full_scale_watts, rating.kh_mwh)
    return constants.microwatthours(page[p.DELIVERED_KWH], page[p.DELIVERED_COUNTS]) // 1_000_000


def energies(pico):
    """What the load has drawn and what the meter has billed since the beginning, in Wh."""
    return pico.board.mains.delivered_uwh // 1_000_000, watthours(pico, pico.page())
