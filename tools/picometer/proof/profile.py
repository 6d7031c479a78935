"""Weeks of a load profile with outages, set clocks and tests, held against an oracle."""

import random
from array import array
from collections.abc import Callable
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction

from boards.pico_meter import layout, pins
from c1219.procedures import SET_DATE_TIME
from firmware import profile_program as pp
from metrology import page as p
from metrology.profile import INT16, Shape
from picometer.paths import HOUSEHOLD
from picometer.reader.client import Client
from picometer.reader.procedure import Caller
from picometer.reader.profile import ProfileReader
from picometer.virtual.clock import NS_PER_MS, NS_PER_S
from picometer.virtual.host import CPythonHost, Host, program, stored_page
from picometer.virtual.load_file import LoadFile
from picometer.virtual.power import PowerCut
from picometer.virtual.simport import SimPort

from .losses import RECORD, TICK_NS
from .meters import PASSWORD, HostFactory, build, counts_per_kwh
from .profile_oracle import (
    DELIVERED,
    DEMAND_DELIVERED,
    DEMAND_RECEIVED,
    MINUTE_MS,
    NET,
    RECEIVED,
    Look,
    ProfileOracle,
)

DAY_S = 86400
LENGTH = 15
INTERVALS = 96
# What is recorded, as (kind, scalar, divisor) and by the meter's sources.
CHANNELS = (
    (DELIVERED, 1, 1),
    (RECEIVED, 1, 1),
    (NET, 1, 1),
    (DEMAND_DELIVERED, 1, 1),
    (DEMAND_RECEIVED, 1, 1),
    (DELIVERED, 7, 3),
    (DELIVERED, 1, 10),
    (NET, 100, 3),
)
_SOURCES = (0, 1, 2, 9, 10)
_FIRST = datetime(2000, 1, 1)
_WORDS = len(p.new_page())
_SAFE_MS = 12000  # from a boundary of the clock to anything that happens
_OUTAGES_S = (1, 30, 600, 4000, 30000)  # up to so long
_SETS_S = (-7200, -3600, -240, -20, -5, 5, 20, 240, 3600, 7200)
_LONGEST_TEST_S = 500
_BAUD = 115200
_DEEDS = ("cut", "cut", "set", "test")


@dataclass
class ProfileResult:
    """What there was, and what was not as the oracle's."""

    seconds: float = 0.0
    intervals: int = 0
    blocks: int = 0
    filled: int = 0
    cuts: int = 0
    sets: int = 0
    tests: int = 0
    errors: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """The promise holds."""
        return self.intervals > 0 and self.errors == 0


def prove_profile(
    seconds: float,
    seed: int,
    length: int = LENGTH,
    deed_every_s: float = DAY_S / 2,
    progress: Callable[[float], None] = lambda s: None,
    make_host: HostFactory = CPythonHost,
) -> ProfileResult:
    """Record the household for `seconds` in eight channels, then read the profile at the port.

    In every `deed_every_s` something happens at a random instant, but none that is nearer than
    12 s to the end of an interval: the power goes for 1 s to 8 hours (or a quarter of that time),
    or the clock is set by 5 s to 2 hours, or there is a test.
    """
    draw = random.Random(seed)
    with closing(_build(make_host, length)) as host:
        run = _Run(host, draw, length, deed_every_s / 4)
        for i in range(int(seconds // deed_every_s)):
            run.run_until(round((i + draw.random()) * deed_every_s * NS_PER_S))
            run.deed()
            progress(i * deed_every_s)
        run.run_until(round(seconds * NS_PER_S))
        return run.result(seconds)


def _build(make_host: HostFactory, length: int) -> Host:
    host = build(LoadFile.read(HOUSEHOLD), model="AXR", make_host=make_host)
    limits = pp.limits_of(len(CHANNELS), INTERVALS, length, _capacity(), layout.PROFILE_OCTETS)
    chosen = [
        (_SOURCES[kind], _SOURCES[min(kind, NET)], scalar, divisor)
        for kind, scalar, divisor in CHANNELS
    ]
    tables = {pp.LIMITS: limits, pp.CONTROL: pp.control_of(chosen, INT16)}
    program(host.board.fram, tables)
    host.board.rtc.set(datetime(2007, 2, 1) + timedelta(seconds=60 * length // 2))
    return host


def _shape() -> Shape:
    return Shape(len(CHANNELS), INTERVALS, LENGTH, INT16)


def _capacity() -> int:
    return pp.room(_shape(), layout.PROFILE_OCTETS)


class _Run:
    """The run: what is done to the meter, and what the oracle is told of it."""

    def __init__(self, host: Host, draw: random.Random, length: int, longest_s: float) -> None:
        self._host = host
        self._board = host.board
        self._draw = draw
        self._length_ms = length * MINUTE_MS
        self._longest_s = longest_s
        self._per_kwh = counts_per_kwh(self._board.rating)
        shape = _shape()
        self._oracle = ProfileOracle(
            CHANNELS,
            length,
            INTERVALS,
            _capacity(),
            Fraction(self._per_kwh, 1000),
            (shape.smallest, shape.largest),
        )
        self._cuts = self._sets = self._tests = 0
        self._offset_ms = 0
        self._set_is_due = False
        self._oracle.power_returns(self._clock_ms())
        self._board.fram.on_written = self._written

    # What is done

    def run_until(self, when_ns: int) -> None:
        """To an instant, or a little later where an interval ends there."""
        now_ns = self._board.clock.now_ns
        if when_ns > now_ns:
            self._host.run_until(when_ns)
        wait_ms = self._unsafe_ms(self._clock_ms())
        if wait_ms:
            self._host.run_until(self._board.clock.now_ns + wait_ms * NS_PER_MS)

    def deed(self) -> None:
        """Something happens."""
        {"cut": self._cut, "set": self._set, "test": self._test}[self._draw.choice(_DEEDS)]()

    def _cut(self) -> None:
        host, draw, board = self._host, self._draw, self._board
        try:
            if self._cuts % 2:
                board.fram.cut_after(draw.randrange(RECORD), board.cut)
                host.run_until(board.clock.now_ns + 3 * TICK_NS)
            host.cut_within(draw)
        except PowerCut:
            pass
        self._cuts += 1
        self._oracle.power_fails(self._look(stored_page(board.fram)))
        off_s = min(draw.uniform(1, draw.choice(_OUTAGES_S)), self._longest_s)
        board.clock.advance_to(board.clock.now_ns + round(off_s * NS_PER_S))
        wait_ms = self._unsafe_ms(self._clock_ms())
        board.clock.advance_to(board.clock.now_ns + wait_ms * NS_PER_MS)
        self._oracle.power_returns(self._clock_ms())
        host.run_until(board.clock.now_ns + 8 * NS_PER_S)

    def _set(self) -> None:
        now_ms = self._clock_ms()
        by_s = self._draw.choice(_SETS_S)
        while self._unsafe_ms(now_ms + by_s * 1000 + 2000):
            by_s += 7 if by_s > 0 else -7
        with self._client() as client:
            moment = self._board.rtc.now() + timedelta(seconds=by_s)
            octets = bytes((moment.year % 100, *moment.timetuple()[1:6]))
            wanted = {"SET_MASK": {"SET_TIME": 1, "SET_DATE": 1}, "DATE_TIME": octets}
            self._set_is_due = True
            Caller(client).run(SET_DATE_TIME, wanted | {"TIME_DATE_QUAL": {}}, "set")
            self._host.run_until(self._board.clock.now_ns + 2 * TICK_NS)
        if self._set_is_due:
            raise RuntimeError("the clock was not set")
        self._host.run_until(self._board.clock.now_ns + NS_PER_S)
        self._sets += 1

    def _test(self) -> None:
        board = self._board
        self._oracle.test(True)
        board.switch(pins.TEST_SWITCH, True)
        self.run_until(board.clock.now_ns + self._draw.randint(5, _LONGEST_TEST_S) * NS_PER_S)
        board.switch(pins.TEST_SWITCH, False)
        self._host.run_until(board.clock.now_ns + 2 * NS_PER_S)
        self._oracle.test(False)
        self._tests += 1

    @contextmanager
    def _client(self):
        port = SimPort(self._host)
        client = Client(port)
        client.identify()
        client.negotiate(bauds=(_BAUD,))
        client.logon(1, "PROOF")
        client.security(PASSWORD.decode())
        yield client
        client.terminate()
        port.close()

    # What the oracle is told

    def _clock_ms(self) -> int:
        """What the clock shows: ms since 2000."""
        now_ms = (self._board.rtc.now() - _FIRST) // timedelta(milliseconds=1)
        self._offset_ms = now_ms - self._board.clock.now_ns // NS_PER_MS
        return now_ms

    def _unsafe_ms(self, clock_ms: int) -> int:
        """How long until no interval ends within 12 s."""
        into_ms = clock_ms % self._length_ms
        if into_ms < _SAFE_MS:
            return _SAFE_MS - into_ms
        left_ms = self._length_ms - into_ms
        return left_ms + _SAFE_MS if left_ms < _SAFE_MS else 0

    def _written(self, end: int) -> None:
        start = end - 4 * _WORDS
        if not layout.REGISTERS <= start < layout.REGISTERS_RESERVE:
            return
        clock_ms = self._board.clock.now_ns // NS_PER_MS + self._offset_ms
        if self._set_is_due:
            before_ms, clock_ms = clock_ms, self._clock_ms()
            if abs(clock_ms - before_ms) > 2000:
                self._set_is_due = False
                self._oracle.clock_set(before_ms, clock_ms)
        if self._oracle.cares(clock_ms):
            page = array("I", bytes(self._board.fram.memory[start:end]))
            self._oracle.tick(self._look(page, clock_ms))

    def _look(self, page: array, clock_ms: int = 0) -> Look:
        delivered = page[p.DELIVERED_KWH] * self._per_kwh + page[p.DELIVERED_COUNTS]
        received = page[p.RECEIVED_KWH] * self._per_kwh + page[p.RECEIVED_COUNTS]
        demands = [
            (2000 * page[p.DEMAND_LAST + d] + self._per_kwh) // (2 * self._per_kwh)
            for d in range(2)
        ]
        return Look(clock_ms, delivered, received, tuple(demands))

    # What was found

    def result(self, seconds: float) -> ProfileResult:
        """Read the profile, and hold it against the oracle's."""
        with self._client() as client:
            found = list(ProfileReader(client).blocks())
        oracle = self._oracle
        oracle.compare(found, lambda moment: (moment - _FIRST) // timedelta(minutes=1))
        filled = [i for block in oracle.blocks for i in block if not i.ends]
        return ProfileResult(
            seconds,
            oracle.compared,
            len(found),
            len(filled),
            self._cuts,
            self._sets,
            self._tests,
            oracle.errors,
            oracle.wrong,
        )
