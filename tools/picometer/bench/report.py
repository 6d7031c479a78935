"""The table of a benchmark: on the terminal, in the documentation, and as JSON."""

import json
import os
from pathlib import Path

from rich.console import Console
from rich.table import Table

from picometer.bench.figures import Figures, Row
from picometer.errors import UserError

_COLUMNS = ("", "CPU cycles", "at 125 MHz", "bar")
_FILE_WIDTH = 130  # columns, where no terminal has its own
_MARKS = {None: "", True: "met", False: "MISSED"}

_INTRODUCTION = """\
# Benchmarks

Made by `make bench`; do not edit. The meter's own image runs on the emulated RP2040, whose
cycle counts are exact and the same on every run and machine. The emulator charges no time for
misses of the flash cache, so code in flash is a little slower on a real chip.
"""

_METHOD = """
How it is measured:

- Loops: 1000 calls from one Python loop, by `time.ticks_us()` of the emulated clock, less the
  same loop over a function of the same kind that takes the same arguments and does nothing.
- Ticks: a chip that counts on steadily; every kind of tick must have billed the same energy.
  The SPI clock divider is set so that the emulated wire takes no time: what is left is the
  CPU's work. The wire's own time stands beside it.
- C: `tools/picometer/bench/tick.c` as a native module, built with MicroPython's `mpy_ld.py`.
- CRCs: calls over 1024 bytes less calls over none.
- Packets: requests of 1024 bytes on the optical port at 9600 baud, while the meter meters, at
  twelve different moments; the longest counts. The meter checks all of the packet, and refuses
  it, because no table takes so much.
- Long table: 32 kB in the FRAM, read over the optical port in packets of 1024 bytes by a client
  that answers at once, while the meter meters. The share is the time of all characters of the
  exchange, both ways, as a part of the time that it took.
- First tick: from a cold start with the chip's ready signal, 66 ms after the supply, to the
  first tick that is whole in the FRAM.
- Heap: after a collection, with everything running, the program of the benchmark included.
- CPU share: all time less what the meter sleeps, over a minute of metering, journal, display
  and supervision included.
"""


def show(figures: Figures, console: Console) -> None:
    """Print the table."""
    if not console.is_terminal:
        console.width = _FILE_WIDTH
    table = Table(*_COLUMNS)
    for column in table.columns[1:3]:
        column.justify = "right"
    for row in figures.rows():
        style = "red" if row.met is False else None
        cells = (row.what.replace("`", ""), row.cycles, row.value, _bar(row))
        table.add_row(*cells, style=style)
    console.print(table)


def _bar(row: Row) -> str:
    return f"{row.bar}: {_MARKS[row.met]}" if row.bar else ""


def markdown(figures: Figures) -> str:
    """The page for the documentation."""
    lines = ["", "| " + " | ".join(_COLUMNS) + " |", "|---|---:|---:|---|"]
    for row in figures.rows():
        lines.append(f"| {row.what} | {row.cycles} | {row.value} | {_bar(row)} |")
    return _INTRODUCTION + "\n".join(lines) + "\n" + _METHOD


def check_writable(path: Path) -> None:
    """UserError when a result cannot be written there, before it takes minutes to make."""
    held = path if path.exists() else path.parent
    if path.is_dir() or not os.access(held, os.W_OK):
        raise UserError(f"{path}: cannot be written")


def write(path: Path, text: str) -> None:
    """Replace a file, whole."""
    partial = path.with_name(path.name + ".partial")
    try:
        partial.write_text(text)
        partial.replace(path)
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}") from error


def as_json(figures: Figures) -> str:
    """The figures as data."""
    return json.dumps(figures.data(), indent=2) + "\n"
