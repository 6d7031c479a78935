"""Overlay: what is laid over a display list for a time, whatever the list shows meanwhile."""

from micropython import const

from ticks import elapsed

_NEVER_MS = const(0x3FFFFFFF)
_SEGMENTS = const(0)
_SIGNAL = const(1)


class Overlay:
    """All segments of the glass as a confirmation, and one annunciator as a signal.

    Both may be asked for again while they last, which begins their time anew.
    """

    def __init__(self, screen, signal):
        """`signal`: the name of the annunciator."""
        self._screen = screen
        self._name = signal
        self._since = [0, 0]
        self._left = [0, 0]  # ms that they were asked for, 0: off

    def segments(self, now_ms, ms):
        """Show every segment for `ms`."""
        self._begin(_SEGMENTS, now_ms, ms)

    def signal(self, now_ms, ms):
        """Light the annunciator for `ms`."""
        self._begin(_SIGNAL, now_ms, ms)

    def step(self, now_ms):
        """Draw what is due at `now_ms`; returns in how many ms something ends."""
        segments = self._rest(_SEGMENTS, now_ms)
        signal = self._rest(_SIGNAL, now_ms)
        self._screen.cover(segments != _NEVER_MS)
        self._screen.annunciator(self._name, signal != _NEVER_MS)
        return segments if segments < signal else signal

    def _begin(self, which, now_ms, ms):
        self._since[which] = now_ms
        self._left[which] = ms

    def _rest(self, which, now_ms):
        rest = self._left[which]
        if rest == 0:
            return _NEVER_MS
        rest -= elapsed(now_ms, self._since[which])
        if rest > 0:
            return rest
        self._left[which] = 0
        return _NEVER_MS
