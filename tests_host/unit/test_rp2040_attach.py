"""The virtual board at the emulated chip's pins: edges are told at their instant, not polled."""

import pytest

from boards.pico_meter import pins
from picometer.rp2040.attach import BoardLink
from picometer.virtual.board import VirtualBoard
from picometer.virtual.clock import NS_PER_MS, SimClock

SWITCHES = (pins.LEVER, pins.TEST_SWITCH, pins.MAGNET, pins.SEAL_LOOP, pins.POWER_FAIL)


class Chip:
    """Stands for the emulator: notes when which input is driven to what."""

    def __init__(self):
        self.clock = SimClock()
        self.spi, self.i2c = {}, {}
        self.driven = []

    def drive(self, gpio, level):
        self.driven.append((self.clock.now_ns, gpio, level))

    def watch(self, gpio, listener, **options):
        """Nothing is driven by this chip."""

    def power_on(self, bootsel=False):
        """It has no program."""


@pytest.fixture
def chip():
    return Chip()


@pytest.fixture
def board(chip):
    board = VirtualBoard(chip.clock)
    link = BoardLink(board, chip)
    link.power_on()
    return board


@pytest.mark.parametrize("gpio", SWITCHES)
def test_a_switch_that_moves_in_the_middle_of_a_turn_is_told_there_and_then(board, chip, gpio):
    rest = board.pin_read(gpio)
    assert chip.driven[-len(SWITCHES) :].count((0, gpio, rest)) == 1
    chip.driven.clear()
    board.clock.call_at(7 * NS_PER_MS, lambda: board.switch(gpio, closed=bool(rest)))
    chip.clock.advance_to(50 * NS_PER_MS)
    assert chip.driven == [(7 * NS_PER_MS, gpio, 1 - rest)]


def test_switches_are_told_of_also_after_a_reset(board, chip):
    chip.on_reset("watchdog")
    chip.driven.clear()
    board.switch(pins.LEVER, closed=True)
    assert chip.driven == [(0, pins.LEVER, 0)]
