"""What the virtual meter can be asked for: one table, exact in time, no bad line done."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boards.pico_meter import pins
from picometer.errors import UserError
from picometer.virtual.board import VirtualBoard
from picometer.virtual.clock import NS_PER_MS, NS_PER_S
from picometer.virtual.controls import (
    DONE,
    SWITCHES,
    Action,
    ControlError,
    Controls,
    parse,
    parse_at,
)
from picometer.virtual.keys import KEYS
from picometer.virtual.options import LoadChoice


@pytest.fixture
def board():
    board = VirtualBoard()
    board.power_on()
    return board


@pytest.fixture
def controls(board):
    return Controls(board, LoadChoice(volts=244.0, hz=59.0))


def edges_of(board, gpio):
    """(ms, level) of every edge from now on."""
    seen = []
    board.on_edge(gpio, lambda level: seen.append((board.clock.now_ns / NS_PER_MS, level)))
    return seen


def pass_time(board, seconds):
    board.clock.advance_to(board.clock.now_ns + round(seconds * NS_PER_S))


@pytest.mark.parametrize(
    ("line", "name", "level", "position"),
    [
        ("lever on", "lever", 0, "on"),
        ("magnet on", "magnet", 0, "on"),
        ("test on", "test", 0, "on"),
        ("test off", "test", 1, "off"),
        ("seal open", "seal", 1, "open"),
        ("seal close", "seal", 0, "closed"),
        ("seal closed", "seal", 0, "closed"),
        ("cover open", "cover", 1, "open"),
        ("cover close", "cover", 0, "closed"),
        ("power fail", "power", 0, "fail"),
        ("  power \t good ", "power", 1, "good"),
    ],
)
def test_a_switch_takes_the_position_that_it_is_told(board, controls, line, name, level, position):
    assert controls.do(line) == DONE
    assert board.pin_read(SWITCHES[name].gpio) == level
    assert controls.position(name) == position
    before = {n: controls.position(n) for n in SWITCHES}
    assert controls.do(f"{name} toggle") == DONE
    after = {n: controls.position(n) for n in SWITCHES}
    assert {n for n in SWITCHES if before[n] != after[n]} == {name}


def test_a_new_meter_is_at_rest_and_its_seal_whole(controls):
    assert {name: controls.position(name) for name in SWITCHES} == {
        "lever": "off",
        "magnet": "off",
        "test": "off",
        "seal": "closed",
        "cover": "closed",
        "power": "good",
    }


def test_the_seal_loop_is_whole_while_seal_and_cover_are_closed(board, controls):
    seen = []
    for line in ("cover open", "seal open", "cover close", "cover open", "seal close"):
        controls.do(line)
        seen.append(board.pin_read(pins.SEAL_LOOP))
    assert seen == [1] * 5
    assert (controls.position("seal"), controls.position("cover")) == ("closed", "open")
    controls.do("cover close")
    assert board.pin_read(pins.SEAL_LOOP) == 0


@pytest.mark.parametrize(
    ("line", "ms"), [("lever press", 500), ("magnet press 0.1", 100), ("lever press 3600", 3.6e6)]
)
def test_a_press_lasts_as_long_as_it_is_told(board, controls, line, ms):
    seen = edges_of(board, SWITCHES[line.split()[0]].gpio)
    assert controls.do(line) == DONE
    pass_time(board, 4000)
    assert seen == [(0, 0), (ms, 1)]


def test_a_second_press_prolongs_the_first_and_a_position_ends_it(board, controls):
    seen = edges_of(board, pins.LEVER)
    controls.do("lever press 2")
    pass_time(board, 1)
    controls.do("lever press 2")
    pass_time(board, 10)
    assert seen == [(0, 0), (3000, 1)]
    controls.do("lever press 2")
    pass_time(board, 1)
    controls.do("lever on")
    pass_time(board, 10)
    assert board.pin_read(pins.LEVER) == 0


def test_a_load_changes_the_power_and_keeps_voltage_and_frequency(board, controls):
    assert controls.do("load -1234.5") == DONE
    point = board.mains.present()
    assert (point.milliwatts, point.volts, point.hz) == (-1234500, 244.0, 59.0)


def test_status_is_one_line_of_json(board, controls):
    controls.do("seal open")
    controls.do("load 480")
    pass_time(board, 2.5)
    line = controls.do("status")
    assert "\n" not in line
    status = json.loads(line)
    assert status["switches"]["seal"] == "open" and status["switches"]["lever"] == "off"
    assert status["simulated_s"] == 2.5 and status["watts"] == 480
    assert status["clock"] == board.rtc.now().isoformat()
    assert len({len(row) for row in status["lcd"]}) == 1


@pytest.mark.parametrize(
    "line",
    [
        "",
        "   ",
        "lever",
        "Lever press",
        "lever push",
        "lever press press",
        "lever press 0",
        "lever press -1",
        "lever press nan",
        "lever press inf",
        "lever press 1e7",
        "lever press 1 2",
        "lever on 5",
        "test press",
        "seal press 1",
        "seal broken",
        "power off",
        "load",
        "load much",
        "load nan",
        "load 1 2",
        "load 1e9",
        "status now",
        "door open",
    ],
)
def test_a_line_that_asks_for_nothing_is_refused_in_one_line_and_changes_nothing(
    board, controls, line
):
    before = controls.do("status")
    with pytest.raises(ControlError) as refused:
        controls.do(line)
    assert str(refused.value) and "\n" not in str(refused.value)
    assert controls.do("status") == before
    assert board.clock.next_event_ns() is None


@given(st.text(max_size=40))
def test_whatever_is_typed_is_an_action_or_one_line(text):
    try:
        assert isinstance(parse(text), Action)
    except ControlError as error:
        assert len(str(error).splitlines()) == 1


def test_every_key_does_something(controls):
    for line in KEYS.values():
        assert controls.do(line) == DONE


def test_at_names_an_instant_of_the_run():
    assert parse_at("10:lever press", None) == (10 * NS_PER_S, Action("lever", "press", 0.5))
    assert parse_at("0:status", 1.0) == (0, Action("status"))
    assert parse_at("0.25:load 5", 1.0) == (NS_PER_S // 4, Action("load", "", 5.0))


@pytest.mark.parametrize(
    "text",
    ["", "10", "lever press", "x:lever press", "-1:lever press", "nan:status", "1e11:status"]
    + ["5:status", "1:", "1:lever", "1:10:lever press"],
)
def test_an_at_that_is_none_is_one_line(text):
    with pytest.raises(UserError) as refused:
        parse_at(text, 5.0)
    assert "--at" in str(refused.value) and "\n" not in str(refused.value)
