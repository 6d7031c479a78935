"""The pico_meter board: the one file that turns pins and buses into ready-made drivers."""

import builtins
import select
import sys
import time

import machine

from ade7953 import Ade7953, SpiTransport
from boards.pico_meter import layout, pins
from fram import Fram

try:
    import vfs
except ImportError:  # an image without file systems
    vfs = None

# RP2040 datasheet, 2.2.4: the base addresses of the two SPI peripherals.
_SPI_BASE = (0x4003C000, 0x40040000)

_ROOM = 1056  # octets of a UART's buffers: a packet of 1024 and an ACK

_OPTICAL_INPUT = 1 << pins.OPTICAL_UART
_MODULE_INPUT = 1 << pins.MODULE_UART


def _output(gpio, level):
    return machine.Pin(gpio, machine.Pin.OUT, value=level)


def _port(number, tx, rx):
    return machine.UART(
        number,
        baudrate=9600,
        tx=machine.Pin(tx),
        rx=machine.Pin(rx),
        txbuf=_ROOM,  # the largest packet and an ACK, so that no write ever waits for room
        rxbuf=_ROOM,  # likewise, so that a slow step overruns nothing
        timeout=0,
        timeout_char=0,
    )


def _switch(gpio):
    return machine.Pin(gpio, machine.Pin.IN, machine.Pin.PULL_UP)


class Board:
    """What the firmware is built on.

    layout              the FRAM's memory map
    fram                driver
    afe_registers       where native code finds the metering chip: base address of its SPI
                        peripheral and its select bit; None where there are no registers
    development         it can be given other code than it came with: no meter for the field
    ticks_ms, sleep_us  time

    and after `extend()`

    glass               the LCD's glass map
    rtc, lcd            drivers
    optical_uart        UART of the optical port, 9600 8N1, never waiting
    module_uart         UART of the communication module slot, likewise
    pulses              the metering chip's pulses, on the optical LED until told otherwise
    inputs, active      input pins in the order of firmware.inputs, and their active levels

    A port's number is its bit in what `wait` returns.
    """

    OPTICAL = pins.OPTICAL_UART
    MODULE = pins.MODULE_UART

    def __init__(self):
        self.ticks_ms = time.ticks_ms
        self.sleep_us = time.sleep_us
        self.layout = layout
        on_chip = "RP2040" in getattr(sys.implementation, "_machine", "")
        # What cannot compile has no prompt either.
        self.development = hasattr(builtins, "exec")
        self.afe_registers = (_SPI_BASE[pins.AFE_SPI], 1 << pins.AFE_CS) if on_chip else None
        self.fram = Fram(
            machine.SPI(
                pins.FRAM_SPI,
                baudrate=10000000,
                polarity=0,
                phase=0,
                sck=machine.Pin(pins.FRAM_SCK),
                mosi=machine.Pin(pins.FRAM_MOSI),
                miso=machine.Pin(pins.FRAM_MISO),
            ),
            _output(pins.FRAM_CS, 1),
        )
        self._poller = select.poll()
        self._extended = False

    def extend(self):
        """Make what the first tick can do without: clock, display, port and inputs."""
        if self._extended:
            return
        self._extended = True
        from boards.pico_meter import power_fail
        from boards.pico_meter.i2c import I2c
        from boards.pico_meter.pulses import Pulses
        from ds3231 import Ds3231

        self._i2c = I2c(time.sleep_us)
        self.rtc = Ds3231(self._i2c)
        self._extend_display()
        self.optical_uart = _port(pins.OPTICAL_UART, pins.OPTICAL_TX, pins.OPTICAL_RX)
        self.module_uart = _port(pins.MODULE_UART, pins.MODULE_TX, pins.MODULE_RX)
        self.pulses = Pulses(
            machine.Pin(pins.AFE_CF1, machine.Pin.IN), machine.Pin(pins.OPTICAL_TX)
        )
        self.inputs = [
            _switch(gpio)
            for gpio in (
                pins.LEVER,
                pins.TEST_SWITCH,
                pins.MAGNET,
                pins.SEAL_LOOP,
                pins.POWER_FAIL,
            )
        ]
        self.active = bytes((0, 0, 0, 1, 0))
        power_fail.tell(machine.Pin(pins.POWER_FAIL), machine.Pin(pins.MODULE_POWER_FAIL))

    def image(self):
        """The flash with the image that runs; None where the sources run themselves."""
        if sys.path[0] != ".frozen":
            return None
        from boards.pico_meter.flash import Flash

        return Flash()

    def service_lines(self):
        """Lines of the service switch, for models that have one; after `extend()`.

        The expander that they are on is not asked before their first use.
        """
        from boards.pico_meter.service_lines import ServiceLines
        from pcf8574 import Pcf8574

        return ServiceLines(Pcf8574(self._i2c))

    def _extend_display(self):
        from boards.pico_meter.glass import GLASS
        from ht1621 import Ht1621

        self.glass = GLASS
        self.lcd = Ht1621(
            _output(pins.LCD_CS, 1), _output(pins.LCD_WR, 1), _output(pins.LCD_DATA, 1)
        )

    def afe(self, settings):
        """The metering chip's driver with the register image of a rating and calibration."""
        spi = machine.SPI(
            pins.AFE_SPI,
            baudrate=5000000,
            polarity=1,
            phase=1,
            sck=machine.Pin(pins.AFE_SCK),
            mosi=machine.Pin(pins.AFE_MOSI),
            miso=machine.Pin(pins.AFE_MISO),
        )
        return Ade7953(
            SpiTransport(spi, _output(pins.AFE_CS, 1)),
            settings,
            reset_pin=_output(pins.AFE_RESET, 1),
            sleep_ms=time.sleep_ms,
            sleep_us=time.sleep_us,
            ticks_ms=time.ticks_ms,
        )

    def files_mounted(self):
        """There is a file system at "/": firmware/_boot.py formats none that is damaged.

        True of an image that is to have none.
        """
        if vfs is None:
            return True
        for _, point in vfs.mount():
            if point == "/":
                return True
        return False

    def listen(self, port):
        """Have input at a port, OPTICAL or MODULE, end `wait`.

        Only for a port that a duty reads: with input that nobody takes no wait would last.
        """
        uart = self.optical_uart if port == self.OPTICAL else self.module_uart
        self._poller.register(uart, select.POLLIN)

    def wait(self, ms):
        """Wait up to `ms` milliseconds, or until a port has input: its bit is then set."""
        ports = 0
        for ready in self._poller.ipoll(ms):
            ports |= _OPTICAL_INPUT if ready[0] is self.optical_uart else _MODULE_INPUT
        return ports

    def reset_by_watchdog(self):
        """Whether the last start followed a reset by the watchdog, which commanded resets use."""
        return machine.reset_cause() == machine.WDT_RESET

    def reset(self):
        """Restart the processor; the metering chip goes on counting."""
        machine.reset()

    def watchdog(self):
        """Start the watchdog, which nothing stops again; returns what feeds it."""
        return machine.WDT(timeout=8000).feed
