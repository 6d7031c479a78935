"""`machine.SPI` and `machine.I2C` on the rp2 port, over the virtual board's buses."""

from . import board as _board
from .machine_pin import Pin, gpio_of, singleton

_EIO = 5
_ETIMEDOUT = 110


def _bytes(buf):
    """The bytes of any buffer; TypeError for what is none. (The short cut is for speed.)"""
    return bytes(buf) if type(buf) is bytearray else bytes(memoryview(buf))


class SPI:
    """A hardware SPI controller."""

    LSB, MSB = 0, 1
    _DEFAULT_WIRES = ((18, 19, 16), (10, 11, 8))  # sck, mosi, miso on a Pico

    def __new__(cls, id, *args, **kwargs):
        if id not in (0, 1):
            raise ValueError("SPI(%d) doesn't exist" % id)
        return singleton(cls, ("spi", id), object.__new__)

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
                gpio = gpio_of(given[at])
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
    """A hardware I2C controller. A missing acknowledge is OSError EIO, as on the rp2 port.

    It waits for a bus that is not free until its `timeout`, microseconds, has passed: that is
    ETIMEDOUT. It has the bus only while both pins are its own.
    """

    _DEFAULT_WIRES = ((5, 4), (7, 6))  # scl, sda on a Pico

    def __init__(self, id=0, freq=400000, *, scl=None, sda=None, timeout=50000):
        if id not in (0, 1):
            raise ValueError("I2C(%d) doesn't exist" % id)
        wires = list(self._DEFAULT_WIRES[id])
        for at, name, pin in ((0, "SCL", scl), (1, "SDA", sda)):
            if pin is not None:
                gpio = gpio_of(pin)
                if gpio & 1 == at or gpio >> 1 & 1 != id:
                    raise ValueError("bad %s pin" % name)
                wires[at] = gpio
        self._board = _board()
        self._bus = self._board.i2c(id, tuple(wires))
        self._pins = [Pin(gpio, Pin.ALT, alt=Pin.ALT_I2C) for gpio in wires]
        self._timeout_ns = timeout * 1000

    def _claim(self):
        """The bus is free, and the pins lead to it; else OSError, after as long as that takes."""
        for pin in self._pins:
            if not pin.is_alt(Pin.ALT_I2C):
                raise OSError(_EIO)
        if not self._bus.sda or not self._bus.scl:
            self._board.wait_until(self._board.clock.now_ns + self._timeout_ns)
            raise OSError(_ETIMEDOUT)

    def _read(self, addr, nbytes):
        self._claim()
        data = self._bus.read(addr, nbytes)
        if data is None:
            raise OSError(_EIO)
        return data

    def _write(self, addr, data):
        self._claim()
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
