"""What the glass of a whole meter shows, read back from the controller's RAM."""

import pytest

from boards.pico_meter import pins
from boards.pico_meter.glass import GLASS
from metrology import page as p
from picometer.proof.meters import build
from picometer.virtual.clock import NS_PER_S
from picometer.virtual.lcd import decode
from picometer.virtual.mains import ConstantLoad


def shown(host):
    return decode(host.board.lcd.ram, host.board.lcd.on)


def run(host, seconds):
    host.run_until(host.board.clock.now_ns + round(seconds * NS_PER_S))


@pytest.fixture
def host():
    return build(ConstantLoad(36000.0))


def screens(host, seconds=20):
    """Each screen that comes by: code to number and annunciators."""
    seen = {}
    for _ in range(seconds * 2):
        run(host, 0.5)
        reading = shown(host)
        seen[reading.code_text] = (reading.text, reading.annunciators)
    return seen


def test_every_segment_is_lit_at_start(host):
    host.run_until(NS_PER_S)
    reading = shown(host)
    assert reading.text.replace(".", "") == "-888888" and reading.code_text == "888"
    assert reading.annunciators == set(GLASS.annunciators)
    assert all(reading.emulator)


def test_the_normal_list_shows_the_registers(host):
    host.run_until(4 * NS_PER_S)
    page = host.meter.storage.page
    page[p.DELIVERED_KWH], page[p.RECEIVED_KWH] = 1234567, 2000000
    page[p.RECEIVED_COUNTS] = 5
    seen = screens(host)
    assert seen["dEL"][0] == "234567"
    assert seen["rEC"][0] == "000000"
    assert seen["nEt"][0] == "-765432"
    for code, name in (("dEL", "DEL"), ("rEC", "REC"), ("nEt", "NET")):
        assert {name, "kWh", "NOR"} <= seen[code][1]
        assert {"DEL", "REC", "NET"} & seen[code][1] == {name}
        assert "ERR" not in seen[code][1]


def test_the_emulator_steps_once_a_watt_hour_and_shows_the_direction(host):
    host.board.mains.change(ConstantLoad(3600.0))
    host.run_until(6 * NS_PER_S)
    patterns = [shown(host).emulator]
    for _ in range(200):
        run(host, 0.1)
        reading = shown(host)
        if patterns[-1] != reading.emulator:
            patterns.append(reading.emulator)
        assert "RIGHT" in reading.annunciators and "LEFT" not in reading.annunciators
    assert 19 <= len(patterns) - 1 <= 21
    host.board.mains.change(ConstantLoad(-3600.0))
    run(host, 3)
    assert "LEFT" in shown(host).annunciators and "RIGHT" not in shown(host).annunciators


def test_a_fault_scrolls_with_its_code_and_leaves_with_its_cause(host):
    host.run_until(4 * NS_PER_S)
    host.board.rtc.battery_lost()
    seen = screens(host, 28)
    assert seen["Er "][0] == "000010"
    assert "CLOCK" in seen["dEL"][1] and "ERR" in seen["dEL"][1]


def test_a_silent_chip_locks_the_display_on_its_code(host):
    host.run_until(4 * NS_PER_S)
    host.board.afe.miso_stuck = 1
    run(host, 3)
    assert set(screens(host)) == {"Er "}
    assert shown(host).text[1] in "1357"  # the metering chip's digit
    host.board.afe.miso_stuck = None
    run(host, 3)
    assert {"dEL", "rEC", "nEt"} <= set(screens(host, 22))


def test_an_open_seal_is_shown(host):
    host.run_until(4 * NS_PER_S)
    assert "SEAL" not in shown(host).annunciators
    host.board.switch(pins.SEAL_LOOP, closed=False)
    run(host, 1)
    assert "SEAL" in shown(host).annunciators


def test_a_disturbed_glass_is_right_again_within_a_minute(host):
    host.run_until(4 * NS_PER_S)
    host.board.lcd.ram[24] ^= 0xF
    run(host, 61)
    reading = shown(host)
    assert reading.code_text in ("dEL", "rEC", "nEt")
    assert "NOR" in reading.annunciators
    assert not {"ALT", "TEST", "EOI"} & reading.annunciators
