"""Energy at the edges: any load, late, lost and corrupted reads, jumps of counters, restarts.

A case is a virtual meter of some rating with a load that changes in size and direction while
something happens to the bus, the chip or the processor. Afterwards each register must hold what
flowed in its direction, to within the energy of one tick for each thing that happened. Energy
that is missing beyond that must have left a fault. More may be there only if a counter jumped
while no sample was good, by no more than could have flowed meanwhile, and a fault stands.
"""

import random
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field

from boards.approved import RATINGS
from boards.pico_meter import layout
from boards.ratings import Rating
from metrology import faults as f
from metrology import page as p
from picometer.virtual.board import BoardReset
from picometer.virtual.clock import NS_PER_MS, NS_PER_S
from picometer.virtual.host import CPythonHost, Host
from picometer.virtual.mains import ConstantLoad
from picometer.virtual.noise import BitErrors

from .meters import HostFactory, build, counted, kept, registers

# What tells that energy is missing.
_TOLD = f.ENERGY_UNSURE | f.PULSES_DISAGREE | f.CHIP_SILENT | f.CHIP_ABSENT | f.CHIP_REPAIR
_TICK_MS = 130  # a tick and what delays it
_FULL_SCALE = 208  # counts of a coil in a millisecond: data sheet, 207 kHz at full scale
_FEW = 20
_BIT_ERRORS = 0.01
_START_NS = 2 * NS_PER_S
_SETTLE_S = 3
_WORDS = len(p.new_page())


@dataclass
class EnergyResult:
    """What happened to how many meters.

    told        cases in which energy is missing, and a fault stands
    violations  cases in which it is missing without a fault, or too much is there
    """

    cases: int = 0
    happened: dict[str, int] = field(default_factory=dict)
    told: int = 0
    violations: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Nothing was wrong."""
        return self.cases > 0 and self.violations == 0


def prove_energy_edges(
    cases: int,
    seed: int,
    progress: Callable[[], None] = lambda: None,
    make_host: HostFactory = CPythonHost,
) -> EnergyResult:
    """Run that many meters, each for one to some minutes."""
    result = EnergyResult()
    for i in range(cases):
        _Case(random.Random(f"{seed} {i}"), f"seed {seed}, case {i}", make_host).run(result)
        progress()
    return result


def _faults(host: Host) -> int:
    # All that stand; of a meter that cannot be looked into, those that are kept.
    meter = getattr(host, "meter", None)
    return kept(host.board, p.FAULTS) if meter is None else meter.storage.faults.word


class _Case:
    def __init__(self, draw: random.Random, name: str, make_host: HostFactory) -> None:
        self._draw = draw
        self._name = name
        self._rating = draw.choice(RATINGS)
        self._flowed = [0, 0]
        self._counted = 0
        self._allowed = 0.0
        self._doubt = 0  # counts by which counters jumped in gaps
        self._ticks = -1
        self._tick_ns = 0  # when the latest tick was kept
        self._told: list[str] = []
        self._most = 0.0
        self._host = build(self._load(), service=self._rating.name, make_host=make_host)

    def run(self, result: EnergyResult) -> None:
        with closing(self._host) as host:
            host.board.fram.on_written = self._written
            host.run_until(_START_NS)
            self._mark()
            self._allow(2)  # the first tick, and the chip's start
            for _ in range(self._draw.randrange(1, 6)):
                what = self._draw.choice(_DEEDS)
                self._told.append(what.__name__.strip("_"))
                what(self, host)
                self._pass(self._draw.uniform(1, 20))
                if self._draw.random() < 0.5:
                    self._change()
            host.board.mains.change(ConstantLoad(0))
            self._mark()
            self._pass(_SETTLE_S)
            self._judge(result, host)

    def _judge(self, result: EnergyResult, host: Host) -> None:
        found = registers(host.board)
        result.cases += 1
        for what in self._told:
            result.happened[what] = result.happened.get(what, 0) + 1
        over = max(found.delivered - self._flowed[0], found.received - self._flowed[1])
        under = max(self._flowed[0] - found.delivered, self._flowed[1] - found.received)
        faults = _faults(host)
        told = faults & _TOLD
        result.told += under > self._allowed and told != 0
        most = self._allowed + (self._doubt if told else 0)
        if over > most or (under > self._allowed and not told):
            result.violations += 1
            if len(result.examples) < _FEW:
                result.examples.append(
                    f"{self._name}: {self._rating.name}, {', '.join(self._told)}: "
                    f"{over} counts too many, {under} too few, allowed {self._allowed:.0f}, "
                    f"faults {faults:o}"
                )

    # The load, and what has flowed

    def _load(self) -> ConstantLoad:
        draw = self._draw
        of: Rating = self._rating
        most = 2.0 * of.rated_watts  # at nominal volts, full scale of current
        watts = draw.choice((1, -1)) * draw.choice((0, 1, most, 10 ** draw.uniform(0, 5)))
        watts = max(-most, min(most, watts))
        legs = draw.choice(((1, 1), (1, 1), (1, 0), (0, 1), (3, -1))) if of.coils == 2 else (1, 1)
        if legs != (1, 1):
            watts /= 3
        coil = abs(watts) / of.full_scale_watts * _FULL_SCALE
        self._most = max(self._most, coil * max(abs(leg) for leg in legs) * 2)
        return ConstantLoad(watts, legs=legs)

    def _change(self) -> None:
        self._mark()
        self._host.board.mains.change(self._load())
        self._allow(1)

    def _mark(self) -> None:
        # What flowed since the last mark, in its direction: the load did not change meanwhile.
        now = counted(self._host.board)
        since = now - self._counted
        self._counted = now
        self._flowed[since < 0] += abs(since)

    def _allow(self, ticks: int) -> None:
        self._allowed += ticks * (_TICK_MS * self._most + 2)

    def _pass(self, seconds: float) -> None:
        host = self._host
        host.run_until(host.board.clock.now_ns + round(seconds * NS_PER_S))

    def _written(self, end: int) -> None:
        memory = self._host.board.fram.memory
        start = end - 4 * _WORDS
        if not layout.REGISTERS <= start < layout.REGISTERS_RESERVE:
            return
        at = start + 4 * p.TICKS
        ticks = int.from_bytes(memory[at : at + 4], "little")
        if ticks != self._ticks:
            self._ticks = ticks
            self._tick_ns = self._host.board.clock.now_ns

    # What happens

    def _nothing(self, host: Host) -> None:
        pass

    def _late(self, host: Host) -> None:
        host.board.afe.lose_frames(self._draw.randrange(1, 200))
        self._allow(1)

    def _silence(self, host: Host) -> None:
        host.board.afe.miso_stuck = self._draw.choice((0, 1))
        self._pass(self._draw.choice((0.2, 1, 5, 20, 30, 36, 45, 90)) * self._draw.uniform(0.9, 1))
        host.board.afe.miso_stuck = None
        self._allow(3)

    def _noise(self, host: Host) -> None:
        rate = self._draw.choice((_BIT_ERRORS, _BIT_ERRORS / 10, _BIT_ERRORS / 100))
        host.board.afe.noise = BitErrors(rate, self._draw.randrange(1 << 30))
        self._pass(self._draw.uniform(1, 40))
        host.board.afe.noise = None
        self._allow(2)

    def _jump(self, host: Host) -> None:
        bit = self._draw.randrange(24)
        host.board.afe.flip_bit(self._draw.choice((0x21E, 0x21F)), bit)
        self._allow(1)
        gap_ms = (host.board.clock.now_ns - self._tick_ns) // NS_PER_MS
        if _FULL_SCALE * _TICK_MS < 1 << bit <= _FULL_SCALE * (gap_ms + _TICK_MS):
            self._doubt += 1 << bit
        if 1 << bit <= _FULL_SCALE * _TICK_MS:  # no more than a tick at full scale
            self._allowed += 1 << bit

    def _reset(self, host: Host) -> None:
        host.board.afe.reset()
        self._allow(2)

    def _restart(self, host: Host) -> None:
        board = host.board
        self._allow(2)
        try:
            board.reset(self._draw.choice(("wdt", "reset")))
        except BoardReset:
            pass
        away_s = self._draw.choice((0, 0.5, 3, 20, 33, 40, 100, 600)) * self._draw.uniform(0.9, 1)
        if self._draw.random() < 0.3:
            board.rtc.battery_lost()
        board.clock.advance_to(board.clock.now_ns + round(away_s * NS_PER_S))
        host.boot()

    def _cut(self, host: Host) -> None:
        host.cut()
        board = host.board
        off_ms = self._draw.randrange(20000)
        board.clock.advance_to(board.clock.now_ns + off_ms * NS_PER_MS)
        self._allow(2)


_DEEDS = (
    _Case._nothing,
    _Case._late,
    _Case._silence,
    _Case._noise,
    _Case._jump,
    _Case._reset,
    _Case._restart,
    _Case._cut,
)
