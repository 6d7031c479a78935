"""A meter that is set to be sealed, asked at its sessions, with its event log at hand."""

from contextlib import contextmanager
from typing import NamedTuple

from boards.pico_meter import layout
from picometer.proof.meters import PASSWORD
from picometer.virtual.controls import Controls
from picometer.virtual.options import LoadChoice
from picometer.virtual.simport import SimPort
from psem import codes
from tests_host.meter.rights_bench import MASTER, MODULE, PORTS, WORDS, Bench
from tests_host.meter.test_port import session

SEALED = b"\x01"
OFFSET = 53
HEAD = 64 * layout.AUDIT_SLOTS
BEST = {"optical": WORDS[MASTER], "module": WORDS[MODULE]}


class Entry(NamedTuple):
    """One of the event log, read past all ports."""

    number: int
    code: int
    parameter: int
    source: int
    level: int
    user: int
    old: bytes
    new: bytes
    cycle: int
    place: int
    time: bytes
    seal_open: bool
    version: bytes
    digest: bytes


class SealedBench(Bench):
    """As Bench, of a meter with the security setting on, unless told."""

    def __init__(self, security=SEALED, **fields):
        Bench.__init__(self, security=security, **fields)
        self.controls = Controls(self.host.board, LoadChoice())
        for port in PORTS:
            self.log_on(port)

    def log_on(self, port):
        """A new session with the highest level of the port."""
        self.ask(port, bytes([codes.TERMINATE]))
        self.open(port)
        assert self.security(port, BEST[port]) == codes.OK

    def do(self, line):
        """Work seal or cover, and wait until the meter has seen it."""
        self.controls.do(line)
        self.run(1)

    def off(self, *lines):
        """Power fails; seal or cover are worked meanwhile; power comes back."""
        self.host.cut()
        for line in lines:
            self.controls.do(line)
        self.host.boot()
        self.run(2)
        for port in PORTS:
            self.log_on(port)

    @property
    def log(self):
        """audit.log.EventLog of the meter."""
        return self.host.meter.event_log

    def entries(self, after=0):
        """Of the event log, those with numbers above `after` that can be read."""
        numbers = range(after + 1, self.log.total + 1)
        return [self._entry() for number in numbers if self.log.ring.read(number)]

    def _entry(self):
        e = self.log.view
        seal_open = bool(e.authority & 0x80)
        return Entry(
            *(e.sequence, e.code, e.parameter, e.source, e.authority & 3, e.user, e.old, e.new),
            *(e.cycle, e.place, e.time, seal_open, e.version, e.digest),
        )

    @property
    def faults(self):
        """The word of faults."""
        return self.host.meter.storage.faults.word

    @contextmanager
    def client(self):
        """A client on the optical line with all rights, in place of its session."""
        self.ask("optical", bytes([codes.TERMINATE]))
        port = SimPort(self.host)
        client = session(port, PASSWORD.decode())
        yield client
        client.terminate()
        port.close()
        self.log_on("optical")


def offset(minutes):
    """ST53 with a time zone."""
    return bytes(4) + minutes.to_bytes(2, "little", signed=True)


def log_memory(bench):
    """Octets of the event log in the FRAM, its head first."""
    memory = bench.host.board.fram.memory
    head = bytes(memory[layout.AUDIT : layout.AUDIT + HEAD])
    return head + bytes(memory[layout.EVENTS : layout.EVENTS + 224 * layout.EVENT_SLOTS])


def fill(bench, count):
    """So many changes of the time zone, each to another one."""
    for _ in range(count):
        minutes = int.from_bytes(bench.octets(OFFSET)[4:], "little") % 600 + 1
        assert bench.write("optical", OFFSET, offset(minutes)) == codes.OK


def passwords(bench, **changed):
    """ST42 as it stands, or with other words."""
    groups = bench.host.meter.optical.link._session._tables.device.password_groups
    words = [changed.get(f"word_{i}", word) for i, word in enumerate(WORDS)]
    return b"".join(w.ljust(20) + bytes((g,)) for w, g in zip(words, groups, strict=True))
