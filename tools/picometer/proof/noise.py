"""Anything on the optical line: no harm to metering, and the next session works."""

import random
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

from metrology import page as p
from picometer.reader.client import Client
from picometer.reader.errors import ReaderError, ServiceError
from picometer.reader.link import packet
from picometer.virtual.clock import NS_PER_S
from picometer.virtual.host import CPythonHost, Host
from picometer.virtual.mains import ConstantLoad
from picometer.virtual.simport import SimPort
from psem import codes

from .meters import PASSWORD, HostFactory, build, counted, kept, registers, settle

_BURST = 400
_NO_FAULT = bytes(2)  # ED_STD_STATUS1 of ST3
_START_NS = 2 * NS_PER_S
# The longest lockout is 15 minutes.
_LOCKOUT_WAIT_NS = 60 * NS_PER_S
_LOCKOUT_TRIES = 17
_SETTLE_S = 6.5  # channel traffic time-out: then the meter is in base state whatever came


@dataclass
class NoiseResult:
    """What happened to a meter under noise."""

    sent: int = 0
    sessions: int = 0
    sessions_failed: int = 0
    faults: int = 0
    unbilled: int = 0
    resets: int = 0

    @property
    def good(self) -> bool:
        """The promise holds."""
        return (
            self.sent > 0
            and self.sessions > 0
            and not (self.sessions_failed or self.faults or self.unbilled or self.resets)
        )


def prove_noise(
    total: int,
    seed: int,
    sessions: int = 5,
    progress: Callable[[int], None] = lambda n: None,
    make_host: HostFactory = CPythonHost,
) -> NoiseResult:
    """Send `total` bytes of noise at 9600 Bd in `sessions` rounds, with a session after each.

    Half of it is random, half mutated sessions: right packets with bytes changed, dropped,
    doubled, cut short. After a round the line is quiet for six seconds and a client must
    get through, as soon as wrong passwords in the noise do not lock it out any more.
    """
    draw = random.Random(seed)
    result = NoiseResult()
    with closing(build(ConstantLoad(7200.0), make_host=make_host)) as host:
        host.run_until(_START_NS)
        port = SimPort(host)
        for _ in range(sessions):
            _make_noise(draw, port, total // sessions, progress)
            result.sent += total // sessions
            host.run_until(host.board.clock.now_ns + round(_SETTLE_S * NS_PER_S))
            result.sessions += 1
            result.sessions_failed += not _gets_through(host, port)
        settle(host)
    result.faults = kept(host.board, p.FAULTS)
    result.unbilled = counted(host.board) - registers(host.board).net
    result.resets = kept(host.board, p.STARTS) - 1
    return result


def _make_noise(
    draw: random.Random, port: SimPort, total: int, progress: Callable[[int], None]
) -> None:
    left = total
    while left:
        burst = _random(draw) if draw.random() < 0.5 else _mutated(draw)
        burst = burst[:left]
        port.write(burst)
        left -= len(burst)
        progress(len(burst))


def _gets_through(host: Host, port: SimPort) -> bool:
    # Noise has wrong passwords in it: for a while the port may take none.
    for _ in range(_LOCKOUT_TRIES):
        try:
            return _session(port)
        except ServiceError as error:
            if error.code != codes.BSY:
                return False
        host.run_until(host.board.clock.now_ns + _LOCKOUT_WAIT_NS)
    return False


def _session(port: SimPort) -> bool:
    client = Client(port)
    port.reset_input_buffer()
    try:
        client.identify()
        client.negotiate()
        client.logon()
        client.security(PASSWORD.decode())
        good = len(client.read(0)) > 19 and len(client.read_offset(5, 0, 20)) == 20
        good = good and client.read(3)[1:3] == _NO_FAULT
        client.logoff()
        client.terminate()
    except ServiceError:
        raise
    except ReaderError:
        return False
    return good


def _random(draw: random.Random) -> bytes:
    return draw.randbytes(draw.randrange(1, _BURST))


def _requests(draw: random.Random) -> list[bytes]:
    table = draw.choice((0, 1, 3, 5, 6, 23, 28, 2048, 65535)).to_bytes(2, "big")
    return [
        bytes((codes.IDENTIFY,)),
        bytes((codes.NEGOTIATE + 1, 0, draw.choice((64, 255)), draw.randrange(1, 9), 6)),
        bytes((codes.LOGON, 0, 1)) + b"NOISE".ljust(10),
        bytes((codes.SECURITY,)) + draw.choice((PASSWORD, b"WRONG")).ljust(20),
        bytes((codes.READ,)) + table,
        bytes((codes.READ_OFFSET,)) + table + draw.randbytes(5),
        bytes((codes.WRITE,)) + table + b"\0\x14" + draw.randbytes(21),
        bytes((codes.WAIT, draw.randrange(3))),
        bytes((codes.LOGOFF,)),
        bytes((draw.randrange(256),)) + draw.randbytes(draw.randrange(12)),
        bytes((codes.TERMINATE,)),
    ]


def _mutated(draw: random.Random) -> bytes:
    """A session's packets with acknowledgements, most right, some mutated."""
    out = bytearray()
    toggle = 0
    for request in _requests(draw):
        frame = bytearray(packet(request, toggle))
        toggle ^= codes.TOGGLE
        if draw.random() < 0.4:
            _mutate(draw, frame)
        out += frame
        out += bytes((draw.choice((codes.ACK, codes.ACK, codes.NAK, 0x55)),))
    return bytes(out)


def _mutate(draw: random.Random, frame: bytearray) -> None:
    at = draw.randrange(len(frame))
    kind = draw.randrange(4)
    if kind == 0:
        frame[at] ^= 1 << draw.randrange(8)
    elif kind == 1:
        del frame[at:]
    elif kind == 2:
        frame[at:at] = frame[:at]
    else:
        frame[at] = draw.randrange(256)
