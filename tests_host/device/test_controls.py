"""A switch of the virtual board reaches the image on the emulated chip at its instant."""

import json

import pytest

from picometer.proof.meters import build
from picometer.virtual.clock import NS_PER_MS, NS_PER_S
from picometer.virtual.controls import Controls
from picometer.virtual.lcd import decode
from picometer.virtual.mains import ConstantLoad
from picometer.virtual.options import LoadChoice
from tests_host.meter.process import picometer

_SEEN_MS = 330  # a debounced change after 68 ms, the display's next step within 200 ms, and it


def test_a_switch_is_seen_at_once_also_while_the_chip_sleeps(make_host):
    host = build(ConstantLoad(7200.0), make_host=make_host)
    board = host.board
    controls = Controls(board, LoadChoice())
    clock = board.clock
    host.run_until(4 * NS_PER_S)
    for i, line in enumerate(("seal open", "seal close", "seal open", "seal close")):
        begin = clock.now_ns + (400 + 13 * i) * NS_PER_MS + 12_345
        clock.call_at(begin, lambda line=line: controls.do(line))
        host.run_until(begin)
        assert ("SEAL" in decode(board.lcd.ram).annunciators) == (line == "seal close")
        host.run_until(begin + _SEEN_MS * NS_PER_MS)
        assert ("SEAL" in decode(board.lcd.ram).annunciators) == (line == "seal open")


@pytest.mark.full
def test_a_lever_that_is_held_for_a_minute_is_a_fault_until_it_is_released(make_host):
    host = build(ConstantLoad(7200.0), make_host=make_host)
    board = host.board
    host.run_until(4 * NS_PER_S)
    Controls(board, LoadChoice()).do("lever press 62")
    host.run_until(64 * NS_PER_S)
    assert "ERR" not in decode(board.lcd.ram).annunciators
    host.run_until(66 * NS_PER_S - 200 * NS_PER_MS)
    assert "ERR" in decode(board.lcd.ram).annunciators
    host.run_until(67 * NS_PER_S)
    assert "ERR" not in decode(board.lcd.ram).annunciators


def test_actions_of_the_command_line_reach_the_image(image):
    done = picometer(
        *("run", "--rp2040", "--image", image, "--headless", "--watts", "480"),
        *("--speed", "max", "--duration", "6.5", "--at", "5:seal open"),
        *("--at", "4.9:status", "--at", "6:status"),
    )
    assert done.returncode == 0, done.stderr
    before, after = (json.loads(line) for line in done.stdout.splitlines())
    assert "SEAL" not in before["lcd"][1] and "SEAL" in after["lcd"][1]
