"""The I2C bus of the clock chip and the I/O expander, freed when a chip holds it.

A processor that restarts in the middle of a transaction, or a disturbance of SCL, leaves a chip
that goes on pulling SDA low until it gets the clocks that it waits for (UM10204, 3.1.16; the
DS3231's data sheet says the same of that chip). Neither chip has a reset, and the expander may
hold a coil of the service switch.
"""

import machine
from micropython import const

from boards.pico_meter import pins

_CLOCKS = const(9)  # an octet and its acknowledge
_HALF_US = const(5)  # of a clock, as slow as any chip needs
_TIMEOUT_US = const(2000)  # the longest transaction takes 500


class I2c:
    """The calls of machine.I2C that the chips' drivers make. None allocates when it succeeds.

    A transaction that fails frees the bus, and is tried once more: OSError says that it failed
    twice. That takes 5 ms at the most, 10 ms for a read of registers.

    sleep_us  as MicroPython's
    """

    def __init__(self, sleep_us):
        self._sleep_us = sleep_us
        self._set_up()

    def writeto(self, address, buf):
        """Send `buf`; octets acknowledged."""
        try:
            return self._i2c.writeto(address, buf)
        except OSError:
            self._free()
        return self._i2c.writeto(address, buf)

    def readfrom_into(self, address, buf):
        """Fill `buf`."""
        try:
            return self._i2c.readfrom_into(address, buf)
        except OSError:
            self._free()
        return self._i2c.readfrom_into(address, buf)

    def writeto_mem(self, address, register, buf):
        """Send `buf` to the registers from `register` on."""
        try:
            return self._i2c.writeto_mem(address, register, buf)
        except OSError:
            self._free()
        return self._i2c.writeto_mem(address, register, buf)

    def readfrom_mem_into(self, address, register, buf):
        """Fill `buf` from the registers from `register` on."""
        try:
            return self._i2c.readfrom_mem_into(address, register, buf)
        except OSError:
            self._free()
        return self._i2c.readfrom_mem_into(address, register, buf)

    def _set_up(self):
        # Also resets the peripheral, which may still wait for the bus.
        self._i2c = machine.I2C(
            pins.RTC_I2C,
            scl=machine.Pin(pins.RTC_SCL),
            sda=machine.Pin(pins.RTC_SDA),
            freq=400000,
            timeout=_TIMEOUT_US,
        )

    def _free(self):
        # Up to nine clocks, each followed by a stop, until the stop shows: an octet that a chip
        # sends ends with a clock at which it leaves SDA to the master.
        pin = machine.Pin
        sda = pin(pins.RTC_SDA, pin.OPEN_DRAIN, pin.PULL_UP, value=1)
        scl = pin(pins.RTC_SCL, pin.OPEN_DRAIN, pin.PULL_UP, value=1)
        wait = self._sleep_us
        for _ in range(_CLOCKS):
            scl(0)
            wait(_HALF_US)
            sda(0)
            scl(1)
            wait(_HALF_US)
            sda(1)
            wait(_HALF_US)
            if sda():
                break
        self._set_up()
