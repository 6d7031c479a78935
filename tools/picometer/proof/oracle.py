"""What the demand must be, from the totals in the registers and the clock alone.

The oracle sees each page as it is written to the FRAM, with the clock's time. It notes the
exact totals at the tick that ends an interval, and a demand is the difference of two of them
that lie a whole interval apart; nothing of the demand engine is used. Which of the ticks around
a boundary ends the interval is the firmware's to choose, as it knows the clock to some 10 ms:
the page shows it by the time left, and how far from the clock's own boundary it is, is noted.
"""

from array import array
from collections.abc import Callable
from datetime import datetime, timedelta
from fractions import Fraction

from boards.pico_meter import layout
from journal.ring import Ring
from metrology import page as p
from picometer.virtual.board import VirtualBoard
from picometer.virtual.clock import NS_PER_MS
from picometer.virtual.host import ImageMemory, stored_page

from .meters import counts_per_kwh

FARTHEST_MS = 150  # from the clock's boundary to the tick that ends the interval
_AROUND_NS = FARTHEST_MS * NS_PER_MS
_WORDS = len(p.new_page())
_RESETS = slice(4 * p.DEMAND_RESETS, 4 * p.DEMAND_RESETS + 4)
_FIRST = datetime(2000, 1, 1)
_MINUTE = timedelta(minutes=1)
SETTLING = timedelta(seconds=5)  # from power to knowing the time, and some more
_MOST_TOLD = 20

# A self read in its ring: words, and where time, registers, demands and cause are.
_SELF_READ_WORDS = 32
_SELF_READ = slice(1, 16)
_BY_RESET = 1


class DemandOracle:
    """Watches the FRAM of a board for demands over `interval` minutes every `subinterval`.

    The clock must run as fast as simulated time, and nobody may set it.

    published   whole intervals
    disturbed   ends of intervals that a power cut touched
    resets      demand resets
    maxima      maxima with their times that were compared at the end of a period or interval
    worst_ms    from a boundary of the clock to the tick that ended the interval, the farthest
    wrong       what was not as it must be, a line each; the first of them
    errors      how many there were
    on_end      called with the page of each tick that ends an interval or subinterval
    """

    def __init__(self, board: VirtualBoard, interval: int, subinterval: int) -> None:
        self.published = self.disturbed = self.resets = self.maxima = self.errors = 0
        self.worst_ms = 0.0
        self.wrong: list[str] = []
        self.on_end: Callable[[array], None] = _nothing
        self._board = board
        self._per_kwh = counts_per_kwh(board.rating)
        self._subinterval = subinterval
        self._count = interval // subinterval
        self._per_hour = Fraction(60, interval)
        self._marks: list[list[int]] = []
        self._last = [Fraction(0), Fraction(0), 0]
        self._cumulative = [Fraction(0), Fraction(0)]
        self._new_period()
        self._reset_word = bytes(4)
        self._sequence = -1
        self._left: int | None = None  # ms, of the page before in this window
        self.power_returns()
        board.fram.on_written = self._written

    def power_failed(self) -> None:
        """The power is off: the page that lies in the FRAM is the last word."""
        page = stored_page(self._board.fram)
        if page is not None and page[0] != self._sequence:
            self._look(page)
        self._marks = []

    def power_returns(self) -> None:
        """It is about to: no interval ends before the firmware knows the time."""
        self._next_window(SETTLING)

    def settles_ns(self) -> int:
        """How long power must stay away, or by its return it is open which end comes first.

        That of an interval in which the firmware just knows the time, or the one after.
        """
        length = self._subinterval * _MINUTE
        left = length - (self._board.rtc.now() - _FIRST) % length
        return _ns(left + SETTLING) if left <= 2 * SETTLING else 0

    # Pages

    def _written(self, end: int) -> None:
        memory = self._board.fram.memory
        start = end - 4 * _WORDS
        if not layout.REGISTERS <= start < layout.REGISTERS_RESERVE:
            return
        resets = memory[start + _RESETS.start : start + _RESETS.stop]
        if self._board.clock.now_ns < self._opens and resets == self._reset_word:
            return
        page = array("I", bytes(memory[start:end]))
        self._look(page)

    def _look(self, page: array) -> None:
        self._sequence = page[0]
        self._reset_word = page[p.DEMAND_RESETS : p.DEMAND_RESETS + 1].tobytes()
        if page[p.DEMAND_RESETS] != self.resets:
            self._reset(page)
        now = self._board.clock.now_ns
        if now > self._closes:
            self._close()
        if now < self._opens:
            return
        if self._left is None:
            self._check("demand changed within an interval", self._last, _last(page))
        elif page[p.DEMAND_LEFT] > self._left:
            self._interval_ended(page, (now - self._boundary) / NS_PER_MS)
        self._left = page[p.DEMAND_LEFT]

    # Intervals

    def _next_window(self, after: timedelta = timedelta()) -> None:
        now = self._board.rtc.now() - _FIRST
        length = self._subinterval * _MINUTE
        self._end = -(-(now + after) // length) * length
        self._boundary = self._board.clock.now_ns + _ns(self._end - now)
        self._opens = self._boundary - _AROUND_NS
        self._closes = self._boundary + _AROUND_NS
        self._left = None
        self._ended = False

    def _close(self) -> None:
        if not self._ended:
            self._fail("no interval ended here")
            self._marks = []
        self._next_window()

    def _interval_ended(self, page: array, late_ms: float) -> None:
        if self._ended:
            self._fail("an interval ended twice")
        self._ended = True
        self.worst_ms = max(self.worst_ms, abs(late_ms))
        self.on_end(page)
        self._marks = [*self._marks[-self._count :], self._totals(page)]
        if len(self._marks) <= self._count:
            self.disturbed += 1
            self._check("demand of less than an interval", self._last, _last(page))
        else:
            self._publish(page)

    def _publish(self, page: array) -> None:
        end = self._end // _MINUTE
        first, last = self._marks[0], self._marks[-1]
        demands = [(last[d] - first[d]) * self._per_hour for d in range(2)]
        for d in range(2):
            if demands[d] > self._maxima[d]:
                self._maxima[d], self._maxima[2 + d] = demands[d], Fraction(end)
        self._last = [*demands, end]
        self.published += 1
        self.maxima += 2
        self._check("demand", self._last, _last(page))
        self._check("maxima", self._maxima, _words(page, p.DEMAND_MAXIMUM, 4))

    def _totals(self, page: array) -> list[int]:
        return [
            page[at] * self._per_kwh + page[at + 1] for at in (p.DELIVERED_KWH, p.RECEIVED_KWH)
        ]

    # Demand resets

    def _new_period(self) -> None:
        self._maxima = [Fraction(0)] * 4  # demands, then the minutes of their ends

    def _reset(self, page: array) -> None:
        minute = (self._board.rtc.now() - _FIRST) // _MINUTE
        registers = _words(page, p.DELIVERED_KWH, 4)
        before = self._demands()
        self._check("registers before the reset", registers, _words(page, p.PREVIOUS_REGISTERS, 4))
        self._check("demands before the reset", before, _words(page, p.PREVIOUS_DEMANDS, 9))
        kept = [minute, *registers, *before, _BY_RESET]
        self._check("self read", kept, self._self_read())
        for d in range(2):
            self._cumulative[d] += self._maxima[d]
        self._new_period()
        self.resets += 1
        self.maxima += 2
        self._check("demands after the reset", self._demands(), _words(page, p.DEMAND_MAXIMUM, 9))
        self._check("time of the reset", [minute], _words(page, p.DEMAND_RESET_TIME, 1))

    def _demands(self) -> list:
        # As the words from DEMAND_MAXIMUM to DEMAND_RESETS have them.
        kw = [total // self._per_kwh for total in self._cumulative]
        counts = [total % self._per_kwh for total in self._cumulative]
        return [*self._maxima, *kw, *counts, self.resets]

    def _self_read(self) -> list[int]:
        record = array("I", bytes(4 * _SELF_READ_WORDS))
        memory = ImageMemory(self._board.fram.memory)
        ring = Ring(memory, layout.SELF_READS, layout.SELF_READ_SLOTS, record)
        ring.load()
        return list(record[_SELF_READ]) if ring.valid and ring.read(ring.last) else []

    # Findings

    def _check(self, what: str, right: list, found: list) -> None:
        if right != found:
            shown = ", ".join(map(str, right))
            self._fail(f"{what} {', '.join(map(str, found))} in place of {shown}")

    def _fail(self, what: str) -> None:
        self.errors += 1
        if len(self.wrong) < _MOST_TOLD:
            self.wrong.append(f"{self._board.rtc.now():%Y-%m-%d %H:%M:%S}: {what}")


def _words(page: array, at: int, count: int) -> list[int]:
    return list(page[at : at + count])


def _last(page: array) -> list[int]:
    return _words(page, p.DEMAND_LAST, 3)


def _ns(time: timedelta) -> int:
    return time // timedelta(microseconds=1) * 1000


def _nothing(page: array) -> None:
    """Nobody wants to know."""
