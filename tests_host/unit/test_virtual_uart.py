"""The UART model: bytes in both directions, in their own time."""

from hypothesis import given, settings
from hypothesis import strategies as st

from picometer.virtual.clock import SimClock
from picometer.virtual.uart import FIFO_SIZE, Uart

CHARACTER_NS = 1_041_667  # ten bits at 9600, rounded up


def configured(**settings):
    clock = SimClock()
    uart = Uart(clock)
    uart.configure(9600, **settings)
    return clock, uart


def received(uart):
    buf = bytearray(uart.any())
    assert uart.read_into(buf, len(buf)) == len(buf)
    return bytes(buf)


def test_paced_bytes_arrive_one_per_character_time():
    clock, uart = configured()
    uart.feed(b"abc")
    for i in range(3):
        clock.advance_to((i + 1) * CHARACTER_NS - 1)
        assert uart.any() == i
        clock.advance_to((i + 1) * CHARACTER_NS)
        assert uart.any() == i + 1
    assert received(uart) == b"abc"


def test_bytes_fed_later_wait_for_the_line():
    clock, uart = configured()
    uart.feed(b"a")
    clock.advance_to(CHARACTER_NS // 2)
    uart.feed(b"b")
    clock.advance_to(2 * CHARACTER_NS)
    assert received(uart) == b"ab"


def test_a_full_buffer_drops_and_counts():
    clock, uart = configured(rxbuf=32)
    uart.feed(bytes(range(70)))
    clock.advance_to(100 * CHARACTER_NS)
    assert uart.overruns == 70 - 32 - FIFO_SIZE
    assert received(uart) == bytes(range(64))


def test_unpaced_bytes_come_at_once_and_wait_for_room():
    clock, uart = configured(rxbuf=32)
    uart.feed(bytes(range(100)), paced=False)
    assert uart.any() == 32 + FIFO_SIZE
    assert uart.feed_pending() == 36
    got = received(uart)
    got += received(uart)
    assert got == bytes(range(100))
    assert uart.overruns == 0
    assert clock.now_ns == 0


def test_transmitted_bytes_leave_one_per_character_time():
    clock, uart = configured()
    heard = []
    uart.on_byte(lambda byte, time_ns: heard.append((byte, time_ns)))
    assert uart.write(b"xyz") == 3
    assert not uart.tx_done()
    clock.advance_to(3 * CHARACTER_NS - 1)
    assert len(heard) == 2
    assert not uart.tx_done()
    clock.advance_to(3 * CHARACTER_NS)
    assert uart.tx_done()
    assert heard == [(byte, (i + 1) * CHARACTER_NS) for i, byte in enumerate(b"xyz")]


def test_a_callback_may_answer():
    clock, uart = configured()
    uart.on_byte(lambda byte, time_ns: uart.feed(bytes([byte + 1])))
    uart.write(b"a")
    clock.advance_to(2 * CHARACTER_NS)
    assert received(uart) == b"b"


def test_write_takes_what_there_is_room_for():
    clock, uart = configured(txbuf=32)
    assert uart.write(bytes(100)) == 32 + FIFO_SIZE
    assert uart.write(b"x") == 0
    clock.advance_to(CHARACTER_NS)
    assert uart.write(b"xy") == 1


def test_unpaced_transmission_takes_no_time():
    clock, uart = configured()
    heard = []
    uart.on_byte(lambda byte, time_ns: heard.append((byte, time_ns)))
    uart.tx_paced = False
    uart.write(b"now")
    assert heard == [(byte, 0) for byte in b"now"]
    assert uart.tx_done()
    assert clock.next_event_ns() is None


def test_another_rate_garbles_both_directions():
    clock, uart = configured()
    heard = bytearray()
    uart.on_byte(lambda byte, time_ns: heard.append(byte))
    uart.far_baud = 4800
    uart.feed(b"\xee\x00\x55")
    uart.write(b"\xee\x00\x55")
    clock.advance_to(10 * CHARACTER_NS)
    assert received(uart) != b"\xee\x00\x55"
    assert heard != b"\xee\x00\x55"
    uart.far_baud = 9600
    uart.feed(b"\xee")
    clock.advance_to(20 * CHARACTER_NS)
    assert received(uart)[-1:] == b"\xee"


@settings(max_examples=60, deadline=None)
@given(st.binary(min_size=1, max_size=40), st.integers(9400, 9800))
def test_two_percent_off_is_still_understood(data, far_baud):
    clock, uart = configured()
    uart.far_baud = far_baud
    uart.feed(data)
    clock.advance_to(100 * CHARACTER_NS)
    assert received(uart) == data


def test_a_uart_that_is_off_hears_nothing():
    clock = SimClock()
    uart = Uart(clock)
    uart.feed(b"lost")
    clock.advance_to(10 * CHARACTER_NS)
    uart.configure(9600)
    clock.advance_to(20 * CHARACTER_NS)
    assert uart.any() == 0


def test_shut_down_forgets_everything_on_the_way():
    clock, uart = configured()
    heard = []
    uart.on_byte(lambda byte, time_ns: heard.append(byte))
    uart.feed(b"in")
    uart.write(b"out")
    clock.advance_to(CHARACTER_NS)
    uart.shut_down()
    uart.configure(9600)
    clock.advance_to(10 * CHARACTER_NS)
    assert heard == [ord("o")]
    assert uart.any() == 0
    assert uart.tx_done()


def test_reception_that_pauses_is_told_once():
    clock, uart = configured()
    pauses = []
    uart.on_rx_idle(lambda: pauses.append((clock.now_ns, uart.any())))
    uart.feed(b"abcd")
    clock.advance_to(20 * CHARACTER_NS)
    assert pauses == [(4 * CHARACTER_NS + 32 * 10**9 // 9600, 4)]
