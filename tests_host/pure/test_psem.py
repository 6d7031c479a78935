"""A whole session with the tables behind it, noise on the line included."""

from binascii import hexlify

from c1219.tables import Tables
from psem.crc import GOOD, checksum, crc16
from psem.link import Link
from psem.session import Session
from tests_host.pure.device import PASSWORD, Device
from tests_host.pure.lcg import Lcg

ACK = b"\x06"
READ = b"\x30"


def packet(data, toggle=0):
    body = bytes((0xEE, 0, toggle << 5, 0, len(data) >> 8, len(data) & 255)) + data
    crc = crc16(body, 0, len(body)) ^ 0xFFFF
    return body + bytes((crc & 0xFF, crc >> 8))


class Line:
    """A client's end: `ask` sends a request and takes the answer, time passing as it does."""

    def __init__(self, now=0):
        self.device = Device()
        self.link = Link(Session(Tables(self.device)), 1024, 2048)
        self.now = now
        self.output = bytearray()
        self.transcript = bytearray()
        self.toggle = 1

    def run(self):
        link = self.link
        for _ in range(20):
            if link.tx_from < link.tx_to:
                self.output += link.tx[link.tx_from : link.tx_to]
                link.sent(link.tx_to - link.tx_from, self.now)
            if link.next_ms(self.now) != 0:
                return
            link.step(self.now)
        raise AssertionError("the link wants to be stepped for ever")

    def put(self, octets):
        self.now = (self.now + len(octets)) & 0x3FFFFFFF
        self.link.feed(octets, len(octets), self.now)
        self.run()

    def take(self):
        taken = bytes(self.output)
        self.transcript += taken
        self.output = bytearray()
        return taken

    def ask(self, request):
        self.toggle ^= 1
        self.put(packet(request, self.toggle))
        answer = self.take()
        assert answer[:2] == b"\x06\xee", answer
        assert crc16(answer, 1, len(answer)) == GOOD
        self.put(ACK)
        return answer[7:-2]


def session(line):
    """Identify, negotiate, log on, read and write tables, log off, end."""
    assert line.ask(b"\x20")[0] == 0
    assert line.ask(b"\x61\x04\x00\xff\x06")[0] == 0
    assert line.ask(b"\x50\x00\x07reader    ")[0] == 0
    assert line.ask(b"\x51" + PASSWORD + b" " * 14)[0] == 0
    for table in (0, 1, 3, 5, 21, 23):
        answer = line.ask(READ + bytes((0, table)))
        assert answer[0] == 0, (table, answer)
        count = answer[1] << 8 | answer[2]
        assert len(answer) == count + 4
        assert checksum(answer, 3, 3 + count) == answer[-1]
    part = line.ask(b"\x3f\x00\x05\x00\x00\x02\x00\x05")
    assert part[3:8] == line.device.stored[5][2:7]
    data = b"ANOTHER METER" + b" " * 7
    write = b"\x40\x00\x05\x00\x14" + data + bytes((checksum(data, 0, 20),))
    assert line.ask(write) == b"\0"
    assert line.device.stored[5] == data
    assert line.ask(READ + b"\x03\xe7")[0] != 0
    assert line.ask(b"\x52")[0] == 0
    assert line.ask(b"\x21")[0] == 0


def test_check_values():
    assert crc16(b"123456789", 0, 9) ^ 0xFFFF == 0x906E
    assert crc16(b"789", 0, 3, crc16(b"123456", 0, 6)) ^ 0xFFFF == 0x906E
    assert checksum(b"\x01\xff\x80", 0, 3) == 0x80


def test_a_whole_session():
    session(Line())


def test_a_whole_session_while_the_clock_wraps():
    session(Line((1 << 30) - 300))


def test_a_garbled_packet_is_asked_for_again_and_noise_changes_nothing():
    random = Lcg(51)
    line = Line()
    good = packet(b"\x20", 0)
    for _ in range(50):
        bad = bytearray(good)
        bad[random.between(6, len(bad) - 1)] ^= 1 << random.below(8)
        line.put(bytes(bad))
        assert line.take() in (b"\x15", b"")
        line.now += 5000
        line.link.step(line.now)
        line.take()
    line.put(random.octets(64))
    line.now += 10000
    line.link.step(line.now)
    line.take()
    line.toggle = 1
    session(line)


def outputs():
    """All that a meter says in a session."""
    line = Line()
    session(line)
    return [hexlify(line.transcript).decode()]
