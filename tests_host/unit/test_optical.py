"""Whose the optical LED is: the pulses' while the link is at rest, else the UART's."""

import pytest

from firmware.optical import Optical
from psem import codes
from psem.link import Link
from psem.session import Session
from tests_host.unit.psem_bench import (
    ACK,
    IDENTIFY,
    LOGOFF,
    LOGON,
    TERMINATE,
    FakeTables,
    packet,
)


class Uart:
    """Hears what is put into `inbox`; sends a byte a millisecond when stepped."""

    def __init__(self, port):
        self._port = port
        self.inbox = bytearray()
        self.sending = bytearray()
        self.sent = bytearray()
        self.baudrate = 9600

    def any(self):
        return len(self.inbox)

    def readinto(self, view):
        n = len(view)
        view[:] = self.inbox[:n]
        del self.inbox[:n]
        return n

    def write(self, view):
        assert not self._port.mirrored, "sends while the LED shows pulses"
        self.sending += bytes(view)
        return len(view)

    def txdone(self):
        return not self.sending

    def init(self, baudrate):
        assert not self.sending
        self.baudrate = baudrate
        self._port.mirrored = 0

    def pass_byte(self):
        if self.sending:
            assert not self._port.mirrored, "bytes leave while the LED shows pulses"
            self.sent.append(self.sending.pop(0))


class Port:
    """The duty on simulated time, its steps when it asked for them or something was heard."""

    def __init__(self, early=b""):
        self.mirrored = 1  # as the board's pulses begin
        self.ended = []
        self.uart = Uart(self)
        self.link = Link(Session(FakeTables()))
        self.duty = Optical(self.uart, self.link, lambda us: None, self.mirror)
        self.now = 0
        self._due = 0
        self._toggle = 1
        self.uart.inbox += early
        self.wait(1)

    def mirror(self, on):
        self.mirrored = int(on)
        if on:
            assert not self.uart.sending

    def wait(self, ms):
        for _ in range(ms):
            if self.uart.inbox or self.now >= self._due:
                self._due = self.now + self.duty.step(self.now)
            self.uart.pass_byte()
            self.now += 1

    def hear(self, data):
        """Bytes arrive one a millisecond."""
        for byte in data:
            self.uart.inbox.append(byte)
            self.wait(1)

    def ask(self, message, ack=True):
        self._toggle ^= 1
        self.hear(packet(message, self._toggle))
        assert not self.mirrored
        self.wait(60)
        answer = bytes(self.uart.sent)
        self.uart.sent.clear()
        assert answer[:1] == ACK
        if ack:
            self.hear(ACK)
        return answer[7:-2]


@pytest.fixture
def port():
    return Port()


def test_pulses_show_from_the_first_step_on(port):
    assert port.mirrored


def test_a_client_that_speaks_before_the_first_step_is_answered():
    port = Port(packet(IDENTIFY))
    port.wait(60)
    assert bytes(port.uart.sent[:1]) == ACK and not port.mirrored


def test_the_first_byte_of_a_packet_takes_the_led_and_the_end_of_the_session_gives_it_back(port):
    port.hear(packet(IDENTIFY)[:1])
    assert not port.mirrored
    port.hear(packet(IDENTIFY)[1:])
    port.wait(60)
    port.uart.sent.clear()
    port.hear(ACK)
    port.ask(LOGON)
    assert not port.mirrored
    port.ask(TERMINATE, ack=False)
    assert port.link.in_session and not port.mirrored
    port.uart.inbox += ACK
    port.duty.step(port.now)  # the very step
    assert port.mirrored and not port.link.in_session


def test_the_led_is_given_back_before_anything_else_happens_at_the_end(port):
    port.ask(IDENTIFY)
    port.ask(TERMINATE, ack=False)
    order = []
    reset = port.link._session.reset
    port.link._session.reset = lambda: (order.append(port.mirrored), reset())
    port.hear(ACK)
    assert order == [1]


def test_a_session_that_times_out_gives_it_back_in_that_step(port):
    port.ask(IDENTIFY)
    port.ask(LOGON)
    before = port.now
    while port.link.in_session:
        assert not port.mirrored
        port.wait(1)
        assert port.now - before < 7000
    assert port.mirrored


def test_a_session_at_another_rate_ends_with_the_led_back_and_the_base_rate(port):
    port.ask(IDENTIFY)
    fast = bytes((codes.NEGOTIATE + 1, 0, 64, 1, codes.baud_code(115200)))
    assert port.ask(fast)[0] == codes.OK
    port.wait(5)
    assert port.uart.baudrate == 115200
    assert not port.mirrored
    port.ask(LOGON)
    port.ask(LOGOFF)
    port.ask(TERMINATE, ack=False)
    port.uart.inbox += ACK
    port.duty.step(port.now)
    assert port.uart.baudrate == 9600 and port.mirrored


def test_a_request_behind_the_closing_ack_takes_the_led_in_the_same_step(port):
    port.ask(IDENTIFY)
    port.ask(TERMINATE, ack=False)
    port.uart.inbox += ACK + packet(IDENTIFY)
    port.wait(60)
    assert port.uart.sent[:1] == ACK and not port.mirrored


def test_noise_that_is_no_packet_takes_nothing(port):
    calls = []
    port.duty._mirror = calls.append
    port.hear(bytes(range(0xEE)) * 3)
    assert calls == []


def test_the_beginning_of_a_packet_takes_the_led_for_half_a_second(port):
    port.hear(b"\xee")
    since = port.now
    while not port.mirrored:
        port.wait(1)
    assert port.now - since <= codes.INTER_CHARACTER_MS + 2


def test_a_refusal_without_a_session_leaves_before_the_pulses_come_back(port):
    port.hear(packet(IDENTIFY)[:-1] + b"\x00")
    assert not port.mirrored
    port.wait(5)
    assert port.uart.sent == b"\x15"
    assert port.mirrored


def test_without_pulses_nothing_is_mirrored_and_nothing_hangs_on_it():
    port = Port()
    port.mirrored = 0
    plain = Optical(port.uart, Link(Session(FakeTables())), lambda us: None)
    assert plain.link.on_end is None
    assert plain.step(0) == 500
