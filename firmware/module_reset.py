"""The reset line of the communication module."""

from micropython import const

from ticks import elapsed

HELD_MS = const(100)  # at least


class ModuleReset:
    """Holds the line, one of the board's service `lines`, for HELD_MS when asked to."""

    def __init__(self, lines):
        self._lines = lines
        self._asked = False
        self._held = False
        self._since = 0

    def ask(self):
        """Have the next step begin a reset."""
        self._asked = True

    def step(self, now_ms):
        """Begin a reset that was asked for, or end one."""
        if self._asked:
            self._asked = False
            self._held = True
            self._since = now_ms
            self._lines.reset_module(True)
        elif self._held and elapsed(now_ms, self._since) >= HELD_MS:
            self._held = False
            self._lines.reset_module(False)
