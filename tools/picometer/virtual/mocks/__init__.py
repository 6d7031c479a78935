"""MicroPython 1.25's hardware modules as CPython sees them, over the current virtual board.

`bind(board)` says which board that is; objects made earlier stay with the board they were
made on. `install()` makes `machine`, `micropython`, `rp2` and `vfs` importable; `time` and
`select` exist in CPython too, so `device_modules()` swaps those only while the one file that
needs the device's versions is imported.
"""

import contextlib
import importlib
import sys
from collections.abc import Iterator

_ALWAYS = ("machine", "micropython", "rp2", "vfs")
_SWAPPED = ("time", "select")

_bound = None


def bind(board) -> None:
    """Make `board` the one that new mock objects and the clock belong to; None for none."""
    global _bound
    _bound = board


def board():
    """The current board; RuntimeError when none is bound."""
    if _bound is None:
        raise RuntimeError("no virtual board is bound: call mocks.bind(board) first")
    return _bound


def install() -> None:
    """Put the modules that CPython lacks into sys.modules."""
    for name in _ALWAYS:
        sys.modules[name] = importlib.import_module("." + name, __name__)


@contextlib.contextmanager
def device_modules() -> Iterator[None]:
    """The device's `time` and `select` in place of CPython's, for the imports inside.

    Import the rest (standard library above all) before: a module loaded inside for the
    first time would keep the wrong `time` for good.
    """
    install()
    mocks = {name: importlib.import_module("." + name, __name__) for name in _SWAPPED}
    real = {name: importlib.import_module(name) for name in _SWAPPED}
    sys.modules.update(mocks)
    try:
        yield
    finally:
        sys.modules.update(real)
