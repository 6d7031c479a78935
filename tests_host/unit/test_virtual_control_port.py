"""The control port answers every line of every client, and outlives all of them."""

import selectors
import socket

import pytest

from picometer.errors import UserError
from picometer.virtual import control
from picometer.virtual.control import ControlPort, send
from picometer.virtual.controls import ControlError
from picometer.virtual.ports import PortError


class Bench:
    """A control port that notes what it is asked for; `serve` lets it look once."""

    def __init__(self, path):
        self.path = str(path)
        self.selector = selectors.DefaultSelector()
        self.asked = []
        self.port = ControlPort(self.path, self.selector)
        self.port.do = self.do

    def do(self, line):
        self.asked.append(line)
        if line.startswith("bad"):
            raise ControlError("no control bad")
        return "ok"

    def serve(self):
        for _ in range(5):
            for key, _ in self.selector.select(0):
                assert key.data.read() == b""

    def connect(self):
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(5)
        client.connect(self.path)
        return client

    def close(self):
        self.port.close()
        self.selector.close()


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path / "control")
    yield bench
    bench.close()


def test_lines_are_answered_in_turn_whatever_pieces_they_come_in(bench):
    with bench.connect() as client:
        for piece in (b"lever pr", b"ess\nbad ", b"one\r\nsta", b"tus\n"):
            client.sendall(piece)
            bench.serve()
        assert client.recv(1000) == b"ok\nerror: no control bad\nok\n"
    assert [line.strip() for line in bench.asked] == ["lever press", "bad one", "status"]


def test_a_last_line_without_its_end_is_done_when_the_client_has_said_all(bench):
    with bench.connect() as client:
        client.sendall(b"lever press")
        bench.serve()
        assert bench.asked == []
        client.shutdown(socket.SHUT_WR)
        bench.serve()
        assert client.recv(1000) == b"ok\n" and client.recv(1000) == b""


def test_several_clients_have_their_own_answers(bench):
    with bench.connect() as one, bench.connect() as two:
        one.sendall(b"bad\n")
        two.sendall(b"good\n")
        bench.serve()
        assert one.recv(100) == b"error: no control bad\n"
        assert two.recv(100) == b"ok\n"


@pytest.mark.parametrize("nonsense", [b"\xff\xfe\n", b"\0\n", b"x" * 5000, b"\n" * 50])
def test_nonsense_harms_no_other_client(bench, nonsense):
    with bench.connect() as bad, bench.connect() as good:
        bad.sendall(nonsense)
        bench.serve()
        good.sendall(b"status\n")
        bench.serve()
        assert good.recv(100) == b"ok\n"
    bench.serve()


def test_an_endless_line_is_refused_and_its_client_dropped(bench):
    with bench.connect() as client:
        client.sendall(b"x" * 2000)
        bench.serve()
        assert client.recv(100) == b"error: the line is too long\n"
        assert client.recv(100) == b""
    assert bench.asked == []


def test_a_client_that_takes_no_answers_is_dropped(bench):
    with bench.connect() as client:
        client.setblocking(False)
        for _ in range(2000):
            try:
                client.sendall(b"bad\n" * 200)
            except OSError:
                break
            bench.serve()
        else:
            pytest.fail("it is still served")
    with bench.connect() as other:
        other.sendall(b"status\n")
        bench.serve()
        assert other.recv(100) == b"ok\n"


def test_a_client_that_goes_away_is_forgotten(bench):
    bench.connect().close()
    gone = bench.connect()
    gone.sendall(b"status\n" * 100)
    gone.close()
    bench.serve()
    assert len(bench.selector.get_map()) == 1


def test_the_socket_of_a_killed_meter_makes_way_and_that_of_a_live_one_does_not(tmp_path):
    path = tmp_path / "control"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    bench = Bench(path)
    with pytest.raises(PortError, match="in use"):
        ControlPort(str(path), bench.selector)
    bench.close()
    assert not path.exists()


def test_a_path_that_is_taken_or_impossible_is_one_line_and_left_alone(tmp_path):
    taken = tmp_path / "taken"
    taken.write_text("mine")
    with selectors.DefaultSelector() as selector:
        for path in (taken, tmp_path / "no" / "such", tmp_path / ("long" * 40)):
            with pytest.raises(PortError) as refused:
                ControlPort(str(path), selector)
            assert "\n" not in str(refused.value)
    assert taken.read_text() == "mine"


def test_nobody_at_the_other_end_is_one_line(tmp_path, monkeypatch):
    with pytest.raises(UserError, match="nowhere"):
        send(str(tmp_path / "nowhere"), "status")
    monkeypatch.setattr(control, "_ANSWER_S", 0.01)
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "silent"))
        silent.listen()
        with pytest.raises(UserError, match="no answer"):
            send(str(tmp_path / "silent"), "status")
