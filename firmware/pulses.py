"""The pulse duty: the metering chip's pulses, counted in hardware, against the registers.

Both come from the same energy. A pulse is due whenever that has moved by another pulse's worth;
the remainder is below one pulse, and is not known. Energy is known from tick to tick: between
the tick before a reading of the pulse count and the tick after it. So every reading leaves a
range of what was left over when the comparison began, and each narrows it: once nothing is left
of the range, pulses have been lost or added. A single one is found out, at the latest when the
load has become small for a while.

Pulses have no sign, and what flows back before a pulse is due cancels what flowed forth: a
comparison lasts as long as energy moves in one direction. It begins with a pulse, for until
then the remainder may belong to the other direction.
"""

from micropython import const

from metrology import faults as f
from metrology.page import (
    CHIP_RESETS,
    COUNTER_MASK,
    INTERVAL_DELIVERED,
    INTERVAL_RECEIVED,
    TICKS,
)

_READ_MS = const(900)
_JUDGE_MS = const(100)  # then a tick has come
_AGREED = const(100)  # pulses in agreement that withdraw the fault
_ROUNDING = const(4)  # counts: both coils' registers are cut to whole ones, at either end
_LEAST = const(-0x20000000)
_MOST = const(0x1FFFFFFF)

_BEGIN = const(0)  # waits for a tick to begin with
_READ = const(1)  # reads the count
_JUDGE = const(2)  # waits for the tick after that

_TURNED = const(-1)


class Pulses:
    """Compares; `faults.PULSES_DISAGREE` stands until 100 pulses have agreed again.

    count   returns the pulses counted, modulo 2^30
    pages   metrology.modes.Pages: in test mode the pulses are the test's
    faults  metrology.faults.FaultSet
    worth   counts of a pulse (Constants.counts_per_pulse)
    """

    def __init__(self, count, pages, faults, worth):
        self._count = count
        self._pages = pages
        self._faults = faults
        self._worth = worth
        self._agreed = 0
        self._restart()
        self._begin()

    def step(self, now_ms):
        """Read the count, or judge what was read."""
        kept = self._pages.billing
        if self._pages.changes != self._changes or kept[CHIP_RESETS] != self._resets:
            self._begin()
        elif self._state == _READ:
            self._read(kept)
        elif kept[TICKS] != self._ticks:
            if self._state == _JUDGE:
                self._judge()
                return _READ_MS
            self._restart()
        return _JUDGE_MS

    def _begin(self):
        # What the next tick bills may be the energy of any time: nothing is known before it.
        kept = self._pages.billing
        self._changes = self._pages.changes
        self._resets = kept[CHIP_RESETS]
        self._ticks = kept[TICKS]
        self._state = _BEGIN

    def _restart(self):
        page = self._pages.shown
        self._delivered = page[INTERVAL_DELIVERED]
        self._received = page[INTERVAL_RECEIVED]
        self._pulses = self._count()
        self._way = 0
        self._settled = False  # until the first pulse
        self._open()
        self._state = _READ

    def _open(self):
        self._excess = 0  # what the pulses stand for, less the energy, since here
        self._low = _LEAST  # the range of what was left over here
        self._high = _MOST

    def _read(self, kept):
        moved = self._moved()
        if moved == _TURNED:
            self._restart()
            return
        before = self._pulses
        self._pulses = self._count()
        new = (self._pulses - before) & COUNTER_MASK
        if self._settled:
            self._excess += new * self._worth - moved
            self._agreed += new
        elif new:
            self._settled = True
            self._open()
        else:
            self._excess -= moved
        if self._excess + self._worth < self._high:
            self._high = self._excess + self._worth
        self._ticks = kept[TICKS]
        self._state = _JUDGE

    def _judge(self):
        moved = self._moved()
        if moved == _TURNED:
            self._restart()
            return
        # Before the first pulse anything between a pulse's worth of either direction is left.
        left = 0 if self._settled else self._worth
        self._excess -= moved
        if self._excess - left > self._low:
            self._low = self._excess - left
        self._state = _READ
        if self._low >= self._high + _ROUNDING:
            self._agreed = 0
            self._faults.set(f.PULSES_DISAGREE)
            self._restart()
        elif self._agreed >= _AGREED:
            self._agreed = _AGREED
            self._faults.clear(f.PULSES_DISAGREE)

    def _moved(self):
        # Counts that were billed since the last look, in whichever direction, or _TURNED.
        page = self._pages.shown
        delivered = (page[INTERVAL_DELIVERED] - self._delivered) & COUNTER_MASK
        received = (page[INTERVAL_RECEIVED] - self._received) & COUNTER_MASK
        self._delivered = page[INTERVAL_DELIVERED]
        self._received = page[INTERVAL_RECEIVED]
        way = 1 if delivered else 2 if received else self._way
        if delivered and received or self._way and way != self._way:
            return _TURNED
        self._way = way
        return delivered + received
