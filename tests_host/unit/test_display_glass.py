"""Glass maps and the screen drawn on them, read back through controller and RAM."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boards.pico_meter import glass, glass_generic
from display import Glass, Screen
from display.glass import ANNUNCIATORS, NOWHERE
from ht1621 import Ht1621
from picometer.virtual.ht1621 import Ht1621 as Chip
from picometer.virtual.lcd import decode, digits_text
from tests_host.unit.display_show import lit_places

METER = glass.GLASS
GENERIC = glass_generic.GLASS
BOTH = pytest.mark.parametrize("glass", [METER, GENERIC], ids=["meter", "generic"])


def through_the_chip(screen):
    """Send the screen's image over three wires; the RAM of the controller that took it."""
    chip = Chip()
    chip.power_on()
    lcd = Ht1621(chip.cs, chip.wr, chip.data)
    lcd.start()
    lcd.show(screen.image)
    assert chip.on
    return chip.ram


@BOTH
def test_no_two_segments_share_a_place_and_all_fit_the_controller(glass):
    used = list(b"".join(glass.digits + glass.code) + glass.emulator)
    used += [place for place in glass.points if place != NOWHERE]
    used += [place for place in glass.annunciators.values() if place != NOWHERE]
    assert len(glass.full) == 32 and max(glass.full) < 16
    assert sorted(used) == sorted(lit_places(glass.full))


def test_the_meter_has_everything_and_the_generic_module_six_digits():
    assert len(METER.digits) == 6 and len(METER.code) == 3 and len(METER.emulator) == 6
    assert all(place != NOWHERE for place in METER.annunciators.values())
    assert len(GENERIC.digits) == 6 and GENERIC.code == () and not GENERIC.emulator
    there = {name for name, place in GENERIC.annunciators.items() if place != NOWHERE}
    assert there == {"BAT"}


def test_the_generic_module_takes_the_bytes_that_its_public_drivers_send():
    """Digit 1 in addresses 10 and 11, digit 6 in 0 and 1; the first bit sent is D0."""
    codes = (0x7D, 0x60, 0x3E, 0x7A, 0x63, 0x5B, 0x5F, 0x70, 0x7F, 0x7B)
    screen = Screen(GENERIC)
    for digit, code in enumerate(codes):
        screen.number(digit, 1)
        bits = [screen.image[address] >> bit & 1 for address in (0, 1) for bit in range(4)]
        assert int("".join(map(str, bits)), 2) == code
    screen.number(123456, 6, 2)
    assert screen.image[2] & 1  # the point of two decimals goes with digit 5


@BOTH
def test_the_segment_test_lights_every_segment_and_no_other(glass):
    screen = Screen(glass)
    screen.number(1234)
    before = bytes(screen.image)
    screen.all_on()
    assert lit_places(through_the_chip(screen)) == lit_places(glass.full)
    screen.number(77)
    assert lit_places(screen.image) == lit_places(glass.full)
    screen.all_on(False)
    assert digits_text(screen.image, True, glass) == "000077"
    screen.number(1234)
    assert bytes(screen.image) == before


@settings(max_examples=60, deadline=None)
@given(st.integers(-999999, 999999), st.integers(1, 6), st.integers(0, 3), st.booleans())
def test_a_number_is_read_back_from_ram_or_is_dashes(value, digits, decimals, zeros):
    if decimals >= digits:
        decimals = digits - 1
    screen = Screen(METER)
    fits = screen.number(value, digits, decimals, zeros)
    assert fits == (abs(value) < 10**digits)
    text = digits_text(through_the_chip(screen))
    if not fits:
        assert text == " " * (6 - digits) + "-" * digits
        return
    number = f"{abs(value):0{digits if zeros else decimals + 1}d}".rjust(6)
    if decimals:
        number = number[:-decimals] + "." + number[-decimals:]
    assert text == ("-" if value < 0 else "") + number


@settings(max_examples=40, deadline=None)
@given(st.integers(-999999, 999999))
def test_a_glass_without_a_sign_gives_it_a_digit(value):
    screen = Screen(GENERIC)
    fits = screen.number(value)
    assert fits == (-100000 < value < 1000000)
    text = digits_text(through_the_chip(screen), True, GENERIC)
    assert text == (f"{value:06d}" if fits else "------")


def test_a_number_is_never_shown_without_its_point():
    screen = Screen(GENERIC)
    assert screen.number(123456, 6, 3)
    assert digits_text(screen.image, True, GENERIC) == "123.456"
    assert not screen.number(123456, 6, 4)
    assert digits_text(screen.image, True, GENERIC) == "------"


def test_a_new_number_leaves_nothing_of_the_old_one():
    screen = Screen(METER)
    screen.number(-888888, 6, 2)
    screen.number(1, 5, 0)
    assert digits_text(screen.image) == " 00001"
    screen.text(b"no.dAtA")
    assert digits_text(screen.image) == "no.dAtA"
    screen.dashes(5)
    assert digits_text(screen.image) == " -----"
    screen.clear_digits()
    assert not any(screen.image)


def test_octal_digits_add_up():
    screen = Screen(METER)
    assert screen.number(1 << 2 | 1 << 3 | 1 << 5, 6, 0, True, 8)
    assert digits_text(screen.image) == "000054"
    assert screen.number((1 << 18) - 1, 6, 0, True, 8)
    assert digits_text(screen.image) == "777777"


def test_words_can_be_read():
    screen = Screen(METER)
    for code in (b"dEL", b"rEC", b"nEt", b"Er", b"888"):
        screen.code(code)
        assert decode(through_the_chip(screen)).code_text == code.decode().ljust(3)
    screen.text(b"HELP")
    assert digits_text(screen.image) == "HELP  "
    screen.text(b"too long for it")
    assert len(digits_text(screen.image)) == 6


@BOTH
def test_each_annunciator_switches_its_own_segment_alone(glass):
    screen = Screen(glass)
    for name in ANNUNCIATORS:
        screen.annunciator(name, True)
        there = glass.annunciators[name] != NOWHERE
        assert decode(screen.image, True, glass).annunciators == ({name} if there else set())
        screen.annunciator(name, False)
        assert not any(screen.image)
    with pytest.raises(KeyError):
        screen.annunciator("kwh", True)


def test_clear_switches_everything_off():
    screen = Screen(METER)
    screen.number(-8, 6, 1)
    screen.annunciator("kWh", True)
    screen.clear()
    assert not any(screen.image)


@pytest.mark.parametrize(
    "table, complaint",
    [
        ("V A Hz", "4 segments"),
        ("V A Hz V", "twice"),
        ("V A Hz volts", "unknown"),
        ("V A Hz S2", "unknown"),
        ("V A Hz P4", "unknown"),
        ("V A Hz 2a", "unknown"),
        ("\n".join(["V . . ."] + [". . . ."] * 32), "32 lines"),
    ],
)
def test_a_map_with_a_mistake_is_refused(table, complaint):
    with pytest.raises(ValueError, match=complaint):
        Glass(table, digits="")


def test_a_digit_must_have_its_seven_segments():
    with pytest.raises(KeyError):
        Glass("1a 1b 1c 1d\n1e 1f . .", digits="1")
