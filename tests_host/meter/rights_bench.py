"""A meter asked at its sessions, without a line: two ports, power cuts, and its log."""

from c1219 import events
from picometer.proof.meters import PASSWORD, build
from picometer.virtual.clock import NS_PER_S
from picometer.virtual.host import provision
from picometer.virtual.mains import ConstantLoad
from psem import codes
from psem.crc import checksum

READER, FIELD, MASTER, MODULE = range(4)  # entries of ST42
WORDS = (b"READER", b"FIELD", PASSWORD, b"MODULE")
_FIELDS = ("password_1", "password_2", "password_3", "password_module")
PORTS = ("optical", "module")
USER = 7
_ROOM = 1 << 14  # for the longest table, ST76, and its answer


class Bench:
    """A provisioned meter at rest.

    fields  of its configuration, besides the passwords
    """

    def __init__(self, **fields):
        self.host = build(ConstantLoad(0))
        provision(self.host.board.fram, **dict(zip(_FIELDS, WORDS, strict=True)), **fields)
        self.run(3)

    def run(self, seconds):
        """Let time pass."""
        self.host.run_until(self.host.board.clock.now_ns + round(seconds * NS_PER_S))

    @property
    def now_s(self):
        """Simulated seconds."""
        return self.host.board.clock.now_ns / NS_PER_S

    def restart(self):
        """Power fails and comes back; it meters for a second."""
        self.host.cut()
        self.host.boot()
        self.run(1)

    def _session(self, port):
        return getattr(self.host.meter, port).link._session

    def ask(self, port, request):
        """(response code, what follows it) of a request."""
        session = self._session(port)
        out = bytearray(_ROOM)
        length = session.handle(bytearray(request), 0, len(request), out)
        while length == 0:
            length = session.go_on(out)
        return out[0], bytes(out[1:length])

    def open(self, port):
        """Identify, large packets, log on."""
        for request in (
            bytes([codes.IDENTIFY]),
            bytes([codes.NEGOTIATE, 4, 0, 255]),
            bytes([codes.LOGON]) + USER.to_bytes(2, "big") + b"MODEL".ljust(10),
        ):
            assert self.ask(port, request)[0] == codes.OK

    def security(self, port, password):
        """The response code to a password."""
        return self.ask(port, bytes([codes.SECURITY]) + password.ljust(20, b"\0"))[0]

    def read(self, port, table, offset=None, count=0):
        """(response code, octets)."""
        if offset is None:
            request = bytes([codes.READ]) + table.to_bytes(2, "big")
        else:
            request = bytes([codes.READ_OFFSET]) + table.to_bytes(2, "big")
            request += offset.to_bytes(3, "big") + count.to_bytes(2, "big")
        code, answer = self.ask(port, request)
        if code != codes.OK:
            assert answer == b""
            return code, b""
        octets = answer[2:-1]
        assert int.from_bytes(answer[:2], "big") == len(octets)
        assert checksum(octets, 0, len(octets)) == answer[-1]
        return code, octets

    def write(self, port, table, octets, offset=None):
        """The response code."""
        request = bytes([codes.WRITE if offset is None else codes.WRITE_OFFSET])
        request += table.to_bytes(2, "big")
        if offset is not None:
            request += offset.to_bytes(3, "big")
        request += len(octets).to_bytes(2, "big") + octets
        return self.ask(port, request + bytes([checksum(octets, 0, len(octets))]))[0]

    def run_procedure(self, port, number, parameters=b"", sequence=1):
        """The result code of ST8, after a while where it takes one."""
        octets = number.to_bytes(2, "little") + bytes([sequence]) + parameters
        assert self.write(port, 7, octets) == codes.OK
        result = self.response(port, number, sequence)
        if result == 1:
            self.run(1)
            result = self.response(port, number, sequence)
        return result

    def response(self, port, number, sequence):
        """What ST8 says now."""
        code, octets = self.read(port, 8)
        assert code == codes.OK and octets[:3] == number.to_bytes(2, "little") + bytes([sequence])
        return octets[3]

    # Past all sessions and rights

    def octets(self, table):
        """Of a table, or of a pending one; None when there is none pending."""
        buf = bytearray(_ROOM)
        count = self.host.meter.tables.read(table, 0, -1, buf, 0, 3)
        return bytes(buf[:count]) if count > 0 else None

    @property
    def history_total(self):
        """Entries that the history log has ever had."""
        return self.host.meter.history.total

    def latest(self):
        """(code, source, level, detail) of the latest entry of the history log."""
        history = self.host.meter.history
        entry = history.entry(history.valid - 1)
        source, level, low, high = entry.argument
        return entry.code, source, level & 3, low | high << 8

    def entries_since(self, total):
        """As `latest`, of what was logged after as many entries, oldest first; no power events."""
        history = self.host.meter.history
        found = []
        for i in range(history.valid - (history.total - total), history.valid):
            entry = history.entry(i)
            source, level, low, high = entry.argument
            if source != events.SOURCE_POWER:
                found.append((entry.code, source, level & 3, low | high << 8))
        return found
