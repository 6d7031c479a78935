"""Clients of a whole meter that vanish at any moment, and others that come after them."""

import random

import pytest

from picometer.proof.meters import PASSWORD, build, counted, registers, settle
from picometer.reader.client import Client
from picometer.reader.errors import ReaderError, ServiceError
from picometer.virtual.clock import NS_PER_MS, NS_PER_S
from picometer.virtual.host import CPythonHost, provision
from picometer.virtual.mains import ConstantLoad
from picometer.virtual.simport import SimPort
from psem import codes
from tests_host.meter.test_module_port import MODULE

PASSWORDS = {"optical": PASSWORD.decode(), "module": MODULE}
NAME = b"SEEN".ljust(20)
_TABLES = (0, 1, 5, 23, 74, 6)
# A packet of 1024 octets that is on its way takes a second at 9600 baud; a broken one that the
# meter waits for half a second.
PATIENCE_NS = 2 * NS_PER_S


class Vanished(BaseException):
    """The client is no more."""


class MortalPort(SimPort):
    """A port whose client vanishes at an instant of simulated time, whatever it does then."""

    def __init__(self, host, uart, end_ns):
        super().__init__(host, uart)
        self._end_ns = end_ns

    def write(self, data):
        for byte in data:
            self._live()
            super().write(bytes((byte,)))
        return len(data)

    def _pass(self, ns):
        self._live()
        super()._pass(ns)

    def _live(self):
        if self._host.board.clock.now_ns >= self._end_ns:
            raise Vanished


def whole_session(port, password, baud, wait_s):
    """What a client does all day."""
    client = Client(port)
    client.identify()
    client.negotiate(packet_size=1024, bauds=(baud,))
    client.logon(7, "TEST")
    client.security(password)
    client.wait(wait_s)
    for table in _TABLES:
        client.read(table)
    client.write(5, NAME)
    client.write(6, client.read(6))
    client.terminate()


class Restarts:
    """A meter, and clients that come and vanish."""

    def __init__(self, make_host=CPythonHost, seed=1218):
        self.host = build(ConstantLoad(7200.0), make_host=make_host)
        provision(self.host.board.fram, password_module=MODULE.encode())
        self.run(6)
        self.draw = random.Random(seed)
        self.clock = self.host.board.clock

    def run(self, seconds):
        self.host.run_until(self.host.board.clock.now_ns + round(seconds * NS_PER_S))

    def vanish(self, port, baud=codes.BASE_BAUD, wait_s=255, longest_s=8.0):
        """A client's session, broken off at any moment of it."""
        uart = getattr(self.host.board, port)
        end_ns = self.clock.now_ns + round(self.draw.random() * longest_s * NS_PER_S)
        mortal = MortalPort(self.host, uart, end_ns)
        try:
            while True:
                whole_session(mortal, PASSWORDS[port], baud, wait_s)
        except Vanished:
            pass
        mortal.close()

    def come_in(self, port, patience_ns=PATIENCE_NS):
        """The next client at 9600 baud: it is let in soon, and has no rights."""
        uart = getattr(self.host.board, port)
        begun = self.clock.now_ns
        while True:
            next_one = SimPort(self.host, uart)
            next_one.baudrate = codes.BASE_BAUD
            client = Client(next_one)
            try:
                client.identify()
                break
            except ReaderError:
                assert self.clock.now_ns - begun < patience_ns
                next_one.close()
        assert self.clock.now_ns - begun < patience_ns
        client.logon(8, "NEXT")
        with pytest.raises(ServiceError) as refused:
            client.write(5, b"EVIL".ljust(20))
        assert refused.value.code == codes.ISC
        if self.draw.random() < 0.5:
            client.terminate()
        next_one.close()
        if self.draw.random() < 0.5:
            self.run(self.draw.random())

    def end(self):
        """Nothing was lost by it."""
        settle(self.host)
        assert registers(self.host.board).net == counted(self.host.board) > 0

    def pause(self):
        """Up to a second in which nobody is there."""
        self.host.run_until(self.clock.now_ns + self.draw.randrange(1000) * NS_PER_MS)
