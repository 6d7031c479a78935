"""Ticks that wrap: nothing that the meter does depends on where they begin, or on idle days.

Every wait by itself (`clock_waits`) at every octant of the period and after days without an event,
and whole meters through the same minute from every octant, which must do the same to the bit.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from boards.pico_meter import pins
from firmware.log import Actor
from firmware.service_switch import CLOSE, OPEN
from picometer.reader.client import Client
from picometer.reader.errors import ReaderError
from picometer.virtual.clock import NS_PER_MS, NS_PER_S
from picometer.virtual.host import CPythonHost
from picometer.virtual.mains import ConstantLoad
from picometer.virtual.simport import SimPort
from ticks import PERIOD

from .clock_waits import DAY_MS, WAITS, Course
from .meters import PASSWORD, build

OCTANT = PERIOD // 8
IDLE_MS = tuple(
    round(days * DAY_MS) for days in (5, 6.2, 6.25, 7, 12.4, 12.43, 13, 18.7, 24.9, 30)
) + (PERIOD // 2, PERIOD, PERIOD + 100, 2 * PERIOD + 499)
_USUAL_MS = 2 * DAY_MS  # more than any wait is for
_BLINK_MS = 1024  # what flashes does so with the ticks
_MINUTE_S = 60
_SLICE_NS = 100 * NS_PER_MS
_TABLES = (0, 1, 3, 21, 23, 28, 52, 55, 2050)


@dataclass
class WrapsResult:
    """cases are waits and meters that were tried; wrong says which of them did something else."""

    cases: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def violations(self) -> int:
        return len(self.wrong)

    @property
    def good(self) -> bool:
        """The promise holds."""
        return self.cases > 0 and not self.wrong

    def judge(self, name: str, is_same: bool) -> None:
        """A case has been tried."""
        self.cases += 1
        if not is_same:
            self.wrong.append(name)


def prove_wraps(seed: int, advance: Callable[[], None] = lambda: None) -> WrapsResult:
    """Try every wait at every octant with every idle time, and a meter at every octant.

    `seed` draws how long before an octant a course begins. `advance` is called after each case.
    """
    draw = random.Random(seed)
    result = WrapsResult()
    for wait in WAITS:
        usual = outcome(wait, 0, _USUAL_MS)
        for octant in range(8):
            for idle_ms in IDLE_MS:
                first = octant * OCTANT - draw.choice((0, 1, 2, 1000, draw.randrange(OCTANT)))
                same = outcome(wait, first, idle_ms) == usual
                result.judge(f"{wait.__name__} from {first}, idle {idle_ms} ms", same)
                advance()
    usual = minute(0)
    for octant in range(8):
        first = octant * OCTANT - _BLINK_MS * draw.randrange(1, _MINUTE_S - 4)
        result.judge(f"meter from {first}", minute(first) == usual)
        advance()
    return result


def outcome(wait: Callable[[Course, int], None], first: int, idle_ms: int) -> list[Any]:
    """What `wait` notes on a course that begins with the tick `first`."""
    course = Course(first)
    wait(course, idle_ms)
    return course.noted


def minute(first: int) -> list[Any]:
    """What a meter whose ticks begin at `first` shows, keeps and answers in a busy minute."""
    host = build(ConstantLoad(3456.7, hz=60.02), model="AXR-SD")
    host.board.rtc.set(datetime(2025, 12, 31, 23, 59, 20))
    host.board.power_on()
    host.board.boot_ns -= first * NS_PER_MS
    life = _Life(host)
    for second in range(_MINUTE_S):
        life.live(second)
    return life.trace


class _Life:
    """A meter's minute; `trace` is all that can be seen of it."""

    def __init__(self, host: CPythonHost) -> None:
        self.trace: list[Any] = []
        self._host = host
        self._board = host.board
        self._begin_ns = host.board.clock.now_ns
        self._deeds = {
            3: lambda: self._session(PASSWORD.decode(), *("WRONG",) * 3),
            8: lambda: self._turn(OPEN),
            12: lambda: self._switch(pins.MAGNET, True),
            20: lambda: self._switch(pins.MAGNET, False),
            21: lambda: self._session(PASSWORD.decode()),
            24: lambda: self._turn(CLOSE),
            27: lambda: self._switch(pins.TEST_SWITCH, True),
            30: lambda: self._switch(pins.LEVER, True),
            31: lambda: self._switch(pins.LEVER, False),
            33: lambda: self._switch(pins.TEST_SWITCH, False),
            34: lambda: self._switch(pins.LEVER, True),
            35: lambda: self._switch(pins.LEVER, False),
            43: lambda: self._host.meter.service_switch.module.ask(),
            45: self._board.afe.power_off,
            47: self._board.afe.power_on,
            52: lambda: self._session("PICOMETER"),
        }

    def live(self, second: int) -> None:
        """The second of that number, with what happens in it."""
        if second in self._deeds:
            self._deeds[second]()
        end = max(self._begin_ns + (second + 1) * NS_PER_S, self._board.clock.now_ns)
        while self._board.clock.now_ns < end:
            self._host.run_until(min(end, self._board.clock.now_ns + _SLICE_NS))
            self._look()

    def _look(self) -> None:
        meter = self._host.meter
        self.trace.append(
            (
                self._board.clock.now_ns - self._begin_ns,
                bytes(self._board.lcd.ram),
                bytes(meter.storage.page),
                bytes(meter.pages.shown),
                meter.history.total,
                meter.service_switch.state,
                len(self._board.fitted_switch.pulses),
                meter.access.in_a_row(1),
            )
        )

    def _switch(self, gpio: int, closed: bool) -> None:
        self._board.switch(gpio, closed)

    def _turn(self, action: int) -> None:
        self.trace.append(self._host.meter.service_switch.ask(action, Actor(1)) > 0)

    def _session(self, *passwords: str) -> None:
        client = Client(SimPort(self._host))
        client.identify()
        client.negotiate()
        client.logon(1, "EDGES")
        for password in passwords:
            try:
                client.security(password)
            except ReaderError as error:
                self.trace.append(str(error))
        for number in _TABLES:
            try:
                self.trace.append(client.read(number))
            except ReaderError as error:
                self.trace.append((number, str(error)))
        self.trace.append(self._board.clock.now_ns - self._begin_ns)
