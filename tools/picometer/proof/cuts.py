"""Power cuts at random instants of a household's day: what each costs, and that nothing falls."""

import random
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

from picometer.paths import HOUSEHOLD
from picometer.virtual.clock import NS_PER_MS, NS_PER_S
from picometer.virtual.host import CPythonHost, Host
from picometer.virtual.mains import LoadFile
from picometer.virtual.power import PowerCut

from .meters import HostFactory, build, counted, counts_per_kwh, registers

_TICK_NS = 100 * NS_PER_MS
_SAMPLE_NS = 143_017  # of the metering chip: CLKIN / 512
_LONGEST_OFF_NS = 20 * NS_PER_S
_RECORD = 540  # bytes of one write to the journal, and some more
_STARTING_NS = NS_PER_S // 5
_FIRST_START_NS = 3 * NS_PER_S  # once in its life the image makes its file system
_MW_NS_PER_KWH = 3_600_000_000 * NS_PER_S


@dataclass
class CutsResult:
    """What happened. Counts are the chip's; a loss is energy counted that no register has."""

    cuts: int = 0
    cuts_in_writes: int = 0
    cuts_while_starting: int = 0
    worst_loss: int = 0
    worst_allowed: int = 0
    total_loss: int = 0
    counted: int = 0
    decreases: int = 0
    over_one_tick: int = 0

    @property
    def good(self) -> bool:
        """The promise holds."""
        return self.cuts > 0 and not self.decreases and not self.over_one_tick


def prove_cuts(
    count: int,
    seconds: float,
    seed: int,
    progress: Callable[[], None] = lambda: None,
    make_host: HostFactory = CPythonHost,
) -> CutsResult:
    """Run a household for about `seconds` with `count` power cuts at random instants.

    A third of them fall inside the FRAM write that follows the instant, after a random byte;
    a third while the meter is starting up after the cut before. On the emulated processor
    the others fall after a random instruction. A loss is measured against what one tick at
    the load of that instant counts.
    """
    draw = random.Random(seed)
    load = LoadFile.read(HOUSEHOLD)
    result = CutsResult()
    with closing(build(load, make_host=make_host)) as host:
        board = host.board
        host.run_until(board.clock.now_ns + _FIRST_START_NS)
        before = registers(board)
        lost_before = 0
        for _ in range(count):
            _run_to_cut(host, draw.expovariate(count / seconds), draw, result)
            after = registers(board)
            loss = counted(board) - after.net - lost_before
            allowed = _one_tick(host, load)
            result.cuts += 1
            result.total_loss += loss
            result.worst_loss = max(result.worst_loss, loss)
            result.worst_allowed = max(result.worst_allowed, allowed)
            result.over_one_tick += not 0 <= loss <= allowed
            result.decreases += (
                after.delivered < before.delivered or after.received < before.received
            )
            lost_before += loss
            before = after
            board.clock.advance_to(board.clock.now_ns + draw.randrange(_LONGEST_OFF_NS))
            progress()
        result.counted = counted(board)
    return result


def _run_to_cut(host: Host, gap_s: float, draw: random.Random, result: CutsResult) -> None:
    """Run for `gap_s` and pull the plug there or in a write; or start, and pull it early."""
    board = host.board
    kind = draw.choice(("write", "starting", "any"))
    try:
        if kind == "starting":
            result.cuts_while_starting += 1
            board.cut_at(board.clock.now_ns + draw.randrange(_STARTING_NS))
        host.run_until(board.clock.now_ns + max(_STARTING_NS, round(gap_s * NS_PER_S)))
        if kind == "write":
            board.fram.cut_after(draw.randrange(_RECORD), board.cut)
            host.run_until(board.clock.now_ns + 3 * _TICK_NS)
        host.cut_within(draw)
    except PowerCut:
        result.cuts_in_writes += kind == "write"


def _one_tick(host: Host, load: LoadFile) -> int:
    """Counts of one tick at the load of now or just before, each coil rounded up.

    The chip counts in whole samples, so a tick is up to one sample longer than 0.1 s; and
    the processor takes its time to get to it and to write it down.
    """
    board = host.board
    tick_ns = _TICK_NS + _SAMPLE_NS + host.lateness_ns
    now = board.clock.now_ns
    milliwatts = max(load.at(t)[0].milliwatts for t in (now, max(0, now - 2 * _TICK_NS)))
    return milliwatts * tick_ns * counts_per_kwh(board.rating) // _MW_NS_PER_KWH + 2
