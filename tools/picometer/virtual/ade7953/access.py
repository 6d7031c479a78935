"""What a completed bus access does: decoding, protection, the key, clear on read, LAST_*.

The bus calls read() when the address is known and finish_read() when the frame is complete, so
that an aborted frame clears nothing (inferred; the datasheet only says that it is discarded).
"""

from collections.abc import Callable

from ..clock import SimClock
from . import registers as reg
from .checksum import Checksum
from .metering import Metering
from .registers import WRITABLE, Location, signed

_KEY = 0xAD
_OP_READ = 0x35
_OP_WRITE = 0xCA
_LAST = {0x0FD, 0x1FE, 0x0FF, 0x1FF, 0x2FF, 0x3FF}
_PROTECT_BIT = {8: 1, 16: 2, 24: 4}
_TWICE = ("CF1DEN", "CF2DEN")
_IRQENA_STUCK = reg.FLAG_RESET


class RegisterAccess:
    """The register file as the serial port sees it.

    on_lock(port) and on_software_reset() are called for what CONFIG asks of the whole chip.
    """

    def __init__(
        self,
        clock: SimClock,
        metering: Metering,
        on_lock: Callable[[str], None],
        on_software_reset: Callable[[], None],
    ) -> None:
        self._clock = clock
        self._metering = metering
        self._on_lock = on_lock
        self._on_software_reset = on_software_reset
        self._checksum = Checksum()
        self._live = self._live_registers()
        self._after_read = self._clearing_registers()
        self.restart()

    def restart(self) -> None:
        self._checksum.restart()
        self._key_armed = False
        self._proposed: tuple[str, int] | None = None
        self._last_op = 0
        self._last_address = 0
        self._last_data = {1: 0, 2: 0, 3: 0, 4: 0}

    def read(self, location: Location) -> int:
        """Contents as they go out on the bus, without any effect.

        The 32-bit alias is sign extended for unsigned registers too, as the documents word it.
        """
        register = location.register
        live = self._live.get(register.name)
        value = live() if live else self._metering.stored[register.name]
        if location.size == 4 and register.bits == 24 and value & 0x800000:
            value |= 0xFF000000
        return value

    def finish_read(self, location: Location, value: int) -> None:
        """The frame that read `value` is complete."""
        self._key_armed = False
        self._proposed = None
        register = location.register
        if register.access == reg.WO:
            return
        clear = self._after_read.get(register.name)
        if clear:
            clear(value & 0xFFFFFF)
        self._remember(_OP_READ, location, value)

    def write(self, location: Location, value: int, port: str) -> None:
        """A complete write frame; what the chip does not accept it ignores silently."""
        register = location.register
        name = register.name
        key_armed, self._key_armed = self._key_armed, False
        proposed, self._proposed = self._proposed, None
        stored = self._metering.stored
        protected = stored["WRITE_PROTECT"] & _PROTECT_BIT.get(register.bits, 0)
        if register.access == reg.RO or (protected and name != "WRITE_PROTECT"):
            return
        if name == "REQUIRED" and not key_armed:
            return
        value &= WRITABLE.get(name, (1 << register.bits) - 1)
        self._remember(_OP_WRITE, location, value)
        if name == "KEY":
            self._key_armed = value == _KEY
        elif name in _TWICE and proposed != (name, value):
            self._proposed = (name, value)
        elif name == "CONFIG":
            self._configure(value, port)
        else:
            self.store(name, value | _IRQENA_STUCK if name == "IRQENA" else value)

    def store(self, name: str, value: int) -> None:
        """New register contents, whoever put them there."""
        now_ns = self._clock.now_ns
        metering = self._metering
        metering.store(now_ns, name, value)
        if self._checksum.update(metering.samples.tick(now_ns), metering.stored):
            metering.flag_checksum()

    def _configure(self, value: int, port: str) -> None:
        if value & reg.CONFIG_SWRST:
            self._on_software_reset()
            return
        self.store("CONFIG", value)
        if not value & reg.CONFIG_COMM_LOCK:
            self._on_lock(port)

    def _remember(self, operation: int, location: Location, value: int) -> None:
        address = location.address
        if address not in _LAST:  # reading LAST_* does not overwrite it (inferred)
            self._last_op = operation
            self._last_address = address
            self._last_data[location.size] = value

    def _live_registers(self) -> dict[str, Callable[[], int]]:
        metering, measured, clock = self._metering, self._metering.measurements, self._clock

        def now(read: Callable[[str, int], int], name: str, bits: int = 24) -> Callable[[], int]:
            mask = (1 << bits) - 1
            return lambda: read(name, clock.now_ns) & mask

        def last_data(size: int) -> Callable[[], int]:
            return lambda: self._last_data[size]

        live: dict[str, Callable[[], int]] = {
            "ACCMODE": metering.accmode,
            "IRQSTATA": lambda: metering.status_a(clock.now_ns),
            "RSTIRQSTATA": lambda: metering.status_a(clock.now_ns),
            "IRQSTATB": lambda: metering.status_b(clock.now_ns),
            "RSTIRQSTATB": lambda: metering.status_b(clock.now_ns),
            "CRC": lambda: self._checksum.at(metering.samples.tick(clock.now_ns)),
            "LAST_OP": lambda: self._last_op,
            "LAST_ADD": lambda: self._last_address,
        }
        for size in (1, 2, 3, 4):
            live[f"LAST_RWDATA_{8 * size}"] = last_data(size)
        for letter in "AB":
            for index, name in enumerate(("AENERGY", "RENERGY", "APENERGY")):
                live[name + letter] = self._energy_reader(letter, index)
            live["PF" + letter] = now(metering.power_factor, letter, 16)
            for name in ("WATT", "VAR", "VA"):
                live[letter + name] = now(measured.power, letter + name)
        for name in ("PERIOD", "ANGLE_A", "ANGLE_B"):
            live[name] = now(measured.held, name, 16)
        for name in ("VRMS", "IRMSA", "IRMSB"):
            live[name] = now(measured.rms, name)
        for name, key in (("V", "V"), ("IA", "A"), ("IB", "B")):
            live[name] = now(metering.waveform, key)
            live[name + "PEAK"] = now(metering.peak, key)
            live["RST" + name + "PEAK"] = live[name + "PEAK"]
        return live

    def _energy_reader(self, letter: str, index: int) -> Callable[[], int]:
        energy, clock = self._metering.energy, self._clock
        return lambda: energy(letter, index, clock.now_ns) & 0xFFFFFF

    def _clearing_registers(self) -> dict[str, Callable[[int], None]]:
        metering = self._metering

        def energy_taker(letter: str, index: int) -> Callable[[int], None]:
            def take(value: int) -> None:
                if metering.stored["LCYCMODE"] & reg.LCYCMODE_RSTREAD:
                    metering.take_energy(letter, index, signed(value, 24))

            return take

        def peak_clearer(name: str) -> Callable[[int], None]:
            return lambda value: metering.clear_peak(name)

        clearing: dict[str, Callable[[int], None]] = {
            "RSTIRQSTATA": metering.clear_status_a,
            "RSTIRQSTATB": metering.clear_status_b,
        }
        for letter in "AB":
            for index, name in enumerate(("AENERGY", "RENERGY", "APENERGY")):
                clearing[name + letter] = energy_taker(letter, index)
        for name, key in (("V", "V"), ("IA", "A"), ("IB", "B")):
            clearing["RST" + name + "PEAK"] = peak_clearer(key)
        return clearing
