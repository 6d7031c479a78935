"""From a Pico with stock MicroPython to a whole meter, with mpremote and with rshell."""

import signal
import sys
from datetime import datetime
from pathlib import Path

import pytest

from audit.log import EventLog
from boards.pico_meter import layout
from c1219.events import PROVISIONED, SOURCE_USB
from metrology import page as p
from metrology.constants import Constants
from picometer.virtual.host import ImageMemory
from picometer.virtual.lcd import decode
from tests_host.device.flash_bench import stock_pico
from tests_host.interop.test_termineter import tables

TERMINETER = Path(sys.executable).with_name("termineter")
_UNTIL_IT_IS_UP_S = 4

CONFIGURATION = """\
model = "AX"
service = "2S-240-200"
serial = "PM00000042"
device_id = "FLASHED"
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
    pico.board.rtc.set(datetime(2026, 3, 1, 12))  # else nobody knows for how long it was flashed
    yield pico
    pico.close()


@pytest.fixture
def settings(tmp_path):
    file = tmp_path / "meter.toml"
    file.write_text(CONFIGURATION)
    return file


@pytest.mark.parametrize("program", ["mpremote", "rshell"])
def test_a_pico_with_stock_micropython_becomes_a_whole_meter(pico, image, settings, program):
    status, output = pico.flash("--with", program, "--image", image, "--configuration", settings)
    assert status == 0, output
    assert "all parts as released" in output.splitlines()[-1]
    it_meters(pico)
    the_event_log_says_it_came_over_usb(pico)
    termineter_reads_it(pico)
    # into BOOTSEL mode; the boot ROM starts the image; into service mode; at the end
    assert pico.resets == ["bootloader", "watchdog", "software", "software"]


@pytest.mark.full
@pytest.mark.parametrize("program", ["mpremote", "rshell"])
def test_a_meter_that_meters_is_updated_and_loses_nothing(pico, image, program):
    pico.power_cycle(bootsel=True)
    assert pico.flash("--image", image)[0] == 0
    it_meters(pico)
    before = energies(pico)
    status, output = pico.flash("--with", program, "--image", image)
    assert status == 0, output
    it_meters(pico)
    # What the chip counted while the board was flashed has been billed.
    drawn, billed = (now - then for now, then in zip(energies(pico), before, strict=True))
    assert abs(drawn - billed) <= 5  # half a second of 36 kW, in Wh


@pytest.mark.parametrize(
    "step",
    [
        pytest.param("done BOOTSEL mode", marks=pytest.mark.full),
        "done copy",
        pytest.param("done restart", marks=pytest.mark.full),
    ],
)
def test_the_same_command_goes_on_after_an_interruption(pico, image, step):
    ended = pico.flash("--image", image, going=lambda said: step not in said, end=signal.SIGKILL)
    assert ended[0] != 0
    status, output = pico.flash("--image", image)
    assert status == 0, output
    it_meters(pico)


@pytest.mark.full
def test_power_that_fails_while_the_image_is_copied_is_mended_with_bootsel_held(pico, image):
    pico.power_cycle(bootsel=True)
    data = image.read_bytes()
    (pico.drive / "half.uf2").write_bytes(data[: len(data) // 2])
    pico.together(("sleep", "1"))
    pico.power_cycle(bootsel=True)
    status, output = pico.flash("--image", image)
    assert status == 0, output
    it_meters(pico)


def it_meters(pico):
    """Ten ticks a second go to the registers in the FRAM, and the display shows a register."""
    pico.run(_UNTIL_IT_IS_UP_S)
    ticks, counts = pico.metered(1)
    assert 9 <= ticks <= 11 and counts > 0
    assert pico.board.lcd.on and decode(pico.board.lcd.ram, pico.board.lcd.on).text.strip()


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
    assert device == b"FLASHED             "
    read = int.from_bytes(registers[1:7], "little")  # after the count of demand resets
    assert 0 < watthours(pico, before) <= read <= watthours(pico, after)


def watthours(pico, page):
    """The delivered register of a page, in Wh."""
    rating = pico.board.rating
    constants = Constants(rating.coils, rating.full_scale_watts, rating.kh_mwh)
    return constants.microwatthours(page[p.DELIVERED_KWH], page[p.DELIVERED_COUNTS]) // 1_000_000


def energies(pico):
    """What the load has drawn and what the meter has billed since the beginning, in Wh."""
    return pico.board.mains.delivered_uwh // 1_000_000, watthours(pico, pico.page())
