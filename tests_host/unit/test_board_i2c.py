"""A bus that a chip holds is freed within milliseconds, and what was asked of it is done."""

import pytest

from boards.pico_meter import pins
from boards.pico_meter.i2c import I2c
from ds3231 import Ds3231
from pcf8574 import ExpanderError, Pcf8574
from picometer.virtual import mocks
from picometer.virtual.board import VirtualBoard
from picometer.virtual.clock import NS_PER_MS
from picometer.virtual.mocks import time

CALL_MS = 5  # what I2c promises


@pytest.fixture
def board():
    board = VirtualBoard(switched=True)
    mocks.bind(board)
    board.power_on()
    yield board
    mocks.bind(None)


@pytest.fixture
def i2c(board):
    return I2c(time.sleep_us)


def took_ms(board, call, *arguments):
    begin = board.clock.now_ns
    try:
        return call(*arguments)
    finally:
        assert board.clock.now_ns - begin <= CALL_MS * NS_PER_MS


def left_holding(board):
    """Every way in which a master that goes in the middle leaves SDA low."""
    bus = board.i2c(pins.RTC_I2C)
    board.expander.i2c_write(b"\x00")
    for transaction in (
        lambda: bus.write(0x68, b"\x0e"),
        lambda: bus.write(0x68, b"\x00" * 8),
        lambda: bus.read(0x68, 7),
        lambda: bus.write(0x20, b"\x00"),
        lambda: bus.read(0x20, 1),
    ):
        for edges in range(1, 200):
            gone = []
            bus.break_off(edges, lambda gone=gone: gone.append(True))
            transaction()
            bus.leave_alone()
            if not bus.sda:
                yield edges
            elif not gone:
                break


def test_whichever_bit_a_chip_was_left_at_the_next_call_is_answered(board, i2c):
    expander = Pcf8574(i2c)
    ways = 0
    for _ in left_holding(board):
        ways += 1
        took_ms(board, expander.write, 0xA1)
        assert board.expander.written == 0xA1
        assert took_ms(board, expander.read) == 0xA1
        board.expander.i2c_write(b"\x00")
    assert ways > 50


def test_a_clock_that_holds_the_bus_is_read_and_set_all_the_same(board, i2c):
    rtc = Ds3231(i2c)
    for _ in left_holding(board):
        took_ms(board, rtc.set, 2025, 3, 1, 12, 0, 0)
        rtc.read()
        assert rtc.valid and tuple(rtc.fields)[:6] == (2025, 3, 1, 12, 0, 0)


@pytest.mark.parametrize("octet", [0x00, 0x01, 0x80, 0xA5, 0xFE, 0xFF])
def test_freeing_writes_nothing_into_the_chip(board, i2c, octet):
    for _ in left_holding(board):
        board.expander.i2c_write(bytes((octet,)))
        latch, written = board.expander._latch, []
        board.expander._latch = written.append
        Ds3231(i2c).read()
        board.expander._latch = latch
        assert written == [] and board.expander.written == octet


def test_a_wire_that_stays_low_is_an_error_within_the_bound_and_not_the_end(board, i2c):
    bus = board.i2c(pins.RTC_I2C)
    expander = Pcf8574(i2c)
    bus.stuck = True
    for _ in range(100):
        with pytest.raises(ExpanderError):
            took_ms(board, expander.write, 0)
    bus.stuck = False
    expander.write(0x3C)
    assert board.expander.written == 0x3C


def test_a_chip_that_is_not_there_is_an_error_and_keeps_nobody_from_the_other(board, i2c):
    board.i2c(pins.RTC_I2C).detach(0x20)
    for _ in range(10):
        with pytest.raises(ExpanderError):
            took_ms(board, Pcf8574(i2c).read)
        took_ms(board, Ds3231(i2c).read)


def test_one_clock_too_many_at_any_place_costs_no_call(board, i2c):
    bus = board.i2c(pins.RTC_I2C)
    expander = Pcf8574(i2c)
    for edges in range(1, 60):
        bus.glitch(edges)
        took_ms(board, expander.write, 0xFF)
        bus.leave_alone()
        took_ms(board, expander.write, 0x5A)
        assert board.expander.written == 0x5A
