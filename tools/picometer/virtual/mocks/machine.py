"""MicroPython's `machine` on the rp2 port: pins, buses, UARTs, watchdog, resets.

Names, defaults and errors after ports/rp2 and extmod of MicroPython 1.25. Peripherals are
singletons per board as on the chip, so a second constructor without arguments finds the
first one's settings.
"""

from . import board as _board
from .machine_buses import I2C as I2C
from .machine_buses import SPI as SPI
from .machine_pin import Pin as Pin
from .machine_uart import UART as UART

PWRON_RESET = 1
WDT_RESET = 3

_NS_PER_MS = 1_000_000


class WDT:
    """The watchdog: started by construction, for ever."""

    def __init__(self, id=0, timeout=5000):
        if id != 0:
            raise ValueError("WDT(%d) doesn't exist" % id)
        if not 0 <= timeout <= 8388:
            raise ValueError("timeout exceeds 8388")
        self._board = _board()
        self._board.wdt_start(timeout)

    def feed(self):
        """Put it off by its timeout."""
        self._board.wdt_feed()


class Timer:
    """A software timer."""

    ONE_SHOT, PERIODIC = 0, 1

    def __init__(self, id=-1, **settings):
        if id != -1:
            raise ValueError("Timer doesn't exist")
        self._board = _board()
        self._event = None
        if settings:
            self.init(**settings)

    def init(self, *, mode=PERIODIC, callback=None, period=0xFFFFFFFF, tick_hz=1000, freq=None):
        """(Re)start it."""
        self.deinit()
        self._mcu = self._board.mcu
        self._mode = mode
        self._callback = callback
        delta_us = int(1_000_000 / freq) if freq is not None else period * 1_000_000 // tick_hz
        self._delta_ns = max(delta_us, 1) * 1000
        self._due_ns = self._board.clock.now_ns
        self._arm()

    def _arm(self):
        self._due_ns += self._delta_ns
        self._event = self._board.clock.call_at(self._due_ns, self._due)

    def _due(self):
        if self._board.mcu is not self._mcu:
            return  # the RP2040 has been reset since
        if self._mode == self.PERIODIC:
            self._arm()
        if self._callback is not None:
            self._callback(self)

    def deinit(self):
        """Stop it."""
        if self._event is not None:
            self._board.clock.cancel(self._event)
            self._event = None


class RTC:
    """The RP2040's own clock: no battery, begins in 2021."""

    def datetime(self, datetimetuple=None):
        """Get or set (year, month, day, weekday, hours, minutes, seconds, subseconds)."""
        from . import time  # as late as this: `machine` comes without it on the host

        if datetimetuple is None:
            year, month, day, hour, minute, second, weekday, _ = time.localtime()
            return (year, month, day, weekday, hour, minute, second, 0)
        year, month, day, _, hour, minute, second, _ = datetimetuple
        seconds = time.mktime((year, month, day, hour, minute, second, 0, 0))
        bound = _board()
        elapsed_ns = bound.clock.now_ns - bound.boot_ns
        bound.mcu["rtc_offset_ns"] = seconds * 1_000_000_000 - elapsed_ns
        return None


def reset():
    """Reset the RP2040 (through its watchdog, as `reset_cause` then shows)."""
    _board().reset("reset")


def soft_reset():
    """Restart the interpreter."""
    raise SystemExit


def reset_cause():
    """PWRON_RESET or WDT_RESET."""
    return WDT_RESET if _board().watchdog_reset else PWRON_RESET


def freq(hz=None):
    """The CPU frequency; setting it changes nothing here."""
    return 125_000_000 if hz is None else None


def unique_id():
    """Eight bytes of the flash chip."""
    return b"\xe6\x61\x00\x00virt"


def idle():
    """Wait for an interrupt: a received byte, or the millisecond that the port allows."""
    bound = _board()
    heard = bound.optical.any() + bound.module.any()
    bound.wait_until(
        bound.clock.now_ns + _NS_PER_MS,
        lambda: bound.optical.any() + bound.module.any() > heard,
    )


def disable_irq():
    """Nothing interrupts a step here; returns the state for `enable_irq`."""
    return 0


def enable_irq(state):
    """The counterpart of `disable_irq`."""
