"""Every timer of C12.18 fires when it should, and the rate changes when it should."""

import pytest

from psem import codes, link
from psem.session import BASE, ID, SESSION
from tests_host.unit.psem_bench import (
    ACK,
    IDENTIFY,
    IDENTITY,
    ISSS,
    LOGON,
    NAK,
    TERMINATE,
    Bench,
    count,
    ident,
    packet,
    parse,
    read_request,
)

# Timers


def test_a_pause_inside_a_packet_is_nakd_after_half_a_second():
    bench = Bench()
    bench.put(ident()[:8])
    bench.wait(499)
    assert bench.take() == b""
    bench.wait(1)
    assert bench.take() == NAK
    assert count(bench, link.INCOMPLETE) == 1
    bench.put(ident())
    assert bench.take()[:1] == ACK


def test_a_pause_inside_a_header_is_noise():
    bench = Bench()
    bench.put(ident()[:5])
    assert bench.link.next_ms(bench.now) == 500
    bench.wait(500)
    assert bench.take() == b"" and bench.link.next_ms(bench.now) == -1


def test_slow_bytes_are_no_pause():
    bench = Bench()
    for byte in ident():
        bench.put(bytes([byte]))
        bench.wait(499)
    assert parse(bench.take()[1:])[3] == IDENTITY


def test_silence_of_six_seconds_ends_the_session():
    bench = Bench().open(512)
    assert bench.link.next_ms(bench.now) <= 6100
    bench.wait(5999)
    assert bench.session.state == SESSION
    bench.wait(100)
    assert bench.session.state == BASE and not bench.link.in_session
    assert bench.tables.logoffs == 1 and count(bench, link.TIMEOUTS) == 1
    assert (bench.session.packet_size, bench.session.packets) == (64, 1)
    assert bench.link.next_ms(bench.now) == -1
    bench.put(packet(read_request(1), 0))
    assert parse(bench.take()[1:])[3] == ISSS


def test_six_seconds_end_it_even_with_an_answer_pending():
    bench = Bench()
    bench.put(ident())
    bench.wait(6100)
    assert bench.session.state == BASE and not bench.link.in_session


def test_an_ack_is_valid_traffic():
    bench = Bench()
    bench.put(ident())
    bench.wait(1900)
    bench.put(ACK)
    bench.wait(5900)
    assert bench.session.state == ID
    bench.wait(100)
    assert bench.session.state == BASE


def test_wait_holds_the_session_once():
    bench = Bench().open()
    assert bench.ask(b"\x70\x3c") == b"\x00"
    bench.wait(59_000)
    assert bench.session.state == SESSION
    assert bench.ask(read_request(1))[0] == codes.OK
    bench.wait(6100)
    assert bench.session.state == BASE


def test_wait_may_be_asked_for_again_and_again():
    bench = Bench().open()
    for seconds in (120, 60, 60, 255):
        assert bench.ask(bytes([0x70, seconds])) == b"\x00"
        bench.wait(1000 * seconds - 100)
        assert bench.session.state == SESSION
    bench.wait(200)
    assert bench.session.state == BASE


@pytest.mark.parametrize("junk", [b"\x55", ACK, b"\xee", b"\xee\x00\x00\x00\x00\x01\x20\x00\x00"])
def test_only_valid_traffic_keeps_the_session(junk):
    bench = Bench().open()
    for _ in range(70):
        bench.put(junk)
        bench.wait(100)
    assert bench.session.state == BASE and bench.tables.logoffs == 1


def test_ticks_may_wrap_during_a_session():
    bench = Bench(start_ms=2**30 - 3000).open()
    bench.wait(5900)
    assert bench.session.state == SESSION
    bench.wait(200)
    assert bench.session.state == BASE


def test_output_that_nobody_takes_does_not_hold_the_session():
    bench = Bench()
    for byte in ident():
        bench.link.receive(byte, 0)
    for now in range(0, 6001, 10):
        bench.link.step(now)
    assert not bench.link.in_session
    assert bench.link.tx_from == bench.link.tx_to


# Rates


def test_the_rate_changes_after_the_ack_of_negotiate_and_back_in_base():
    bench = Bench()
    bench.ask(IDENTIFY)
    bench.put(packet(b"\x61\x04\x00\x01\x08", 1))
    assert bench.link.baud == 9600
    bench.put(ACK)
    assert bench.link.baud == 19200
    bench.put(packet(TERMINATE, 0))
    assert bench.link.baud == 19200
    bench.put(ACK)
    assert bench.link.baud == 9600 and not bench.link.in_session


def test_a_next_request_in_place_of_the_ack_keeps_the_rate():
    bench = Bench()
    bench.ask(IDENTIFY)
    bench.put(packet(b"\x61\x04\x00\x01\x08", 1))
    bench.put(packet(LOGON, 0))
    bench.put(ACK)
    assert bench.link.baud == 9600 and bench.session.state == SESSION


def test_a_time_out_restores_the_rate():
    bench = Bench()
    bench.ask(IDENTIFY)
    bench.put(packet(b"\x61\x04\x00\x01\x0c", 1) + ACK)
    assert bench.link.baud == 115200
    bench.wait(6100)
    assert bench.link.baud == 9600
