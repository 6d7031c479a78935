"""Power cuts at random instants of a household's day: what each costs, and that nothing falls."""

import random
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

from picometer.paths import HOUSEHOLD
from picometer.virtual.clock import NS_PER_S
from picometer.virtual.host import CPythonHost, Host
from picometer.virtual.load_file import LoadFile
from picometer.virtual.power import PowerCut

from .losses import RECORD, TICK_NS, Losses
from .meters import HostFactory, build, counted, registers

_LONGEST_OFF_NS = 20 * NS_PER_S
_STARTING_NS = NS_PER_S // 5
_FIRST_START_NS = 3 * NS_PER_S  # once in its life the image makes its file system


@dataclass
class CutsResult(Losses):
    """What happened, and where the cuts fell."""

    cuts_in_writes: int = 0
    cuts_while_starting: int = 0


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
        for _ in range(count):
            _run_to_cut(host, draw.expovariate(count / seconds), draw, result)
            before = result.cut(host, load, before)
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
            board.fram.cut_after(draw.randrange(RECORD), board.cut)
            host.run_until(board.clock.now_ns + 3 * TICK_NS)
        host.cut_within(draw)
    except PowerCut:
        result.cuts_in_writes += kind == "write"
