"""The HT1621 model: bits on wires become nibbles in RAM."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from picometer.virtual.ht1621 import Ht1621


def powered():
    lcd = Ht1621()
    lcd.power_on()
    return lcd


def send(lcd, *fields):
    """One frame of (value, bits) fields, most significant bit first."""
    lcd.cs(0)
    for value, bits in fields:
        for at in reversed(range(bits)):
            lcd.wr(0)
            lcd.data(value >> at & 1)
            lcd.wr(1)
    lcd.cs(1)


def command(lcd, *codes):
    send(lcd, (0b100, 3), *((code << 1, 9) for code in codes))


def write(lcd, address, nibbles):
    reverse = (int(f"{nibble:04b}"[::-1], 2) for nibble in nibbles)
    send(lcd, (0b101, 3), (address, 6), *((nibble, 4) for nibble in reverse))


def test_the_glass_is_on_only_with_oscillator_and_lcd():
    lcd = powered()
    assert not lcd.on
    command(lcd, 0x01)
    assert not lcd.on
    command(lcd, 0x03)
    assert lcd.on
    command(lcd, 0x02)
    assert not lcd.on


def test_commands_follow_each_other_in_one_frame():
    lcd = powered()
    command(lcd, 0x29, 0x01, 0x03)
    assert lcd.on
    assert lcd.bias == 0x9


def test_a_command_needs_its_ninth_bit():
    lcd = powered()
    send(lcd, (0b100, 3), (0x01, 8))
    command(lcd, 0x03)
    assert not lcd.on


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 31), st.lists(st.integers(0, 15), min_size=1, max_size=40))
def test_successive_nibbles_go_to_successive_addresses(address, nibbles):
    lcd = powered()
    write(lcd, address, nibbles)
    expected = bytearray(32)
    for i, nibble in enumerate(nibbles):
        expected[(address + i) % 32] = nibble
    assert lcd.ram == expected
    assert lcd.writes == len(nibbles)


def test_an_unfinished_nibble_is_not_stored():
    lcd = powered()
    send(lcd, (0b101, 3), (5, 6), (0b1111, 4), (0b111, 3))
    assert lcd.ram[5] == 0xF
    assert lcd.ram[6] == 0
    assert lcd.writes == 1


def test_data_counts_at_the_rising_edge_and_only_while_selected():
    lcd = powered()
    for bit in (1, 0, 0) + (0, 0, 0, 0, 0, 0, 0, 1, 0):  # not selected
        lcd.wr(0)
        lcd.data(bit)
        lcd.wr(1)
    command(lcd, 0x03)
    assert not lcd.on


@pytest.mark.parametrize("mode", [0b000, 0b001, 0b010, 0b011, 0b110, 0b111])
def test_other_modes_do_nothing(mode):
    lcd = powered()
    send(lcd, (mode, 3), (0, 6), (0xF, 4), (0x3, 9))
    assert lcd.ram == bytes(32)
    assert not lcd.on


def test_power_off_clears_and_deafens():
    lcd = powered()
    command(lcd, 0x01, 0x03)
    write(lcd, 0, [15] * 32)
    lcd.power_off()
    assert not lcd.on
    write(lcd, 0, [15])
    assert lcd.ram == bytes(32)
    lcd.power_on()
    assert not lcd.on
