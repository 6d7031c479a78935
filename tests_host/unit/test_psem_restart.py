"""A client vanishes after any octet of its session; the next is let in at once, without rights."""

import pytest

from psem import codes, link
from psem.session import BASE, ID, SESSION
from tests_host.unit.psem_bench import (
    ACK,
    IDENTIFY,
    IDENTITY,
    LOCKED,
    LOGON,
    NAK,
    SECURITY,
    TERMINATE,
    Bench,
    count,
    ident,
    packet,
    packets,
    parse,
    read_request,
    write_request,
)

SIZE = 64
STAYS = b"PICO"
# What the first client says: requests of one packet and of several, answers likewise.
REQUESTS = (
    IDENTIFY,
    b"\x61\x00\x40\xff\x06",
    LOGON,
    SECURITY,
    read_request(1),
    write_request(9, bytes(150)),
    read_request(0),
    b"\x70\xff",
    TERMINATE,
)


def turns(toggle):
    """What the first client sends, each time that it is its turn: a packet or an ACK."""
    for message in REQUESTS:
        for frame in packets(message, SIZE, toggle):
            yield frame
            toggle ^= 1
        answer = 2 if message == read_request(0) else 1
        yield from [ACK] * answer


def cut_off(octets, toggle=0):
    """A meter whose client has said so many octets, and no more."""
    bench = Bench()
    bench.tables.data[9] = bytearray(150)
    said = b"".join(turns(toggle))[:octets]
    for byte in said:
        bench.put(bytes((byte,)))
    bench.take()
    return bench


LENGTH = len(b"".join(turns(0)))


def come_in(bench, toggle, period_ms, heeds_nak=True):
    """Identification until it is answered; returns how often it was sent."""
    for sent in range(1, 5):
        bench.put(ident(toggle))
        heard = bench.take()
        if heard[:1] != ACK and heeds_nak:
            # It goes on waiting for an ACK, and answers the NAK that comes in place of that.
            for _ in range(0, 520, 20):
                if NAK in heard:
                    break
                bench.wait(20)
                heard += bench.take()
        if heard[:1] == ACK:
            assert parse(heard[1:])[3] == IDENTITY
            bench.put(ACK)
            return sent
        if not (heeds_nak and NAK in heard):
            bench.wait(period_ms)
            bench.take()
    raise AssertionError("not let in")


def is_like_the_first_of_all(bench, toggle):
    """A whole session without a password: link parameters and rights are those of base state."""
    session = bench.session
    assert (session.state, session.level, session.user_id) == (ID, 0, 0)
    assert (session.packet_size, session.packets, bench.link.baud) == (64, 1, codes.BASE_BAUD)
    bench.toggle = toggle
    assert bench.ask(LOGON) == b"\x00"
    assert bench.ask(write_request(1, b"EVIL")) == bytes([codes.ISC])
    assert bench.ask(read_request(LOCKED)) == bytes([codes.ISC])
    assert bench.ask(read_request(1))[3:7] == bench.tables.data[1] == STAYS
    assert bench.ask(TERMINATE) == b"\x00"
    assert session.state == BASE and not bench.link.in_session


@pytest.mark.parametrize("pause_ms", [0, 300, 499, 501, 2000, 5000])
@pytest.mark.parametrize("toggle", [0, 1])
def test_whoever_heeds_a_nak_is_let_in_at_its_second_packet_wherever_the_session_broke(
    toggle, pause_ms
):
    for octets in range(LENGTH + 1):
        bench = cut_off(octets)
        bench.wait(pause_ms)
        bench.take()
        begun = bench.now
        assert come_in(bench, toggle, 2000) <= 2, octets
        assert bench.now - begun <= codes.INTER_CHARACTER_MS + 20, octets
        is_like_the_first_of_all(bench, toggle)


@pytest.mark.parametrize("period_ms", [2000, 5000])
def test_identification_every_few_seconds_gets_through_with_the_second_at_the_latest(period_ms):
    for octets in range(LENGTH + 1):
        for toggle in (0, 1):
            bench = cut_off(octets, toggle)
            assert come_in(bench, 0, period_ms, heeds_nak=False) <= 2, octets
            is_like_the_first_of_all(bench, 0)


@pytest.mark.parametrize("toggle", [0, 1])
def test_an_identification_repeated_in_a_broken_session_is_let_in_again_and_again(toggle):
    bench = Bench().open(512)
    for _ in range(20):
        bench.put(ident(toggle))
        answer = bench.take()
        assert parse(answer[1:])[3] == IDENTITY
        bench.put(ACK)
        assert (bench.session.state, bench.session.level) == (ID, 0)
        bench.wait(2000)
    assert count(bench, link.DUPLICATES) == count(bench, link.LOST) == 0


def test_an_identification_whose_answer_was_not_acknowledged_brings_the_same_octets():
    bench = Bench()
    bench.put(ident())
    answer = bench.take()
    for _ in range(10):
        bench.put(ident())
        assert bench.take() == answer
    bench.put(ACK)
    assert bench.session.state == ID


def test_a_session_at_another_rate_begins_anew_at_it_and_goes_on_in_base_state():
    bench = Bench()
    bench.ask(IDENTIFY)
    bench.ask(b"\x61\x04\x00\xff\x0c")
    bench.ask(LOGON)
    bench.put(ident())
    assert bench.link.baud == 115200
    assert parse(bench.take()[1:])[3] == IDENTITY
    bench.put(ACK)
    assert bench.link.baud == codes.BASE_BAUD


def test_identification_of_a_wrong_length_begins_nothing():
    bench = Bench().open()
    assert bench.ask(IDENTIFY + b"\0") == bytes([codes.ERR])
    assert bench.session.state == SESSION and bench.session.level > 0


def lasts_ms(bench, act, each_ms):
    """How long a session goes on in which somebody does something again and again."""
    begun = bench.now
    while bench.link.in_session and bench.now - begun < 20_000:
        act()
        bench.take()
        bench.wait(each_ms)
    return bench.now - begun


STRANGE = {
    "logon in a session": LOGON,
    "negotiate in a session": b"\x60\x04\x00\xff",
    "unknown": b"\x99",
    "of a wrong length": LOGON + b"\0",
    "wrong password": b"\x51" + b"wrong".ljust(20),
    "wrong checksum": write_request(1, STAYS)[:-1] + b"\0",
}


@pytest.mark.parametrize("each_ms", [100, 1900])
@pytest.mark.parametrize("request_", STRANGE.values(), ids=STRANGE)
def test_requests_that_belong_to_no_session_extend_none(request_, each_ms):
    bench = Bench().open(512)
    assert lasts_ms(bench, lambda: bench.ask(request_), each_ms) <= codes.TRAFFIC_MS + each_ms
    assert bench.tables.logoffs == 1


@pytest.mark.parametrize("each_ms", [600, 1900])
def test_who_is_refused_a_table_now_and_then_extends_nothing(each_ms):
    bench = Bench().open(512)
    lasted = lasts_ms(bench, lambda: bench.ask(read_request(99)), each_ms)
    assert lasted <= codes.TRAFFIC_MS + each_ms


def test_who_goes_through_tables_that_are_not_there_is_not_cut_off():
    bench = Bench().open(512)
    assert lasts_ms(bench, lambda: bench.ask(read_request(99)), 100) >= 20_000


@pytest.mark.parametrize("acknowledged", [False, True])
@pytest.mark.parametrize("each_ms", [100, 1900])
def test_repetitions_of_a_packet_extend_nothing(each_ms, acknowledged):
    bench = Bench().open(512)
    frame = packet(read_request(1), 0)
    bench.put(frame + ACK)

    def act():
        bench.put(frame)
        if acknowledged:
            bench.put(ACK)

    assert lasts_ms(bench, act, each_ms) <= codes.TRAFFIC_MS + each_ms


def test_a_refusal_leaves_what_wait_gave_no_longer_than_the_time_out():
    bench = Bench().open(512)
    bench.ask(b"\x70\x3c")
    bench.wait(30_000)
    assert bench.ask(LOGON) == bytes([codes.ISSS])
    bench.wait(5_900)
    assert bench.session.state == SESSION
    bench.wait(200)
    assert bench.session.state == BASE


def test_an_answer_that_is_not_ready_yet_extends_the_session_for_the_next_try():
    bench = Bench().open(512)
    bench.tables.extent = lambda *arguments: -codes.DNR
    assert lasts_ms(bench, lambda: bench.ask(read_request(1)), 2000) >= 20_000


@pytest.mark.parametrize("rest", [b"\xee\x00\x00", b"\xee\x00\x20", b"\xee\x07\x40"])
def test_a_packet_broken_off_in_its_header_does_not_swallow_the_one_behind_it(rest):
    bench = Bench()
    bench.put(rest + ident())
    assert parse(bench.take()[1:])[3] == IDENTITY
    assert count(bench, link.REJECTED) == 1
