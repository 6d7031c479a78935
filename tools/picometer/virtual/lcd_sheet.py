"""Many pictures of the LCD on one sheet: each from display RAM and the glass map alone.

The glass is drawn once; each picture then lights the segments whose bits are set in its RAM.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from boards.pico_meter.glass import GLASS
from display.glass import Glass

from .lcd import lit
from .lcd_svg import segments

_GLASS_WIDTH, _GLASS_HEIGHT = 740, 270
_GLASS_AT = 30  # where the glass begins in lcd_svg's drawing, both ways
_SCALE = 0.4
_WIDTH, _HEIGHT = round(_GLASS_WIDTH * _SCALE), round(_GLASS_HEIGHT * _SCALE)
_GAP, _CAPTION = 14, 52
_LETTERS = 46  # of a caption in a line, two lines at the most
_COLUMNS = 3

_STYLE = """<style>
text { font: bold 15px "DejaVu Sans", Verdana, Helvetica, Arial, sans-serif; }
.n, .c { font-size: 12px; fill: #333; }
.c { font-weight: normal; }
.l { fill: #18201c; }
.f { fill: #1c2a20; fill-opacity: .055; }
</style>
"""


@dataclass(frozen=True)
class Picture:
    """The display RAM at a moment, whether the LCD was on, and what is printed below."""

    ram: bytes
    on: bool
    title: str
    caption: str = ""


def sheet(pictures: Sequence[Picture], glass: Glass = GLASS) -> str:
    """An SVG document of the pictures, three a row. `<use href="#s7"/>` lights place 7."""
    rows = -(-len(pictures) // _COLUMNS)
    width = _COLUMNS * (_WIDTH + _GAP) + _GAP
    height = rows * (_HEIGHT + _CAPTION + _GAP) + _GAP
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" aria-label="Displays of the meter">\n'
        f'{_STYLE}<rect width="{width}" height="{height}" fill="#fff"/>\n<defs>',
    ]
    drawn = segments(glass)
    parts += [segment.element(f'id="s{segment.place}" ') for segment in drawn]
    uses = "".join(f'<use href="#s{segment.place}"/>' for segment in drawn)
    parts.append(
        f'<g id="g"><rect x="{_GLASS_AT}" y="{_GLASS_AT}" width="{_GLASS_WIDTH}" '
        f'height="{_GLASS_HEIGHT}" rx="12" fill="#aab8a2"/><g class="f">{uses}</g></g>\n</defs>'
    )
    for index, picture in enumerate(pictures):
        row, column = divmod(index, _COLUMNS)
        x = _GAP + column * (_WIDTH + _GAP)
        y = _GAP + row * (_HEIGHT + _CAPTION + _GAP)
        parts += _picture(picture, x, y, glass)
    return "\n".join(parts) + "\n</svg>\n"


def _picture(picture: Picture, x: int, y: int, glass: Glass) -> list[str]:
    lights = "".join(
        f'<use href="#s{place}"/>'
        for place in range(4 * len(glass.full))
        if lit(glass.full, True, place) and lit(picture.ram, picture.on, place)
    )
    shift = _GLASS_AT * _SCALE
    caption = "".join(
        f'<text class="c" x="{x}" y="{y + _HEIGHT + 30 + 14 * index}">{escape(line)}</text>'
        for index, line in enumerate(textwrap.wrap(picture.caption, _LETTERS))
    )
    return [
        f'<g class="picture" transform="translate({x - shift:g} {y - shift:g}) scale({_SCALE})">'
        f'<use href="#g"/><g class="l">{lights}</g></g>',
        f'<text class="n" x="{x}" y="{y + _HEIGHT + 15}">{escape(picture.title)}</text>{caption}',
    ]
