"""Sessions of every service and procedure at every access level: nothing changes beyond rights,
and nothing that is legally relevant changes without its entry of the event log.
"""

import random
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field

from c1219 import events
from firmware.log import Actor
from metrology.page import ERRORS
from picometer.virtual.clock import NS_PER_MS, NS_PER_S
from picometer.virtual.controls import Controls
from picometer.virtual.host import provision
from picometer.virtual.mains import ConstantLoad
from picometer.virtual.options import LoadChoice
from psem import codes

from .meters import DEFAULT_SERVICE as SERVICE
from .meters import PASSWORD, build
from .seal_oracle import Deed, Judge, State, chain_holds, entries_after, state_of
from .seal_requests import Request, Requests, understood

MODEL = "AXR-SD"  # which has every table and procedure
_PORTS = {"optical": events.SOURCE_OPTICAL, "module": events.SOURCE_MODULE}
_WORDS = {
    "password_1": b"READER",
    "password_2": b"FITTER",
    "password_3": PASSWORD,
    "password_module": b"MODULE",
}
_HAND = Actor(events.SOURCE_USB, level=3)
_ROOM = 2048
_MOST_REQUESTS = 5
# Sessions of a round, which has a setting and seal of its own and begins with an empty log: the
# first of them by clients of any kind, the others by keen ones.
_ROUND = 120
_OF_ANY_KIND = 40
_SEAL_MOVES = 0.02  # by hand before a session: how likely
_PLACES = 60  # of a cycle, those for seals among them
_CUT_EVERY = 400
_DONE_NS = 1200 * NS_PER_MS  # when the maintenance duty has done what it was asked for
_LOCK_NS = 6 * NS_PER_S
_FEW = 20


@dataclass
class SealResult:
    """What sessions have done to a meter."""

    sessions: int = 0
    requests: int = 0
    answered_ok: int = 0
    levels: list[int] = field(default_factory=lambda: [0, 0, 0, 0])  # requests at each level
    changes: int = 0
    refused: int = 0  # with ISC
    full: int = 0  # with DLK
    protected: int = 0  # sessions
    seals: int = 0  # opened
    wrong: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """The promise holds."""
        return self.sessions > 0 and not self.wrong


def prove_seal(
    sessions: int,
    seed: int,
    progress: Callable[[int], None] = lambda n: None,
    most_wrong: int = _FEW,
) -> SealResult:
    """Hold so many sessions with a meter of this process, past the line, and judge each request.

    At the beginning of each round the meter is set to be sealed or not, its seal is opened or
    closed, its log begun anew. Later in it clients know the best password and write more than they
    read, so that the log gets full. Now and then somebody moves the seal; every 400 sessions the
    power goes.

    most_wrong  violations after which it ends early
    """
    with closing(_Run(random.Random(seed))) as run:
        for i in range(sessions):
            if i % _ROUND in (0, _OF_ANY_KIND):
                run.set_up(keen=i % _ROUND == _OF_ANY_KIND)
            if i % _CUT_EVERY == _CUT_EVERY - 1:
                run.restart()
            run.session()
            progress(1)
            if len(run.wrong) >= most_wrong:
                break
        run.end()
        return run.result


class _Run:
    """A meter, and one session after the other."""

    def __init__(self, draw: random.Random) -> None:
        self.result = SealResult()
        self._draw = draw
        self._requests = Requests(draw)
        self._judge = Judge()
        self._keen = False
        self._host = build(ConstantLoad(0.0), model=MODEL)
        provision(self._host.board.fram, **_WORDS)
        self._controls = Controls(self._host.board, LoadChoice())
        self._wait(6 * NS_PER_S)
        self._state = state_of(self._meter, self._host.board)

    @property
    def _meter(self):
        return self._host.meter

    @property
    def wrong(self) -> list[str]:
        """Violations so far."""
        return self._judge.wrong

    def close(self) -> None:
        self._host.close()

    def end(self) -> None:
        """Look at what is left."""
        self.result.wrong = self._judge.wrong
        self.result.changes = self._judge.changes
        if self._meter.event_log.broken or not chain_holds(self._host.board.fram):
            self.result.wrong.append("the event log is broken")
        if self._meter.pages.billing[ERRORS]:
            self.result.wrong.append("a duty has failed")

    def set_up(self, keen: bool) -> None:
        """By hand, past all ports: setting, seal, passwords, and a new cycle of the log."""
        self._keen = keen
        draw, guard = self._draw, self._meter.guard
        self._controls.do("seal open")
        self._wait(NS_PER_S)
        guard.set_security(False, _HAND)
        if draw.random() < 0.7:
            guard.set_security(True, _HAND)
        guard.clear(_HAND)
        configuration = self._meter.configuration
        for name, word in _WORDS.items():
            configuration.put(name, word)
        configuration.save()
        self._controls.do("seal open" if draw.random() < 0.3 else "seal close")
        self._wait(NS_PER_S)

    def restart(self) -> None:
        """A power cut."""
        self._host.cut()
        self._host.boot()
        self._wait(2 * NS_PER_S)

    def session(self) -> None:
        """One session at one port, at whatever level its password gives."""
        draw = self._draw
        if draw.random() < _SEAL_MOVES:
            self._move_the_seal()
        port = draw.choice(tuple(_PORTS))
        self._unlock(port)
        self._state = state_of(self._meter, self._host.board)
        self.result.protected += self._state.protected
        for octets in (
            bytes([codes.TERMINATE]),
            bytes([codes.IDENTIFY]),
            bytes([codes.NEGOTIATE]) + b"\x04\x00\xff",
            bytes([codes.LOGON]) + b"\x00\x07" + b"PROOF".ljust(10),
        ):
            self._ask(port, understood(octets))
        if self._keen or draw.random() < 0.9:
            self._ask(port, understood(self._requests.password(self._state, port, self._keen)))
        for _ in range(draw.randrange(1, _MOST_REQUESTS)):
            self._ask(port, self._requests.one(self._state, self._keen))
        self.result.sessions += 1

    def _move_the_seal(self) -> None:
        """By hand; opened it has an entry and a count, closed nothing of both."""
        before, log = state_of(self._meter, self._host.board), self._meter.event_log
        breaks, room = log.breaks, log.used < _PLACES
        self._controls.do("seal toggle")
        self._wait(NS_PER_S)
        after = state_of(self._meter, self._host.board)
        opened = before.is_set and after.seal_open
        entries = entries_after(self._meter, self._host.board.fram.memory, before.total)
        entries = [entry for entry in entries if entry.source != events.SOURCE_CLOCK]
        wanted = [events.SEAL_OPENED] * (opened and room)
        if [entry.code for entry in entries] != wanted or log.breaks != breaks + opened:
            self._judge.wrong.append(f"the seal was moved, and there are {entries}")
        self.result.seals += opened

    def _unlock(self, port: str) -> None:
        # A port that has been guessed at takes no password for a while: wait, and give the best.
        access, source = self._meter.access, _PORTS[port]
        for _ in range(1000):
            if not access.is_locked(source):
                break
            self._wait(_LOCK_NS)
        access.right(source)

    def _ask(self, port: str, request: Request) -> None:
        """One request, what comes of it, and whether that may be."""
        meter = self._meter
        session = getattr(meter, port).link._session
        level, user = session.level, session.user_id
        before = self._state
        code = self._answer(session, request)
        deed = Deed(
            *(_PORTS[port], user, level, request.table, request.procedure),
            *(request.data, request.offset, code != codes.OK),
        )
        if request.is_password:
            self._check_level(port, request, before, session.level, code)
        self._let_it_be_done(request)
        self._state = state_of(self._meter, self._host.board)
        entries = entries_after(self._meter, self._host.board.fram.memory, before.total)
        self._judge.look(deed, before, self._state, entries)
        self._mend()
        self.result.requests += 1
        self.result.levels[level] += 1
        self.result.answered_ok += code == codes.OK
        self.result.refused += code == codes.ISC
        self.result.full += code == codes.DLK

    def _mend(self) -> None:
        """By hand: the model and service that all of this is about, for the next start."""
        configuration = self._meter.configuration
        if (configuration.text("model"), configuration.text("service")) == (MODEL, SERVICE):
            return
        configuration.put("model", MODEL.encode())
        configuration.put("service", SERVICE.encode())
        configuration.save()
        self._state = state_of(self._meter, self._host.board)

    def _answer(self, session, request: Request) -> int:
        out = bytearray(_ROOM)
        octets = request.octets
        length = session.handle(bytearray(octets), 0, len(octets), out)
        while length == 0:
            length = session.go_on(out)
        return out[0]

    def _check_level(self, port, request, before: State, level: int, code: int) -> None:
        """Rights are those of the port's password, and of no other."""
        word = request.octets[1:].rstrip(b" \0")
        known = {"module": ((before.words[3], 2),)}.get(
            port, tuple((before.words[i], i + 1) for i in (2, 1, 0))
        )
        wanted = max((its for theirs, its in known if theirs and theirs == word), default=0)
        if code == codes.BSY or code == codes.ISSS:
            wanted = 0 if code == codes.BSY else level
        if level != wanted:
            self._judge.wrong.append(f"{request}: level {level} in place of {wanted}")

    def _let_it_be_done(self, request: Request) -> None:
        """Give the maintenance duty the time that it needs, a restart included."""
        starts = self._meter
        if request.procedure is not None and self._meter.maintenance._number >= 0:
            self._wait(_DONE_NS)
            while self._meter.maintenance._number >= 0:
                self._wait(_DONE_NS)
        if self._meter is not starts:
            self._wait(2 * NS_PER_S)

    def _wait(self, ns: int) -> None:
        self._host.run_until(self._host.board.clock.now_ns + ns)
