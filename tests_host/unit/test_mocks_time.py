"""The mocks of time, select and machine.UART: the device's clock and its waits."""

import machine
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boards.pico_meter import pins
from picometer.virtual import mocks
from picometer.virtual.clock import NS_PER_MS, NS_PER_S

with mocks.device_modules():
    import select
    import time

pytestmark = pytest.mark.usefixtures("virtual_board")

PERIOD = 1 << 30
CHARACTER_NS = 1_041_667


def uart(**settings):
    settings = {"baudrate": 9600, "tx": pins.OPTICAL_TX, "rx": pins.OPTICAL_RX, **settings}
    settings["tx"], settings["rx"] = machine.Pin(settings["tx"]), machine.Pin(settings["rx"])
    return machine.UART(pins.OPTICAL_UART, **settings)


# time


def test_ticks_count_from_boot_and_wrap_at_two_to_the_thirty(virtual_board):
    assert (time.ticks_ms(), time.ticks_us()) == (0, 0)
    virtual_board.clock.advance_to(PERIOD * 1000 + 5000)
    assert time.ticks_us() == 5
    virtual_board.clock.advance_to(PERIOD * NS_PER_MS - 1)
    assert time.ticks_ms() == PERIOD - 1
    virtual_board.clock.advance_to(PERIOD * NS_PER_MS)
    assert time.ticks_ms() == 0
    virtual_board.power_off()
    virtual_board.clock.advance_to(PERIOD * NS_PER_MS + 7 * NS_PER_S)
    virtual_board.power_on()
    assert time.ticks_ms() == 0


@settings(max_examples=100, deadline=None)
@given(st.integers(0, PERIOD - 1), st.integers(1 - PERIOD // 2, PERIOD // 2 - 1))
def test_ticks_diff_undoes_ticks_add(ticks, delta):
    later = time.ticks_add(ticks, delta)
    assert 0 <= later < PERIOD
    assert time.ticks_diff(later, ticks) == delta
    assert time.ticks_diff(ticks, later) == -delta


@pytest.mark.parametrize("delta", [PERIOD // 2, -PERIOD // 2])
def test_too_far_a_tick_overflows(delta):
    with pytest.raises(OverflowError, match="ticks interval overflow"):
        time.ticks_add(0, delta)


def test_sleeping_moves_the_clock_and_nothing_else_does(virtual_board):
    time.sleep_ms(12)
    time.sleep_us(34)
    time.sleep(1.5)
    time.sleep_ms(-5)
    time.sleep_us(0)
    assert virtual_board.clock.now_ns == 1_512_034_000


def test_a_loop_that_only_watches_the_clock_ends(virtual_board):
    start = time.ticks_us()
    looks = 0
    while time.ticks_diff(time.ticks_us(), start) < 50:
        looks += 1
    assert 50 <= time.ticks_us() - start <= 52
    assert looks > 50


def test_calendar_time_is_of_1970_and_begins_in_2021(virtual_board):
    assert time.localtime() == (2021, 1, 1, 0, 0, 0, 4, 1)
    virtual_board.clock.advance_to(86_400 * NS_PER_S)
    assert time.time() == 1_609_459_200 + 86_400
    assert time.time_ns() == time.time() * 10**9
    assert time.gmtime(0) == (1970, 1, 1, 0, 0, 0, 3, 1)
    assert time.mktime((2021, 1, 2, 0, 0, 0, 0, 0)) == time.time()
    with pytest.raises(TypeError, match="length 8 or 9"):
        time.mktime((2021, 1, 2))


# select


def test_a_poll_wakes_at_the_instant_of_a_byte(virtual_board):
    port, poller = uart(), select.poll()
    poller.register(port, select.POLLIN)
    virtual_board.clock.advance_to(NS_PER_S)
    virtual_board.optical.feed(b"ab")
    for obj, event in poller.ipoll(1000):
        assert obj is port
        assert event == select.POLLIN
    assert virtual_board.clock.now_ns == NS_PER_S + CHARACTER_NS
    assert port.any() == 1


def test_a_poll_ends_at_its_limit(virtual_board):
    poller = select.poll()
    poller.register(uart(), select.POLLIN)
    assert poller.poll(25) == []
    assert virtual_board.clock.now_ns == 25 * NS_PER_MS
    assert list(poller.ipoll(0)) == []
    assert virtual_board.clock.now_ns == 25 * NS_PER_MS


def test_by_default_a_poll_waits_for_room_too(virtual_board):
    port, poller = uart(), select.poll()
    poller.register(port)
    assert poller.poll() == [(port, select.POLLOUT)]
    poller.modify(port, select.POLLIN)
    assert poller.poll(0) == []
    poller.unregister(port)
    poller.unregister(port)
    with pytest.raises(OSError):
        poller.modify(port, select.POLLIN)
    with pytest.raises(OSError):
        poller.register(object())


def test_a_one_shot_poll_reports_once(virtual_board):
    port, poller = uart(), select.poll()
    poller.register(port, select.POLLIN)
    virtual_board.optical.feed(b"a", paced=False)
    assert len(list(poller.ipoll(0, 1))) == 1
    assert list(poller.ipoll(0, 1)) == []


def test_idle_ends_at_a_byte_or_after_a_millisecond(virtual_board):
    uart(baudrate=115200)
    machine.idle()
    assert virtual_board.clock.now_ns == NS_PER_MS
    virtual_board.optical.feed(b"a")
    machine.idle()
    assert virtual_board.clock.now_ns == NS_PER_MS + 86_806


# machine.UART


def test_reading_nothing_is_none_at_the_next_millisecond(virtual_board):
    port = uart()
    assert port.read() is None
    assert port.readinto(bytearray(4)) is None
    assert port.read(1) is None
    assert virtual_board.clock.now_ns == 3 * NS_PER_MS


def test_what_any_reports_is_read_without_waiting(virtual_board):
    port = uart()
    virtual_board.optical.feed(b"hello", paced=False)
    buf = bytearray(8)
    assert port.readinto(buf, port.any()) == 5
    assert bytes(buf) == b"hello\x00\x00\x00"
    virtual_board.optical.feed(b"bye", paced=False)
    assert port.read(3) == b"bye"
    assert virtual_board.clock.now_ns == 0


def test_reading_more_waits_for_the_characters_that_follow(virtual_board):
    port = uart(timeout=10)
    virtual_board.optical.feed(b"one\ntwo")
    assert port.readline() == b"one\n"
    assert port.read() == b"two"
    # The default timeout_char is the time of a character, and it counts to the next one.
    assert 7 * CHARACTER_NS < virtual_board.clock.now_ns <= 12 * NS_PER_MS


def test_writing_more_than_fits_returns_what_went(virtual_board):
    port = uart(txbuf=32)
    assert port.write(b"x" * 20) == 20
    assert not port.txdone()
    assert port.write(b"y" * 100) == 100  # each following one waits its character time
    virtual_board.optical.tx_paced = True
    port.flush()
    assert port.txdone()
    assert virtual_board.clock.now_ns == 120 * CHARACTER_NS


def test_init_changes_what_it_is_given_and_keeps_what_was_received(virtual_board):
    port = uart(rxbuf=1024)
    virtual_board.optical.feed(b"kept", paced=False)
    port.init(baudrate=38400)
    assert virtual_board.optical.baud == 38400
    assert port.read(4) == b"kept"
    virtual_board.optical.feed(bytes(2000), paced=False)
    assert port.any() == 1024 + 32


def test_the_ports_default_rate_is_115200(virtual_board):
    machine.UART(0)
    assert virtual_board.optical.baud == 115200


def test_uart_refuses_what_the_port_refuses():
    with pytest.raises(ValueError, match=r"UART\(2\) doesn't exist"):
        machine.UART(2)
    with pytest.raises(ValueError, match="bad TX pin"):
        uart(tx=1)
    with pytest.raises(ValueError, match="rxbuf too large"):
        uart(rxbuf=40000)


def test_the_receive_idle_interrupt_calls_with_the_uart(virtual_board):
    port = uart()
    seen = []
    port.irq(lambda which: seen.append((which, which.any())), machine.UART.IRQ_RXIDLE)
    virtual_board.optical.feed(b"abc")
    virtual_board.clock.advance_to(NS_PER_S)
    assert seen == [(port, 3)]
