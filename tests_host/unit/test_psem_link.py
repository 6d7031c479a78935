"""The link keeps C12.18's rules: packets, acknowledgements, duplicates, timers."""

import pytest

from psem import codes, link
from psem.link import Link
from psem.session import BASE, ID, SESSION, Session
from tests_host.unit.psem_bench import (
    ACK,
    IDENTIFY,
    IDENTITY,
    LOGON,
    NAK,
    TERMINATE,
    Bench,
    FakeTables,
    count,
    ident,
    packet,
    parse,
    read_request,
    write_request,
)

# Packets


def test_worked_vectors():
    bench = Bench()
    bench.put(bytes.fromhex("ee0000000001201310"))
    assert parse(bench.take()[1:]) == (0, 0x00, 0, IDENTITY)
    bench.put(ACK + bytes.fromhex("ee00200000056104008006c229"))
    assert parse(bench.take()[1:]) == (0, 0x20, 0, bytes.fromhex("0004008006"))
    bench.put(ACK + bytes.fromhex("ee0000000001219a01"))
    assert bench.take() == ACK + bytes.fromhex("ee0000000001001131")


def test_the_ack_leaves_before_the_answer_is_made():
    bench = Bench()
    for byte in ident():
        bench.link.receive(byte, 0)
    assert bytes(bench.link.tx[bench.link.tx_from : bench.link.tx_to]) == ACK
    assert bench.link.next_ms(0) == 0
    bench.run()
    assert bench.take()[1] == codes.STP


def test_own_toggle_flips_with_every_packet():
    bench = Bench()
    controls = []
    for i, message in enumerate((IDENTIFY, LOGON, b"\x99", b"\x99")):
        bench.put(packet(message, i & 1))
        controls.append(parse(bench.take()[1:])[1])
    assert controls == [0x00, 0x20, 0x00, 0x20]


def test_the_answer_joins_an_ack_that_still_waits():
    bench = Bench()
    for byte in ident():
        bench.link.receive(byte, 0)
    bench.link.step(0)
    bench.link.step(0)
    run = bytes(bench.link.tx[bench.link.tx_from : bench.link.tx_to])
    assert run[:1] == ACK and parse(run[1:])[3] == IDENTITY


def test_noise_and_wake_up_bytes_are_passed_over_silently():
    bench = Bench()
    bench.put(b"\x55" * 4 + bytes(range(0xEE)))
    assert bench.take() == b""
    assert bench.link.next_ms(bench.now) == -1
    bench.put(b"\x55" + ident())
    assert bench.take()[:2] == ACK + b"\xee"


def test_the_identity_is_echoed():
    bench = Bench()
    bench.put(packet(IDENTIFY, identity=5))
    assert parse(bench.take()[1:])[0] == 5


@pytest.mark.parametrize("control", [0x01, 0x02, 0x04, 0x08, 0x10, 0x1F])
def test_reserved_control_bits_are_taken_and_not_sent_back(control):
    bench = Bench()
    bench.put(packet(IDENTIFY, control=control))
    assert parse(bench.take()[1:])[1:] == (0, 0, IDENTITY)
    bench.put(ACK)
    bench.put(packet(LOGON, 1, control))
    assert parse(bench.take()[1:])[1:] == (0x20, 0, b"\0")


def test_impossible_control_bits_are_rejected_silently():
    bench = Bench()
    bench.put(packet(IDENTIFY, control=0x40))
    bench.wait(1000)
    assert bench.take() == b""
    assert count(bench, link.REJECTED) == 1
    assert bench.session.state == BASE


def test_a_lone_packet_with_more_to_come_is_rejected():
    bench = Bench()
    bench.put(packet(IDENTIFY, sequence=1))
    assert bench.take() == b"" and count(bench, link.REJECTED) == 1


def test_an_echo_of_our_own_light_is_not_answered():
    bench = Bench()
    bench.put(ident())
    answer = bench.take()
    bench.put(ACK + answer[1:])
    assert bench.take() == b""
    assert count(bench, link.REJECTED) == 1


def test_bytes_during_our_turn_are_ignored():
    bench = Bench()
    for byte in ident():
        bench.link.receive(byte, 0)
    for byte in packet(TERMINATE, 1) + ACK + NAK:
        bench.link.receive(byte, 0)  # the ACK has not left yet
    bench.run()
    assert parse(bench.take()[1:])[3] == IDENTITY


def test_an_empty_packet_is_answered_err():
    bench = Bench()
    bench.put(packet(b""))
    assert parse(bench.take()[1:])[3] == bytes([codes.ERR])


def test_sizes_are_checked():
    for sizes in ((63, 8192), (8193, 8193), (1024, 63)):
        with pytest.raises(ValueError):
            Link(Session(FakeTables()), *sizes)


# Acknowledgements, repetitions, duplicates


def test_a_wrong_crc_is_nakd_and_the_repetition_accepted():
    bench = Bench()
    frame = bytearray(ident())
    frame[6] ^= 1
    bench.put(frame)
    assert bench.take() == NAK
    assert (count(bench, link.CRC_ERRORS), count(bench, link.NAKS_SENT)) == (1, 1)
    bench.put(ident())
    assert parse(bench.take()[1:])[3] == IDENTITY


def test_a_nak_repeats_the_same_bytes_three_times_then_the_session_is_lost():
    bench = Bench()
    bench.put(ident())
    answer = bench.take()[1:]
    for _ in range(3):
        bench.put(NAK)
        assert bench.take() == answer
    assert bench.session.state == ID
    bench.put(NAK)
    assert bench.take() == b""
    assert bench.session.state == BASE and not bench.link.in_session
    assert (count(bench, link.RETRIES), count(bench, link.LOST)) == (3, 1)
    bench.put(ident())
    assert bench.take()[1:] == answer


def test_silence_repeats_after_two_seconds_and_not_earlier():
    bench = Bench()
    bench.ask(IDENTIFY)
    bench.ask(b"\x70\xff")  # so that the traffic time-out does not come first
    bench.put(packet(b"\x70\xff", 0))
    answer = bench.take()[1:]
    air = len(answer) * 10000 // 9600 + 1
    for _ in range(3):
        bench.wait(2000)
        assert bench.take() == b""
        bench.wait(air)
        assert bench.take() == answer
    bench.wait(2000 + air)
    assert bench.take() == b""
    assert bench.session.state == BASE and count(bench, link.LOST) == 1


def test_the_wait_for_an_ack_begins_when_the_light_is_out():
    bench = Bench()
    bench.open(1024)
    bench.tables.data[0] = bytearray(960)
    bench.put(packet(read_request(0), 0))
    bench.take()
    assert 2900 < bench.link.next_ms(bench.now) <= 3100
    bench.wait(2500)
    assert bench.take() == b""


def test_a_duplicate_gets_its_answer_again_and_is_not_executed_again():
    bench = Bench().open()
    request = packet(write_request(1, b"ONCE"), 0)
    bench.put(request)
    answer = bench.take()
    bench.tables.data[1][:] = b"TWIN"
    for repetition in range(1, 6):
        bench.put(ACK)  # it may have been noise
        bench.put(request)
        assert bench.take() == answer
        assert count(bench, link.DUPLICATES) == repetition
    assert bench.tables.data[1] == b"TWIN"
    bench.put(ACK)
    bench.put(packet(read_request(1), 1))
    assert b"TWIN" in bench.take()


def test_a_duplicate_of_a_request_whose_answer_is_pending_brings_the_answer_again():
    bench = Bench()
    bench.ask(IDENTIFY)
    bench.put(packet(LOGON, 1))
    answer = bench.take()
    bench.put(packet(LOGON, 1))
    assert bench.take() == answer
    bench.put(ACK)
    assert bench.session.state == SESSION and count(bench, link.DUPLICATES) == 1


def test_equal_requests_differ_in_their_toggle_only():
    bench = Bench().open()
    for toggle in (0, 1, 0, 1):
        bench.put(packet(read_request(1), toggle) + b"")
        assert b"PICO" in bench.take()
        bench.put(ACK)


def test_a_packet_with_the_crc_of_the_last_but_another_toggle_is_new():
    bench = Bench().open()
    first = packet(read_request(0, 0, 1), 0)
    twins = (packet(b"\x99" + bytes([i >> 8, i & 255]) + bytes(5), 1) for i in range(65536))
    twin = next(frame for frame in twins if frame[-2:] == first[-2:])
    bench.put(first + ACK)
    bench.take()
    bench.put(twin)
    assert parse(bench.take()[1:])[3] == bytes([codes.SNS])


@pytest.mark.parametrize("toggle", [0, 1])
def test_after_base_either_toggle_is_new(toggle):
    bench = Bench()
    bench.put(ident(toggle))
    bench.put(ACK)
    bench.put(packet(TERMINATE, 1 - toggle))
    bench.put(ACK)
    bench.take()
    bench.put(ident(toggle))
    assert parse(bench.take()[1:])[3] == IDENTITY


def test_a_client_that_never_acknowledges_is_served():
    bench = Bench()
    bench.put(ident(0))
    bench.put(packet(LOGON, 1))
    bench.put(packet(read_request(1), 0))
    assert b"PICO" in bench.take()
    bench.put(packet(TERMINATE, 1))
    bench.put(ident(0))
    assert parse(bench.take()[-13:])[3] == IDENTITY
    assert count(bench, link.RETRIES) == 0


def test_a_broken_packet_keeps_the_answer_pending():
    bench = Bench()
    bench.put(ident())
    answer = bench.take()[1:]
    bench.put(b"\xee\x00\x00")
    bench.wait(500)
    assert bench.take() == b""
    bench.wait(2000)
    assert bench.take() == answer
