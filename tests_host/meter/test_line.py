"""The far end of a whole meter's port: what a client may leave behind for the next one."""

import random

import pytest

from picometer.proof.meters import PASSWORD, build
from picometer.virtual.clock import NS_PER_MS, NS_PER_S
from picometer.virtual.line import Line
from picometer.virtual.mains import ConstantLoad
from psem import codes
from tests_host.unit.psem_bench import (
    ACK,
    IDENTIFY,
    LOGON,
    ident,
    packet,
    read_request,
    write_request,
)

EVIL = write_request(5, b"EVIL".ljust(20))
SECURITY = b"\x51" + PASSWORD.ljust(20)
LONG = 74  # a table of many packets


class Port:
    """A port of which a test is the client."""

    name = "port"
    line = None

    def __init__(self):
        self.heard = bytearray()

    def write(self, data):
        self.heard += data


class FarEnd:
    """A whole meter, and a line with two ports."""

    def __init__(self, paced):
        self.host = build(ConstantLoad(1000))
        self.run(2)
        self.ports = Port(), Port()
        self.line = Line(self.host.board.optical, self.ports)
        self.line.attach(self.host.board.clock, paced, lambda: None)

    def run(self, seconds):
        self.host.run_until(self.host.board.clock.now_ns + round(seconds * NS_PER_S))

    def say(self, port, data):
        """The client at `port` sends; what it hears until nothing more comes."""
        port.heard.clear()
        self.line.take(port, data)
        for _ in range(100):
            before = len(port.heard)
            for _ in range(5):
                self.run(0.01)
                self.line.flush()
            if before and len(port.heard) == before:
                break
        return bytes(port.heard)

    def open(self, port):
        """A session with every right, in which many packets may be asked for."""
        self.line.came(port)
        for i, message in enumerate((IDENTIFY, b"\x61\x00\x40\xff\x06", LOGON, SECURITY)):
            answer = self.say(port, packet(message, i & 1))
            assert answer[:2] == ACK + b"\xee" and answer[7] == codes.OK
            self.line.take(port, ACK)

    @property
    def identification(self):
        return self.host.meter.settings.octets(5)


def wreck(far, first, draw):
    """The first client vanishes in the middle of whatever it does."""
    kind = draw.randrange(4)
    if kind == 0:
        far.line.take(first, write_of_many_octets()[: draw.randrange(1, 200)])
    elif kind == 1:
        far.line.take(first, packet(read_request(LONG), 0))
    elif kind == 2:
        far.say(first, packet(b"\x70\xff", 0))
    far.run(draw.random())
    far.line.gone(first)
    far.run(draw.random() * draw.choice((0, 0, 1, 2)))


def write_of_many_octets():
    return packet(write_request(6, bytes(230)), 0)


@pytest.mark.parametrize("paced", [False, True])
@pytest.mark.parametrize("which", [0, 1])
def test_whoever_does_not_begin_with_identification_finds_no_session(paced, which):
    draw = random.Random(which)
    far = FarEnd(paced)
    first, second = far.ports[0], far.ports[which]
    for _ in range(12):
        far.open(first)
        wreck(far, first, draw)
        far.line.came(second)
        begun = far.host.board.clock.now_ns
        answer = far.say(second, packet(EVIL, draw.randrange(2)))
        assert answer[7:-2] == bytes([codes.ISSS]), answer
        assert far.host.board.clock.now_ns - begun < 5 * NS_PER_S
        far.line.take(second, ACK)
        far.line.gone(second)
    assert b"EVIL" not in far.identification


@pytest.mark.parametrize("paced", [False, True])
def test_whoever_begins_with_identification_is_passed_on_at_once(paced):
    draw = random.Random(1218)
    far = FarEnd(paced)
    first, second = far.ports
    for _ in range(12):
        far.open(first)
        far.line.gone(first)
        far.line.came(second)
        begun = far.host.board.clock.now_ns
        answer = far.say(second, b"\x55" + ident(draw.randrange(2)))
        assert answer[:2] == ACK + b"\xee" and answer[7] == codes.OK
        assert far.host.board.clock.now_ns - begun < 200 * NS_PER_MS
        far.line.take(second, ACK)
        assert far.say(second, packet(EVIL, 0))[7:-2] == bytes([codes.ISSS])
        far.line.take(second, ACK)
        far.line.gone(second)
    assert b"EVIL" not in far.identification


def test_nobody_hears_what_is_meant_for_somebody_else():
    far = FarEnd(False)
    first, second = far.ports
    far.open(first)
    far.line.take(first, packet(read_request(LONG), 0))
    far.line.gone(first)
    far.line.came(second)
    for _ in range(30):  # the meter repeats its answer, and gives up
        far.run(0.1)
        far.line.flush()
    assert second.heard == b""
    assert far.say(second, ident())[:2] == ACK + b"\xee"


def test_the_line_is_the_first_client_s_until_it_goes():
    far = FarEnd(False)
    first, second = far.ports
    far.open(first)
    assert not far.line.is_free_for(second)
    assert far.say(second, ident()) == b""
    far.line.gone(second)
    assert far.say(first, packet(read_request(5), 0))[7] == codes.OK
    far.line.gone(first)
    assert far.line.is_free_for(second)
    assert far.say(second, ident())[:2] == ACK + b"\xee"


def test_a_meter_without_power_keeps_nobody_waiting_for_ever():
    far = FarEnd(False)
    first, second = far.ports
    far.open(first)
    far.line.gone(first)
    far.host.cut()
    far.line.take(second, packet(EVIL))
    clock = far.host.board.clock
    clock.advance_to(clock.now_ns + 8 * NS_PER_S)
    far.run(2)
    assert far.say(second, ident())[:2] == ACK + b"\xee"
