"""`machine.Pin` on the rp2 port, and how peripherals of a board are kept."""

from . import board as _board

_UNSET = object()


def singleton(cls, key, make):
    """The one object for `key` on the current board, made by `make` the first time."""
    kept = _board().mcu
    if key not in kept:
        kept[key] = make(cls)
    return kept[key]


def gpio_of(pin):
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
        return singleton(cls, ("pin", id), lambda cls: object.__new__(cls)._attach(id))

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

    def is_alt(self, alt):
        """Whether the pin belongs to that function of the chip."""
        return self._mode == self.ALT and self._alt == alt

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
