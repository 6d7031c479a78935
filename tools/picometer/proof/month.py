"""A month of the household with power cuts and demand resets, held against an oracle."""

import random
from array import array
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field

from boards.pico_meter import pins
from metrology import page as p
from picometer.paths import HOUSEHOLD
from picometer.virtual.clock import NS_PER_MS, NS_PER_S
from picometer.virtual.host import CPythonHost, Host
from picometer.virtual.load_file import LoadFile
from picometer.virtual.power import PowerCut

from .losses import RECORD, TICK_NS, Losses
from .meters import HostFactory, build, counted, counts_per_kwh, registers
from .oracle import FARTHEST_MS, DemandOracle

DAY_S = 86400
WEEK_S = 7 * DAY_S
_PRESS_NS = 300 * NS_PER_MS
_LONGEST_OFF_S = 1200
_APART_NS = 90 * NS_PER_S  # from a start or a reset to the next: longer than the lockout
_AFTER_NS = 3 * NS_PER_S


@dataclass
class MonthResult:
    """What the oracle found, and what the cuts cost.

    intervals   ends of whole intervals (with a sliding window, of whole windows)
    disturbed   ends of what a cut or the start had touched, of which no demand may come
    resets      demand resets seen, of `presses` of the lever
    maxima      maxima with their times that were compared
    worst_ms    from a boundary of the clock to the tick that ended the interval, the farthest
    errors      demands, times, resets and self reads that were not the oracle's; `wrong` says
                which, the first of them
    """

    seconds: float = 0.0
    intervals: int = 0
    disturbed: int = 0
    presses: int = 0
    resets: int = 0
    maxima: int = 0
    worst_ms: float = 0.0
    errors: int = 0
    wrong: list[str] = field(default_factory=list)
    losses: Losses = field(default_factory=Losses)

    @property
    def good(self) -> bool:
        """The promise holds."""
        return (
            self.intervals > 0
            and self.errors == 0
            and self.worst_ms <= FARTHEST_MS
            and self.presses == self.resets
            and self.losses.good
        )


def prove_month(
    seconds: float,
    seed: int,
    interval: int = 15,
    subinterval: int | None = None,
    cut_every_s: float = DAY_S,
    reset_every_s: float = WEEK_S,
    progress: Callable[[float], None] = lambda s: None,
    make_host: HostFactory = CPythonHost,
) -> MonthResult:
    """Run the household for `seconds`, again and again from its beginning.

    In every `cut_every_s` the power goes once at a random instant, every other time inside an
    FRAM write, for 1 s to 20 minutes (or a quarter of that time); in every `reset_every_s` the
    lever is pressed once, also at a random instant.
    """
    draw = random.Random(seed)
    load = LoadFile.read(HOUSEHOLD)
    demand = (interval, subinterval or interval)
    with closing(build(load, make_host=make_host, demand=demand)) as host:
        month = _Month(host, load, draw, DemandOracle(host.board, *demand))
        longest_s = min(_LONGEST_OFF_S, cut_every_s / 4)
        for at_s, is_cut in _happenings(draw, seconds, cut_every_s, reset_every_s):
            month.run_until(round(at_s * NS_PER_S))
            month.cut(longest_s) if is_cut else month.press()
            progress(at_s)
        month.run_until(round(seconds * NS_PER_S))
    return month.result(seconds)


def _happenings(
    draw: random.Random, seconds: float, cut_every_s: float, reset_every_s: float
) -> list[tuple[float, bool]]:
    """Instants in order, and whether each is a cut; a press of the lever otherwise."""
    instants = []
    for every_s, is_cut in ((cut_every_s, True), (reset_every_s, False)):
        for i in range(int(seconds // every_s)):
            instants.append(((i + draw.random()) * every_s, is_cut))
    return sorted(instants)


class _Month:
    """The run."""

    def __init__(
        self, host: Host, load: LoadFile, draw: random.Random, oracle: DemandOracle
    ) -> None:
        self._host = host
        self._load = load
        self._draw = draw
        self._oracle = oracle
        self._losses = Losses()
        self._before = registers(host.board)
        self._per_kwh = counts_per_kwh(host.board.rating)
        self._presses = 0
        self._busy_until = _APART_NS  # no hand and no cut before
        oracle.on_end = self._look

    def run_until(self, when_ns: int) -> None:
        """To an instant, or a little later when something has just happened."""
        self._host.run_until(max(when_ns, self._busy_until))

    def press(self) -> None:
        """The lever is pressed and let go."""
        board = self._host.board
        board.switch(pins.LEVER, True)
        self._host.run_until(board.clock.now_ns + _PRESS_NS)
        board.switch(pins.LEVER, False)
        self._presses += 1
        self._host.run_until(board.clock.now_ns + _AFTER_NS)
        self._busy_until = board.clock.now_ns + _APART_NS

    def cut(self, longest_s: float) -> None:
        """The power goes, here or in the next write, and comes back."""
        host, draw = self._host, self._draw
        board = host.board
        try:
            if self._losses.cuts % 2:
                board.fram.cut_after(draw.randrange(RECORD), board.cut)
                host.run_until(board.clock.now_ns + 3 * TICK_NS)
            host.cut_within(draw)
        except PowerCut:
            pass
        self._oracle.power_failed()
        self._before = self._losses.cut(host, self._load, self._before)
        board.clock.advance_to(board.clock.now_ns + round(draw.uniform(1, longest_s) * NS_PER_S))
        board.clock.advance_to(board.clock.now_ns + self._oracle.settles_ns())
        self._oracle.power_returns()
        self._busy_until = board.clock.now_ns + _APART_NS

    def result(self, seconds: float) -> MonthResult:
        """What there was."""
        oracle = self._oracle
        self._losses.counted = counted(self._host.board)
        return MonthResult(
            seconds,
            oracle.published,
            oracle.disturbed,
            self._presses,
            oracle.resets,
            oracle.maxima,
            oracle.worst_ms,
            oracle.errors,
            oracle.wrong,
            self._losses,
        )

    def _look(self, page: array) -> None:
        delivered = page[p.DELIVERED_KWH] * self._per_kwh + page[p.DELIVERED_COUNTS]
        received = page[p.RECEIVED_KWH] * self._per_kwh + page[p.RECEIVED_COUNTS]
        self._losses.look(self._host, self._load, delivered - received)
