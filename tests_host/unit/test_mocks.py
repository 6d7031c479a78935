"""The mocks of machine, micropython and rp2: MicroPython's names, defaults and errors."""

import sys
from array import array

import machine
import micropython
import pytest

from boards.pico_meter import pins
from picometer.virtual import mocks
from picometer.virtual.board import BoardReset
from picometer.virtual.clock import NS_PER_MS, NS_PER_S
from picometer.virtual.power import PowerCut

pytestmark = pytest.mark.usefixtures("virtual_board")

CONFIG_FRAME = bytes((0x01, 0x02, 0x80, 0, 0))


def afe_spi(**settings):
    return machine.SPI(
        pins.AFE_SPI,
        5_000_000,
        polarity=1,
        phase=1,
        sck=machine.Pin(pins.AFE_SCK),
        mosi=machine.Pin(pins.AFE_MOSI),
        miso=machine.Pin(pins.AFE_MISO),
        **settings,
    )


def output(gpio, value=1):
    return machine.Pin(gpio, machine.Pin.OUT, value=value)


def fram():
    spi = machine.SPI(
        pins.FRAM_SPI,
        10_000_000,
        sck=machine.Pin(pins.FRAM_SCK),
        mosi=machine.Pin(pins.FRAM_MOSI),
        miso=machine.Pin(pins.FRAM_MISO),
    )
    return spi, output(pins.FRAM_CS)


# Pins


def test_pins_are_singletons_and_take_names():
    assert machine.Pin(3) is machine.Pin("GP3") is machine.Pin(machine.Pin(3))


@pytest.mark.parametrize("wrong", [30, -1, "GP99", "LED?", None])
def test_a_pin_that_is_none_is_a_value_error(wrong):
    with pytest.raises(ValueError):
        machine.Pin(wrong)


def test_an_output_takes_its_value_before_it_drives(virtual_board):
    seen = []
    virtual_board.lcd.cs = seen.append
    virtual_board._listeners[pins.LCD_CS] = seen.append
    pin = machine.Pin(pins.LCD_CS, machine.Pin.OUT, value=1)
    assert seen == []
    assert pin() == 1
    pin.off()
    pin.off()
    pin(1)
    pin.value(0)
    pin.toggle()
    assert seen == [0, 1, 0, 1]


def test_an_input_reads_its_net_or_its_pull(virtual_board):
    lever = machine.Pin(pins.LEVER, machine.Pin.IN, machine.Pin.PULL_UP)
    assert lever.value() == 1
    virtual_board.switch(pins.LEVER, closed=True)
    assert lever() == 0
    unconnected = machine.Pin(24, machine.Pin.IN, machine.Pin.PULL_UP)
    assert unconnected() == 1
    unconnected.init(machine.Pin.IN)
    assert unconnected() == 0
    unconnected(1)  # the output latch of an input shows nowhere...
    assert unconnected() == 0
    unconnected.init(machine.Pin.OUT)  # ...until it drives
    assert unconnected() == 1


def test_edges_reach_the_handler_that_asked_for_them(virtual_board):
    seen = []
    magnet = machine.Pin(pins.MAGNET, machine.Pin.IN, machine.Pin.PULL_UP)
    magnet.irq(lambda pin: seen.append(pin()), machine.Pin.IRQ_FALLING)
    virtual_board.switch(pins.MAGNET, closed=True)
    virtual_board.switch(pins.MAGNET, closed=False)
    assert seen == [0]


def test_cf1_pulses_reach_the_handler(virtual_board):
    from picometer.virtual.mains import ConstantLoad

    virtual_board.mains.change(ConstantLoad(48_000))
    virtual_board.clock.advance_to(NS_PER_S)
    falls = []
    pin = machine.Pin(pins.AFE_CF1, machine.Pin.IN)
    pin.irq(lambda pin: falls.append(virtual_board.clock.now_ns), machine.Pin.IRQ_FALLING)
    spi, cs = afe_spi(), output(pins.AFE_CS)
    cs(0)
    spi.write(bytes((0x01, 0x07, 0x00, 0x02, 0x00)))  # CFMODE: CF1 counts A, enabled
    cs(1)
    before = virtual_board.afe.cf1_pulses
    virtual_board.clock.advance_to(3 * NS_PER_S)
    assert len(falls) == virtual_board.afe.cf1_pulses - before > 0


# SPI


def test_write_readinto_reads_the_chip(virtual_board):
    virtual_board.clock.advance_to(100 * NS_PER_MS)
    spi, cs = afe_spi(), output(pins.AFE_CS)
    received = bytearray(5)
    cs(0)
    spi.write_readinto(CONFIG_FRAME, received)
    cs(1)
    assert received[3:] == b"\x80\x04"
    cs(0)
    spi.write(CONFIG_FRAME[:3])
    assert spi.read(2) == b"\x80\x04"
    cs(1)


def test_buffers_of_different_length_are_refused():
    with pytest.raises(ValueError, match="buffers must be the same length"):
        afe_spi().write_readinto(b"abc", bytearray(2))


def test_slices_and_arrays_are_buffers_too(virtual_board):
    spi, cs = fram()
    cs(0)
    spi.write(b"\x06")
    cs(1)
    cs(0)
    spi.write(bytearray((2, 0, 0, 0)))
    spi.write(array("I", [0x04030201, 0x08070605]))
    cs(1)
    assert virtual_board.fram.memory[:8] == bytes(range(1, 9))
    words, buf = array("I", [0]), bytearray(6)
    cs(0)
    spi.write(b"\x03\x00\x00\x02")
    spi.readinto(words)
    spi.readinto(memoryview(buf)[1:3])
    cs(1)
    assert words[0] == 0x06050403
    assert buf == b"\x00\x07\x08\x00\x00\x00"


@pytest.mark.parametrize("not_a_buffer", [5, [1, 2], None])
def test_only_buffers_can_be_sent(not_a_buffer):
    with pytest.raises(TypeError):
        afe_spi().write(not_a_buffer)


def test_spi_refuses_what_the_port_refuses():
    with pytest.raises(ValueError, match=r"SPI\(2\) doesn't exist"):
        machine.SPI(2)
    with pytest.raises(ValueError, match="bad SCK pin"):
        machine.SPI(0, sck=machine.Pin(1))
    with pytest.raises(NotImplementedError, match="LSB"):
        afe_spi(firstbit=machine.SPI.LSB)
    with pytest.raises(TypeError):
        machine.SPI(0, 1_000_000, 1, 1)  # polarity is keyword only


def test_the_fram_needs_its_miso_pin_named(virtual_board):
    """SPI1's default MISO is GPIO 8, where the board has none."""
    cs = output(pins.FRAM_CS)
    cs(0)
    assert machine.SPI(1).read(3, 0x9F) == b"\xff\xff\xff"
    cs(1), cs(0)
    assert machine.SPI(1, miso=machine.Pin(pins.FRAM_MISO)).read(3, 0x9F) == b"\xff\x04\x7f"


def test_a_bare_constructor_keeps_the_settings(virtual_board):
    virtual_board.clock.advance_to(100 * NS_PER_MS)
    afe_spi().init(polarity=0)  # a wrong mode
    output(pins.AFE_CS)(0)
    received = bytearray(5)
    machine.SPI(0).write_readinto(CONFIG_FRAME, received)
    assert received[4] == 0x02


def test_a_power_cut_passes_through_the_driver(virtual_board):
    spi, cs = fram()
    virtual_board.fram.cut_after(0, virtual_board.cut)
    cs(0)
    spi.write(b"\x06")
    cs(1)
    with pytest.raises(PowerCut):
        try:
            cs(0)
            spi.write(b"\x02\x00\x00\x00x")
        except Exception:  # what firmware may catch
            pytest.fail("the firmware caught a power cut")
        finally:
            cs(1)
    assert virtual_board.fram.memory[0] == 0


# I2C


def rtc_i2c():
    return machine.I2C(0, scl=machine.Pin(pins.RTC_SCL), sda=machine.Pin(pins.RTC_SDA))


def test_the_clock_chip_is_on_the_bus():
    i2c = rtc_i2c()
    assert i2c.scan() == [0x68]
    i2c.writeto_mem(0x68, 0x07, b"\x11\x22")
    assert i2c.readfrom_mem(0x68, 0x07, 2) == b"\x11\x22"
    buf = bytearray(1)
    i2c.readfrom_mem_into(0x68, 0x08, buf)
    assert buf == b"\x22"
    assert i2c.writeto(0x68, b"\x07") == 1
    assert i2c.readfrom(0x68, 1) == b"\x11"


@pytest.mark.parametrize(
    "call",
    [
        lambda i2c: i2c.writeto(0x50, b"x"),
        lambda i2c: i2c.readfrom(0x50, 1),
        lambda i2c: i2c.readfrom_mem(0x50, 0, 1),
        lambda i2c: i2c.readfrom_mem_into(0x50, 0, bytearray(1)),
        lambda i2c: i2c.writeto_mem(0x50, 0, b"x"),
    ],
)
def test_no_acknowledge_is_eio(call):
    with pytest.raises(OSError) as refused:
        call(rtc_i2c())
    assert refused.value.errno == 5 or refused.value.args == (5,)


def test_i2c_refuses_what_the_port_refuses():
    with pytest.raises(ValueError, match=r"I2C\(2\) doesn't exist"):
        machine.I2C(2)
    with pytest.raises(ValueError, match="bad SDA pin"):
        machine.I2C(0, sda=machine.Pin(5))


# Watchdog, timer, resets


def test_the_watchdog_has_the_ports_limits():
    with pytest.raises(ValueError, match="timeout exceeds 8388"):
        machine.WDT(timeout=8389)
    with pytest.raises(ValueError, match=r"WDT\(1\) doesn't exist"):
        machine.WDT(1)


def test_feeding_keeps_it_quiet_and_silence_resets(virtual_board):
    watchdog = machine.WDT(timeout=500)
    for i in range(1, 5):
        virtual_board.clock.advance_to(i * 400 * NS_PER_MS)
        watchdog.feed()
    assert machine.reset_cause() == machine.PWRON_RESET
    with pytest.raises(BoardReset):
        virtual_board.clock.advance_to(10 * NS_PER_S)
    assert virtual_board.clock.now_ns == 2100 * NS_PER_MS
    assert machine.reset_cause() == machine.WDT_RESET


def test_reset_is_not_an_exception_that_firmware_catches(virtual_board):
    with pytest.raises(BoardReset) as reset:
        try:
            machine.reset()
        except Exception:
            pytest.fail("the firmware caught its own reset")
    assert reset.value.reason == "reset"
    assert machine.reset_cause() == machine.WDT_RESET


def test_timers_repeat_and_end_with_a_reset(virtual_board):
    seen = []
    machine.Timer(period=100, callback=lambda timer: seen.append(virtual_board.clock.now_ns))
    machine.Timer(mode=machine.Timer.ONE_SHOT, period=50, callback=lambda timer: seen.append(1))
    virtual_board.clock.advance_to(250 * NS_PER_MS)
    assert seen == [1, 100 * NS_PER_MS, 200 * NS_PER_MS]
    with pytest.raises(BoardReset):
        machine.reset()
    virtual_board.clock.advance_to(NS_PER_S)
    assert len(seen) == 3


def test_the_rtc_begins_in_2021_and_can_be_set(virtual_board):
    assert machine.RTC().datetime() == (2021, 1, 1, 4, 0, 0, 0, 0)
    machine.RTC().datetime((2024, 2, 29, 3, 23, 59, 59, 0))
    virtual_board.clock.advance_to(NS_PER_S)
    assert machine.RTC().datetime() == (2024, 3, 1, 4, 0, 0, 0, 0)


# micropython, rp2, and the binding itself


def test_scheduled_calls_run_when_the_firmware_waits(virtual_board):
    seen = []
    for i in range(8):
        micropython.schedule(seen.append, i)
    with pytest.raises(RuntimeError, match="schedule queue full"):
        micropython.schedule(seen.append, 8)
    assert seen == []
    virtual_board.wait_until(virtual_board.clock.now_ns + 1)
    assert seen == list(range(8))


def test_the_heap_lock_counts():
    micropython.heap_lock()
    micropython.heap_lock()
    assert micropython.heap_locked() == 2
    assert micropython.heap_unlock() == 1
    assert micropython.heap_unlock() == 0


def test_decorators_and_const_leave_things_as_they_are():
    def function():
        pass

    assert micropython.native(function) is micropython.viper(function) is function
    assert micropython.const(7) == 7


def test_without_a_board_the_error_says_what_to_do():
    mocks.bind(None)
    with pytest.raises(RuntimeError, match="bind"):
        machine.Pin(1)


def test_the_host_keeps_its_own_time_and_select():
    import select
    import time

    with mocks.device_modules():
        assert sys.modules["time"].ticks_ms() == 0
        assert sys.modules["select"].POLLIN == 1
    assert sys.modules["time"] is time
    assert sys.modules["select"] is select
    with pytest.raises(KeyError), mocks.device_modules():
        raise KeyError
    assert sys.modules["time"] is time
