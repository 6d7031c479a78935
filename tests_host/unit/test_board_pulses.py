"""The pulse driver on the virtual board: CF1 counted to the edge, the LED in two hands."""

import machine
import pytest
import rp2

from boards.pico_meter import pins
from boards.pico_meter.pulses import Pulses
from picometer.virtual.clock import NS_PER_MS, NS_PER_S
from picometer.virtual.mains import ConstantLoad


def cf1_on(board):
    """Have the chip give pulses of 500 counts of coil A."""
    spi = machine.SPI(
        pins.AFE_SPI,
        polarity=1,
        phase=1,
        sck=machine.Pin(pins.AFE_SCK),
        mosi=machine.Pin(pins.AFE_MOSI),
        miso=machine.Pin(pins.AFE_MISO),
    )
    cs = machine.Pin(pins.AFE_CS, machine.Pin.OUT, value=1)
    for frame in (b"\x01\x03\x00\x01\xf4", b"\x01\x03\x00\x01\xf4", b"\x01\x07\x00\x02\x00"):
        cs(0)
        spi.write(frame)
        cs(1)


@pytest.fixture
def pulsing(virtual_board):
    virtual_board.mains.change(ConstantLoad(3000))
    virtual_board.clock.advance_to(NS_PER_S)
    cf1_on(virtual_board)
    return virtual_board


def uart():
    return machine.UART(
        pins.OPTICAL_UART, 9600, tx=machine.Pin(pins.OPTICAL_TX), rx=machine.Pin(pins.OPTICAL_RX)
    )


def driver():
    return Pulses(machine.Pin(pins.AFE_CF1, machine.Pin.IN), machine.Pin(pins.OPTICAL_TX))


def changes(board):
    seen = []
    board.optical_led.listen(lambda lit, now_ns: seen.append((lit, now_ns)))
    return seen


def test_the_count_is_that_of_the_chip(pulsing):
    before = pulsing.afe.cf1_pulses
    pulses = driver()
    for _ in range(20):
        pulsing.clock.advance_to(pulsing.clock.now_ns + 777 * NS_PER_MS)
        assert pulses.count() == pulsing.afe.cf1_pulses - before
    assert pulses.count() > 50


def test_the_led_is_lit_while_a_pulse_lasts_and_only_when_it_is_the_pulses(pulsing):
    uart()
    seen = changes(pulsing)
    pulses = driver()
    falls = []
    pulsing.afe.on_cf1_fall(lambda: falls.append(pulsing.clock.now_ns))
    pulsing.clock.advance_to(3 * NS_PER_S)
    lit = [when for on, when in seen if on]
    assert lit == falls != []
    assert all(on != seen[i + 1][0] for i, (on, _) in enumerate(seen[:-1]))
    pulses.mirror(0)
    seen.clear()
    counted = pulses.count()
    pulsing.clock.advance_to(6 * NS_PER_S)
    assert seen == [] and not pulsing.optical_led.lit
    assert pulses.count() > counted
    pulses.mirror(1)
    pulsing.clock.advance_to(7 * NS_PER_S)
    assert seen != []


def test_a_pulse_under_way_shows_at_once_when_the_led_changes_hands(pulsing):
    uart()
    pulses = driver()
    while pulsing.afe.cf1:
        pulsing.clock.advance_to(pulsing.clock.now_ns + NS_PER_MS)
    assert pulsing.optical_led.lit
    pulses.mirror(0)
    assert not pulsing.optical_led.lit
    pulses.mirror(1)
    assert pulsing.optical_led.lit


def test_bytes_are_heard_only_while_the_pin_is_the_uarts(virtual_board):
    heard = []
    virtual_board.optical.on_byte(lambda byte, when_ns: heard.append(byte))
    port = uart()
    pulses = driver()
    clock = virtual_board.clock
    for mirrored, byte in ((1, b"a"), (0, b"b"), (1, b"c")):
        pulses.mirror(mirrored)
        port.write(byte)
        clock.advance_to(clock.now_ns + 2 * NS_PER_MS)
    port.init(baudrate=19200)  # takes the pin
    port.write(b"d")
    clock.advance_to(clock.now_ns + 2 * NS_PER_MS)
    assert bytes(heard) == b"bd"


def test_lost_and_added_pulses_reach_the_counter_as_the_wire_has_them(pulsing):
    pulses = driver()
    before = pulsing.afe.cf1_pulses
    pulsing.cf1.lose(3)
    pulsing.clock.advance_to(3 * NS_PER_S)
    assert pulses.count() == pulsing.afe.cf1_pulses - before - 3
    pulsing.cf1.add(5)
    assert pulses.count() == pulsing.afe.cf1_pulses - before + 2
    while pulsing.afe.cf1:
        pulsing.clock.advance_to(pulsing.clock.now_ns + NS_PER_MS)
    counted = pulses.count()
    pulsing.cf1.add(1)
    assert pulses.count() == counted + 1
    assert pulsing.pin_read(pins.AFE_CF1) == 0
    pulsing.clock.advance_to(pulsing.clock.now_ns + 100 * NS_PER_MS)
    assert pulses.count() == pulsing.afe.cf1_pulses - before + 3


def test_after_a_reset_nothing_is_counted_until_the_driver_is_made_anew(pulsing):
    old = driver()
    pulsing.clock.advance_to(2 * NS_PER_S)
    counted = old.count()
    pulsing._restart(after_watchdog=True)
    seen = changes(pulsing)
    pulsing.clock.advance_to(3 * NS_PER_S)
    assert old.count() == counted and seen == []
    new, before = driver(), pulsing.afe.cf1_pulses
    pulsing.clock.advance_to(4 * NS_PER_S)
    assert new.count() == pulsing.afe.cf1_pulses - before > 0
    assert seen != []


def test_a_counter_that_does_not_answer_is_not_waited_for(virtual_board):
    pulses = driver()
    for _ in range(4):
        pulses._machine.exec(0x8000)  # leaves the FIFO full
    pulses._machine._machine.received.clear()
    pulses._machine._machine.execute = lambda word: None
    with pytest.raises(OSError, match="does not answer"):
        pulses.count()


def test_a_machine_needs_no_pins(virtual_board):
    @rp2.asm_pio()
    def program():
        wait(1, gpio, 22)  # noqa: F821
        wait(0, gpio, 22)  # noqa: F821

    other = rp2.StateMachine(4, program)
    assert other.active(1)
    rp2.PIO(1).remove_program(program)
    with pytest.raises(ValueError):
        rp2.PIO(1).remove_program(program)
