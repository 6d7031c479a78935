"""The driver wired to the chip model: a bus that records and can be disturbed frame by frame."""

from ade7953 import Ade7953, Settings, SpiTransport
from ade7953.transport_i2c import I2cTransport
from picometer.virtual.ade7953 import Ade7953 as Chip
from picometer.virtual.clock import NS_PER_MS, NS_PER_S, NS_PER_US, SimClock
from picometer.virtual.i2c import I2cBus
from picometer.virtual.spi import SpiBus

FRAME_NS = 60 * NS_PER_US  # a six-byte frame at 1 MHz


class Spi:
    def __init__(self, bench, mode):
        self._bench = bench
        self.bus = SpiBus()
        self.bus.configure(mode >> 1, mode & 1)

    def write_readinto(self, tx, rx):
        assert len(tx) == len(rx)
        self._bench.begin_frame(bytes(tx))
        rx[:] = self.bus.exchange(bytes(tx))
        if self._bench.corrupt is not None:
            self._bench.corrupt(len(self._bench.frames) - 1, rx)


class I2c:
    def __init__(self, bench):
        self._bench = bench
        self.bus = I2cBus()

    def writeto(self, address, data, stop=True):
        self._bench.begin_frame(bytes(data))
        acknowledged = self.bus.write(address, bytes(data))
        if acknowledged is None:
            raise OSError(5)
        return acknowledged

    def readfrom_into(self, address, buffer, stop=True):
        data = self.bus.read(address, len(buffer))
        if data is None:
            raise OSError(5)
        buffer[:] = data


class Bench:
    """frames: what was sent, frame by frame; before: {frame number: call made ahead of it}."""

    def __init__(
        self, mode=3, i2c=False, reset_pin=False, settings=None, power=True, present=True
    ):
        self.clock = SimClock()
        self.chip = Chip(self.clock)
        self.frames = []
        self.before = {}
        self.corrupt = None
        self.holds_us = []
        self.events = []
        self._frame_open = False
        if power:
            self.chip.power_on()
        if i2c:
            self.i2c = I2c(self)
            if present:
                self.i2c.bus.attach(self.chip)
            self.transport = I2cTransport(self.i2c)
        else:
            self.spi = Spi(self, mode)
            self._wire = self.spi.bus.chip_select(self.chip) if present else lambda level: None
            self.transport = SpiTransport(self.spi, self._cs)
        self.settings = settings or Settings(3879)
        self.afe = self.driver(reset_pin=self.chip.reset_pin if reset_pin else None)

    def driver(self, settings=None, reset_pin=None):
        """A driver as the processor makes it after each of its own restarts."""
        afe = Ade7953(
            self.transport,
            settings or self.settings,
            reset_pin=reset_pin,
            sleep_ms=self.sleep_ms,
            sleep_us=self.sleep_us,
            ticks_ms=lambda: self.clock.now_ns // NS_PER_MS & 0x3FFFFFFF,
        )
        afe.on_event = self.events.append
        return afe

    def _cs(self, level):
        if not level:
            self._disturb()
        self._frame_open = not level
        self._wire(level)

    def sleep_ms(self, ms):
        assert not self._frame_open
        self.clock.advance_to(self.clock.now_ns + ms * NS_PER_MS)

    def sleep_us(self, us):
        if self._frame_open:
            self.holds_us.append((self.frames[-1], us))
        self.clock.advance_to(self.clock.now_ns + us * NS_PER_US)

    def _disturb(self):
        action = self.before.pop(len(self.frames), None)
        if action is not None:
            action()

    def begin_frame(self, mosi):
        self._disturb()
        self.frames.append(mosi)
        self.clock.advance_to(self.clock.now_ns + FRAME_NS)

    def ahead(self, frames, action):
        """Have `action()` called ahead of the frame that follows `frames` others from now."""
        self.before[len(self.frames) + frames] = action

    def load(self, kv=0.5, ka=0.5, kb=0.5, phi=0.0):
        self.chip.set_inputs(kv, ka, kb, phi, phi, 60.0)

    def wait(self, seconds):
        self.clock.advance_to(self.clock.now_ns + round(seconds * NS_PER_S))

    def started(self):
        """self, set up and with the record of the bring-up dropped."""
        assert self.afe.start() is True
        self.frames.clear()
        return self

    def repaired(self, calls=40):
        """Whether repair gets there, called ten times a second."""
        for _ in range(calls):
            if self.afe.repair():
                return True
            self.wait(0.1)
        return False
