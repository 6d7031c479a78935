"""What a load profile must be, from totals at ticks, the clock, and what was done to the meter.

Nothing of the recorder is used. The oracle is told each tick (what the clock shows and the exact
totals), each power cut and return, each setting of the clock and each test, and keeps a list of
blocks as the documentation describes it. Which tick ends an interval is the firmware's to choose,
as it knows the clock to some 10 ms: all ticks around a boundary are possible ends, and what is
recorded must fit one of them, the same for all channels, and as the beginning of the next.
"""

from dataclasses import dataclass, field, replace
from fractions import Fraction

from picometer.reader.profile import Block

MINUTE_MS = 60000
AROUND_MS = 150  # from the clock's boundary to the tick that ends the interval, at the most
NOTICED_MS = 350  # from the setting of the clock to the tick at which it is noticed
SETTLING_MS = 4000  # from power to the first tick that knows the time
_WAIT_MS = 600  # after a boundary: a demand that ended with it has been published by then
LATE_MS = 2000  # an interval that ends or begins later than this is not whole
_RESTART = "restart"
_MOST_TOLD = 20

POWER_FAIL = "power failure"
FORWARD = "clock forward"
BACK = "clock back"
_FLAGS = {POWER_FAIL: 0x20, FORWARD: 0x40, BACK: 0x80}
# A channel shows the first of these that is true.
_SHOWN = (
    ("skipped", 4),
    ("overflow", 1),
    ("stopped", 7),
    ("configuration changed", 6),
    ("test mode", 5),
    ("long", 3),
    ("partial", 2),
)

DELIVERED, RECEIVED, NET, DEMAND_DELIVERED, DEMAND_RECEIVED = range(5)


@dataclass(frozen=True)
class Look:
    """A tick: totals in counts of the metering chip, and the last demands in W."""

    clock_ms: int  # since 2000
    delivered: int
    received: int
    demands: tuple[int, int] = (0, 0)


@dataclass
class Expected:
    """An interval: the ticks that may begin and end it; neither for one that was filled in."""

    end: int  # minute since 2000
    begins: list[Look]
    ends: list[Look]
    said: set[str]


@dataclass
class _Running:
    begin: int
    end: int
    begins: list[Look]
    said: set[str] = field(default_factory=set)


class ProfileOracle:
    """Of `channels` (kind, scalar, divisor), with values between `smallest` and `largest`.

    length     minutes of an interval
    intervals  in a block
    capacity   blocks that the meter has room for: when the last is complete, the oldest goes
    counts_per_wh   may be a fraction
    settling_ms, noticed_ms     from power, and from the setting of the clock, to the last tick
                                that may be the first to know
    blocks     what must be in the meter, lists of Expected, the oldest first
    errors, wrong   what was not as it must be: how often, and the first of them in words
    """

    def __init__(
        self,
        channels,
        length: int,
        intervals: int,
        capacity: int,
        counts_per_wh,
        limits: tuple[int, int],
        settling_ms: int = SETTLING_MS,
        noticed_ms: int = NOTICED_MS,
    ) -> None:
        self.blocks: list[list[Expected]] = []
        self.errors = 0
        self.wrong: list[str] = []
        self.compared = 0
        self._channels = channels
        self._length = length
        self._count = intervals
        self._per_wh = Fraction(counts_per_wh)
        self._capacity = capacity
        self._limits = limits
        self._settling_ms = settling_ms
        self._noticed_ms = noticed_ms
        self._demands = (0, 0)
        self._running: _Running | None = None
        self._recent: list[Look] = []
        self._from_ms: int | None = None  # the first tick that may be the one that is looked for
        self._until_ms = 0  # and the last
        self._setting: str | None = None
        self._testing = False

    # What happens

    def power_returns(self, clock_ms: int) -> None:
        """The clock shows this; what was metered before lies in `cut_at`."""
        self._recent = []
        if self._running is None:
            self._from_ms, self._until_ms = clock_ms, clock_ms + self._settling_ms
            return
        self._turn(self._running, [self._last], clock_ms, {POWER_FAIL}, "partial")

    def power_fails(self, last: Look) -> None:
        """These totals are the last that were written down."""
        self._testing = False  # no tick after an interval's end that is due would find it on
        self._finish()
        self._last = last
        self._setting = None

    def clock_set(self, before_ms: int, after_ms: int) -> None:
        """The clock is set."""
        self._finish()
        self._recent = []
        self._setting = FORWARD if after_ms > before_ms else BACK
        self._from_ms, self._until_ms = after_ms, after_ms + self._noticed_ms

    def restarts(self, clock_ms: int) -> None:
        """The processor has restarted; the metering chip has counted on."""
        self._testing = False
        self._finish()
        self._recent = []
        self._setting = _RESTART
        self._from_ms, self._until_ms = clock_ms, clock_ms + self._settling_ms

    def test(self, on: bool) -> None:
        """Test mode begins or ends, after the last tick: the next one shows it."""
        if on:
            self._finish()
        self._testing = on
        if on and self._running is not None:
            self._running.said.add("test mode")

    def cares(self, clock_ms: int) -> bool:
        """Whether a tick at that time says anything."""
        if self._from_ms is None:
            return False
        return self._from_ms <= clock_ms <= self._until_ms or bool(self._recent)

    def tick(self, look: Look) -> None:
        """The meter has taken a tick."""
        if self._recent and look.clock_ms > self._until_ms:
            if self._running is None or self._setting or look.clock_ms > self._until_ms + _WAIT_MS:
                self._deal()
        if self._from_ms is not None and self._from_ms <= look.clock_ms <= self._until_ms:
            self._recent.append(look)
        if self._recent:
            self._demands = look.demands

    # What follows from it

    def _finish(self) -> None:
        # What was waited for has come.
        if self._recent and self._running is not None:
            self._deal()

    def _deal(self) -> None:
        looks, self._recent = self._recent, []
        clock_ms = looks[0].clock_ms
        if self._running is None:
            begin = clock_ms // MINUTE_MS // self._length * self._length
            self._run(begin, looks, self._opening(begin, clock_ms, set()))
            return
        running = self._running
        if self._setting == _RESTART:
            self._setting = None
            self._restarted(running, looks, clock_ms)
        elif self._setting:
            said, self._setting = self._setting, None
            kind = "long" if said == BACK else "partial"
            self._turn(running, looks, clock_ms, {said}, kind)
        else:
            looks = [replace(look, demands=self._demands) for look in looks]
            self._record(running, looks, set())
            self._run(running.end, looks, set())

    def _restarted(self, running: "_Running", looks: list[Look], clock_ms: int) -> None:
        late_ms = clock_ms - running.end * MINUTE_MS
        if late_ms < 0:
            self._await_boundary(running)
            return
        begin = clock_ms // MINUTE_MS // self._length * self._length
        late = late_ms > LATE_MS
        self._record(running, looks, {"long"} if late else set())
        self._run(begin, looks, {"partial"} if late else set())
        self._fill(begin, {"skipped"})

    def _opening(self, begin: int, clock_ms: int, said: set[str]) -> set[str]:
        if clock_ms - begin * MINUTE_MS <= LATE_MS and POWER_FAIL not in said:
            return set()
        return said | {"partial"}

    def _await_boundary(self, running: "_Running") -> None:
        boundary = running.end * MINUTE_MS
        self._from_ms, self._until_ms = boundary - AROUND_MS, boundary + AROUND_MS

    def _turn(
        self, running: "_Running", looks: list[Look], clock_ms: int, said: set[str], kind: str
    ) -> None:
        """The clock shows a time that is not just what followed."""
        minute = clock_ms // MINUTE_MS
        if running.begin <= minute < running.end:
            running.said |= said | {kind}
            self._await_boundary(running)
            return
        if minute < running.begin:
            said = said | {BACK}
        self._record(running, looks, said | {"partial"})
        begin = minute // self._length * self._length
        self._run(begin, looks, self._opening(begin, clock_ms, said))
        self._fill(begin, said | {"skipped"})

    def _run(self, begin: int, looks: list[Look], said: set[str]) -> None:
        running = self._running = _Running(begin, begin + self._length, looks, set(said))
        if self._testing:
            running.said.add("test mode")
        self._await_boundary(running)

    def _record(self, running: "_Running", looks: list[Look], said: set[str]) -> None:
        self._add(Expected(running.end, running.begins, looks, running.said | said))

    def _fill(self, begin: int, said: set[str]) -> None:
        block = self.blocks[-1]
        while len(block) < self._count and block[-1].end != begin:
            block.append(Expected(block[-1].end + self._length, [], [], said))

    def _add(self, interval: Expected) -> None:
        if not self.blocks or len(self.blocks[-1]) == self._count:
            self.blocks.append([])
        self.blocks[-1].append(interval)

    # What was found

    def compare(self, found: list[Block], minute_of) -> None:
        """Hold what was read against what must be; `minute_of` gives the minute of a datetime."""
        self._finish()
        rights = self.blocks[-self._kept() :] if self._kept() else []
        if len(found) != len(rights):
            self._fail(f"{len(found)} blocks in place of {len(rights)}")
        looks = None
        for number, (block, right) in enumerate(zip(found, rights, strict=False)):
            if len(block.intervals) != len(right):
                self._fail(f"block {number}: {len(block.intervals)} intervals, not {len(right)}")
            for i, (interval, expected) in enumerate(zip(block.intervals, right, strict=False)):
                where = f"block {number}, interval {i}"
                if minute_of(interval.end) != expected.end:
                    self._fail(f"{where}: ends {interval.end}")
                looks = self._compare(where, interval, expected, looks)
                self.compared += 1
            if looks is not None and block.readings:
                readings = [self._readings(look) for look in looks]
                if block.readings not in readings:
                    self._fail(f"block {number}: ends with {block.readings}, not of {readings}")

    def _kept(self) -> int:
        if not self.blocks:
            return 0
        growing = len(self.blocks[-1]) < self._count
        return min(len(self.blocks), self._capacity - (not growing))

    def _compare(self, where: str, interval, expected: Expected, looks):
        """Returns the ticks that may have ended it, which are those that began the next."""
        flags = sum(_FLAGS[word] for word in expected.said if word in _FLAGS)
        if interval.flags != flags:
            self._fail(f"{where}: flags {interval.flags:02X} in place of {flags:02X}")
        if not expected.ends:
            statuses = [self._status(expected.said)] * len(self._channels)
            if any(interval.values) or interval.statuses != statuses:
                self._fail(f"{where}: {interval.values} {interval.statuses}: was to be filled in")
            return looks
        if looks is None or not any(look in expected.begins for look in looks):
            looks = expected.begins
        begins = [look for look in expected.begins if look in looks]
        fitting = []
        for end in expected.ends:
            if any(self._fits(interval, begin, end, expected.said) for begin in begins):
                fitting.append(end)
        if not fitting:
            rights = [self._values(b, e, expected.said) for b in begins for e in expected.ends]
            self._fail(f"{where}: {interval.values} {interval.statuses}, none of {rights[:4]}")
        return fitting or expected.ends

    def _fits(self, interval, begin: Look, end: Look, said: set[str]) -> bool:
        return (interval.values, interval.statuses) == self._values(begin, end, said)

    def _values(self, begin: Look, end: Look, said: set[str]) -> tuple[list[int], list[int]]:
        values, statuses = [], []
        smallest, largest = self._limits
        for kind, scalar, divisor in self._channels:
            if kind >= DEMAND_DELIVERED:
                value = self._scaled(end.demands[kind - DEMAND_DELIVERED], scalar, divisor)
            else:
                value = self._scaled(self._wh(kind, end), scalar, divisor)
                value -= self._scaled(self._wh(kind, begin), scalar, divisor)
            beyond = not smallest <= value <= largest
            values.append(min(max(value, smallest), largest))
            statuses.append(self._status(said | ({"overflow"} if beyond else set())))
        return values, statuses

    def _wh(self, kind: int, look: Look) -> int:
        delivered = look.delivered * self._per_wh.denominator // self._per_wh.numerator
        received = look.received * self._per_wh.denominator // self._per_wh.numerator
        return (delivered, received, delivered - received)[kind]

    @staticmethod
    def _scaled(value: int, scalar: int, divisor: int) -> int:
        return int((Fraction(value) * scalar / divisor).__floor__())

    def _readings(self, look: Look) -> list[int]:
        kinds = [kind if kind <= NET else DELIVERED for kind, _, _ in self._channels]
        return [self._wh(kind, look) for kind in kinds]

    @staticmethod
    def _status(said: set[str]) -> int:
        for word, code in _SHOWN:
            if word in said:
                return code
        return 0

    def _fail(self, what: str) -> None:
        self.errors += 1
        if len(self.wrong) < _MOST_TOLD:
            self.wrong.append(what)
