"""Every service answers as C12.18 says, in every state, and refusals change nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from psem import codes
from psem.crc import checksum
from psem.session import BASE, ID, SESSION, Session
from tests_host.unit.psem_bench import (
    IDENTIFY,
    LOCKED,
    LOGOFF,
    LOGON,
    PIECES,
    SECURITY,
    TERMINATE,
    USER,
    FakeTables,
    by_index,
    read_request,
    write_request,
)

NEGOTIATE = b"\x61\x02\x00\x02\x06"
WAIT = b"\x70\x0a"
READ = read_request(1)
READ_DEFAULT = b"\x3e"
READ_OFFSET = read_request(1, 0, 2)
WRITE = write_request(1, b"NEWS")
WRITE_OFFSET = write_request(1, b"N", 0)
READ_INDEX = by_index(0x30, 1, (2,), 1)
WRITE_INDEX = by_index(0x40, 1, (1,), b"EW")


def make(state=BASE, rights=True):
    session = Session(FakeTables())
    session.max_packet = 1024
    if state != BASE:
        ask(session, IDENTIFY)
    if state == SESSION:
        ask(session, b"\x60\x04\x00\xff")
        ask(session, LOGON)
        if rights:
            ask(session, SECURITY)
    return session


def ask(session, message, room=8192):
    out = bytearray(room)
    # Somewhere inside a larger buffer, as the link would.
    return bytes(out[: session.handle(b"\xaa" * 3 + message + b"\xaa", 3, len(message), out)])


def table_of(answer):
    count = answer[1] << 8 | answer[2]
    assert answer[0] == codes.OK and len(answer) == count + 4
    assert sum(answer[3:]) & 0xFF == 0
    return answer[3:-1]


ACCEPTED = [
    (BASE, IDENTIFY, ID),
    (ID, IDENTIFY, ID),
    (SESSION, IDENTIFY, ID),
    (BASE, TERMINATE, BASE),
    (ID, NEGOTIATE, ID),
    (ID, WAIT, ID),
    (ID, LOGON, SESSION),
    (ID, TERMINATE, BASE),
    (SESSION, READ, SESSION),
    (SESSION, READ_DEFAULT, SESSION),
    (SESSION, READ_OFFSET, SESSION),
    (SESSION, WRITE, SESSION),
    (SESSION, WRITE_OFFSET, SESSION),
    (SESSION, READ_INDEX, SESSION),
    (SESSION, WRITE_INDEX, SESSION),
    (SESSION, SECURITY, SESSION),
    (SESSION, WAIT, SESSION),
    (SESSION, LOGOFF, ID),
    (SESSION, TERMINATE, BASE),
]
SERVICES = sorted({message for _, message, _ in ACCEPTED})
REFUSED = [
    (state, message)
    for state in (BASE, ID, SESSION)
    for message in SERVICES
    if (state, message) not in [(s, m) for s, m, _ in ACCEPTED]
]


@pytest.mark.parametrize("state, message, after", ACCEPTED)
def test_every_arrow_of_the_state_machine(state, message, after):
    session = make(state)
    assert ask(session, message)[0] == codes.OK
    assert session.state == after


@pytest.mark.parametrize("state, message", REFUSED)
def test_a_service_in_the_wrong_state_is_isss_and_stays(state, message):
    session = make(state)
    assert ask(session, message) == bytes([codes.ISSS])
    assert session.state == state
    assert session._tables.data[1] == b"PICO"


@pytest.mark.parametrize("state", [BASE, ID, SESSION])
def test_unknown_services_are_sns_in_any_state(state):
    known = {message[0] for message in SERVICES} | set(range(0x60, 0x6C))
    known |= set(range(0x31, 0x3A)) | set(range(0x41, 0x4A))
    for code in set(range(0x20, 0x100)) - known:
        session = make(state)
        assert ask(session, bytes([code, 0, 1])) == bytes([codes.SNS]), hex(code)
        assert session.state == state


@pytest.mark.parametrize("state, message, after", ACCEPTED)
def test_a_request_of_the_wrong_length_is_err_and_changes_nothing(state, message, after):
    for wrong in (message[:-1], message + b"\x00"):
        session = make(state)
        assert ask(session, wrong) == bytes([codes.ERR])
        assert session.state == state
        assert session._tables.data[1] == b"PICO"


def test_identification_is_c1218_of_2006_without_features():
    assert ask(make(), IDENTIFY) == bytes([0, 0, 2, 0, 0])


@pytest.mark.parametrize(
    "proposal, grant",
    [
        ("61 0200 02 06", "00 0200 02 06"),  # termineter
        ("61 0400 ff 06", "00 0400 ff 06"),
        ("61 0400 80 06", "00 0400 80 06"),
        ("61 0040 02 06", "00 0040 02 06"),  # the smallest of known clients
        ("61 0100 01 06", "00 0100 01 06"),
        ("60 2000 01", "00 0400 01 06"),  # more than we hold, and the present rate
        ("61 0040 10 0c", "00 0040 10 0c"),
        ("63 0400 80 06 08 03", "00 0400 80 08"),  # the fastest of the client's rates
        ("61 0400 80 0e", "00 0400 80 06"),  # none suits: the present rate
        ("61 0400 80 0a", "00 0400 80 0a"),  # 57600, and 38400, as the edition of 2006 has them
        ("62 0400 80 06 0b", "00 0400 80 0b"),
        ("62 0400 80 0a 0b", "00 0400 80 0a"),
        ("60 003f 01", "00 0040 01 06"),  # no packet is smaller than that of base state
        ("60 0000 01", "00 0040 01 06"),
        ("60 0040 00", "01"),
    ],
)
def test_negotiate_grants_what_was_proposed_as_far_as_the_meter_and_the_standard_go(
    proposal, grant
):
    session = make(ID)
    assert ask(session, bytes.fromhex(proposal)) == bytes.fromhex(grant)
    if grant != "01":
        assert session.baud == codes.RATES[int(grant[-2:], 16)]


def test_negotiate_keeps_to_the_ports_fastest_rate():
    session = Session(FakeTables(), max_baud=19200)
    session.max_packet = 64
    ask(session, IDENTIFY)
    assert ask(session, b"\x63\x04\x00\x01\x06\x08\x0c") == b"\x00\x00\x40\x01\x08"


def test_wait_lengthens_the_traffic_time_out_until_the_next_request():
    session = make(ID)
    ask(session, b"\x70\xff")
    assert session.traffic_ms == 255_000
    ask(session, b"\x99")
    assert session.traffic_ms == 6000
    ask(session, b"\x70\x00")
    assert session.traffic_ms == 6000


def test_security_sets_the_rights_and_a_wrong_password_leaves_none():
    session = make(SESSION, rights=False)
    assert ask(session, WRITE) == bytes([codes.ISC])
    assert ask(session, SECURITY) == b"\x00"
    assert session._tables.users == [7]
    assert ask(session, WRITE) == b"\x00"
    assert ask(session, b"\x51" + b"wrong".ljust(20)) == bytes([codes.ERR])
    assert session.level == 0 and session.state == SESSION
    assert ask(session, WRITE) == bytes([codes.ISC])


@pytest.mark.parametrize("end", [LOGOFF, TERMINATE, IDENTIFY, None])
def test_rights_end_with_the_session(end):
    session = make(SESSION)
    assert session.level == USER
    if end is None:
        session.reset()
    else:
        ask(session, end)
    assert (session.level, session.user_id, session._tables.logoffs) == (0, 0, 1)
    if session.state == BASE:
        ask(session, IDENTIFY)
    if end != LOGOFF:
        assert (session.packet_size, session.packets, session.baud) == (64, 1, 9600)
    ask(session, LOGON)
    assert ask(session, WRITE) == bytes([codes.ISC])


def test_reads():
    session = make(SESSION, rights=False)
    assert table_of(ask(session, read_request(0))) == bytes(range(100))
    assert table_of(ask(session, READ_DEFAULT)) == b"PICO"
    assert table_of(ask(session, read_request(0, 90, 10))) == bytes(range(90, 100))
    assert table_of(ask(session, read_request(1, 4, 0))) == b""
    assert ask(session, read_request(0, 91, 10)) == bytes([codes.IAR])
    assert ask(session, read_request(0, 0x10000, 10)) == bytes([codes.IAR])
    assert ask(session, read_request(99)) == bytes([codes.IAR])
    assert ask(session, read_request(LOCKED)) == bytes([codes.ISC])


def finished(session, message):
    """The answer to a read in pieces, and how many more it took."""
    out = bytearray(8192)
    length = session.handle(message, 0, len(message), out)
    more = 0
    while length == 0:
        length = session.go_on(out)
        more += 1
    return bytes(out[:length]), more


@pytest.mark.parametrize(
    ("offset", "count"), [(None, 200), (0, 200), (0, 7), (0, 8), (13, 1), (93, 100), (199, 1)]
)
def test_a_table_that_is_read_in_pieces_reads_the_same(offset, count):
    session = make(SESSION)
    answer, more = finished(session, read_request(PIECES, offset, count))
    start = offset or 0
    assert table_of(answer) == bytes(range(start, start + count))
    assert more == (-(-count // 7) if count > 7 else 0)


@pytest.mark.parametrize(("offset", "count"), [(0, 201), (200, 1), (199, 2)])
def test_a_read_in_pieces_beyond_the_table_is_refused_at_once(offset, count):
    answer, more = finished(make(SESSION), read_request(PIECES, offset, count))
    assert len(answer) == 1 and answer[0] in (codes.ONP, codes.IAR) and more == 0


def test_a_read_in_pieces_that_fails_on_the_way_is_its_code_alone_and_the_next_works():
    session = make(SESSION)
    out = bytearray(8192)
    message = read_request(PIECES)
    assert session.handle(message, 0, 3, out) == session.go_on(out) == 0
    del session._tables.data[PIECES][10:]
    assert session.go_on(out) == 1 and out[0] == codes.IAR
    assert table_of(ask(session, read_request(1))) == b"PICO"


def test_a_response_longer_than_granted_is_onp():
    session = make(ID)
    ask(session, b"\x60\x00\x40\x02")  # 56 octets in each of 2 packets
    ask(session, LOGON)
    table = session._tables.data[0] = bytearray(range(108))
    assert ask(session, read_request(0)) == bytes([codes.OK, 0, 108]) + table + bytes(
        [checksum(table, 0, 108)]
    )
    table.append(0)
    assert ask(session, read_request(0)) == bytes([codes.ONP])
    assert ask(session, read_request(0, 0, 109)) == bytes([codes.ONP])
    assert len(ask(session, read_request(0, 0, 108))) == 112


def streamed(session, message, rooms):
    """A streamed answer, `rooms` octets of it asked for in turn."""
    left = session.handle(message, 0, len(message), bytearray(40))
    assert session.streaming
    answer = bytearray()
    while left:
        buf = bytearray(b"\xaa" * 300)
        room = min(left, rooms[len(answer) % len(rooms)])
        given = session.fill(buf, 100, room)
        assert 0 < given <= room, given
        assert set(buf[:100] + buf[100 + given :]) == {0xAA}
        answer += buf[100 : 100 + given]
        left -= given
    return bytes(answer)


@given(
    table=st.sampled_from([0, PIECES]),
    count=st.integers(37, 100),
    rooms=st.lists(st.integers(8, 120), min_size=1, max_size=5),
)
@settings(max_examples=60, deadline=None)
def test_a_streamed_answer_is_the_same_in_packets_of_any_size(table, count, rooms):
    session = make(SESSION)
    message = read_request(table, 0, count)
    assert table_of(streamed(session, message, rooms)) == bytes(range(count))


@pytest.mark.parametrize("room, streams", [(103, True), (104, False)])
def test_an_answer_is_streamed_when_it_does_not_fit_the_buffer(room, streams):
    session = make(SESSION)
    out = bytearray(room)
    assert session.handle(read_request(0), 0, 3, out) == 104
    assert session.streaming is streams
    ask(session, read_request(1))
    assert not session.streaming


def test_a_streamed_read_that_fails_at_once_is_a_response_code():
    session = make(SESSION)
    assert session.handle(read_request(0), 0, 3, bytearray(40)) == 104
    del session._tables.data[0]
    assert session.fill(bytearray(60), 0, 56) == -codes.IAR


def test_a_streamed_read_that_fails_on_the_way_has_zeros_and_a_wrong_checksum():
    session = make(SESSION)
    buf = bytearray(104)
    assert session.handle(read_request(0), 0, 3, bytearray(40)) == 104
    assert session.fill(buf, 0, 50) == 50
    session._tables.data[0][50:] = b""
    assert session.fill(buf, 50, 54) == 54
    assert buf[:50] == bytes([codes.OK, 0, 100]) + bytes(range(47))
    assert not any(buf[50:103]) and sum(buf[3:]) & 0xFF != 0


def test_reads_and_writes_by_index():
    session = make(SESSION)
    data = session._tables.data
    assert table_of(ask(session, by_index(0x30, 1, (1,), 2))) == b"IC"
    assert ask(session, by_index(0x40, 1, (2,), b"LE")) == b"\x00"
    assert data[1] == b"PILE"
    for indices in ((0, 0), tuple(range(9))):
        assert ask(session, by_index(0x30, 1, indices, 1)) == bytes([codes.ONP])
        assert ask(session, by_index(0x40, 1, indices, b"X")) == bytes([codes.ONP])
    assert ask(session, by_index(0x30, 99, (0,), 1)) == bytes([codes.IAR])
    assert ask(session, by_index(0x30, 1, (0,), 0)) == bytes([codes.ONP])
    wrong = bytearray(by_index(0x40, 1, (2,), b"LE"))
    wrong[-1] ^= 1
    assert ask(session, bytes(wrong)) == bytes([codes.ERR])
    session.level = 0
    assert ask(session, by_index(0x40, 1, (2,), b"CO")) == bytes([codes.ISC])
    assert ask(session, by_index(0x30, LOCKED, (2,), 1)) == bytes([codes.ISC])
    assert data[1] == b"PILE"


def test_writes():
    session = make(SESSION)
    data = session._tables.data
    assert ask(session, WRITE) == b"\x00"
    assert data[1] == b"NEWS"
    assert ask(session, write_request(1, b"XT", 2)) == b"\x00"
    assert data[1] == b"NEXT"
    assert ask(session, write_request(1, b"XTX", 2)) == bytes([codes.IAR])
    assert ask(session, write_request(77, b"XTX")) == bytes([codes.IAR])
    assert data[1] == b"NEXT"


@given(message=st.sampled_from([WRITE, WRITE_OFFSET]), wrong=st.integers(1, 255))
@settings(max_examples=20, deadline=None)
def test_a_write_with_a_wrong_checksum_is_err_and_writes_nothing(message, wrong):
    session = make(SESSION)
    assert ask(session, message[:-1] + bytes([message[-1] ^ wrong])) == bytes([codes.ERR])
    assert session._tables.data[1] == b"PICO"


def test_a_count_that_does_not_match_is_err():
    session = make(SESSION)
    for message, at in ((WRITE, 4), (WRITE_OFFSET, 7)):
        for count in (0, message[at] - 1, message[at] + 1):
            wrong = bytearray(message)
            wrong[at] = count
            if bytes(wrong) != message:
                assert ask(session, bytes(wrong)) == bytes([codes.ERR])
    assert session._tables.data[1] == b"PICO"


@given(st.lists(st.binary(max_size=30), max_size=20))
@settings(max_examples=50, deadline=None)
def test_any_request_gets_one_response(messages):
    session = make()
    for message in messages:
        answer = ask(session, message)
        assert len(answer) >= 1 and answer[0] <= codes.ISSS
        assert session.state in (BASE, ID, SESSION)
