"""Hours of requests at both ports of a meter under its closed seal, while it meters.

Whatever clients send, with the best passwords of their ports or with none, and whatever power cuts
come in between: what was billed and what the registers of all tests hold is what the chip counted;
no demand is smaller than that of the load unless a test, a power cut or an entry of the event log
tells why, or the service switch was open and less flowed; and what an operator did by hand is
still in the history log a day later.
"""

import random
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field

from audit.log import CAPACITY
from c1219 import events
from firmware.log import Actor
from metrology import page as p
from metrology.constants import Constants
from picometer.virtual.clock import NS_PER_MS, NS_PER_S
from picometer.virtual.controls import Controls
from picometer.virtual.host import provision
from picometer.virtual.mains import ConstantLoad
from picometer.virtual.options import LoadChoice
from psem import codes

from .meters import PASSWORD, build, counted, counts_per_kwh, kept, registers, settle
from .seal_oracle import state_of
from .seal_requests import Request, Requests, understood

_MODEL = "AXR-SD"
_WATTS = 9600.0
_WORDS = {"password_2": b"FITTER", "password_module": b"MODULE", "password_3": PASSWORD}
_WORD = {"optical": PASSWORD, "module": b"MODULE"}
_PORTS = tuple(_WORD)
_HAND = Actor(events.SOURCE_USB, level=3)
_OFFSET = 53
_INTERVAL_S = 900
_SLEWED = 0.998  # of the demand: a slewed interval is 1/1000 shorter, and a tick is 1/9000
_ROOM = 2048
_STEP_S = 20
_CUT = 0.002  # in a step: how likely
_BURST = 6
_FEW = 20


@dataclass
class AttackResult:
    """What came of it."""

    hours: int = 0
    requests: int = 0
    cuts: int = 0
    tests: int = 0
    entries: int = 0  # of the event log
    demands: int = 0  # looked at
    dropped: int = 0  # entries that the history log had no place for
    wrong: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """The promise holds."""
        return self.hours > 0 and not self.wrong


def prove_attacks(
    hours: int, seed: int, progress: Callable[[int], None] = lambda n: None
) -> AttackResult:
    """So many hours, up to 24, of one meter; with an odd seed its event log is full from the
    beginning. At the optical port clients know the password every second hour.
    """
    with closing(_Attack(random.Random(seed), seed % 2 == 1)) as attack:
        for _ in range(hours):
            attack.hour()
            progress(1)
        attack.end()
        return attack.result


class _Attack:
    def __init__(self, draw: random.Random, full: bool) -> None:
        self.result = AttackResult()
        self._draw = draw
        self._requests = Requests(draw)
        self._host = build(ConstantLoad(_WATTS), model=_MODEL)
        provision(self._host.board.fram, security=b"\1", **_WORDS)
        self._wait(5)
        Controls(self._host.board, LoadChoice()).do("lever press")
        self._wait(5)
        if full:
            self._fill()
        self._quiet_since = self._published = 0.0
        self._end = 0
        self._flowed = (counted(self._host.board), self._now_s)
        self._seen = (0, 0, 0)
        self._expect_by_hand()

    def close(self) -> None:
        self._host.close()

    def hour(self) -> None:
        """An hour of it."""
        for _ in range(3600 // _STEP_S):
            port = self._draw.choice(_PORTS)
            if self._draw.random() < _CUT:
                self._cut()
            if self._draw.random() < 0.8:
                self._session(port)
            for _ in range(self._draw.randrange(_BURST)):
                self._ask(port, self._request())
            self._wait(_STEP_S)
            self._look_at_demand()
        self.result.hours += 1

    def _request(self) -> Request:
        state = state_of(self._host.meter, self._host.board)
        if self._draw.random() < 0.3:
            return self._requests.clock(state)
        return self._requests.one(state, self._draw.random() < 0.5)

    def end(self) -> None:
        """Hold what is left against what the chip counted."""
        result, host = self.result, self._host
        host.meter.billing.leave_test(host.meter.tables.device)
        settle(host)
        per_kwh = counts_per_kwh(host.board.rating)
        tested = 0
        for sign, at in ((1, p.TEST_REGISTERS), (-1, p.TEST_REGISTERS + 2)):
            tested += sign * (kept(host.board, at) * per_kwh + kept(host.board, at + 1))
        metered, billed = counted(host.board), registers(host.board).net
        if billed + tested != metered:
            result.wrong.append(f"{billed} billed and {tested} tested of {metered}")
        result.tests = kept(host.board, p.TESTS)
        result.entries = host.meter.event_log.total
        result.dropped = kept(host.board, p.LOG_DROPPED)
        self._expect_by_hand()

    def _cut(self) -> None:
        # The chip counts to the moment of the cut; the page has it to the latest tick.
        settle(self._host)
        self._host.cut()
        self._host.board.mains.change(ConstantLoad(_WATTS))
        self._host.boot()
        self._wait(4)
        self.result.cuts += 1
        self._quiet_since = self._now_s

    def _session(self, port: str) -> None:
        known = port == "module" or self.result.hours % 2
        word = _WORD[port] if known and self._draw.random() < 0.7 else b"GUESS"
        for octets in (
            bytes([codes.TERMINATE]),
            bytes([codes.IDENTIFY]),
            bytes([codes.NEGOTIATE]) + b"\x04\x00\xff",
            bytes([codes.LOGON]) + b"\x00\x07" + b"PROOF".ljust(10),
            bytes([codes.SECURITY]) + word.ljust(20),
        ):
            self._ask(port, understood(octets))

    def _fill(self) -> None:
        for i in range(CAPACITY):
            values = bytes((i,)), bytes((i + 1,))
            self._host.meter.guard.change(events.PROGRAMMED, _HAND, _OFFSET, *values)

    def _ask(self, port: str, request: Request) -> None:
        session = getattr(self._host.meter, port).link._session
        out = bytearray(_ROOM)
        octets = request.octets
        length = session.handle(bytearray(octets), 0, len(octets), out)
        while length == 0:
            length = session.go_on(out)
        self.result.requests += 1

    def _look_at_demand(self) -> None:
        """What tells why the demand may be smaller: then it is looked at two intervals later."""
        meter = self._host.meter
        page = meter.storage.page
        rating = self._host.board.rating
        constants = Constants(rating.coils, rating.full_scale_watts, rating.kh_mwh)
        wanted = _WATTS / 1000 * constants.counts_per_kwh
        tells = meter.event_log.total, page[p.TESTS], page[p.STARTS]
        less = self._less_flows(wanted)
        if tells != self._seen or meter.billing.testing or less:
            self._seen = tells
            self._quiet_since = self._now_s
            return
        if page[p.DEMAND_LAST_END] != self._end:
            self._end = page[p.DEMAND_LAST_END]
            self._published = self._now_s
        if self._now_s - self._quiet_since < 2 * _INTERVAL_S + 60:
            return
        if self._now_s - self._published > _INTERVAL_S + 60:
            self._wrong(f"no demand for {self._now_s - self._published:.0f} s")
        self.result.demands += 1
        if page[p.DEMAND_LAST] < _SLEWED * wanted:
            self._wrong(f"a demand of {page[p.DEMAND_LAST]} in place of {wanted:.0f}")

    def _less_flows(self, wanted: float) -> bool:
        """Whether the chip has counted less since the last look than the load's demand says."""
        before, then_s = self._flowed
        self._flowed = counted(self._host.board), self._now_s
        hours = (self._now_s - then_s) / 3600
        return self._flowed[0] - before < _SLEWED * wanted * hours

    def _wrong(self, text: str) -> None:
        if len(self.result.wrong) < _FEW:
            self.result.wrong.append(f"at {self._now_s:.0f} s: {text}")

    def _expect_by_hand(self) -> None:
        history = self._host.meter.history
        for i in range(history.valid):
            entry = history.entry(i)
            if entry.code == events.DEMAND_RESET and entry.argument[0] == events.SOURCE_LEVER:
                return
        self.result.wrong.append("what was done by hand is not in the history log")

    @property
    def _now_s(self) -> float:
        return self._host.board.clock.now_ns / NS_PER_S

    def _wait(self, seconds: float) -> None:
        ns = round(seconds * NS_PER_S)
        self._host.run_until(self._host.board.clock.now_ns + ns + NS_PER_MS)
