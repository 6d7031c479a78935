"""MicroPython's `machine` on the rp2 port: pins, buses, UARTs, watchdog, resets.

Names, defaults and errors after ports/rp2 and extmod of MicroPython 1.25. Peripherals are
singletons per board as on the chip, so a second constructor without arguments finds the
first one's settings.
"""

from . import board as _board
from .machine_uart import UART as UART

PWRON_RESET = 1
WDT_RESET = 3

_EIO = 5
_NS_PER_MS = 1_000_000
_UNSET = object()


def _singleton(cls, key, make):
    """The one object for `key` on the current board, made by `make` the first time."""
    kept = _board().mcu
    if key not in kept:
        kept[key] = make(cls)
    return kept[key]


def _bytes(buf):
    """The bytes of any buffer; TypeError for what is none. (The short cut is for speed.)"""
    return bytes(buf) if type(buf) is bytearray else bytes(memoryview(buf))


def _gpio(pin):
    return pin._gpio if isinstance(pin, Pin) else Pin(pin)._gpio


class Pin:
    """A GPIO."""

    IN, OUT, OPEN_DRAIN, ALT = 0, 1, 2, 3
    PULL_UP, PULL_DOWN = 1, 2
    IRQ_FALLING, IRQ_RISING = 4, 8
    ALT_SPI, ALT_UART, ALT_I2C, ALT_PWM, ALT_SIO = 1, 2, 3, 4, 5
    ALT_PIO0, ALT_PIO1, ALT_GPCK, ALT_USB = 6, 7, 8, 9

    def __new__(cls, id, mode=None, pull=None, *, value=None, alt=ALT_SIO):
        if isinstance(id, Pin):
            return id
        if isinstance(id, str):
            if not (id.startswith("GP") and id[2:].isdigit() and int(id[2:]) < 30):
                raise ValueError('unknown named pin "' + id + '"')
            id = int(id[2:])
        if not isinstance(id, int) or not 0 <= id < 30:
            raise ValueError("invalid pin")
        return _singleton(cls, ("pin", id), lambda cls: object.__new__(cls)._attach(id))

    def __init__(self, id, mode=None, pull=None, *, value=None, alt=ALT_SIO):
        if mode is not None or pull is not None or value is not None:
            self.init(mode, pull, value=value, alt=alt)

    def _attach(self, gpio):
        self._gpio = gpio
        self._board = _board()
        self._mode = self.IN
        self._pull = 0
        self._latch = 0
        self._alt = self.ALT_SIO
        self._put = self._hold
        self._irq = None
        return self

    def __repr__(self):
        return "Pin(GPIO%d, mode=%s)" % (
            self._gpio,
            ("IN", "OUT", "OPEN_DRAIN", "ALT")[self._mode],
        )

    def init(self, mode=None, pull=None, *, value=None, alt=ALT_SIO):
        """Set mode and pull; an output takes `value` before it begins to drive."""
        if mode is not None and not self.IN <= mode <= self.ALT:
            raise ValueError("invalid pin af: %d" % alt)
        self._pull = 0 if pull is None else pull
        if mode is None:
            return
        self._mode = mode
        self._put = self._hold
        if mode == self.ALT:
            self._take(alt)
            return
        self._take(self.ALT_SIO)
        if mode == self.OUT:
            if value is not None:
                self._latch = 1 if value else 0
            self._put = self._board.pin_driver(self._gpio)
            self._put(self._latch)
        elif mode == self.OPEN_DRAIN:
            # Released is high through the pull-up: for the wire the same as driven high.
            self._put = self._board.pin_driver(self._gpio)
            self._put(1 if value is None or value else 0)

    def _take(self, alt):
        """The function that drives the pin from now on."""
        self._alt = alt
        self._board.connect_uart(self._gpio, alt == self.ALT_UART)
        if alt == self.ALT_SIO:
            return
        self._mode = self.ALT
        self._put = self._hold
        pio = self._board.mcu.get(("pio", alt - self.ALT_PIO0))
        # An idle UART is high; so is what floats, through the pull-up of whatever listens.
        level, driven = pio.output(self._gpio) if pio is not None else (1, False)
        self._board.pin_write(self._gpio, level if driven else 1)

    def _pio_drives(self, block, level, driven):
        """A PIO block has changed what it makes of this pin."""
        if self._alt == self.ALT_PIO0 + block:
            self._board.pin_write(self._gpio, level if driven else 1)

    def _hold(self, level):
        """An input's output latch: shows once the pin becomes an output."""
        self._latch = level

    def __call__(self, value=_UNSET):
        if value is _UNSET:
            return self._get()
        self._put(1 if value else 0)
        return None

    value = __call__

    def on(self):
        """Drive high."""
        self._put(1)

    def off(self):
        """Drive low."""
        self._put(0)

    high = on
    low = off

    def toggle(self):
        """Drive the other level."""
        self._put(1 - self._get())

    def _get(self):
        if self._mode in (self.IN, self.ALT) and not self._board.pin_wired(self._gpio):
            return 1 if self._pull & self.PULL_UP else 0
        return self._board.pin_read(self._gpio)

    def irq(self, handler=None, trigger=IRQ_FALLING | IRQ_RISING, hard=False):
        """Have `handler(pin)` called at edges that the board has events for."""
        if handler is None:
            self._board.on_edge(self._gpio, None)
            return self

        def edge(level):
            if trigger & (self.IRQ_RISING if level else self.IRQ_FALLING):
                handler(self)

        self._board.on_edge(self._gpio, edge)
        return self


class SPI:
    """A hardware SPI controller."""

    LSB, MSB = 0, 1
    _DEFAULT_WIRES = ((18, 19, 16), (10, 11, 8))  # sck, mosi, miso on a Pico

    def __new__(cls, id, *args, **kwargs):
        if id not in (0, 1):
            raise ValueError("SPI(%d) doesn't exist" % id)
        return _singleton(cls, ("spi", id), object.__new__)

    def __init__(self, id, *args, **kwargs):
        if args or kwargs or not hasattr(self, "_bus"):
            self._setup(id, *args, **kwargs)

    def _setup(
        self,
        id,
        baudrate=1000000,
        *,
        polarity=0,
        phase=0,
        bits=8,
        firstbit=MSB,
        sck=None,
        mosi=None,
        miso=None,
    ):
        given = sck, mosi, miso
        wires = list(getattr(self, "_wires", self._DEFAULT_WIRES[id]))
        for at, name, low in ((0, "SCK", 2), (1, "MOSI", 3), (2, "MISO", 0)):
            if given[at] is not None:
                gpio = _gpio(given[at])
                if gpio & 3 != low or gpio >> 3 & 1 != id:
                    raise ValueError("bad %s pin" % name)
                wires[at] = gpio
        self._wires = tuple(wires)
        self._bus = _board().spi(id, self._wires)
        self.init(baudrate=baudrate, polarity=polarity, phase=phase, bits=bits, firstbit=firstbit)

    def init(self, *, baudrate=-1, polarity=-1, phase=-1, bits=-1, firstbit=-1):
        """Change what is given."""
        if firstbit == self.LSB:
            raise NotImplementedError("LSB")
        if bits not in (-1, 8):
            raise NotImplementedError("the models exchange bytes")
        self._polarity = getattr(self, "_polarity", 0) if polarity == -1 else polarity
        self._phase = getattr(self, "_phase", 0) if phase == -1 else phase
        self._bus.configure(self._polarity, self._phase)

    def deinit(self):
        """Nothing happens on the rp2 port."""

    def write(self, buf):
        """Send `buf`."""
        self._bus.exchange(_bytes(buf))

    def read(self, nbytes, write=0):
        """Receive `nbytes` while sending `write`."""
        return self._bus.exchange(bytes((write,)) * nbytes)

    def readinto(self, buf, write=0):
        """Fill `buf` while sending `write`."""
        view = buf if type(buf) is bytearray else memoryview(buf).cast("B")
        view[:] = self._bus.exchange(bytes((write,)) * len(view))

    def write_readinto(self, write_buf, read_buf):
        """Send one buffer, fill another of the same length."""
        view = read_buf if type(read_buf) is bytearray else memoryview(read_buf).cast("B")
        data = _bytes(write_buf)
        if len(data) != len(view):
            raise ValueError("buffers must be the same length")
        view[:] = self._bus.exchange(data)


class I2C:
    """A hardware I2C controller. A missing acknowledge is OSError EIO, as on the rp2 port."""

    _DEFAULT_WIRES = ((5, 4), (7, 6))  # scl, sda on a Pico

    def __init__(self, id=0, freq=400000, *, scl=None, sda=None, timeout=50000):
        if id not in (0, 1):
            raise ValueError("I2C(%d) doesn't exist" % id)
        wires = list(self._DEFAULT_WIRES[id])
        for at, name, pin in ((0, "SCL", scl), (1, "SDA", sda)):
            if pin is not None:
                gpio = _gpio(pin)
                if gpio & 1 == at or gpio >> 1 & 1 != id:
                    raise ValueError("bad %s pin" % name)
                wires[at] = gpio
        self._bus = _board().i2c(id, tuple(wires))

    def _read(self, addr, nbytes):
        data = self._bus.read(addr, nbytes)
        if data is None:
            raise OSError(_EIO)
        return data

    def _write(self, addr, data):
        acknowledged = self._bus.write(addr, data)
        if acknowledged is None:
            raise OSError(_EIO)
        return acknowledged

    def scan(self):
        """Addresses that acknowledge, 0x08 to 0x77."""
        return [addr for addr in range(0x08, 0x78) if self._bus.write(addr, b"") is not None]

    def readfrom(self, addr, nbytes, stop=True):
        """Read `nbytes`."""
        return self._read(addr, nbytes)

    def readfrom_into(self, addr, buf, stop=True):
        """Fill `buf`."""
        view = memoryview(buf).cast("B")
        view[:] = self._read(addr, len(view))

    def writeto(self, addr, buf, stop=True):
        """Send `buf`; returns the number of bytes acknowledged."""
        return self._write(addr, _bytes(buf))

    def writevto(self, addr, vector, stop=True):
        """Send several buffers as one."""
        return self._write(addr, b"".join(_bytes(part) for part in vector))

    def readfrom_mem(self, addr, memaddr, nbytes, *, addrsize=8):
        """Read `nbytes` from register `memaddr`."""
        self._write(addr, memaddr.to_bytes(addrsize // 8, "big"))
        return self._read(addr, nbytes)

    def readfrom_mem_into(self, addr, memaddr, buf, *, addrsize=8):
        """Fill `buf` from register `memaddr`."""
        self._write(addr, memaddr.to_bytes(addrsize // 8, "big"))
        self.readfrom_into(addr, buf)

    def writeto_mem(self, addr, memaddr, buf, *, addrsize=8):
        """Write `buf` to register `memaddr`."""
        self._write(addr, memaddr.to_bytes(addrsize // 8, "big") + _bytes(buf))


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
