"""Keys of the terminal view: each works a switch while the meter runs."""

import os
import selectors
from collections.abc import Callable
from typing import TextIO

# Key: line for the controls.
KEYS = {
    "l": "lever press",
    "L": "lever toggle",
    "m": "magnet press",
    "M": "magnet toggle",
    "t": "test toggle",
    "s": "seal toggle",
    "c": "cover toggle",
    "p": "power toggle",
}
QUIT = "q"
_ESCAPE = b"\x1b"  # arrows and other keys of more than one byte


def usable(stream: TextIO | None) -> bool:
    """Whether `stream` is a terminal that this process may read keys from."""
    if stream is None or stream.closed or not stream.isatty() or not hasattr(os, "tcgetpgrp"):
        return False
    try:
        return os.tcgetpgrp(stream.fileno()) == os.getpgrp()
    except OSError:
        return False  # another session's


class Keys:
    """Takes single keys from a terminal; a context manager that leaves it as it was.

    do    performs a line
    quit  called for the key that ends the run
    """

    def __init__(
        self,
        fd: int,
        selector: selectors.BaseSelector,
        do: Callable[[str], object],
        quit: Callable[[], None],
    ) -> None:
        self._fd = fd
        self._selector = selector
        self._do = do
        self._quit = quit
        self._listening = False

    def __enter__(self) -> "Keys":
        import termios  # not every system has them
        import tty

        self._before = termios.tcgetattr(self._fd)
        tty.setcbreak(self._fd)
        self._selector.register(self._fd, selectors.EVENT_READ, self)
        self._listening = True
        return self

    def __exit__(self, *_: object) -> None:
        import termios

        try:
            self._hear_no_more()
        finally:
            termios.tcsetattr(self._fd, termios.TCSAFLUSH, self._before)

    def read(self) -> bytes:
        """Perform the keys that were pressed; they send nothing to any UART."""
        try:
            data = os.read(self._fd, 64)
        except OSError:
            data = b""
        if not data:  # the terminal is gone
            self._hear_no_more()
        if not data.startswith(_ESCAPE):
            for key in data.decode("ascii", errors="replace"):
                self._press(key)
        return b""

    def _press(self, key: str) -> None:
        if key == QUIT:
            self._quit()
        elif key in KEYS:
            self._do(KEYS[key])

    def _hear_no_more(self) -> None:
        if self._listening:
            self._listening = False
            self._selector.unregister(self._fd)
