"""The event log on the glass: how it stands, then every entry by its number."""

import pytest

from boards.pico_meter import pins
from c1219 import events
from firmware.log_items import short
from picometer.virtual.lcd import decode
from tests_host.meter.sealed_bench import SealedBench

SUMMARY = ["LoG", "CyC", "L5t", "5EA", "bro", "CHn"]
PARTS = ["En ", "Edt", "Eti", "Ech"]


@pytest.fixture
def bench():
    bench = SealedBench()
    bench.run(2)
    return bench


def change(bench, minutes):
    octets = bytes((0, 0, 0, 0)) + minutes.to_bytes(2, "little")
    assert bench.write("optical", 53, octets) == 0


def hold(bench, seconds):
    bench.host.board.switch(pins.MAGNET, closed=True)
    bench.run(seconds)
    bench.host.board.switch(pins.MAGNET, closed=False)


def walk(bench, most):
    """(code, text) of what is shown from now on, until the Normal list is back."""
    seen = []
    for _ in range(most):
        reading = decode(bench.host.board.lcd.ram, bench.host.board.lcd.on)
        if "NOR" in reading.annunciators:
            return seen
        if not seen or seen[-1][0] != reading.code_text:
            seen.append((reading.code_text, reading.text.strip()))
        bench.run(0.5)
    raise AssertionError("the list does not end")


def test_a_magnet_that_is_held_on_shows_the_log_once_newest_first(bench):
    change(bench, 60)
    bench.run(60)
    change(bench, 120)
    bench.do("seal open")
    newest = bench.entries()[-1]
    hold(bench, 13)
    seen = walk(bench, 200)
    assert [code for code, _ in seen] == SUMMARY + 3 * PARTS
    values = dict(seen[:6])
    assert values["LoG"] == "003.050" and values["L5t"] == "3" and values["5EA"] == "1"
    assert values["CyC"] == "1" and values["bro"] == "0"
    assert values["CHn"].lower() == bench.log.chain.hex()[:6]
    shown = [dict(seen[at : at + 4]) for at in (6, 10, 14)]
    assert [entry["En "] for entry in shown] == ["3", "2", "1"]
    assert [entry["Ech"] for entry in shown] == ["804.000", "011.053", "011.053"]
    year, month, day, hour, minute, second = newest.time
    assert shown[0]["Edt"] == f"{year:02}.{month:02}.{day:02}"
    assert shown[0]["Eti"] == f"{hour:02}.{minute:02}.{second:02}"


def test_an_empty_log_is_its_summary(bench):
    hold(bench, 13)
    assert [code for code, _ in walk(bench, 60)] == SUMMARY


def test_a_touch_goes_on_to_the_next_of_a_full_log_and_the_list_ends(bench):
    for i in range(50):
        change(bench, i + 1)
    assert bench.log.used == 50
    hold(bench, 13)
    bench.run(0.3)
    numbers = []
    for _ in range(6 + 4 * 50):
        reading = decode(bench.host.board.lcd.ram, bench.host.board.lcd.on)
        if reading.code_text == "En ":
            numbers.append(int(reading.text))
        hold(bench, 0.3)
        bench.run(0.3)
    assert numbers == list(range(50, 0, -1))
    reading = decode(bench.host.board.lcd.ram, bench.host.board.lcd.on)
    assert "NOR" in reading.annunciators


def test_an_entry_that_comes_or_goes_meanwhile_leaves_no_old_number(bench):
    change(bench, 60)
    bench.do("seal open")
    hold(bench, 13)
    bench.run(18)
    assert bench.run_procedure("optical", 0x0802) == 0
    bench.run(1)
    seen = dict(walk(bench, 60))
    assert seen["Ech"] in ("806.000", "------", "---.---")


def test_the_clock_not_set_is_dashes(bench):
    bench.host.board.rtc.battery_lost()
    bench.off()
    change(bench, 60)
    hold(bench, 13)
    seen = dict(walk(bench, 80))
    assert set(seen["Edt"]) <= set("-. ") and seen["En "] == "1"


@pytest.mark.parametrize(
    ("number", "digits"),
    [(13, 13), (events.SECURITY_TABLE, 809), (0x1000, 400), (0x1003, 403), (0x1802, 902)]
    + [(events.PROGRAMMED, 11), (events.SEAL_OPENED, 804)],
)
def test_three_digits_tell_tables_procedures_and_events(number, digits):
    assert short(number) == digits


def test_a_log_that_is_nearly_full_warns(bench):
    for i in range(48):
        change(bench, i + 1)
    assert bench.faults == 0
    change(bench, 49)
    bench.run(30)
    codes = set()
    for _ in range(70):
        reading = decode(bench.host.board.lcd.ram, bench.host.board.lcd.on)
        codes.add((reading.code_text, reading.text))
        bench.run(0.5)
    assert ("Er2", "000400") in codes
