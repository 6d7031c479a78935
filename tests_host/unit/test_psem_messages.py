"""Messages of several packets go both ways, whole or not at all."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from psem import codes, link
from tests_host.unit.psem_bench import (
    ACK,
    LOGON,
    NAK,
    PIECES,
    Bench,
    FakeTables,
    count,
    packet,
    packets,
    parse,
    read_request,
    write_request,
)


@given(
    size=st.integers(64, 200),
    data=st.binary(min_size=1, max_size=600),
    toggle=st.integers(0, 1),
    chunk=st.integers(1, 300),
)
@settings(max_examples=60, deadline=None)
def test_any_message_in_any_packet_size_both_ways(size, data, toggle, chunk):
    bench = Bench().open(size)
    bench.put(packet(b"\x99", toggle) + ACK)  # so that both toggles come first
    bench.tables.data[9] = bytearray(len(data))
    request = packets(write_request(9, data), size, 1 - toggle)
    for i, frame in enumerate(request):
        bench.take()
        for at in range(0, len(frame), chunk):
            part = frame[at : at + chunk]
            bench.link.feed(part, len(part), bench.now)
            bench.run()
        assert bench.take()[: 1 if i < len(request) - 1 else 2] in (ACK, ACK + b"\xee")
    assert bench.tables.data[9] == data
    bench.put(ACK)

    bench.put(packet(read_request(9), (toggle + 1 + len(request)) & 1))
    frames = []
    while output := bench.take():
        frames.append(parse(output.removeprefix(ACK)))
        bench.put(ACK)
    message = b"".join(frame[3] for frame in frames)
    assert message[3:-1] == data and message[1:3] == len(data).to_bytes(2, "big")
    assert [frame[2] for frame in frames] == list(range(len(frames)))[::-1]
    several = [frame[1] & 0xC0 for frame in frames]
    assert several == ([0xC0] + [0x80] * (len(frames) - 1) if len(frames) > 1 else [0])
    toggles = [frame[1] & 0x20 for frame in frames]
    assert all(a != b for a, b in zip(toggles, toggles[1:], strict=False))
    assert all(len(frame[3]) <= size - 8 for frame in frames)


def test_each_packet_of_a_response_is_repeated_by_itself():
    bench = Bench().open(64)
    bench.put(packet(read_request(0), 0))
    first = bench.take()[1:]
    bench.put(ACK)
    second = bench.take()
    bench.put(NAK)
    assert bench.take() == second != first
    bench.put(ACK)
    assert bench.take() == b""


def test_a_request_in_place_of_an_ack_drops_the_rest_of_the_response():
    bench = Bench().open(64)
    bench.put(packet(read_request(0), 0))
    bench.take()
    bench.put(packet(read_request(1), 1))
    assert b"PICO" in bench.take()
    bench.put(ACK)
    assert bench.take() == b""


def test_a_long_request_in_place_of_an_ack_drops_the_rest_too():
    bench = Bench().open(64)
    bench.put(packet(read_request(0), 0))
    bench.take()
    for frame in packets(write_request(0, bytes(100)), 64, 1)[:-1]:
        bench.put(frame)
        assert bench.take() == ACK


def test_a_packet_out_of_sequence_is_passed_over():
    bench = Bench().open(32)
    frames = packets(write_request(1, bytes(100)), 32)
    bench.put(frames[1])
    assert bench.take() == b""
    bench.put(frames[0])
    assert bench.take() == ACK
    bench.put(frames[2])
    assert bench.take() == b""
    bench.put(frames[1])
    assert bench.take() == ACK


def test_a_duplicate_inside_a_message_is_added_once():
    bench = Bench().open(32)
    bench.tables.data[9] = bytearray(100)
    for frame in packets(write_request(9, bytes(range(100))), 32):
        bench.put(frame + frame)
    assert bench.tables.data[9] == bytes(range(100))


@pytest.mark.parametrize("control", [0x00, 0xC0])
def test_a_garbled_header_inside_a_message_spoils_nothing(control):
    bench = Bench().open(32)
    bench.tables.data[9] = bytearray(100)
    for frame in packets(write_request(9, bytes(range(100))), 32):
        garbled = bytearray(frame)
        garbled[2], garbled[3] = control, 0
        bench.put(garbled)
        bench.put(frame)
    assert bench.tables.data[9] == bytes(range(100))


def test_a_new_message_replaces_an_unfinished_one():
    bench = Bench().open(32)
    frames = packets(write_request(9, bytes(100)), 32)
    bench.put(frames[0])
    bench.put(frames[1])
    bench.take()
    bench.put(packet(read_request(1), 0))
    assert b"PICO" in bench.take()
    bench.put(ACK)

    bench.put(packets(write_request(9, bytes(100)), 32, 1)[0])
    for frame in packets(write_request(1, b"LONG".ljust(40)), 32, 0):
        bench.put(frame)
    assert parse(bench.take()[-9:])[3] == bytes([codes.IAR])


def test_a_request_longer_than_the_buffer_is_onp_and_the_session_goes_on():
    bench = Bench(max_packet=64, buffer_size=128).open(64)
    frames = packets(write_request(0, bytes(300)), 64)
    bench.take()
    for frame in frames[:-1]:
        bench.put(frame)
        assert bench.take() == ACK
    bench.put(frames[-1])
    assert parse(bench.take()[1:])[3] == bytes([codes.ONP])
    bench.put(ACK)
    bench.put(packet(read_request(1), len(frames) & 1))
    assert b"PICO" in bench.take()


def test_a_packet_larger_than_we_hold_is_rejected():
    bench = Bench(max_packet=64, buffer_size=128)
    bench.put(packet(bytes([0x99]) + bytes(56)))
    assert bench.take() == b"" and count(bench, link.REJECTED) == 1


def long_answer(octets=3000, size=1024):
    """A bench that has sent the first packet of a long answer; that, and the requests to come."""
    bench = Bench().open(size)
    bench.tables.data[9] = bytearray(i * 3 & 0xFF for i in range(octets))
    bench.asked = []
    read = bench.tables.read

    def noted(table, offset, count, buf, at, level):
        bench.asked.append((len(buf), count))
        return read(table, offset, count, buf, at, level)

    bench.tables.read = noted
    bench.put(packet(read_request(9), 0))
    return bench, bench.take()[1:]


def test_the_next_packet_is_there_when_the_client_acknowledges_the_last():
    bench, first = long_answer()
    assert parse(first)[2] == 2
    bench.link.feed(ACK, 1, bench.now)
    link = bench.link
    second = bytes(link.tx[link.tx_from : link.tx_to])
    assert parse(second)[2] == 1
    bench.run()
    bench.take()
    bench.put(NAK)
    assert bench.take() == second  # though the third has been made


def test_a_request_in_place_of_an_ack_drops_a_long_answer_and_the_packet_made_ahead():
    bench, _ = long_answer()
    bench.put(packet(read_request(1), 1))
    assert b"PICO" in bench.take()
    bench.put(ACK)
    assert bench.take() == b""
    bench.put(packet(read_request(9, 0, 2), 0))
    assert parse(bench.take()[1:])[3][3:5] == b"\0\3"


@pytest.mark.parametrize("size", [64, 512, 1024])
def test_a_long_answer_is_never_in_memory_as_a_whole(size):
    bench, output = long_answer(3000, size)
    while output:
        bench.put(ACK)
        output = bench.take()
    assert sum(count for _, count in bench.asked) == 3000
    assert all(count <= size - 8 and room == 1025 for room, count in bench.asked)


def test_a_repeated_request_for_a_long_answer_brings_all_of_it_again_wherever_it_is():
    bench, first = long_answer()
    request = packet(read_request(9), 0)
    for acknowledged in range(4):
        answer = first
        for _ in range(acknowledged):
            bench.put(ACK)
            answer = bench.take()
        assert (answer == b"") == (acknowledged == 3)
        bench.put(request)
        assert bench.take() == ACK + first
    message = b""
    answer = first
    while answer:
        message += parse(answer)[3]
        bench.put(ACK)
        answer = bench.take()
    assert message[3:-1] == bench.tables.data[9]
    assert count(bench, link.LOST) == 0


def test_one_read_gives_up_to_65535_octets():
    bench, _ = long_answer(70000)
    bench.put(ACK)
    bench.take()
    bench.put(packet(read_request(9, 100, 65535), 1))
    frames = []
    while output := bench.take():
        frames.append(parse(output.removeprefix(ACK)))
        bench.put(ACK)
    message = b"".join(frame[3] for frame in frames)
    assert message[1:3] == b"\xff\xff"
    assert message[3:-1] == bench.tables.data[9][100:65635] and sum(message[3:]) & 0xFF == 0


class SlowTables(FakeTables):
    """Table 3 takes `piece_ms` for each of its pieces."""

    def __init__(self, bench, piece_ms):
        super().__init__()
        self.data[PIECES] = bytearray(i & 0xFF for i in range(800))
        self._bench = bench
        self._piece_ms = piece_ms

    def read(self, table, offset, count, buf, at, level):
        if table == PIECES:
            self._bench.now += self._piece_ms
        return super().read(table, offset, count, buf, at, level)


@pytest.mark.parametrize("piece_ms, rate, waits", [(2, b"\x06", 0.25), (2, b"\x0c", 0.8)])
def test_a_slow_table_is_on_the_line_before_its_packet_is_whole_and_no_pause_is_in_it(
    piece_ms, rate, waits
):
    bench = Bench(max_packet=1024)
    bench.tables = bench.session._tables = SlowTables(bench, piece_ms)
    bench.ask(b"\x20")
    bench.ask(b"\x61\x04\x00\xff" + rate)
    bench.ask(LOGON)
    bench.toggle ^= 1
    link = bench.link
    request = packet(read_request(PIECES), bench.toggle)
    link.feed(request, len(request), bench.now)
    bench._drain()
    begun = bench.now
    first = drained = None
    while link.next_ms(bench.now) == 0 and not link._awaiting:
        link.step(bench.now)
        left = link.tx_to - link.tx_from
        if left:
            first = first or bench.now
            assert drained is None or bench.now <= drained + piece_ms
            drained = max(drained or bench.now, bench.now) + left * 10000 / link.baud
        bench._drain()
    assert first - begun <= waits * (bench.now - begun)
    answer = bench.take()
    assert parse(answer[1:])[3][3:-1] == bench.tables.data[PIECES]
    bench.put(NAK)
    assert bench.take() == answer[1:]
