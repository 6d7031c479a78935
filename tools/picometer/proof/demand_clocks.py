"""Demand of whole meters whose clocks are set, drift, jump and fail, against an oracle.

The oracle sees each register page as it is written to the FRAM, with simulated time, which is the
mains' time. It knows nothing of the demand engine, of slewing, or of what happened to the clock: a
demand must be the energy of one piece of time without gaps, which ends now and is no longer than
the interval and no shorter than 999/1000 of it, to a tick at both ends. So no demand is more than
the true mean power over some window of the interval's length and a tick.
"""

import random
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta

from boards.pico_meter import layout
from c1219.procedures import SET_DATE_TIME
from metrology import faults as f
from metrology import page as p
from picometer.reader.client import Client
from picometer.reader.procedure import Caller
from picometer.virtual.clock import NS_PER_MS, NS_PER_S
from picometer.virtual.host import CPythonHost, Host
from picometer.virtual.mains import ConstantLoad
from picometer.virtual.simport import SimPort

from .meters import PASSWORD, HostFactory, build, counts_per_kwh

LENGTHS = ((15, 15), (15, 5), (15, 1), (20, 4), (30, 30))
_SLEW = 1000  # of an interval, one part in so many
_TICK_MS = 250  # a tick, and how late it may be
_WORDS = len(p.new_page())
_MOST_WATTS = 48000
_MINUTE_NS = 60 * NS_PER_S
_DEEDS = ("set", "set", "set", "small", "small", "jump", "drift", "drift", "cut", "nothing")
_MOST_TOLD = 20
_DROPPED = 3  # intervals in a row without a demand must be a fault


@dataclass
class ClocksResult:
    """What was run, and what was not as it must be.

    cases       meters
    deeds       what happened to their clocks and power
    demands     that were compared
    violations  `wrong` says what, the first of them
    most_wrong  violations after which nothing more is run
    """

    cases: int = 0
    deeds: int = 0
    demands: int = 0
    violations: int = 0
    wrong: list[str] = field(default_factory=list)
    most_wrong: int = _MOST_TOLD

    @property
    def good(self) -> bool:
        """The promise holds."""
        return self.demands > 0 and self.violations == 0

    @property
    def enough(self) -> bool:
        """There were so many violations that more say nothing."""
        return self.violations >= self.most_wrong

    def fail(self, what: str) -> None:
        """Note a violation."""
        self.violations += 1
        if len(self.wrong) < _MOST_TOLD:
            self.wrong.append(what)


def prove_lying_clocks(
    count: int,
    seed: int,
    advance: Callable[[int], None] = lambda n: None,
    make_host: HostFactory = CPythonHost,
    lengths: tuple[tuple[int, int], ...] = LENGTHS,
    most_wrong: int = _MOST_TOLD,
) -> ClocksResult:
    """Run `count` meters for some hours each; `advance(1)` is called after each.

    Each has an interval and a load of its own that changes at random. Its clock is set at the
    port, by seconds or hours, once or again and again; it drifts up to 0.6 %, it jumps, and the
    power fails. Then the clock is good, and before two intervals and a half are over there must be
    a demand and no fault of dropped intervals. With any clock that fault must stand once three
    intervals have gone by without a demand.

    lengths     minutes of the intervals and of their subintervals, of which each meter has one
    most_wrong  violations after which it ends early
    """
    result = ClocksResult(most_wrong=most_wrong)
    for case in range(count):
        draw = random.Random(f"{seed} {case}")
        chosen = draw.choice(lengths)
        load = ConstantLoad(float(draw.randrange(_MOST_WATTS)))
        with closing(build(load, make_host=make_host, demand=chosen)) as host:
            _Case(host, chosen, draw, result, f"case {case}").run()
        result.cases += 1
        advance(1)
    return result


class DemandWatch:
    """The oracle of one meter; `on_wrong` is told what is not as it must be.

    demands   how many there were
    since_ns  when the latest one came, or the power
    """

    def __init__(self, host: Host, interval: int, on_wrong: Callable[[str], None]) -> None:
        self.demands = 0
        self.since_ns = 0
        self._board = host.board
        self._interval = interval
        self._on_wrong = on_wrong
        self._per_kwh = counts_per_kwh(host.board.rating)
        self._times: list[int] = []  # ms
        self._totals: list[tuple[int, int]] = []
        self._last: tuple[int, ...] = ()
        self._greatest = [0, 0]
        host.board.fram.on_written = self._written

    def _written(self, end: int) -> None:
        memory = self._board.fram.memory
        start = end - 4 * _WORDS
        if not layout.REGISTERS <= start < layout.REGISTERS_RESERVE:
            return
        page = array("I", bytes(memory[start:end]))
        self._times.append(self._board.clock.now_ns // NS_PER_MS)
        self._totals.append(
            (
                page[p.DELIVERED_KWH] * self._per_kwh + page[p.DELIVERED_COUNTS],
                page[p.RECEIVED_KWH] * self._per_kwh + page[p.RECEIVED_COUNTS],
            )
        )
        last = tuple(page[p.DEMAND_LAST : p.DEMAND_LAST + 2])
        if self._last and last != self._last:
            self._demand(last)
        self._last = last
        self._greatest = [max(pair) for pair in zip(self._greatest, last, strict=True)]
        if list(page[p.DEMAND_MAXIMUM : p.DEMAND_MAXIMUM + 2]) != self._greatest:
            self._on_wrong("a maximum is not the greatest demand")
            self._greatest = list(page[p.DEMAND_MAXIMUM : p.DEMAND_MAXIMUM + 2])

    def _demand(self, last: tuple[int, ...]) -> None:
        self.demands += 1
        self.since_ns = self._board.clock.now_ns
        now = self._times[-1]
        length = self._interval * 60000
        first = bisect_left(self._times, now - length - _TICK_MS)
        after = bisect_right(self._times, now - length + length // _SLEW + _TICK_MS)
        wanted = [self._totals[-1][d] * 60 - last[d] * self._interval for d in range(2)]
        if not any(
            [total * 60 for total in self._totals[i]] == wanted for i in range(first, after)
        ):
            self._on_wrong(f"a demand of {last} counts an hour is of no window")


class _Case:
    """One meter."""

    def __init__(
        self,
        host: Host,
        lengths: tuple[int, int],
        draw: random.Random,
        result: ClocksResult,
        name: str,
    ) -> None:
        self._host = host
        self._board = host.board
        self._interval, self._subinterval = lengths
        self._draw = draw
        self._result = result
        self._name = f"{name}, {self._interval} by {self._subinterval} min"
        self._watch = DemandWatch(host, self._interval, self._wrong)

    def run(self) -> None:
        """Some deeds, and then a clock that is good."""
        self._pass(10 * NS_PER_S)
        for _ in range(self._draw.randint(3, 10)):
            self._deed(self._draw.choice(_DEEDS))
            self._result.deeds += 1
            self._pass(self._draw.randint(30, 60 * self._interval) * NS_PER_S)
        self._board.rtc.drift_ppm = 0
        before = self._watch.demands
        self._pass((2 * self._interval + 2 * self._subinterval) * _MINUTE_NS)
        if self._watch.demands == before:
            self._wrong("no demand came of a clock that is good")
        self._result.demands += self._watch.demands

    def _wrong(self, what: str) -> None:
        self._result.fail(f"{self._name}, {self._board.rtc.now():%Y-%m-%d %H:%M:%S}: {what}")

    def _pass(self, ns: int) -> None:
        # The load changes meanwhile, and is never twice the same: each demand is another one.
        end = self._board.clock.now_ns + ns
        while self._board.clock.now_ns < end and not self._result.enough:
            watts = self._draw.uniform(-_MOST_WATTS / 4, _MOST_WATTS)
            self._board.mains.change(ConstantLoad(watts))
            step = self._draw.randint(5, 200) * NS_PER_S
            self._host.run_until(min(self._board.clock.now_ns + step, end))
            self._look_at_the_fault()

    def _look_at_the_fault(self) -> None:
        meter = getattr(self._host, "meter", None)
        if meter is None:  # on the emulated chip nobody looks inside
            return
        waited = self._board.clock.now_ns - self._watch.since_ns
        stands = meter.storage.faults.word & f.DEMAND_DROPPED
        if waited >= _DROPPED * self._interval * _MINUTE_NS + 10 * NS_PER_S and not stands:
            self._wrong("no demand for three intervals, and no fault")
        if waited < _DROPPED * self._interval * _MINUTE_NS - 10 * NS_PER_S and stands:
            self._wrong("a fault of dropped intervals, and there are demands")

    # What happens

    def _deed(self, what: str) -> None:
        draw, rtc = self._draw, self._board.rtc
        if what == "set":
            self._set(draw.choice((1, -1)) * draw.choice((4, 22, 29, 31, 131, 3600)))
        elif what == "small":
            by_s = draw.choice((1, -1)) * draw.randint(2, 12)
            for _ in range(draw.randint(2, 8)):
                self._set(by_s)
                self._pass(draw.randint(20, 300) * NS_PER_S)
        elif what == "jump":
            rtc.set(rtc.now() + timedelta(seconds=draw.choice((-4000, -40, -2, 2, 40, 4000))))
        elif what == "drift":
            rtc.drift_ppm = draw.choice((0, 5, -100, 150, -250, 1000, -5000, 6000))
        elif what == "cut":
            self._cut(draw.choice((1, 30, 1200)))

    def _set(self, by_s: int) -> None:
        moment = self._board.rtc.now() + timedelta(seconds=by_s)
        octets = bytes((moment.year % 100, *moment.timetuple()[1:6]))
        wanted = {"SET_MASK": {"SET_TIME": 1, "SET_DATE": 1}, "DATE_TIME": octets}
        port = SimPort(self._host)
        client = Client(port)
        client.identify()
        client.negotiate()
        client.logon(1, "PROOF")
        client.security(PASSWORD.decode())
        Caller(client).run(SET_DATE_TIME, wanted | {"TIME_DATE_QUAL": {}}, "set")
        client.terminate()
        port.close()

    def _cut(self, seconds: int) -> None:
        self._host.cut()
        self._board.clock.advance_to(self._board.clock.now_ns + seconds * NS_PER_S)
        self._watch.since_ns += seconds * NS_PER_S  # time without power does not count
        self._host.run_until(self._board.clock.now_ns + 10 * NS_PER_S)
