"""ADE7953 registers over I2C: the same interface as SpiTransport.

Datasheet, I2C section, solid: 7-bit address 0x38, up to 400 kHz, the register's address and
then the data, most significant byte first; a read repeats the start between the two.
"""

from micropython import const

from .errors import BusError
from .registers import width

ADDRESS = const(0x38)


class I2cTransport:
    """The chip at `address` on `i2c`, a ready-made I2C. BusError when it does not acknowledge."""

    def __init__(self, i2c, address=ADDRESS):
        self._i2c = i2c
        self._address = address
        self._pointer = bytearray(2)
        self._tx = tuple([bytearray(2 + n) for n in range(5)])
        self._rx = tuple([bytearray(n) for n in range(5)])
        self._rx24 = self._rx[3]

    def frame(self, register):
        """What `read24` sends to read `register`, made once and kept by the caller."""
        return bytearray((register >> 8, register & 0xFF))

    def read24(self, frame):
        """The 24 bits of the register that `frame` was made for."""
        rx = self._rx24
        self._receive(frame, rx)
        return rx[0] << 16 | rx[1] << 8 | rx[2]

    def read(self, register):
        """The register's bits, as an unsigned number."""
        rx = self._fetch(register, width(register))
        value = 0
        for byte in rx:
            value = value << 8 | byte
        return value

    def read_halves(self, register, halves):
        """A 32-bit register into `halves`, an array('H') of two: high, then low."""
        rx = self._fetch(register, 4)
        halves[0] = rx[0] << 8 | rx[1]
        halves[1] = rx[2] << 8 | rx[3]

    def write(self, register, value):
        """Put the unsigned `value` into `register`. Whether it took is for the caller to read."""
        count = width(register)
        tx = self._tx[count]
        tx[0] = register >> 8
        tx[1] = register & 0xFF
        for i in range(count + 1, 1, -1):
            tx[i] = value & 0xFF
            value >>= 8
        try:
            self._i2c.writeto(self._address, tx)
        except OSError as error:
            raise BusError(register, error.args[0])

    def write_holding(self, register, value, sleep_us):
        """As `write`: the hold time is a rule of SPI alone."""
        self.write(register, value)

    def _fetch(self, register, count):
        pointer = self._pointer
        pointer[0] = register >> 8
        pointer[1] = register & 0xFF
        rx = self._rx[count]
        self._receive(pointer, rx)
        return rx

    def _receive(self, pointer, rx):
        try:
            self._i2c.writeto(self._address, pointer, False)
            self._i2c.readfrom_into(self._address, rx)
        except OSError as error:
            raise BusError(pointer[0] << 8 | pointer[1], error.args[0])
