"""The LCD as a person sees it: decoded from display RAM through the glass map, and drawn.

Everything here takes only the controller's RAM, whether it is on, and the glass. What is not
in the RAM cannot appear.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from boards.pico_meter.glass import GLASS
from display import font
from display.glass import NOWHERE, Glass

_GLYPHS: dict[int, str] = {}
for _character in "-_AbCcdEFGHhiJLnOoPqrtUuvy0123456789":
    _GLYPHS[font.shape(ord(_character))] = _character
_GLYPHS[font.BLANK] = " "


@dataclass(frozen=True)
class Reading:
    """What is lit. Shapes have bit 0 for segment a to bit 6 for g, as in display.font."""

    digits: tuple[int, ...]
    points: tuple[bool, ...]  # right of each large digit
    code: tuple[int, ...]
    annunciators: frozenset[str]
    emulator: tuple[bool, ...]

    @property
    def text(self) -> str:
        """The large digits with sign and points, such as "-001234" or "0012.34"."""
        marks = zip(self.digits, self.points, strict=True)
        text = "".join(glyph(shape) + ("." if point else "") for shape, point in marks)
        return "-" + text if "MINUS" in self.annunciators else text

    @property
    def code_text(self) -> str:
        """The small digits, such as "dEL"."""
        return "".join(glyph(shape) for shape in self.code)


def glyph(shape: int) -> str:
    """The character that a shape stands for, "?" for none; 5 and S, 2 and Z are digits."""
    return _GLYPHS.get(shape, "?")


def lit(ram: Sequence[int], on: bool, place: int) -> bool:
    """Whether the segment at a place (address * 4 + bit) of the RAM is lit."""
    return on and place != NOWHERE and bool(ram[place >> 2] >> (place & 3) & 1)


def decode(ram: Sequence[int], on: bool = True, glass: Glass = GLASS) -> Reading:
    """Read 32 nibbles of display RAM back through the glass map."""

    def shape(places: bytes) -> int:
        return sum(lit(ram, on, place) << i for i, place in enumerate(places))

    return Reading(
        digits=tuple(shape(places) for places in glass.digits),
        points=tuple(lit(ram, on, place) for place in glass.points),
        code=tuple(shape(places) for places in glass.code),
        annunciators=frozenset(
            name for name, place in glass.annunciators.items() if lit(ram, on, place)
        ),
        emulator=tuple(lit(ram, on, place) for place in glass.emulator),
    )


def digits_text(ram: Sequence[int], on: bool = True, glass: Glass = GLASS) -> str:
    """The number or word on the large digits, with its sign and points."""
    return decode(ram, on, glass).text


# Box-drawing characters by the strokes that meet in them: 1 up, 2 right, 4 down, 8 left.
_JOINTS = " ╹╺┗╻┃┏┣╸┛━┻┓┫┳╋"
_UP, _RIGHT, _DOWN, _LEFT = 1, 2, 4, 8


def _figure(shape: int, width: int) -> list[str]:
    """A seven-segment digit, three rows high, with `width` cells between its corners."""
    a, b, c, d, e, f, g = (shape >> i & 1 for i in range(7))
    rows = (
        (f * _DOWN + a * _RIGHT, a, a * _LEFT + b * _DOWN),
        (f * _UP + g * _RIGHT + e * _DOWN, g, g * _LEFT + b * _UP + c * _DOWN),
        (e * _UP + d * _RIGHT, d, d * _LEFT + c * _UP),
    )
    return [
        _JOINTS[left] + ("━" if bar else " ") * width + _JOINTS[right] for left, bar, right in rows
    ]


# What the terminal prints for an annunciator where its name does not do.
_WORDS = {
    "OPEN": "SW OPEN",
    "CLOSED": "SW CLOSED",
    "LEFT": "◀",
    "RIGHT": "▶",
    "BAT": "LOW BAT",
}
_TOP = ("NOR", "ALT", "TEST", "EOI", "ERR", "BAT", "CLOCK", "SEAL", "DEV")
_FLAGS = ("DEL", "REC", "NET")
_UNITS = (("kWh", "kW"), ("V", "A"), ("Hz", "PF"))
_BOTTOM = ("L1", "L2", "OPEN", "CLOSED")


def draw(ram: Sequence[int], on: bool = True, glass: Glass = GLASS) -> list[str]:
    """The LCD in a frame, as lines of equal width for a terminal."""
    reading = decode(ram, on, glass)

    def words(*names: str) -> str:
        """The lit ones in their places; the others leave their places empty."""
        there = [name for name in names if glass.annunciators[name] != NOWHERE]
        shown = [(_WORDS.get(name, name), name in reading.annunciators) for name in there]
        return " ".join(word if is_lit else " " * len(word) for word, is_lit in shown)

    small = [_figure(shape, 1) for shape in reading.code]
    large = [_figure(shape, 2) for shape in reading.digits]
    sign = ("  ", "━ " if "MINUS" in reading.annunciators else "  ", "  ")
    rows = []
    for row in range(3):
        code = "".join(figure[row] + " " for figure in small)
        point = ["." if row == 2 and point else " " for point in reading.points]
        number = "".join(figure[row] + mark for figure, mark in zip(large, point, strict=True))
        rows.append(f"{code}{'  ' if small else ''}{sign[row]}{number} {words(*_UNITS[row])}")

    emulator = "".join("■" if is_lit else " " for is_lit in reading.emulator)
    disc = f"{words('LEFT')} {emulator} {words('RIGHT')}"
    lines = [words(*_TOP), *rows, f"{words(*_FLAGS)}   {disc}   {words(*_BOTTOM)}"]
    width = max(len(line) for line in lines)
    bar = "─" * (width + 2)
    return [f"╭{bar}╮", *(f"│ {line:<{width}} │" for line in lines), f"╰{bar}╯"]
