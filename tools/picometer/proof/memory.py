"""Writes that the power tears, and reads that are disturbed: what whole meters make of them."""

import random
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field

from boards.approved import RATINGS
from boards.pico_meter import pins
from boards.ratings import MODELS
from c1219 import events
from firmware.log import Actor
from metrology import faults as f
from picometer.virtual.board import VirtualBoard
from picometer.virtual.clock import NS_PER_MS, NS_PER_S
from picometer.virtual.disturbances import Constant, Flips
from picometer.virtual.host import CPythonHost, configured, provision
from picometer.virtual.mains import ConstantLoad
from picometer.virtual.power import PowerCut

from .household import finish_tick
from .losses import SAMPLE_NS, TICK_NS
from .meters import PASSWORD, Registers, build, counted, counts_per_kwh, registers

_FEW = 20  # violations that are described
_ST42 = 42
_ENTRY = 21  # octets of a password and its groups
_PASSWORD_3 = 2 * _ENTRY
_HAND = Actor(events.SOURCE_USB, level=3)
_FIRST_START = 6000  # octets that a new meter writes in its first seconds
_RUNNING = 1500  # octets in which a tick, and what an operator does, is written
_SETTLED_NS = 4 * NS_PER_S  # a memory that answers again has been taken up
_MW_NS_PER_KWH = 3_600_000_000 * NS_PER_S
_SERIAL = b"PM00000042"
_TORN = ("new", "given", "field")
_DISTURBED = ("flips", "exchanges", "constant", "late", "protected")


@dataclass
class MemoryResult:
    """Cases by kind, and what went wrong.

    cuts      power cuts inside a write of the FRAM, the octet under way garbled
    rereads   reads that the meters repeated, as they counted them
    first     descriptions of the first violations
    """

    cases: dict[str, int] = field(default_factory=dict)
    cuts: int = 0
    rereads: int = 0
    violations: int = 0
    first: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        """All cases."""
        return sum(self.cases.values())

    @property
    def good(self) -> bool:
        """The promise holds."""
        return self.count > 0 and self.violations == 0

    def begin(self, kind: str) -> None:
        """Count a case."""
        self.cases[kind] = self.cases.get(kind, 0) + 1

    def violate(self, what: str) -> None:
        """Count a violation."""
        self.violations += 1
        if len(self.first) < _FEW:
            self.first.append(what)


def prove_torn_writes(
    count: int, seed: int, advance: Callable[[], None] = lambda: None
) -> MemoryResult:
    """`count` meters whose power goes inside FRAM writes, a random octet left in place of the one
    under way.

    new     the first starts of a meter: it must be open to its first owner, with no fault but
            that it is not programmed
    given   its first passwords: it is open to the first owner still, or to the passwords
    field   a sealed meter with operators at work: registers lose no more than a tick a cut,
            passwords, identity and seal stay
    """
    draw = random.Random(seed)
    result = MemoryResult()
    for number in range(count):
        kind = _TORN[number % len(_TORN)]
        result.begin(kind)
        case = f"{kind} {number}"
        if kind == "field":
            _tear_in_the_field(draw, result, case)
        else:
            _tear_new(draw, result, case, given=kind == "given")
        advance()
    return result


def _tear_new(draw: random.Random, result: MemoryResult, case: str, given: bool) -> None:
    board = VirtualBoard(load=ConstantLoad(draw.uniform(0, 40000)))
    if draw.random() < 0.5:
        board.fram.memory[:] = b"\xff" * len(board.fram.memory)
    with closing(CPythonHost(board)) as host:
        for _ in range(draw.randrange(1, 4)):
            _cut_in(host, draw, result, _FIRST_START, lambda: None)
        _open_seal(host)
        if not _opens(host, b"") or host.meter.storage.faults.word & ~_NOT_PROGRAMMED:
            result.violate(f"{case}: a new meter is not open; {_seen(host)}")
            return
        if not given:
            return
        for _ in range(draw.randrange(1, 4)):
            _cut_in(host, draw, result, _RUNNING, lambda: _give_password(host))
            _open_seal(host)
            if not _opens(host, b"") and not _opens(host, PASSWORD):
                result.violate(f"{case}: nobody can log on; {_seen(host)}")
                return
        _give_password(host)
        host.cut()
        host.run_until(board.clock.now_ns + NS_PER_S)
        if not _opens(host, PASSWORD) or _opens(host, b""):
            result.violate(f"{case}: its password was not kept; {_seen(host)}")


_NOT_PROGRAMMED = f.UNPROGRAMMED | f.CLOCK_NOT_SET


def _tear_in_the_field(draw: random.Random, result: MemoryResult, case: str) -> None:
    host, watts = _sealed(draw)
    with closing(host):
        board = host.board
        host.run_until(board.clock.now_ns + draw.randrange(NS_PER_S, 2 * NS_PER_S))
        lost = 0
        for _ in range(draw.randrange(1, 5)):
            cuts = result.cuts
            before = registers(board)
            _cut_in(host, draw, result, _RUNNING, lambda: _operate(host, draw))
            lost = _judge(host, result, case, watts, before, lost, result.cuts - cuts)


def _operate(host: CPythonHost, draw: random.Random) -> None:
    """What makes the meter write another record than its page."""
    meter = host.meter
    what = draw.randrange(5)
    if what == 0:
        meter.billing.reset_demand(_HAND)
    elif what == 1:
        meter.tables.device.password_level(b"WRONG")
    elif what == 2:
        meter.billing.read_self(_HAND)
    elif what == 3:
        meter.marks.save()
    else:
        meter.log.add(events.SELF_READ, _HAND)


def prove_disturbed_reads(
    count: int, seed: int, advance: Callable[[], None] = lambda: None
) -> MemoryResult:
    """`count` sealed meters of any rating that start while their FRAM is disturbed.

    flips      single bits of up to one read in fifty arrive wrong, at the start and afterwards
    exchanges  some reads in a row give nothing but zeros or ones
    constant   all reads do, for up to some seconds
    late       the memory does not answer, for up to some seconds
    protected  something sets its block protection again and again

    Afterwards registers must be what flowed, to within one tick for the power cut; identity,
    passwords, seal and history must stand; and no fault, except the one that says that the memory
    was away, where it was. While the memory is away nobody gets in.
    """
    draw = random.Random(seed)
    result = MemoryResult()
    for number in range(count):
        kind = _DISTURBED[number % len(_DISTURBED)]
        result.begin(kind)
        host, watts = _sealed(draw)
        with closing(host):
            _disturb(host, draw, result, kind, f"{kind} {number}", watts)
        advance()
    return result


def _disturb(
    host: CPythonHost,
    draw: random.Random,
    result: MemoryResult,
    kind: str,
    case: str,
    watts: float,
) -> None:
    board = host.board
    clock = board.clock
    host.run_until(clock.now_ns + draw.randrange(NS_PER_S, 3 * NS_PER_S))
    logged = _entries(host)
    host.cut()
    before = registers(board)
    clock.advance_to(clock.now_ns + draw.randrange(5 * NS_PER_S))
    ms = draw.choice((1, 10, 100, 300, 1000, 3000, draw.randrange(1, 20000)))
    end = clock.now_ns + ms * NS_PER_MS
    board.power_on()
    _arrange(host, draw, kind, end)
    host.boot()
    away = host.meter.storage.absent
    if not host.meter.guard.protected or _opens(host, b"") or away and _opens(host, PASSWORD):
        result.violate(f"{case}: not sealed at the start; {_seen(host)}")
    while clock.now_ns < end:
        if kind == "protected":
            board.fram.protect(draw.randrange(4))
        host.run_until(min(end, clock.now_ns + draw.randrange(1, NS_PER_S)))
        if not host.meter.guard.protected:
            result.violate(f"{case}: not sealed; {_seen(host)}")
            break
    result.rereads += host.meter.board.fram.rereads
    board.fram.disturb = None
    host.run_until(clock.now_ns + _SETTLED_NS)
    _judge(host, result, case, watts, before, 0, 1, f.MEMORY_ABSENT if away else 0)
    if _entries(host)[: len(logged)] != logged:
        result.violate(f"{case}: entries of the history are lost; {_seen(host)}")


def _arrange(host: CPythonHost, draw: random.Random, kind: str, end: int) -> None:
    """Begin a disturbance of the board's FRAM that ends at an instant, if it ends by time."""
    board = host.board
    clock = board.clock
    fram = board.fram
    level = draw.choice((0x00, 0xFF))
    if kind == "flips":
        fram.disturb = Flips(draw, draw.uniform(0, 0.02))
    elif kind == "exchanges":
        first = draw.randrange(400)
        fram.disturb = Constant(level, first, draw.choice((1, 3, 10, draw.randrange(1, 400))))
    elif kind == "constant":
        after = draw.choice((0, 0, draw.randrange(400)))
        fram.disturb = Constant(level, after, until=lambda: clock.now_ns >= end)
    elif kind == "late":
        fram.missing = True
        clock.call_at(end, lambda: setattr(fram, "missing", False))


def _sealed(draw: random.Random) -> tuple[CPythonHost, float]:
    """A meter of any rating and model that is set to be sealed, and the load at it."""
    rating = draw.choice(RATINGS)
    model = draw.choice([name for name in MODELS if name in rating.models])
    watts = draw.uniform(0.02, 0.5) * rating.rated_watts * draw.choice((1, 1, -1))
    host = build(ConstantLoad(watts), service=rating.name, model=model)
    provision(host.board.fram, security=b"\x01", serial=_SERIAL)
    return host, watts


def _cut_in(
    host: CPythonHost,
    draw: random.Random,
    result: MemoryResult,
    octets: int,
    act: Callable[[], None],
) -> None:
    """Have the power go within so many octets written, while `act` is done, and start again."""
    board = host.board
    running = host.running
    board.fram.cut_after(draw.randrange(octets), board.cut, draw.randrange(256))
    try:
        if not running:
            host.boot()
        act()
        host.run_until(board.clock.now_ns + 3 * NS_PER_S)
    except PowerCut:
        result.cuts += 1
        host.cut()
    board.fram.cut_after(1 << 40, board.cut)
    host.run_until(board.clock.now_ns + NS_PER_S)


def _judge(
    host: CPythonHost,
    result: MemoryResult,
    case: str,
    watts: float,
    before: Registers,
    lost: int,
    cuts: int,
    fault: int = 0,
) -> int:
    """What must be so after `cuts` more power cuts, with nothing but `fault` standing.

    lost  counts that the cuts before have cost; returns what all have cost
    """
    finish_tick(host)
    board = host.board
    meter = host.meter
    after = registers(board)
    per_tick = round(abs(watts) * 1000) * (TICK_NS + SAMPLE_NS) * counts_per_kwh(board.rating)
    loss = counted(board) - after.net
    allowed = (per_tick // _MW_NS_PER_KWH + 4) * cuts
    if abs(loss - lost) > allowed or (loss - lost) * watts < -4 * abs(watts):
        result.violate(f"{case}: {loss - lost} counts lost, {allowed} allowed; {_seen(host)}")
    if after.delivered < before.delivered or after.received < before.received:
        result.violate(f"{case}: a register fell; {_seen(host)}")
    if not meter.guard.protected or not meter.guard.is_set:
        result.violate(f"{case}: not sealed any more; {_seen(host)}")
    if meter.rating.name != board.rating.name or not _opens(host, PASSWORD):
        result.violate(f"{case}: what it is, or who may log on, is forgotten; {_seen(host)}")
    if configured(board.fram, "serial") != _SERIAL.decode():
        result.violate(f"{case}: the serial number is lost; {_seen(host)}")
    if meter.storage.faults.word != fault:
        result.violate(f"{case}: other faults than {fault:o}; {_seen(host)}")
    return loss


def _entries(host: CPythonHost) -> list[tuple[int, int, bytes]]:
    """What the history log serves: number, code and time of each entry."""
    history = host.meter.history
    served = map(history.entry, range(history.valid))
    return [(entry.sequence, entry.code, entry.time) for entry in served]


def _seen(host: CPythonHost) -> str:
    word = host.meter.storage.faults.word
    return f"faults {word:o} at {host.board.clock.now_ns / NS_PER_S:.1f} s"


def _opens(host: CPythonHost, password: bytes) -> bool:
    """Whether a password gives the highest level at the optical port."""
    return host.meter.tables.device.password_level(password) == _HAND.level


def _open_seal(host: CPythonHost) -> None:
    host.board.switch(pins.SEAL_LOOP, closed=False)
    host.run_until(host.board.clock.now_ns + NS_PER_S)


def _give_password(host: CPythonHost) -> None:
    device = host.meter.tables.device
    image = bytearray(4 * _ENTRY)
    for i in range(4):
        image[i * _ENTRY : (i + 1) * _ENTRY] = b" " * (_ENTRY - 1) + bytes(
            (device.password_groups[i],)
        )
    image[_PASSWORD_3 : _PASSWORD_3 + len(PASSWORD)] = PASSWORD
    device.write_stored(_ST42, bytes(image))
