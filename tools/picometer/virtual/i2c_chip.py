"""What a chip on an I2C bus makes of its two wires, edge by edge."""

_IDLE, _ADDRESS, _TAKES, _GIVES = range(4)
_ACKNOWLEDGE = 8  # bits of an octet, after which comes its acknowledge
_READS = 1


class Chip:
    """The bus side of a chip's model.

    device  has `i2c_address`, `i2c_write(data) -> bytes acknowledged`, `i2c_more(data)`, which
            goes on with that write, and `i2c_read(n)`
    pulls   it holds SDA low
    """

    def __init__(self, device) -> None:
        self.device = device
        self.reset()

    def reset(self) -> None:
        """Wait for a start."""
        self.pulls = False
        self._phase = _IDLE
        self._bits = 0
        self._shift = 0
        self._begun = False  # an octet of this write was taken

    stop = reset

    def start(self) -> None:
        """A start, repeated or not: an address follows."""
        self.reset()
        self._phase = _ADDRESS

    def clock(self, level: int, sda: int) -> None:
        """An edge of SCL, at which the wire SDA is at `sda`."""
        if self._phase == _IDLE:
            return
        if level:
            self._rise(sda)
        else:
            self._fall()

    def _rise(self, sda: int) -> None:
        if self._bits < _ACKNOWLEDGE:
            if self._phase != _GIVES:
                self._shift = self._shift << 1 | sda
            self._bits += 1
        else:
            self._bits += 1
            self._refused = bool(sda)  # by the master, where the chip gives

    def _fall(self) -> None:
        if self._bits == 0:
            return  # the clock goes low after the start
        if self._bits < _ACKNOWLEDGE:
            if self._phase == _GIVES:
                self._show()
        elif self._bits == _ACKNOWLEDGE:
            self._octet()
        else:
            self._next()

    def _octet(self) -> None:
        """Eight bits are there: acknowledge them, or let the master do it."""
        if self._phase == _ADDRESS:
            if self._shift >> 1 != self.device.i2c_address:
                self.reset()
                return
            self.pulls = True
        elif self._phase == _TAKES:
            data = bytes((self._shift,))
            take = self.device.i2c_more if self._begun else self.device.i2c_write
            self._begun = True
            self.pulls = bool(take(data))
        else:
            self.pulls = False

    def _next(self) -> None:
        """The acknowledge is over."""
        self.pulls = False
        self._bits = 0
        if self._phase == _GIVES and self._refused:
            self.reset()
            return
        if self._phase == _ADDRESS:
            self._phase = _GIVES if self._shift & _READS else _TAKES
        self._shift = 0
        if self._phase == _GIVES:
            self._shift = self.device.i2c_read(1)[0]
            self._show()

    def _show(self) -> None:
        """Put the next bit of the octet on the wire."""
        self.pulls = not self._shift >> (7 - self._bits) & 1
