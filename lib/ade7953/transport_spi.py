"""ADE7953 registers over SPI: one register per chip-select frame.

Frame (datasheet, SPI section, solid): address, two bytes, then 0x80 to read or 0x00 to write,
then the data; every part most significant byte first.
"""

from micropython import const

from .registers import width

_READ = const(0x80)
_WRITE = const(0x00)
_HEADER = const(3)
_HOLD_US = const(2)  # the chip asks for 1.2


class SpiTransport:
    """The chip on `spi`, a ready-made SPI in mode 3 at no more than 5 MHz, selected by `cs`.

    `cs` is called with 0 to select and 1 to release, and starts released. Nothing allocates
    but `read` of a 32-bit register. A transfer that raises leaves the chip selected; the next
    frame is then lost, and the one after it is sound again.
    """

    def __init__(self, spi, cs):
        self._cs = cs
        self._transfer = spi.write_readinto
        self._tx = tuple([bytearray(_HEADER + n) for n in range(5)])
        self._rx = tuple([bytearray(_HEADER + n) for n in range(5)])
        self._rx24 = self._rx[3]

    def frame(self, register):
        """What `read24` sends to read `register`, made once and kept by the caller."""
        return bytearray((register >> 8, register & 0xFF, _READ, 0, 0, 0))

    def read24(self, frame):
        """The 24 bits of the register that `frame` was made for."""
        cs = self._cs
        rx = self._rx24
        cs(0)
        self._transfer(frame, rx)
        cs(1)
        return rx[3] << 16 | rx[4] << 8 | rx[5]

    def read(self, register):
        """The register's bits, as an unsigned number."""
        count = width(register)
        rx = self._exchange(register, _READ, 0, count)
        value = 0
        for i in range(_HEADER, _HEADER + count):
            value = value << 8 | rx[i]
        return value

    def read_halves(self, register, halves):
        """A 32-bit register into `halves`, an array('H') of two: high, then low."""
        rx = self._exchange(register, _READ, 0, 4)
        halves[0] = rx[3] << 8 | rx[4]
        halves[1] = rx[5] << 8 | rx[6]

    def write(self, register, value):
        """Put the unsigned `value` into `register`. Whether it took is for the caller to read."""
        self._exchange(register, _WRITE, value, width(register))

    def write_holding(self, register, value, sleep_us):
        """As `write`, with the chip selected 2 us longer: CONFIG needs it when bit 15 is 0."""
        count = width(register)
        tx = self._fill(register, _WRITE, value, count)
        self._cs(0)
        self._transfer(tx, self._rx[count])
        sleep_us(_HOLD_US)
        self._cs(1)

    def _fill(self, register, command, value, count):
        tx = self._tx[count]
        tx[0] = register >> 8
        tx[1] = register & 0xFF
        tx[2] = command
        for i in range(_HEADER + count - 1, _HEADER - 1, -1):
            tx[i] = value & 0xFF
            value >>= 8
        return tx

    def _exchange(self, register, command, value, count):
        tx = self._fill(register, command, value, count)
        rx = self._rx[count]
        self._cs(0)
        self._transfer(tx, rx)
        self._cs(1)
        return rx
