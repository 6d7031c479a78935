"""A virtual meter's port has one client at a time, and nobody goes on with another's session."""

import os
import select
import signal
import socket
import time

import pytest

from psem import codes
from tests_host.meter.process import RunningMeter, picometer
from tests_host.unit.psem_bench import (
    ACK,
    IDENTIFY,
    LOGON,
    TERMINATE,
    packet,
    read_request,
    write_request,
)

SECURITY = b"\x51" + b"PICOMETER".ljust(20)
EVIL = write_request(5, b"EVIL".ljust(20))
_SOON_S = 3  # of a machine with other things to do


class Socket:
    """A client's end of a TCP port."""

    def __init__(self, url):
        host, _, port = url.removeprefix("socket://").rpartition(":")
        self._socket = socket.create_connection((host, int(port)), 5)
        self.write = self._socket.sendall
        self.close = self._socket.close
        self.fileno = self._socket.fileno

    def read(self):
        try:
            return self._socket.recv(4096)
        except ConnectionResetError:
            return b""


class Terminal:
    """A client's end of a PTY."""

    def __init__(self, url):
        self._file = os.open(url, os.O_RDWR | os.O_NOCTTY)

    def fileno(self):
        return self._file

    def write(self, data):
        os.write(self._file, data)

    def read(self):
        return os.read(self._file, 4096)

    def close(self):
        os.close(self._file)


def client_of(url):
    return Socket(url) if url.startswith("socket:") else Terminal(url)


def hear(client, octets, seconds=_SOON_S):
    """So many octets, or what has come when time is up or the client is sent away."""
    heard = b""
    end = time.monotonic() + seconds
    while len(heard) < octets and time.monotonic() < end:
        if select.select([client], [], [], max(0, end - time.monotonic()))[0]:
            more = client.read()
            if not more:
                break
            heard += more
    return heard


class Session:
    """A client that asks one thing after the other."""

    def __init__(self, client, toggle=1):
        self.client = client
        self.toggle = toggle

    def ask(self, message):
        """The answer's data; None if there is none."""
        self.toggle ^= 1
        self.client.write(packet(message, self.toggle))
        heard = hear(self.client, 7)
        if heard[:2] != ACK + b"\xee":
            return None
        size = int.from_bytes(heard[5:7], "big")
        heard += hear(self.client, 9 + size - len(heard))
        self.client.write(ACK)
        return heard[7:-2]

    def log_on(self):
        """Identified, logged on, and with the highest level."""
        answers = [self.ask(message) for message in (IDENTIFY, LOGON, SECURITY)]
        assert answers[0][:1] + answers[1] + answers[2] == b"\0\0\0", answers
        return self


def awake(meter):
    """The meter, once it answers: its ports are there before it has started."""
    client = client_of(meter.urls[-1])
    session = Session(client)
    for _ in range(10):
        if session.ask(IDENTIFY) is not None:
            break
    assert session.ask(TERMINATE) == b"\0"
    client.close()
    time.sleep(0.2)
    return meter


@pytest.fixture
def meter(tmp_path):
    options = ("--watts", "1000", "--pty", tmp_path / "optical", "--tcp", "127.0.0.1:0")
    with RunningMeter(*options, ports=2) as running:
        yield awake(running)


def test_a_second_client_is_told_and_the_first_goes_on(meter):
    _, tcp = meter.urls
    first = Session(client_of(tcp)).log_on()
    for _ in range(3):
        second = client_of(tcp)
        assert b"one client" in hear(second, 1000)
        second.close()
    assert first.ask(read_request(5))[:1] == b"\0"
    first.client.close()
    assert Session(client_of(tcp)).ask(IDENTIFY)[:1] == b"\0"


def test_a_pty_and_a_tcp_port_are_one_line(meter):
    pty, tcp = meter.urls
    first = Session(client_of(pty)).log_on()
    second = client_of(tcp)
    assert b"one client" in hear(second, 1000)
    second.close()
    first.client.close()
    time.sleep(0.2)
    third = Session(client_of(tcp)).log_on()
    waiting = client_of(pty)
    waiting.write(packet(IDENTIFY))
    assert hear(waiting, 1, 0.5) == b""
    assert third.ask(read_request(5))[:1] == b"\0"
    third.client.close()
    time.sleep(0.2)
    assert Session(waiting).ask(IDENTIFY)[:1] == b"\0"


@pytest.mark.parametrize("before", [0, 1])
@pytest.mark.parametrize("after", [0, 1])
def test_nobody_goes_on_with_the_session_of_a_client_that_has_gone(meter, before, after):
    for toggle in (0, 1):
        first = Session(client_of(meter.urls[before])).log_on()
        first.client.write(packet(read_request(0), first.toggle ^ 1))  # and never hears of it
        first.client.close()
        time.sleep(0.2)
        second = Session(client_of(meter.urls[after]), toggle)
        assert second.ask(EVIL) == bytes([codes.ISSS])
        assert second.ask(IDENTIFY)[:1] == b"\0" and second.ask(LOGON) == b"\0"
        assert second.ask(EVIL) == bytes([codes.ISC])
        assert b"EVIL" not in second.ask(read_request(5))
        second.client.close()
        time.sleep(0.2)


@pytest.mark.parametrize("port", [0, 1])
def test_a_client_that_comes_again_is_let_in_at_once(meter, port):
    for i in range(10):
        session = Session(client_of(meter.urls[port]), i & 1)
        begun = time.monotonic()
        assert session.ask(IDENTIFY)[:1] == b"\0"
        assert time.monotonic() - begun < 1
        assert session.ask(LOGON) == b"\0"
        session.client.close()
        time.sleep(0.1)  # a look at the terminal


def refused(*arguments):
    done = picometer("run", "--headless", "--watts", "1", "--duration", "1", *arguments)
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1, done
    return done.stderr


def test_a_link_belongs_to_the_meter_that_has_made_it(tmp_path):
    link = tmp_path / "optical"
    options = ("--watts", "1000", "--pty", link)
    with RunningMeter(*options) as first:
        target = os.readlink(link)
        assert "in use" in refused("--pty", link)
        assert "in use" in refused("--module-pty", link)
        assert os.readlink(link) == target
        awake(first)
        first.kill()
    assert link.is_symlink()
    with RunningMeter(*options) as second:
        awake(second)
        # What somebody else has made of the link meanwhile stays.
        link.unlink()
        link.symlink_to(tmp_path / "mine")
        second.interrupt()
    assert os.readlink(link) == str(tmp_path / "mine")


@pytest.mark.parametrize("target", ["file", "nowhere", "/dev/null"])
def test_a_link_of_the_user_s_stays(tmp_path, target):
    (tmp_path / "file").write_text("mine")
    link = tmp_path / "link"
    link.symlink_to(target)
    for option in ("--pty", "--module-pty"):
        assert "no link that a virtual meter has left" in refused(option, link)
        assert os.readlink(link) == target
    terminal = os.ttyname(os.openpty()[1])
    link.unlink()
    link.symlink_to(terminal)
    assert "no link that a virtual meter has left" in refused("--pty", link)
    assert os.readlink(link) == terminal


def test_a_meter_that_is_interrupted_takes_its_link_with_it(tmp_path):
    link = tmp_path / "optical"
    for number in (signal.SIGINT, signal.SIGTERM):
        with RunningMeter("--watts", "1000", "--pty", link) as meter:
            awake(meter)
            meter._process.send_signal(number)
            assert meter._process.wait(30) == 0
        assert not os.path.lexists(link)
