"""What power cuts cost: energy that the metering chip counted and no register has."""

from dataclasses import dataclass

from picometer.virtual.clock import NS_PER_MS, NS_PER_S
from picometer.virtual.host import Host
from picometer.virtual.load_file import LoadFile

from .meters import Registers, counted, counts_per_kwh, registers

TICK_NS = 100 * NS_PER_MS
RECORD = 540  # bytes of one write to the journal, and some more
SAMPLE_NS = 143_017  # of the metering chip: CLKIN / 512
_MW_NS_PER_KWH = 3_600_000_000 * NS_PER_S


@dataclass
class Losses:
    """Counts are the chip's. A loss is held against what one tick at its load counts.

    looks, unbilled  how often a tick just written down was looked at, and at how many of them
                     the chip had counted what was in no register, losses aside
    """

    cuts: int = 0
    worst_loss: int = 0
    worst_allowed: int = 0
    total_loss: int = 0
    counted: int = 0
    decreases: int = 0
    over_one_tick: int = 0
    looks: int = 0
    unbilled: int = 0

    @property
    def good(self) -> bool:
        """The promise holds."""
        return (
            self.cuts > 0 and not self.decreases and not self.over_one_tick and not self.unbilled
        )

    def cut(self, host: Host, load: LoadFile, before: Registers) -> Registers:
        """The power is gone: `before` stood after the cut before; returns what stands now."""
        board = host.board
        after = registers(board)
        loss = counted(board) - after.net - self.total_loss
        allowed = _most(host, load, TICK_NS + SAMPLE_NS + host.lateness_ns) + 2
        self.cuts += 1
        self.total_loss += loss
        self.worst_loss = max(self.worst_loss, loss)
        self.worst_allowed = max(self.worst_allowed, allowed)
        self.over_one_tick += not 0 <= loss <= allowed
        self.decreases += after.delivered < before.delivered or after.received < before.received
        return after

    def look(self, host: Host, load: LoadFile, net: int) -> None:
        """A tick has just been written down, after which the registers hold `net`."""
        self.looks += 1
        late = _most(host, load, host.lateness_ns)
        left = counted(host.board) - net - self.total_loss
        self.unbilled += not 0 <= left <= (late + 2 if late else 0)


def _most(host: Host, load: LoadFile, ns: int) -> int:
    """Counts of `ns` at the load of now or just before, without what rounding adds (2).

    The chip counts in whole samples, so a tick is up to one sample longer than 0.1 s; and
    the processor takes its time to get to it and to write it down.
    """
    board = host.board
    now = board.clock.now_ns
    milliwatts = max(load.at(t)[0].milliwatts for t in (now, max(0, now - 2 * TICK_NS)))
    return milliwatts * ns * counts_per_kwh(board.rating) // _MW_NS_PER_KWH
