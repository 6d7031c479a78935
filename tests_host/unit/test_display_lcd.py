"""The drawn LCD shows what the RAM holds, and nothing else."""

import re
from xml.etree import ElementTree

import pytest

from boards.pico_meter import glass, glass_generic
from display import Screen
from picometer.virtual import lcd, lcd_sheet, lcd_svg
from tests_host.unit.display_show import lit_places

METER = glass.GLASS
BOTH = pytest.mark.parametrize("glass", [METER, glass_generic.GLASS], ids=["meter", "generic"])
SVG = "{http://www.w3.org/2000/svg}"


def every_segment(glass):
    screen = Screen(glass)
    screen.all_on()
    return screen.image


@BOTH
def test_the_terminal_draws_a_frame_of_equal_lines(glass):
    for ram in (bytearray(32), every_segment(glass)):
        lines = lcd.draw(ram, True, glass)
        assert len({len(line) for line in lines}) == 1
        assert lines[0][0] == "╭" and lines[-1][-1] == "╯"


@BOTH
def test_dark_glass_and_lcd_off_look_alike(glass):
    dark = lcd.draw(bytearray(32), True, glass)
    assert set("".join(dark)) == set("╭─╮│ ╰╯")
    assert lcd.draw(every_segment(glass), False, glass) == dark
    assert lcd.digits_text(every_segment(glass), False, glass) == " " * 6


def test_the_terminal_draws_digits_of_seven_segments():
    screen = Screen(METER)
    screen.number(-12345, 6, 2)
    screen.code(b"nEt")
    screen.annunciator("kWh", True)
    rows = [line[2:].rstrip("│ ") for line in lcd.draw(screen.image)[2:5]]
    assert rows == [
        "    ┏━╸ ╻       ┏━━┓    ╻ ╺━━┓ ╺━━┓ ╻  ╻ ┏━━╸  kWh",
        "┏━┓ ┣━╸ ┣━╸   ━ ┃  ┃    ┃ ┏━━┛ ╺━━┫ ┗━━┫ ┗━━┓",
        "╹ ╹ ┗━╸ ┗━╸     ┗━━┛    ╹ ┗━━╸ ╺━━┛.   ╹ ╺━━┛",
    ]


def test_the_terminal_shows_every_annunciator_in_words():
    dark = "".join(lcd.draw(bytearray(32)))
    for name, place in METER.annunciators.items():
        ram = bytearray(32)
        ram[place >> 2] = 1 << (place & 3)
        drawn = "".join(lcd.draw(ram))
        assert drawn != dark
        assert lcd.decode(ram).annunciators == {name}
    text = " ".join(lcd.draw(every_segment(METER)))
    for word in ("NOR ALT TEST EOI ERR", "DEL REC NET", "◀ ■■■■■■ ▶", "L1 L2 SW OPEN SW CLOSED"):
        assert word in text


def classes(svg):
    root = ElementTree.fromstring(svg)
    drawn = [element for element in root.iter() if element.get("class") in ("on", "off")]
    assert all(element.tag in (SVG + "path", SVG + "text") for element in drawn)
    return [element.get("class") for element in drawn]


@BOTH
def test_the_picture_has_each_segment_once_and_lights_those_in_ram(glass):
    for ram in (bytearray(32), every_segment(glass)):
        drawn = classes(lcd_svg.render(ram, True, glass))
        assert len(drawn) == len(lit_places(glass.full))
        assert drawn.count("on") == (len(drawn) if any(ram) else 0)
    assert "on" not in classes(lcd_svg.render(every_segment(glass), False, glass))
    for place in lit_places(glass.full):
        ram = bytearray(32)
        ram[place >> 2] = 1 << (place & 3)
        assert classes(lcd_svg.render(ram, True, glass)).count("on") == 1


def test_the_picture_needs_nothing_from_elsewhere():
    svg = lcd_svg.render(every_segment(METER))
    assert not re.search(r"href|<image|@import", svg)
    svg = lcd_sheet.sheet([lcd_sheet.Picture(bytes(32), True, "a", "b")])
    assert not re.search(r'href="[^#]|<image|@import', svg)


def lights(svg):
    """Of each picture of a sheet, the places that it lights, in their order."""
    root = ElementTree.fromstring(svg)
    pictures = [group for group in root.iter(SVG + "g") if group.get("class") == "picture"]
    lit = [group for picture in pictures for group in picture if group.get("class") == "l"]
    assert len(lit) == len(pictures)
    return [[int(use.get("href")[2:]) for use in group.iter(SVG + "use")] for group in lit]


@BOTH
def test_a_sheet_lights_a_segment_exactly_when_its_bit_is_set(glass):
    places = sorted(lit_places(glass.full))
    rams = [bytearray(32), every_segment(glass)]
    for place in places:
        rams.append(bytearray(32))
        rams[-1][place >> 2] = 1 << (place & 3)
    pictures = [lcd_sheet.Picture(bytes(ram), True, "", "") for ram in rams]
    pictures.append(lcd_sheet.Picture(bytes(rams[1]), False, "", ""))
    svg = lcd_sheet.sheet(pictures, glass)
    assert lights(svg) == [[], places, *[[place] for place in places], []]
    drawn = [element.get("id") for element in ElementTree.fromstring(svg).iter()]
    for place in places:
        assert drawn.count(f"s{place}") == 1


def test_a_sheet_shows_what_the_screen_drew():
    screen = Screen(METER)
    screen.number(-12345, 6, 2)
    screen.annunciator("kWh", True)
    svg = lcd_sheet.sheet([lcd_sheet.Picture(bytes(screen.image), True, "a < b", "c")])
    ram = bytearray(32)
    for place in lights(svg)[0]:
        ram[place >> 2] |= 1 << (place & 3)
    assert ram == screen.image and "a &lt; b" in svg
