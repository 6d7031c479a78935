"""The ADE7953 as its board sees it: supply, reset, serial port, pins, and faults on request."""

from collections.abc import Callable

from ..clock import NS_PER_MS, NS_PER_US, SimClock
from ..noise import BitErrors
from .access import RegisterAccess
from .bus import I2cPort, SpiPort
from .metering import Metering
from .pins import Pins
from .pulses import PulseWatch
from .registers import LOCATIONS, signed
from .signal import Inputs, Scatter

READY_NS = 66 * NS_PER_MS  # supply at 2 V to IRQ low: 26 ms, then about 40 ms
RESET_PIN_NS = 10 * NS_PER_US
_NEVER = 1 << 200
_ENERGY = {"AENERGY": 0, "RENERGY": 1, "APENERGY": 2}


class Ade7953:
    """One chip on simulated time, looked at lazily.

    clkin_hz  crystal, 3.54 to 3.62 MHz in specification
    scatter   how the part differs from the nominal one; None for the nominal part
    miso_stuck  None, or the level that MISO is stuck at
    noise     None, or the bit errors on the SPI bus, in both directions
    resets    resets so far by pin, software or fault; power-ons do not count

    UART is not modelled.
    """

    spi_modes = (0, 3)
    i2c_address = 0x38

    def __init__(
        self, clock: SimClock, clkin_hz: int = 3_580_000, scatter: Scatter | None = None
    ) -> None:
        self._clock = clock
        self._metering = Metering(clkin_hz, scatter or Scatter())
        self._access = RegisterAccess(clock, self._metering, self._lock_to, self.reset)
        self._spi = SpiPort(clock, self._access)
        self._i2c = I2cPort(self._access)
        self._pins = Pins(self._metering)
        self._cf1_watch = PulseWatch(clock, self._metering.pulses[0], self._look)
        self._metering.after_change = self._cf1_watch.rearm
        self._powered = False
        self._reset_level = 1
        self._reset_event: list | None = None
        self._ready_ns = _NEVER
        self._locked_to: str | None = None
        self._selected = False
        self._hears = False
        self._frames_to_lose = 0
        self.miso_stuck: int | None = None
        self.noise: BitErrors | None = None
        self.resets = 0

    # Supply, reset and inputs

    def power_on(self) -> None:
        """Supply present: ready 66 ms later, if RESET is high."""
        if not self._powered:
            self._powered = True
            self._restart()

    def power_off(self) -> None:
        """Supply gone: everything is lost."""
        self._powered = False
        self._restart()

    def reset_pin(self, level: int) -> None:
        """Drive RESET; low for 10 us resets, and holds the chip until it is high again."""
        if level == self._reset_level:
            return
        self._reset_level = level
        if level == 0:
            due_ns = self._clock.now_ns + RESET_PIN_NS
            self._reset_event = self._clock.call_at(due_ns, self._held_in_reset)
        elif self._reset_event is not None:
            self._clock.cancel(self._reset_event)
            self._reset_event = None
        else:
            self._restart()

    def reset(self) -> None:
        """Reset now, whatever the cause."""
        if self._powered:
            self.resets += 1
            self._restart()

    def set_inputs(
        self, kv: float, ka: float, kb: float, phi_a: float, phi_b: float, hz: float
    ) -> None:
        """Inputs from now on: fractions of full scale rms at gain 1, lags in radians, Hz.

        They belong to the mains, not to the chip: a reset or a power cut leaves them.
        """
        self._wake()
        self._metering.set_inputs(self._clock.now_ns, Inputs(kv, ka, kb, phi_a, phi_b, hz))

    # SPI

    def select(self) -> None:
        """CS falls."""
        self._selected = True
        running = self._metering.running or self._wake()
        self._hears = running and self._locked_to != "i2c"
        if self._frames_to_lose:
            self._frames_to_lose -= 1
            self._hears = False

    def exchange(self, mosi: bytes) -> bytes:
        """Shift bytes while CS is low, the last of them up to now; returns those on MISO."""
        if self._hears:
            if self.noise is not None:
                return self.noise.pass_on(self._spi.exchange(self.noise.pass_on(mosi)))
            miso = self._spi.exchange(mosi)
            if self.miso_stuck is None:
                return miso
        elif self.miso_stuck is None:
            return b"\xff" * len(mosi)
        return (b"\xff" if self.miso_stuck else b"\x00") * len(mosi)

    def ahead(self) -> bytes:
        """Bytes that MISO will show next in this frame, whatever is shifted in by then."""
        settled = self._hears and self.miso_stuck is None and self.noise is None
        return self._spi.ahead() if settled else b""

    def deselect(self) -> None:
        """CS rises: a complete frame takes effect."""
        self._selected = False
        if self._hears:
            self._hears = False
            self._spi.finish()

    # I2C

    def i2c_write(self, data: bytes) -> int:
        """A write transaction to 0x38; returns the data bytes acknowledged, 0 for nobody."""
        return self._i2c.write(bytes(data)) if self._on_i2c() else 0

    def i2c_read(self, count: int) -> bytes:
        """A read transaction of the register addressed before; SDA idles high."""
        return self._i2c.read(count) if self._on_i2c() else b"\xff" * count

    # Pins

    @property
    def irq(self) -> int:
        return self._pins.irq(self._clock.now_ns) if self._wake() else 1

    @property
    def cf1(self) -> int:
        return self._cf_level(0)

    @property
    def cf2(self) -> int:
        return self._cf_level(1)

    @property
    def zx(self) -> int:
        return self._level("ZX")

    @property
    def zx_i(self) -> int:
        return self._level("ZX_I")

    @property
    def revp(self) -> int:
        return self._level("REVP")

    @property
    def cf1_pulses(self) -> int:
        """Falling edges on CF1 ever."""
        self._look()
        return self._metering.pulses[0].pulses

    @property
    def cf2_pulses(self) -> int:
        """Falling edges on CF2 ever."""
        self._look()
        return self._metering.pulses[1].pulses

    def on_cf1_fall(self, callback: Callable[[], None]) -> None:
        """Have `callback()` called at each falling edge of CF1, at its instant."""
        self._cf1_watch.add(callback)

    def on_cf1_edge(self, callback: Callable[[int], None]) -> None:
        """Have `callback(level)` called at each edge of CF1, at its instant."""
        self._cf1_watch.add_edges(callback)

    # Truth, and faults

    @property
    def counted_a(self) -> int:
        """Signed LSBs of active energy A ever counted; nothing clears it."""
        return self._counted("A")

    @property
    def counted_b(self) -> int:
        """Signed LSBs of active energy B ever counted; nothing clears it."""
        return self._counted("B")

    def peek(self, address: int) -> int:
        """Contents of a register without the effects of an access; KeyError if there is none."""
        self._wake()
        return self._access.read(LOCATIONS[address])

    def flip_bit(self, address: int, bit: int) -> None:
        """Flip a bit of a storage or energy register; KeyError if there is none.

        What is derived from others (measurements, status) has no storage of its own to hit.
        """
        register = LOCATIONS[address].register
        if not self._wake():
            return
        metering = self._metering
        index = _ENERGY.get(register.name[:-1])
        if index is not None:
            letter = register.name[-1]
            value = metering.energy(letter, index, self._clock.now_ns) ^ 1 << bit
            metering.channels[letter].energies[index].register = signed(value, 24)
        else:
            self._access.store(register.name, metering.stored[register.name] ^ 1 << bit)

    def lose_frames(self, count: int) -> None:
        """The next `count` SPI frames go unheard and read idle high."""
        self._frames_to_lose = count

    # Inside

    def _restart(self) -> None:
        self._wake()  # count what was due
        self._metering.stop(self._clock.now_ns)
        self._access.restart()
        self._spi.abort()
        self._i2c.abort()
        self._hears = False
        self._locked_to = None
        held = self._reset_level == 0 and self._reset_event is None
        runs = self._powered and not held
        self._ready_ns = self._clock.now_ns + READY_NS if runs else _NEVER

    def _held_in_reset(self) -> None:
        self._reset_event = None
        self.reset()

    def _wake(self) -> bool:
        """True when the chip is up; the first look after the end of a reset starts it."""
        if self._metering.running:
            return True
        if self._clock.now_ns < self._ready_ns:
            return False
        self._metering.start(self._ready_ns)
        return True

    def _look(self) -> None:
        if self._wake():
            self._metering.fold(self._clock.now_ns)

    def _lock_to(self, port: str) -> None:
        self._locked_to = port

    def _on_i2c(self) -> bool:
        return self._locked_to != "spi" and not self._selected and self._wake()

    def _cf_level(self, index: int) -> int:
        self._look()
        return self._metering.pulses[index].level(self._clock.now_ns)

    def _level(self, pin: str) -> int:
        return self._pins.level(pin, self._clock.now_ns) if self._wake() else 0

    def _counted(self, letter: str) -> int:
        if self._wake():
            self._metering.energy(letter, 0, self._clock.now_ns)
        return self._metering.channels[letter].active.counted
