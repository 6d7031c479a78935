"""The LCD as a picture: an SVG drawn from display RAM and the glass map alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from boards.pico_meter.glass import GLASS
from display.glass import NOWHERE, Glass

from .lcd import lit

WIDTH, HEIGHT = 800, 330

_HEAD = f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" \
width="{WIDTH}" height="{HEIGHT}" role="img" aria-label="LCD of the meter">
<defs>
<linearGradient id="bezel" x1="0" y1="0" x2="0" y2="1">
<stop offset="0" stop-color="#4b5157"/><stop offset=".06" stop-color="#363b40"/>
<stop offset=".94" stop-color="#26292d"/><stop offset="1" stop-color="#17191b"/>
</linearGradient>
<linearGradient id="glass" x1="0" y1="0" x2=".35" y2="1">
<stop offset="0" stop-color="#bcc8b4"/><stop offset=".55" stop-color="#aab8a2"/>
<stop offset="1" stop-color="#98a791"/>
</linearGradient>
<linearGradient id="shade" x1="0" y1="0" x2="0" y2="1">
<stop offset="0" stop-color="#000" stop-opacity=".38"/>
<stop offset="1" stop-color="#000" stop-opacity="0"/>
</linearGradient>
<linearGradient id="glare" x1="0" y1="0" x2="1" y2="1">
<stop offset="0" stop-color="#fff" stop-opacity=".17"/>
<stop offset="1" stop-color="#fff" stop-opacity=".02"/>
</linearGradient>
</defs>
<style>
text {{ font: bold 15px "DejaVu Sans", Verdana, Helvetica, Arial, sans-serif; }}
.on {{ fill: #18201c; }}
.off {{ fill: #1c2a20; fill-opacity: .055; }}
.shadow {{ fill: #18201c; fill-opacity: .16; }}
</style>
<rect width="{WIDTH}" height="{HEIGHT}" rx="22" fill="url(#bezel)"/>
<rect x="27" y="27" width="746" height="276" rx="9" fill="#101213"/>
<rect x="30" y="30" width="740" height="270" rx="7" fill="url(#glass)"/>
"""

_TAIL = """<rect x="30" y="30" width="740" height="14" rx="7" fill="url(#shade)"/>
<path d="M37 30H330L180 300H37a7 7 0 0 1-7-7V37a7 7 0 0 1 7-7z" fill="url(#glare)"/>
</svg>
"""

# Words: where they begin (x, baseline) and, if it is not their name, what is printed.
_WORDS = {
    "NOR": (58, 68, ""),
    "ALT": (112, 68, ""),
    "TEST": (162, 68, ""),
    "EOI": (262, 68, ""),
    "DEV": (500, 68, ""),
    "ERR": (560, 68, ""),
    "DEL": (58, 208, ""),
    "REC": (104, 208, ""),
    "NET": (150, 208, ""),
    "kWh": (688, 124, ""),
    "kW": (734, 124, ""),
    "V": (688, 166, ""),
    "A": (734, 166, ""),
    "Hz": (688, 208, ""),
    "PF": (734, 208, ""),
    "L1": (58, 270, ""),
    "L2": (92, 270, ""),
    "OPEN": (516, 270, "SW OPEN"),
    "CLOSED": (622, 270, "SW CLOSED"),
}

# Drawn annunciators: where their origin lies and the path from there (filled even-odd).
_ICONS = {
    "MINUS": (202, 145, "M0 0h26v11h-26z"),
    "LEFT": (196, 265, "M0 0l20-12v24z"),
    "RIGHT": (452, 265, "M20 0l-20-12v24z"),
    "BAT": (618, 56, "M0 0h26v4h3v6h-3v4h-26zM2.5 2.5v9h21v-9zM4.5 4.5h5v5h-5z"),
    "CLOCK": (
        674,
        63,
        "M0-9a9 9 0 1 0 .01 0zM0-6.6a6.6 6.6 0 1 1-.01 0zM-1-5h2.2v4.4l3.4 2.2-1.2 1.8-4.4-2.8z",
    ),
    "SEAL": (
        712,
        70,
        "M-8 0v-9h2v-2a6 6 0 0 1 12 0v2h2v9zM-3.6-9h7.2v-2a3.6 3.6 0 0 0-7.2 0z",
    ),
}

_CODE_AT, _CODE_SIZE = (62, 112), (31, 66, 7)
_DIGITS_AT, _DIGITS_SIZE = (246, 90), (52, 118, 12)
_CODE_PITCH, _DIGITS_PITCH = 44, 73
_EMULATOR_AT, _EMULATOR_PITCH = (232, 255), 35
_SLANT = 6  # degrees


def _polygon(points: Iterable[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points) + "z"


def _segments(width: float, height: float, thick: float) -> list[str]:
    """Paths of segments a to g in a box from (0, 0)."""
    gap = thick / 8
    half, middle = thick / 2, height / 2
    top = [(gap, 0), (width - gap, 0), (width - thick - gap, thick), (thick + gap, thick)]
    side = [
        (0, gap),
        (thick, thick + gap),
        (thick, middle - half - gap),
        (half, middle - gap),
        (0, middle - gap),
    ]
    bar = [
        (half + gap, middle),
        (thick + gap, middle - half),
        (width - thick - gap, middle - half),
        (width - half - gap, middle),
        (width - thick - gap, middle + half),
        (thick + gap, middle + half),
    ]

    def mirror(points, across, down):
        return [(width - x if across else x, height - y if down else y) for x, y in points]

    shapes = [
        top,
        mirror(side, True, False),
        mirror(side, True, True),
        mirror(top, False, True),
        mirror(side, False, True),
        side,
        bar,
    ]
    return [_polygon(shape) for shape in shapes]


@dataclass(frozen=True)
class Segment:
    """One segment of a glass: its place in display RAM, and what draws it."""

    place: int
    tag: str  # path or text
    attributes: str
    text: str = ""

    def element(self, more: str, shift: str = "") -> str:
        """An SVG element with `more` attributes, moved by `shift`."""
        attributes = self.attributes.replace('transform="', f'transform="{shift}')
        end = f">{self.text}</text>" if self.text else "/>"
        return f"<{self.tag} {more}{attributes}{end}"


def segments(glass: Glass = GLASS) -> list[Segment]:
    """Every segment of the glass, once."""
    found = [_word(glass.annunciators[name], name, *at) for name, at in _WORDS.items()]
    for name, (x, y, path) in _ICONS.items():
        found.append(_path(glass.annunciators[name], path, f"translate({x} {y})"))
    for index, places in enumerate(glass.code):
        x, y = _CODE_AT
        found += _digit(places, x + index * _CODE_PITCH, y, _CODE_SIZE)
    x, y = _DIGITS_AT
    width, height, thick = _DIGITS_SIZE
    for index, places in enumerate(glass.digits):
        left = x + index * _DIGITS_PITCH
        found += _digit(places, left, y, _DIGITS_SIZE)
        at = f"translate({left + width - 6:g} {y + height - thick:g}) skewX(-{_SLANT})"
        found.append(_path(glass.points[index], f"M0 0h10v{thick}h-10z", at))
    x, y = _EMULATOR_AT
    for index, place in enumerate(glass.emulator):
        at = f"translate({x + index * _EMULATOR_PITCH} {y})"
        found.append(_path(place, "M0 0h29v20h-29z", at))
    return [segment for segment in found if segment.place != NOWHERE]


def _word(place: int, name: str, x: int, y: int, word: str) -> Segment:
    return Segment(place, "text", f'x="{x}" y="{y}"', word or name)


def _path(place: int, path: str, transform: str) -> Segment:
    return Segment(place, "path", f'fill-rule="evenodd" transform="{transform}" d="{path}"')


def _digit(places: bytes, x: float, y: float, size: tuple[float, float, float]) -> list[Segment]:
    transform = f"translate({x:g} {y:g}) skewX(-{_SLANT})"
    shapes = _segments(*size)
    return [_path(place, path, transform) for place, path in zip(places, shapes, strict=True)]


def render(ram: Sequence[int], on: bool = True, glass: Glass = GLASS) -> str:
    """An SVG document of the LCD: lit segments dark, the others as faint as on real glass."""
    parts = []
    for segment in segments(glass):
        if not lit(ram, on, segment.place):
            parts.append(segment.element('class="off" '))
            continue
        if segment.tag == "path":
            parts.append(segment.element('class="shadow" ', "translate(3 4) "))
        parts.append(segment.element('class="on" '))
    return _HEAD + "\n".join(parts) + "\n" + _TAIL
