"""As fast as asked, and never faster than real time while somebody talks."""

import os
import selectors
import socket
import tty

import pytest

from picometer.virtual import pace
from picometer.virtual.board import VirtualBoard
from picometer.virtual.clock import NS_PER_MS, NS_PER_S
from picometer.virtual.ports import Tcp
from picometer.virtual.pty_port import Pty


class World:
    """Real time that only waiting moves, and a port that bytes can be put into."""

    name = "port"

    def __init__(self):
        self.now = 100.0
        self.incoming = []  # (when, bytes)
        self.sent = bytearray()

    def monotonic(self):
        return self.now

    def select(self, timeout):
        due = [when for when, _ in self.incoming if when <= self.now + timeout]
        if due:
            self.now = max(self.now, min(due))
            return [(selectors.SelectorKey(self, 0, 0, self), selectors.EVENT_READ)]
        self.now += timeout
        return []

    def read(self):
        ready = [data for when, data in self.incoming if when <= self.now]
        self.incoming = [item for item in self.incoming if item[0] > self.now]
        return b"".join(ready)

    def write(self, data):
        self.sent += data


@pytest.fixture
def world(monkeypatch):
    world = World()
    monkeypatch.setattr(pace.time, "monotonic", world.monotonic)
    return world


def powered(world, speed):
    board = VirtualBoard()
    board.power_on()
    board.optical.configure(9600)
    return board, pace.Pacer(board, world, [pace.Line(board.optical, [world])], speed)


def pass_time(board, seconds):
    end = board.clock.now_ns + round(seconds * NS_PER_S)
    while board.clock.now_ns < end:
        board.wait_until(min(end, board.clock.now_ns + 100 * NS_PER_MS))


@pytest.mark.parametrize("speed", [0.5, 1.0, 60.0])
def test_simulated_seconds_pass_at_the_speed_asked_for(world, speed):
    board, _ = powered(world, speed)
    pass_time(board, 30)
    assert world.now - 100 == pytest.approx(30 / speed, abs=0.05)


def test_full_speed_waits_for_nothing(world):
    board, _ = powered(world, None)
    pass_time(board, 3600)
    assert world.now == 100


@pytest.mark.parametrize("speed", [60.0, None])
def test_a_session_is_held_in_real_time_and_six_seconds_after_it_speed_returns(world, speed):
    board, pacer = powered(world, speed)
    world.incoming = [(100.0, b"\x55")]
    pass_time(board, 0.1)
    assert pacer.in_session
    began = world.now, board.clock.now_ns
    pass_time(board, 5)
    assert world.now - began[0] == pytest.approx((board.clock.now_ns - began[1]) / 1e9, abs=0.1)
    pass_time(board, 2)
    assert not pacer.in_session
    ended = world.now
    pass_time(board, 60)
    assert world.now - ended <= 1.1


def test_bytes_reach_the_meter_at_the_time_they_come_and_answers_the_client(world):
    board, _ = powered(world, 1.0)
    world.incoming = [(100.25, b"abc")]
    end = NS_PER_S
    while not board.optical.any() and board.clock.now_ns < end:
        board.wait_until(end, lambda: board.optical.any())
    assert board.clock.now_ns == pytest.approx(250 * NS_PER_MS, abs=NS_PER_MS)
    board.optical.write(b"xyz")
    pass_time(board, 0.2)
    assert bytes(world.sent) == b"xyz"


def received(uart):
    buf = bytearray(100)
    return bytes(buf[: uart.read_into(buf, len(buf))])


def test_each_uart_has_its_own_ports_and_talk_at_either_is_held_in_real_time(tmp_path):
    """A board without firmware, a PTY at one UART and a TCP port at the other."""
    board = VirtualBoard()
    board.power_on()
    board.optical.configure(9600)
    board.module.configure(9600)
    with selectors.DefaultSelector() as selector:
        pty = Pty(str(tmp_path / "optical"), selector)
        tcp = Tcp("127.0.0.1:0", selector)
        lines = [pace.Line(board.optical, [pty]), pace.Line(board.module, [tcp])]
        pacer = pace.Pacer(board, selector, lines, None)
        client = socket.create_connection(("127.0.0.1", int(tcp.name.rpartition(":")[2])), 5)
        terminal = os.open(pty.name, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(terminal)
        assert not pacer.in_session
        client.sendall(b"to the module")
        end = board.clock.now_ns + 60 * NS_PER_S
        board.wait_until(end, board.module.any)
        assert received(board.module) == b"to the module" and board.optical.any() == 0
        assert pacer.in_session
        os.write(terminal, b"to the meter")
        board.wait_until(end, board.optical.any)
        assert received(board.optical) == b"to the meter" and board.module.any() == 0
        board.module.write(b"from the module")
        board.optical.write(b"from the meter")
        pass_time(board, 0.01)
        assert client.recv(100) == b"from the module"
        assert os.read(terminal, 100) == b"from the meter"
        client.close()
        os.close(terminal)
        pty.close()
        tcp.close()


def test_bytes_that_come_while_the_machine_is_busy_let_no_time_pass_that_the_meter_did_not_ask_for(
    world,
):
    board, _ = powered(world, 20.0)
    pass_time(board, 1)
    began = board.clock.now_ns
    world.now += 3.0  # the machine had other things to do: a minute of the meter's time
    world.incoming = [(world.now, b"abc")]
    board.wait_until(began + 20 * NS_PER_MS)
    assert board.clock.now_ns <= began + 20 * NS_PER_MS
