"""A C12.18 meter on the bench: the real link and session over a few bytes of tables."""

from psem import codes
from psem.crc import checksum, crc16
from psem.link import Link
from psem.session import Session
from ticks import later

USER, NOBODY = 1, 0
PASSWORD = b"secret".ljust(20)
LOCKED = 2049
PIECES = 3


class FakeTables:
    """Readable by all, writable with the password; 2049 cannot even be read without it.

    Table 3 is read in pieces of 7 octets.
    """

    default_table = 1

    def __init__(self):
        self.data = {0: bytearray(range(100)), 1: bytearray(b"PICO"), LOCKED: bytearray(3000)}
        self.data[PIECES] = bytearray(range(200))
        self.logoffs = 0
        self.users = []
        self.refusals = []

    def extent(self, table, offset, count, level):
        if table not in self.data:
            return -codes.IAR
        if table == LOCKED and level < USER:
            return -codes.ISC
        size = len(self.data[table])
        if count < 0:
            count = size - offset
        return count if offset + count <= size else -codes.IAR

    def read(self, table, offset, count, buf, at, level):
        count = self.extent(table, offset, count, level)
        if count < 0:
            return count
        assert at + count <= len(buf)
        data = self.data[table]
        buf[at : at + count] = data[offset : offset + count]
        return count

    def locate(self, table, indices, count, octets=0):
        """As if each table were an array of octets, by one index."""
        if table not in self.data:
            return 0, -codes.IAR
        if len(indices) != 1 or not count + octets:
            return 0, -codes.ONP
        return indices[0], count or octets

    def piece(self, table):
        return 7 if table == PIECES else 0

    def write(self, table, offset, data, at, count, level):
        if level < USER:
            return -codes.ISC
        if table not in self.data:
            return -codes.IAR
        start = max(0, offset)
        if start + count > len(self.data[table]) or (
            offset < 0 and count != len(self.data[table])
        ):
            return -codes.IAR
        self.data[table][start : start + count] = data[at : at + count]
        return 0

    def refused(self, table, code):
        self.refusals.append((table, code))

    def authorise(self, user_id, password, at, length):
        self.users.append(user_id)
        return USER if bytes(password[at : at + length]) == PASSWORD else NOBODY

    def logoff(self):
        self.logoffs += 1


def packet(data, toggle=0, control=0, sequence=0, identity=0):
    """A packet built apart from the code under test, but for the CRC's leaf function."""
    body = bytes(
        [0xEE, identity, control | toggle << 5, sequence, len(data) >> 8, len(data) & 255]
    )
    body += data
    crc = crc16(body, 0, len(body)) ^ 0xFFFF
    return body + bytes([crc & 0xFF, crc >> 8])


def ident(toggle=0):
    return packet(IDENTIFY, toggle)


def parse(frame):
    """(identity, control, sequence, data) of one whole packet, its CRC right."""
    data = frame[6:-2]
    assert frame == packet(data, frame[2] >> 5 & 1, frame[2] & 0xDF, frame[3], frame[1])
    return frame[1], frame[2], frame[3], data


def packets(message, size, toggle=0):
    """The packets of `message`, toggles running on from `toggle`."""
    room = size - 8
    if len(message) <= room:
        return [packet(message, toggle)]
    parts = [message[i : i + room] for i in range(0, len(message), room)]
    return [
        packet(part, (toggle + i) & 1, 0x80 if i else 0xC0, len(parts) - 1 - i)
        for i, part in enumerate(parts)
    ]


def write_request(table, data, offset=None):
    head = b"\x40" + table.to_bytes(2, "big")
    if offset is not None:
        head = b"\x4f" + table.to_bytes(2, "big") + offset.to_bytes(3, "big")
    return head + len(data).to_bytes(2, "big") + data + bytes([checksum(data, 0, len(data))])


def read_request(table, offset=None, count=0):
    if offset is None:
        return b"\x30" + table.to_bytes(2, "big")
    return b"\x3f" + b"".join(
        [table.to_bytes(2, "big"), offset.to_bytes(3, "big"), count.to_bytes(2, "big")]
    )


def by_index(service, table, indices, *rest):
    """A request for service 30 or 40 by index; `rest` is a count, or octets to be written."""
    head = bytes([service + len(indices)]) + b"".join(
        n.to_bytes(2, "big") for n in (table, *indices)
    )
    if isinstance(rest[0], int):
        return head + rest[0].to_bytes(2, "big")
    data = rest[0]
    return head + len(data).to_bytes(2, "big") + data + bytes([checksum(data, 0, len(data))])


IDENTIFY = b"\x20"
TERMINATE = b"\x21"
LOGON = b"\x50\x00\x07" + b"reader".ljust(10)
SECURITY = b"\x51" + PASSWORD
LOGOFF = b"\x52"
IDENTITY = bytes([0, 0, 2, 0, 0])
ISSS = bytes([codes.ISSS])
ACK, NAK = b"\x06", b"\x15"


class Bench:
    """Runs the link on simulated time, the output drained as soon as it is there."""

    def __init__(self, start_ms=0, **sizes):
        self.tables = FakeTables()
        self.session = Session(self.tables)
        self.link = Link(self.session, **sizes)
        self.now = start_ms
        self.output = bytearray()
        self.toggle = 1

    def run(self):
        """What the port's duty does until there is nothing left to do now."""
        for _ in range(8):
            self._drain()
            if self.link.next_ms(self.now) != 0:
                return
            self.link.step(self.now)
        raise AssertionError("the link wants to be stepped for ever")

    def _drain(self):
        link = self.link
        while link.tx_from < link.tx_to:
            n = min(32, link.tx_to - link.tx_from)
            self.output += link.tx[link.tx_from : link.tx_from + n]
            link.sent(n, self.now)

    def put(self, data):
        for byte in data:
            self.link.receive(byte, self.now)
            self.run()

    def take(self):
        taken = bytes(self.output)
        self.output.clear()
        return taken

    def wait(self, ms):
        """Let `ms` pass, stopping at each instant the link asked for."""
        while ms > 0:
            due = self.link.next_ms(self.now)
            leap = ms if due < 0 else max(1, min(ms, due))
            self.now = later(self.now, leap)
            ms -= leap
            self.link.step(self.now)
            self.run()

    def ask(self, message):
        """Send a one-packet request; return the response of one packet, acknowledged."""
        self.toggle ^= 1
        self.put(packet(message, self.toggle))
        answer = self.take()
        assert answer[:2] == b"\x06\xee", answer.hex()
        assert len(answer) == 9 + int.from_bytes(answer[5:7], "big")
        self.put(b"\x06")
        return answer[7:-2]

    def open(self, size=None, count=255, rights=True):
        """Identify, negotiate if there is a size, log on and obtain the rights."""
        self.ask(IDENTIFY)
        if size is not None:
            assert self.ask(b"\x60" + size.to_bytes(2, "big") + bytes([count]))[0] == 0
        assert self.ask(LOGON) == b"\x00"
        if rights:
            assert self.ask(SECURITY) == b"\x00"
        return self


class BenchPort:
    """A pyserial-like port to a bench. Reading passes simulated time.

    `faults` maps the index of a byte on the wire, both directions counted together, to the mask
    that garbles it, or to None if it is lost.
    """

    def __init__(self, bench, faults=None):
        self.bench = bench
        self.timeout = 1
        self.baudrate = 9600
        self.faults = faults or {}
        self.carried = 0
        self.inbox = bytearray()

    def _wire(self, data):
        arrived = bytearray()
        for byte in data:
            mask = self.faults.get(self.carried, 0)
            self.carried += 1
            if mask is not None:
                arrived.append(byte ^ mask)
        return arrived

    def _collect(self):
        self.inbox += self._wire(self.bench.take())

    def write(self, data):
        assert self.baudrate == self.bench.link.baud
        self.bench.put(self._wire(data))
        self._collect()
        return len(data)

    def read(self, size=1):
        left = round(self.timeout * 1000)
        while len(self.inbox) < size and left > 0:
            due = self.bench.link.next_ms(self.bench.now)
            leap = left if due < 0 else max(1, min(left, due))
            self.bench.wait(leap)
            left -= leap
            self._collect()
        taken = bytes(self.inbox[:size])
        del self.inbox[:size]
        return taken

    def reset_input_buffer(self):
        self.inbox.clear()

    def close(self):
        pass


def count(bench, index):
    return bench.link.counters[index]
