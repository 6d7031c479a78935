"""The reader's client and the meter's link understand each other, over a bad line too."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from picometer.reader import (
    Client,
    LinkError,
    NoAnswer,
    PortError,
    ResponseError,
    ServiceError,
    open_session,
)
from picometer.reader import client as client_module
from picometer.reader.link import ClientLink, packet, split
from psem import codes, link
from psem.session import BASE, ID, SESSION
from tests_host.unit import psem_bench
from tests_host.unit.psem_bench import LOCKED, Bench, BenchPort


def connect(faults=None, **sizes):
    bench = Bench(**sizes)
    port = BenchPort(bench, faults)
    return bench, port, Client(port)


@pytest.fixture
def urls(monkeypatch):
    """Ports that open_session finds by their URL."""
    ports = {}
    monkeypatch.setattr(client_module, "open_port", ports.__getitem__)
    return ports


def test_a_whole_session():
    bench, port, client = connect()
    identity = client.identify()
    assert (identity.standard, identity.version, identity.revision) == (0, 2, 0)
    assert identity.features == b""
    assert client.negotiate(512, 20) == (512, 20, 9600)
    client.wait(30)
    client.logon(2, "tester")
    assert client.read(0) == bytes(range(100))
    assert client.read_default() == b"PICO"
    assert client.read_offset(0, 10, 5) == bytes(range(10, 15))
    client.security("secret")
    client.write(1, b"NEWS")
    client.write_offset(1, 2, b"XT")
    assert client.read(1) == b"NEXT"
    assert client.read(LOCKED) == bench.tables.data[LOCKED]
    client.logoff()
    assert bench.session.state == ID
    client.terminate()
    assert bench.session.state == BASE
    assert sum(bench.link.counters[link.CRC_ERRORS :]) == 0


def test_equal_requests_in_a_row_are_both_answered():
    bench, _, client = connect()
    client.identify()
    client.logon()
    assert client.read(1) == b"PICO"
    bench.tables.data[1][:] = b"NEXT"
    assert client.read(1) == b"NEXT"


def test_an_answer_to_whoever_was_here_before_is_not_taken_for_its_own():
    bench, port, client = connect()
    stale = packet(b"\0\0\4PICO\0", codes.TOGGLE)

    def write(data):
        del port.write  # once
        port.inbox += stale
        return port.write(data)

    port.write = write
    identity = client.identify()
    assert (identity.standard, identity.version, identity.revision) == (0, 2, 0)
    client.logon(2, "tester")
    with pytest.raises(ServiceError):
        client.write(1, b"EVIL")
    assert client.read_default() == b"PICO"


def test_a_garbled_answer_is_asked_for_again_at_once():
    bench, _, client = connect({9 + 1 + 9: 0x40})  # request, ACK, inside the answer
    client.identify()
    assert bench.link.counters[link.NAKS_RECEIVED] == 1
    assert bench.now < 500


def test_refusals_carry_their_code():
    _, _, client = connect()
    with pytest.raises(ServiceError, match="Logon refused: ISSS") as refusal:
        client.logon()
    assert refusal.value.code == codes.ISSS
    client.identify()
    client.negotiate()
    client.logon()
    for act, code in (
        (lambda: client.read(77), codes.IAR),
        (lambda: client.read(LOCKED), codes.ISC),
        (lambda: client.write(1, b"NEWS"), codes.ISC),
        (lambda: client.security("guess"), codes.ERR),
        (lambda: client.read_offset(0, 99, 2), codes.IAR),
    ):
        with pytest.raises(ServiceError) as refusal:
            act()
        assert refusal.value.code == code


def test_the_rate_follows_negotiate_and_terminate():
    bench, port, client = connect()
    client.identify()
    assert client.negotiate(bauds=(9600, 19200)).baud == 19200
    assert port.baudrate == bench.link.baud == 19200
    client.logon()
    assert client.read(1) == b"PICO"
    client.terminate()
    assert port.baudrate == bench.link.baud == 9600


def test_arguments_are_checked():
    _, _, client = connect()
    for act in (
        lambda: client.negotiate(bauds=(56000,)),
        lambda: client.logon(1, "eleven chars"),
        lambda: client.security("x" * 21),
    ):
        with pytest.raises(ValueError):
            act()


def test_no_meter_is_no_answer():
    class Dead(BenchPort):
        def write(self, data):
            return len(data)

    with pytest.raises(NoAnswer):
        Client(Dead(Bench())).identify()


def test_a_line_of_noise_is_a_link_error():
    class Noise(BenchPort):
        def read(self, size=1):
            return b"\x55" * size

    with pytest.raises(LinkError) as error:
        Client(Noise(Bench())).identify()
    assert not isinstance(error.value, NoAnswer)


def test_a_meter_that_refuses_all_packets_is_a_link_error():
    class Deaf(BenchPort):
        def read(self, size=1):
            return b"\x15"

    with pytest.raises(LinkError) as error:
        Client(Deaf(Bench())).identify()
    assert not isinstance(error.value, NoAnswer)


def test_a_port_that_breaks_is_a_port_error(tmp_path):
    class Broken(BenchPort):
        def write(self, data):
            raise OSError("unplugged")

    with pytest.raises(PortError, match="unplugged"):
        Client(Broken(Bench())).identify()
    with pytest.raises(PortError, match="cannot open"), open_session(str(tmp_path / "none")):
        pass


def test_impossible_answers_are_response_errors(monkeypatch):
    answers = {
        b"": lambda client: client.identify(),
        b"\x00\x00": lambda client: client.identify(),
        b"\x00\x00\x08\x01\x06": lambda client: client.negotiate(),
        b"\x00\x00\x02A": lambda client: client.read(1),
        b"\x00\x00\x01A\x00": lambda client: client.read(1),
    }
    for answer, act in answers.items():
        monkeypatch.setattr(ClientLink, "exchange", lambda self, message, answer=answer: answer)
        with pytest.raises(ResponseError):
            act(Client(BenchPort(Bench())))


def test_open_session_logs_on_and_leaves_base_behind(urls):
    bench = Bench()
    urls["meter"] = BenchPort(bench)
    with open_session("meter", 3, "me", "secret") as client:
        assert bench.session.state == SESSION and bench.session.level == psem_bench.USER
        assert len(client.read(LOCKED)) == 3000
    assert bench.session.state == BASE


def test_open_session_ends_the_session_of_somebody_who_left(urls):
    bench = Bench()
    bench.open()
    bench.toggle = 1
    urls["meter"] = BenchPort(bench)
    with open_session("meter") as client:
        assert client.read(1) == b"PICO"


def test_open_session_leaves_base_behind_after_an_error(urls):
    bench = Bench()
    urls["meter"] = BenchPort(bench)
    with pytest.raises(ServiceError), open_session("meter", password="wrong"):
        pass
    assert bench.session.state == BASE


def test_packets_are_those_of_the_standard():
    assert packet(b"\x20", 0).hex() == "ee0000000001201310"
    assert split(bytes(57), 64) == [(bytes(56), 0xC0, 1), (bytes(1), 0x80, 0)]
    assert split(bytes(56), 64) == [(bytes(56), 0, 0)]


def converse(size, data, faults):
    """A session over a line that loses or garbles some bytes."""
    bench, port, client = connect(faults)
    bench.tables.data[9] = bytearray(len(data))
    client.identify()
    client.negotiate(size, 255)
    client.logon()
    client.security("secret")
    client.write(9, data)
    assert bench.tables.data[9] == data
    assert client.read(9) == data
    assert client.read_offset(9, 0, 1) == data[:1]
    client.terminate()
    return port.carried


@given(
    size=st.integers(64, 120),
    data=st.binary(min_size=1, max_size=300),
    start=st.integers(0, 60),
    gaps=st.lists(st.tuples(st.integers(120, 500), st.none() | st.integers(1, 255)), max_size=6),
)
@settings(max_examples=120, deadline=None)
def test_a_session_survives_lost_and_garbled_bytes(size, data, start, gaps):
    faults = {}
    for gap, mask in gaps:
        faults[start] = mask
        start += gap
    converse(size, data, faults)


@pytest.mark.parametrize("mask", [None, 0x13])
def test_a_garbled_byte_anywhere_is_repaired(mask):
    data = bytes(range(120))
    for at in range(converse(64, data, {})):
        converse(64, data, {at: mask})
