"""PCF8574: eight input and output pins on I2C.

Facts from the NXP PCF8574 data sheet (quasi-bidirectional pins, high after power-up): confidence
high. A pin that was written high is an input, pulled up weakly; one that was written low drives
low. The chip has no reset: it holds what was written until its supply goes, whatever the
processor does meanwhile.
"""

from micropython import const

ADDRESS = const(0x20)  # with all three address pins low; a PCF8574A has 0x38


class ExpanderError(Exception):
    """The chip does not answer. `cause` is the bus's OSError, or None."""

    def __init__(self, cause):
        super().__init__("the I/O expander does not answer")
        self.cause = cause


class Pcf8574:
    """The chip behind `i2c`, a machine.I2C or what stands in for it. Neither method allocates."""

    def __init__(self, i2c, address=ADDRESS):
        self._i2c = i2c
        self._address = address
        self._written = bytearray(1)
        self._seen = bytearray(1)

    def write(self, levels):
        """Set all pins, one bit each, P0 the lowest. After ExpanderError they may be either."""
        self._written[0] = levels
        try:
            taken = self._i2c.writeto(self._address, self._written)
        except OSError as error:
            raise ExpanderError(error)
        if taken != 1:
            raise ExpanderError(None)

    def read(self):
        """The levels of all pins. ExpanderError when they cannot be had."""
        try:
            self._i2c.readfrom_into(self._address, self._seen)
        except OSError as error:
            raise ExpanderError(error)
        return self._seen[0]
