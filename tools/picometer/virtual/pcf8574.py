"""A PCF8574: eight quasi-bidirectional pins on I2C.

After NXP's data sheet: pins are high after power-up; a written 1 is a weak pull-up, which
whatever is outside can pull low, a written 0 drives low.
"""

from collections.abc import Callable

_REST = 0xFF


class Pcf8574:
    """The chip at transaction level: `i2c_write(data)`, `i2c_read(n)`.

    written       the latch: what was last written, all ones after power-up
    transactions  how often it was asked for anything
    """

    def __init__(self, address: int = 0x20) -> None:
        self.i2c_address = address
        self.written = _REST
        self.transactions = 0
        self._powered = False
        self._listeners: dict[int, Callable[[int], None]] = {}
        self._outside: dict[int, Callable[[], int]] = {}

    def listen(self, pin: int, callback: Callable[[int], None]) -> None:
        """Have `callback(level)` called at each change of what is written to `pin`."""
        self._listeners[pin] = callback

    def connect(self, pin: int, read: Callable[[], int]) -> None:
        """Something outside pulls `pin` low while `read()` is 0."""
        self._outside[pin] = read

    def power_on(self) -> None:
        """Supply on: every pin is an input."""
        self._powered = True

    def power_off(self) -> None:
        """Supply off: nothing drives any more."""
        self._powered = False
        self._latch(_REST)

    def i2c_write(self, data: bytes) -> int:
        """A write transaction; every byte goes to the pins. Returns bytes taken."""
        self.transactions += 1
        if not self._powered:
            return 0
        for levels in data:
            self._latch(levels)
        return len(data)

    i2c_more = i2c_write

    def i2c_read(self, n: int) -> bytes:
        """A read transaction: the levels of the pins, `n` times."""
        self.transactions += 1
        if not self._powered:
            return b"\xff" * n
        levels = self.written
        for pin, read in self._outside.items():
            if not read():
                levels &= ~(1 << pin)
        return bytes((levels,)) * n

    def _latch(self, levels: int) -> None:
        changed = self.written ^ levels
        self.written = levels
        for pin, callback in self._listeners.items():
            if changed >> pin & 1:
                callback(levels >> pin & 1)
