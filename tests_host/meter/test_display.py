"""What the glass of a whole meter shows, read back from the controller's RAM."""

import pytest

from boards.pico_meter import pins
from boards.pico_meter.glass import GLASS
from display import sources
from metrology import page as p
from picometer.pictures.items import default_items
from picometer.proof.meters import build
from picometer.virtual.clock import NS_PER_S
from picometer.virtual.host import CPythonHost
from picometer.virtual.lcd import decode
from picometer.virtual.mains import ConstantLoad
from tests_host.unit.c1219_device import display_list, display_source


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


def codes(host, seconds):
    """The ID codes that come by, in their order."""
    seen = []
    for _ in range(round(seconds * 2)):
        run(host, 0.5)
        code = shown(host).code_text.strip()
        if not seen or seen[-1] != code:
            seen.append(code)
    return seen


def magnet(host, seconds):
    host.board.switch(pins.MAGNET, closed=True)
    run(host, seconds)
    host.board.switch(pins.MAGNET, closed=False)


def list_of(purpose):
    """The ID codes of a built-in list as they read on the glass; all segments are 888."""
    lists = dict(default_items())
    codes = [item.code.decode().strip().replace("S", "5") for item in lists[purpose]]
    return ["888" if code == "" else code for code in codes]


NORMAL = ["dEL", "rEC", "nEt", "PH"]


def test_the_normal_list_goes_round(host):
    host.run_until(3 * NS_PER_S)
    assert codes(host, 30) == [*NORMAL, "dEL"]


def test_a_touch_of_the_magnet_shows_the_alternate_list_once(host):
    host.run_until(13 * NS_PER_S)
    magnet(host, 1)
    run(host, 0.5)
    alternate = list_of(sources.ALTERNATE)
    assert codes(host, 6 * len(alternate) + 20) == alternate + NORMAL


def test_a_touch_goes_on_in_a_list_that_runs_once(host):
    host.run_until(5 * NS_PER_S)
    seen = []
    for _ in list_of(sources.ALTERNATE):
        magnet(host, 0.5)
        run(host, 0.5)
        seen.append(shown(host).code_text.strip())
    assert seen == list_of(sources.ALTERNATE)
    magnet(host, 0.5)
    run(host, 0.5)
    assert shown(host).code_text == "dEL"


def test_a_magnet_that_is_held_shows_the_diagnostic_list_once(host):
    host.run_until(5 * NS_PER_S)
    magnet(host, 11)
    run(host, 50)
    gyrbox = list_of(sources.COMM_LINK_ONLY)
    assert shown(host).code_text.strip() == gyrbox[9]
    assert codes(host, 6 * (len(gyrbox) - 9) + 17) == gyrbox[9:] + NORMAL[:3]


def test_the_test_list_flashes_and_the_magnet_steps_it(host):
    host.run_until(5 * NS_PER_S)
    host.meter.display.test(True)
    test = list_of(sources.TEST)
    assert codes(host, 6 * len(test)) == test
    lit = set()
    for _ in range(10):
        run(host, 0.1)
        lit.add("TEST" in shown(host).annunciators)
    assert lit == {True, False}
    seen = []
    for _ in test:
        magnet(host, 7)
        run(host, 20)
        seen.append(shown(host).code_text.strip())
    assert sorted(seen) == sorted(test)
    host.meter.display.test(False)
    assert codes(host, 23) == NORMAL
    assert "TEST" not in shown(host).annunciators


def test_test_mode_shows_its_own_registers(host):
    host.run_until(5 * NS_PER_S)
    pages = host.meter.pages
    pages.test[p.DELIVERED_KWH] = 7
    pages.billing[p.DELIVERED_KWH] = 1234
    host.meter.display.test(True)
    run(host, 1)
    reading = shown(host)
    assert (reading.code_text, reading.text) == ("tdE", "  7.000")
    host.meter.display.test(False)
    run(host, 1)
    assert shown(host).text == "001234"


def test_another_page_moves_the_emulator_by_nothing(host):
    host.board.mains.change(ConstantLoad(0))
    host.run_until(5 * NS_PER_S)
    pages = host.meter.pages
    pages.test[p.DELIVERED_COUNTS] = host.meter.constants.counts_per_kwh // 3
    before = shown(host)
    pages.shown = pages.test
    run(host, 1)
    after = shown(host)
    assert before.emulator == after.emulator
    assert {"LEFT", "RIGHT"} & before.annunciators == {"LEFT", "RIGHT"} & after.annunciators


def test_a_demand_reset_is_confirmed_with_every_segment_for_six_seconds(host):
    host.run_until(5 * NS_PER_S)
    host.meter.display.confirm(host.board.clock.now_ns // 10**6)
    run(host, 0.3)
    for _ in range(56):
        assert shown(host).annunciators == set(GLASS.annunciators)
        run(host, 0.1)
    run(host, 0.4)
    assert "TEST" not in shown(host).annunciators
    assert codes(host, 20)[0] in NORMAL


def test_the_end_of_an_interval_is_shown_for_four_seconds(host):
    host.run_until(5 * NS_PER_S)
    host.meter.display.end_of_interval(host.board.clock.now_ns // 10**6)
    run(host, 0.3)
    for _ in range(36):
        assert "EOI" in shown(host).annunciators
        run(host, 0.1)
    run(host, 0.4)
    assert "EOI" not in shown(host).annunciators


def test_a_clock_that_is_not_set_is_shown_and_has_no_date(host):
    host.run_until(4 * NS_PER_S)
    host.board.rtc.battery_lost()
    run(host, 2)
    assert "CLOCK" in shown(host).annunciators
    magnet(host, 0.5)
    seen = screens(host, 20)
    assert seen["dAt"][0] == "------" and seen["Hr "][0] == "------"


def program(host, octets, primary, secondary=b"", sizes=(2, 4, 3, 0, 0)):
    st31 = bytes((7, sizes[0], 0, 6, sizes[1], 0, sizes[2], sizes[3], 0, sizes[4]))
    host.meter.display.program(st31, octets, primary, secondary)


def test_lists_can_be_programmed(host):
    host.run_until(5 * NS_PER_S)
    host.meter.storage.page[p.DELIVERED_KWH] = 123456
    octets = display_source(4, 5, 0, b"d1 ", 1) + display_source(65, 6, 0, b"FAU")
    primary = display_list(1, 2, 3) + display_list(2, 1, 3) + display_list(3, 1, 3)
    program(host, octets, primary + bytes((0, 0, 1, 0, 1, 0, 0, 0)))
    run(host, 0.5)
    assert (shown(host).code_text, shown(host).text) == ("d1 ", " 12345")
    assert codes(host, 9) == ["d1", "FAU", "d1", "FAU"]
    magnet(host, 0.5)
    assert codes(host, 5) == ["FAU", "d1"]


def test_what_is_programmed_wrong_gives_way_to_the_built_in_lists(host):
    host.run_until(5 * NS_PER_S)
    octets = display_source(200) + display_source(4, 6, 0, b"A1 ")
    primary = display_list(1, 2) + display_list(2, 1) + display_list(3, 1)
    program(host, octets, primary + bytes((0, 0, 1, 0, 0, 0, 9, 0)))
    assert codes(host, 14) == ["A1"]
    magnet(host, 0.5)
    assert codes(host, 15)[:2] == list_of(sources.ALTERNATE)[:2]
    host.meter.display.program(b"\7" + bytes(9), b"", b"", b"")
    assert codes(host, 23) == NORMAL
    assert host.meter.storage.faults.word == 0


def test_a_meter_that_can_be_given_other_code_says_so_all_the_time(host):
    host.run_until(4 * NS_PER_S)
    host.board.switch(pins.TEST_SWITCH, closed=True)
    for _ in range(60):
        run(host, 1)
        assert "DEV" in shown(host).annunciators


def test_one_that_cannot_does_not():
    host = build(ConstantLoad(36000.0))

    def close(meter):
        meter.board.development = False

    host = CPythonHost(host.board, close)
    host.run_until(4 * NS_PER_S)
    for _ in range(40):
        assert "DEV" not in shown(host).annunciators
        run(host, 1)
