"""The LCD driver against the controller's model, bit by bit."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ht1621 import NIBBLES, Ht1621
from picometer.virtual.ht1621 import Ht1621 as Chip

IMAGES = st.lists(st.integers(0, 15), min_size=NIBBLES, max_size=NIBBLES).map(bytearray)


@pytest.fixture
def chip():
    chip = Chip()
    chip.power_on()
    return chip


@pytest.fixture
def lcd(chip):
    lcd = Ht1621(chip.cs, chip.wr, chip.data)
    lcd.start()
    return lcd


def test_start_turns_the_glass_on_with_a_third_bias_and_four_commons(chip, lcd):
    assert chip.on
    assert chip.bias & 0b1101 == 0b1001  # abXc: ab = 10 for four commons, c = 1 for 1/3 bias


def test_start_sends_the_commands_of_the_data_sheet_and_the_glass_comes_on_last():
    frames = []
    wires = {"wr": 1, "data": 0}

    def cs(level):
        if not level:
            frames.append("")

    def wr(level):
        if level and not wires["wr"]:
            frames[-1] += str(wires["data"])
        wires["wr"] = level

    Ht1621(cs, wr, lambda level: wires.update(data=level)).start()
    assert frames == [
        "100001010010",  # BIAS 1/3, 4 commons
        "100000110000",  # RC 256K
        "100000000010",  # SYS EN
        "100000001000",  # TIMER DIS
        "100000001010",  # WDT DIS
        "100000010000",  # TONE OFF
        "100000000110",  # LCD ON
    ]


@settings(max_examples=50, deadline=None)
@given(st.lists(IMAGES, min_size=1, max_size=4))
def test_the_ram_holds_what_was_shown_last(images):
    chip = Chip()
    chip.power_on()
    lcd = Ht1621(chip.cs, chip.wr, chip.data)
    lcd.start()
    for image in images:
        lcd.show(image)
        assert chip.ram == image


@settings(max_examples=50, deadline=None)
@given(IMAGES, IMAGES)
def test_only_what_changed_is_sent(first, second):
    chip = Chip()
    chip.power_on()
    lcd = Ht1621(chip.cs, chip.wr, chip.data)
    lcd.start()
    lcd.show(first)
    assert chip.writes == NIBBLES
    lcd.show(first)
    assert chip.writes == NIBBLES
    lcd.show(second)
    assert chip.writes - NIBBLES == sum(a != b for a, b in zip(first, second, strict=True))


def test_neighbours_that_changed_go_in_one_frame(chip, lcd):
    lcd.show(bytearray(NIBBLES))
    frames = []
    lcd._cs = lambda level: (frames.append(level), chip.cs(level))
    image = bytearray(NIBBLES)
    image[3:7] = b"\x01\x02\x04\x08"
    image[31] = 0x0F
    lcd.show(image)
    assert frames == [0, 1, 0, 1]
    assert chip.ram == image


def test_the_high_half_of_a_byte_is_no_change(chip, lcd):
    lcd.show(bytearray(NIBBLES))
    lcd.show(bytearray([0xF0] * NIBBLES))
    assert chip.writes == NIBBLES
    assert chip.ram == bytearray(NIBBLES)


def test_refresh_mends_a_controller_that_lost_everything(chip, lcd):
    image = bytearray(range(16)) + bytearray(range(16))
    lcd.show(image)
    chip.power_off()
    chip.power_on()
    lcd.show(image)
    assert not chip.on and chip.ram != image
    lcd.refresh(image)
    assert chip.on and chip.ram == image
