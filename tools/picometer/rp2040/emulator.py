"""The emulated RP2040 as the chips around it see it, on the simulation's one clock."""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from picometer.rp2040.channel import Channel, EmulatorError, Frame
from picometer.virtual.clock import NS_PER_S, SimClock

_NUMBER = struct.Struct("<d")
_NO_BUS = 255
_NOTIFY, _WAIT = 1, 2
_I2C_AHEAD = 32
_MAX_RUN_NS = NS_PER_S // 2  # per turn, so that an answer is never long in coming
HIGH_Z = 2
RESET_CAUSES = {1: "watchdog", 2: "software", 3: "bootloader"}


class SpiDevices(Protocol):
    """What is on an SPI bus. `configure` is told the clock's polarity and phase."""

    def configure(self, polarity: int, phase: int) -> None: ...

    def exchange(self, mosi: bytes) -> bytes: ...

    def ahead(self) -> tuple[bytes, bool]:
        """Answers to the bytes to come in this frame, as far as they depend on none of them.

        True: the last answer, of these or given already, repeats to the end of the frame.
        Only saves time: (b"", False) is always right.
        """
        ...


class I2cDevices(Protocol):
    """What is on an I2C bus, whole transactions at a time; None: not acknowledged."""

    def write(self, address: int, data: bytes) -> int | None: ...

    def read(self, address: int, n: int) -> bytes | None: ...


class Emulator:
    """Runs an image, moves `clock`, and passes on what crosses the chip's pins.

    spi, i2c        bus number -> what is attached; nothing answers on other buses
    on_pin          gpio -> callable(level), level 2 for high impedance; set with `watch`
    on_uart         callable(uart, bytes) with what has left a UART
    on_baud         callable(uart, rate)
    on_usb          callable(bytes) with the device's output on its USB serial port
    on_reset        callable(cause), cause "watchdog", "software" or "bootloader"
    usb_enabled     the image has turned on the USB controller since the last reset: no host sees a
                    device before
    in_bootsel      the boot ROM shows its drive, and nothing runs
    instructions    executed so far
    powered         it has its supply
    cut_in_flash    the last `cut_after` fell inside a flash erase or program
    before_turn     called before the CPU goes on after a stop or a change of a pin it waits
                    on: the place to bring input pins up to date
    """

    def __init__(self, rp2040js: Path, image: Path, clock: SimClock | None = None) -> None:
        if not Path(image).is_file():
            raise EmulatorError(f"no such image: {image}")
        self.clock = clock or SimClock()
        self.spi: dict[int, SpiDevices] = {}
        self.i2c: dict[int, I2cDevices] = {}
        self.on_pin: dict[int, Callable[[int], None]] = {}
        self.on_uart: Callable[[int, bytes], None] = _ignore
        self.on_baud: Callable[[int, float], None] = _ignore
        self.on_usb: Callable[[bytes], None] = _ignore
        self.on_reset: Callable[[str], None] = _ignore
        self.before_turn: Callable[[], None] = _ignore
        self.usb_enabled = False
        self.in_bootsel = False
        self.instructions = 0
        self.powered = False
        self.cut_in_flash = False
        self._repeat = False
        self._spi_mode: dict[int, int] = {}
        self._i2c_state: dict[int, _I2cTransaction] = {}
        self._levels: dict[int, int] = {}
        self._channel = Channel(rp2040js, image)

    # From the chips to the CPU

    def watch(
        self,
        gpio: int,
        listener: Callable[[int], None],
        *,
        wait: bool = False,
        select_of: int | None = None,
        lead: bytes = b"",
    ) -> None:
        """Have `listener(level)` called when the CPU changes `gpio`.

        wait: the CPU waits for what the listener does to its pins. select_of: the GPIO is a
        chip select, active low, of this SPI bus. lead: the bytes, all alike, that its chip
        answers to the first bytes of every frame whatever they are; they save the question.
        """
        bus = _NO_BUS if select_of is None else select_of
        flags = _NOTIFY | (_WAIT if wait else 0)
        payload = bytes((flags, bus, len(lead), lead[0] if lead else 0xFF))
        self.on_pin[gpio] = listener
        self._channel.tell("g", gpio, payload)

    def drive(self, gpio: int, level: int) -> None:
        """Drive an input of the CPU: 0, 1, or 2 for not driven."""
        if self._levels.get(gpio, HIGH_Z) != level:
            self._levels[gpio] = level
            self._channel.tell("p", gpio, bytes((level,)))

    def uart_send(self, uart: int, data: bytes) -> None:
        """Bytes to a UART of the CPU, which hears them at its baud rate."""
        self._channel.tell("u", uart, data)

    def usb_send(self, data: bytes) -> None:
        """Bytes to the CPU's USB serial port."""
        self._channel.tell("c", 0, data)

    # Supply and flash

    def power_on(self, bootsel: bool = False) -> None:
        """Start from cold, with the flash as it is; with the BOOTSEL button held if told."""
        self._channel.tell("b", int(bootsel), time_ns=self.clock.now_ns)
        self._restarted(True)

    def power_off(self) -> None:
        """The power fails now; also allowed after a handler has raised out of `run_until`."""
        self._channel.tell("o")
        self._restarted(False)

    def leave_bootsel(self) -> None:
        """Restart as the boot ROM does when all of a UF2 file has come to its drive."""
        self._channel.tell("m")

    def _restarted(self, powered: bool) -> None:
        self.powered = powered
        self.usb_enabled = self.in_bootsel = False

    def cut_after(self, instructions: int) -> None:
        """The power fails after so many instructions from now; `run_until` then says so.

        A sleeping CPU executes none: an idle one may take hundreds of milliseconds for the
        next thousand.
        """
        self._channel.tell("x", 0, _NUMBER.pack(instructions))

    def load_flash(self, file: Path) -> None:
        """Replace the flash's beginning, or all of it, by the file's bytes."""
        self._channel.tell("l", 0, str(file).encode())

    def change_flash(self, offset: int, octets: bytes) -> None:
        """Have `octets` stand at an offset of the flash from now on, also while the CPU runs."""
        self._channel.tell("k", 0, struct.pack("<I", offset) + octets)

    def save_flash(self, file: Path) -> None:
        """Write the 2 MB of flash to a file."""
        self._channel.tell("s", 0, str(file).encode())
        self._channel.go(self.clock.now_ns)
        self._turn()

    # Time

    def run_until(self, when_ns: int) -> bool:
        """Let the CPU and the clock go on to `when_ns`; False if the power failed before."""
        while self.clock.now_ns < when_ns or self.clock.next_event_ns() == when_ns:
            self.before_turn()
            self._channel.go(self._limit(when_ns))
            if not self._turn(when_ns):
                return False
        return True

    def _limit(self, when_ns: int) -> int:
        """The CPU may not run past the chips' next event."""
        limit = min(when_ns, self.clock.now_ns + _MAX_RUN_NS)
        due = self.clock.next_event_ns()
        return limit if due is None else min(due, limit)

    def _turn(self, when_ns: int = 0) -> bool:
        """Answer the CPU until it reaches its limit; False when the power failed."""
        while True:
            # All of a turn is read before any of it is handled: a handler may raise a power cut.
            for frame in list(self._channel.frames()):
                # Chips see every frame at its own instant.
                self.clock.advance_to(max(frame.time_ns, self.clock.now_ns))
                self._repeat = False
                answer = self._handle(frame)
            if frame.kind in "DX":
                self.instructions = int(_NUMBER.unpack(frame.payload)[0])
                if frame.kind == "X":
                    self._restarted(False)
                self.cut_in_flash = frame.kind == "X" and bool(frame.unit)
                return frame.kind == "D"
            if frame.kind == "Q":
                self.before_turn()
            self._channel.go(self._limit(when_ns), answer, self._repeat)

    def _handle(self, frame: Frame) -> bytes:
        """Pass a frame on; returns the answer, if it asks for one."""
        kind, unit, payload = frame.kind, frame.unit, frame.payload
        if kind in "Ss":
            return self._spi(unit & 15, unit >> 4, payload, asked=kind == "S")
        if kind in "PQ":
            self.on_pin[unit](payload[0])
        elif kind in "AWRE":
            return self._i2c(kind, unit, payload)
        elif kind == "U":
            self.on_uart(unit, payload)
        elif kind == "B":
            self.on_baud(unit, _NUMBER.unpack(payload)[0])
        elif kind == "C":
            self.on_usb(payload)
        elif kind == "V":
            self.usb_enabled = True
        elif kind == "M":
            self.in_bootsel = True
        elif kind == "Z":
            self._restarted(True)
            self.on_reset(RESET_CAUSES.get(unit, "watchdog"))
        elif kind == "F":
            raise EmulatorError(payload.decode(errors="replace"))
        return b""

    def _spi(self, unit: int, mode: int, mosi: bytes, asked: bool) -> bytes:
        device = self.spi.get(unit)
        if device is None:
            return b"\xff"
        if self._spi_mode.get(unit) != mode:
            self._spi_mode[unit] = mode
            device.configure(mode >> 1, mode & 1)
        answer = device.exchange(mosi)[-1:]  # the CPU knows those to the bytes before
        if not asked:
            return b""
        ahead, self._repeat = device.ahead()
        return answer + ahead

    def _i2c(self, kind: str, unit: int, payload: bytes) -> bytes:
        state = self._i2c_state.setdefault(unit, _I2cTransaction())
        return state.step(kind, payload, self.i2c.get(unit))

    def close(self) -> None:
        """End the emulator process."""
        self._channel.close()


class _I2cTransaction:
    """Puts the CPU's single steps together to the transactions that the devices know."""

    def __init__(self) -> None:
        self._address = 0
        self._written: bytearray | None = None

    def step(self, kind: str, payload: bytes, devices: I2cDevices | None) -> bytes:
        if devices is None:
            return b"\xff" if kind == "R" else b"\0"
        if kind == "R":
            # The CPU tells only with the last byte that it is the last. What is read ahead moves
            # the device's pointer too far, until the next transaction sets it anew.
            return devices.read(self._address, _I2C_AHEAD) or b"\xff"
        if kind == "W":
            if self._written is not None:
                self._written += payload
            return b"\1"
        self._finish(devices)
        if kind == "E":
            return b""
        self._address = payload[0]
        if payload[1]:
            return bytes((devices.read(self._address, 0) is not None,))
        self._written = bytearray()
        return bytes((devices.write(self._address, b"") is not None,))

    def _finish(self, devices: I2cDevices) -> None:
        if self._written:
            devices.write(self._address, bytes(self._written))
        self._written = None


def _ignore(*arguments) -> None:
    """Nobody listens."""
