"""The terminal view: the LCD from the controller's RAM, the mains, and where to connect."""

import time

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from .board import VirtualBoard
from .controls import SWITCHES, Controls
from .keys import KEYS, QUIT
from .lcd import draw

_PERIOD_S = 0.1
_COLUMNS = 71
_PLUG = "Ctrl-C pulls the plug"


def why_not(console: Console) -> str:
    """Why the view cannot be shown on a terminal; empty if it can."""
    if console.is_dumb_terminal:
        return "the terminal is dumb (TERM)"
    if console.width < _COLUMNS:
        return f"the terminal has {console.width} columns, the view takes {_COLUMNS}"
    try:
        "╭■━".encode(console.encoding)
    except (UnicodeEncodeError, LookupError):
        return f"the terminal's encoding is {console.encoding}, the view takes UTF-8"
    return ""


class TerminalView:
    """Draws ten times a second of real time; a context manager around the run.

    ports  what the meter is connected to, and where: labels and names
    keys   keys work the switches
    """

    def __init__(
        self,
        board: VirtualBoard,
        controls: Controls,
        title: str,
        ports: list[tuple[str, str]],
        keys: bool,
    ) -> None:
        self._board = board
        self._controls = controls
        self._title = title
        self._ports = ports
        self._keys = keys
        self._next = 0.0
        self._live = Live(console=Console(), auto_refresh=False, transient=False)

    def __enter__(self) -> "TerminalView":
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.update(self._render(), refresh=True)
        self._live.stop()

    def tick(self) -> None:
        """Draw if it is time to."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _PERIOD_S
            self._live.update(self._render(), refresh=True)

    def _render(self) -> Panel:
        board = self._board
        point = board.mains.present()
        facts = Table.grid(padding=(0, 2))
        facts.add_row("mains", _mains(point))
        facts.add_row(
            "true energy",
            f"{board.mains.delivered_uwh / 1e9:.6f} kWh delivered, "
            f"{board.mains.received_uwh / 1e9:.6f} kWh received",
        )
        facts.add_row("clock", f"{board.rtc.now():%Y-%m-%d %H:%M:%S}")
        for label, name in self._ports or [("optical port", "not connected")]:
            facts.add_row(label, name)
        facts.add_row("switches", self._switches())
        facts.add_row("", self._hint())
        screen = Text("\n".join(draw(board.lcd.ram, board.lcd.on)), style="black on #b9c7a6")
        return Panel(Group(screen, facts), title=self._title, expand=False)

    def _switches(self) -> str:
        words = [f"{name} {self._controls.position(name)}" for name in SWITCHES]
        if self._keys:
            keys = {line.split()[0]: key for key, line in KEYS.items() if key.islower()}
            words = [f"{keys[name]} {word}" for name, word in zip(SWITCHES, words, strict=True)]
        return "   ".join(words[:3]) + "\n" + "   ".join(words[3:])

    def _hint(self) -> str:
        hold = ", ".join(key for key in KEYS if key.isupper())
        return f"{hold}: hold; Ctrl-C or {QUIT}: pull the plug" if self._keys else _PLUG


def _mains(point) -> str:
    watts = point.milliwatts / 1000
    way = "delivered" if watts >= 0 else "received"
    amps = f"{point.amps_1:.2f} A" + (f" / {point.amps_2:.2f} A" if point.amps_2 else "")
    return f"{abs(watts):.1f} W {way}, {point.volts:.1f} V, {amps}, {point.hz:.2f} Hz"
