"""The virtual board's chips on the emulated RP2040's pins."""

from collections.abc import Callable
from functools import partial

from boards.pico_meter import pins
from picometer.rp2040.emulator import HIGH_Z, Emulator
from picometer.virtual.ade7953 import Ade7953
from picometer.virtual.board import BoardReset, VirtualBoard
from picometer.virtual.fram import READ, WRDI, WREN, WRITE, WRSR, Fram
from picometer.virtual.power import PowerCut
from picometer.virtual.spi import SpiBus
from picometer.virtual.uart import Uart

_Foresight = Callable[[bytes, int], tuple[bytes, bool]]

# Answers to a frame's first bytes that do not depend on them.
_AFE_HEADER = b"\xff\xff\xff"
_FRAM_OPCODE = b"\xff"

_SWITCHES = (pins.LEVER, pins.TEST_SWITCH, pins.MAGNET, pins.SEAL_LOOP, pins.POWER_FAIL)
# Their edges reach the CPU at their instant, whatever it does or waits for.
_EDGES = (pins.AFE_CF1, *_SWITCHES)
_RESETS = {"watchdog": "wdt", "software": "reset", "bootloader": "reset"}


_FRAM_HEADER_SIZE = 4
_FRAM_AHEAD = 256


class ForeseenBus:
    """An SPI bus with one chip, some of whose answers are known before they are asked for.

    `foresee(start, count)` is given a frame's first four bytes and how many came so far; it
    returns what `SpiDevices.ahead` does.
    """

    def __init__(self, bus: SpiBus, foresee: _Foresight) -> None:
        self.configure = bus.configure
        self._bus = bus
        self._foresee = foresee
        self.begin()

    def begin(self) -> None:
        """Chip select changed."""
        self._start = b""
        self._count = 0

    def exchange(self, mosi: bytes) -> bytes:
        if self._count < _FRAM_HEADER_SIZE:
            self._start = (self._start + mosi)[:_FRAM_HEADER_SIZE]
        self._count += len(mosi)
        return self._bus.exchange(mosi)

    def ahead(self) -> tuple[bytes, bool]:
        return self._foresee(self._start, self._count)


def _fram_foresight(fram: Fram) -> _Foresight:
    def foresee(start: bytes, count: int) -> tuple[bytes, bool]:
        opcode = start[0]
        if opcode in (WRITE, WREN, WRDI, WRSR):
            return b"", True  # nothing is answered: bits float high
        if opcode != READ or count < _FRAM_HEADER_SIZE or not fram.foreseen:
            return b"", False
        address = int.from_bytes(start[1:], "big") + count - _FRAM_HEADER_SIZE
        return bytes(fram.memory[address : address + _FRAM_AHEAD]), False

    return foresee


def _afe_foresight(afe: Ade7953) -> _Foresight:
    return lambda start, count: (afe.ahead(), False)


class BoardLink:
    """Connects a VirtualBoard with an Emulator that shares its clock."""

    def __init__(self, board: VirtualBoard, emulator: Emulator) -> None:
        if board.clock is not emulator.clock:
            raise ValueError("board and emulator must share one clock")
        self._board = board
        self._emulator = emulator
        self._uarts = {pins.OPTICAL_UART: board.optical, pins.MODULE_UART: board.module}
        self._received = bytearray(64)
        afe = ForeseenBus(board.spi(pins.AFE_SPI), _afe_foresight(board.afe))
        fram = ForeseenBus(board.spi(pins.FRAM_SPI), _fram_foresight(board.fram))
        emulator.spi = {pins.AFE_SPI: afe, pins.FRAM_SPI: fram}
        emulator.i2c[pins.RTC_I2C] = board.i2c(pins.RTC_I2C)
        self._watch(pins.AFE_CS, afe.begin, select_of=pins.AFE_SPI, lead=_AFE_HEADER)
        self._watch(pins.FRAM_CS, fram.begin, select_of=pins.FRAM_SPI, lead=_FRAM_OPCODE)
        for gpio in (pins.AFE_RESET, pins.RTC_SDA, pins.RTC_SCL):
            self._watch(gpio, wait=True)
        for gpio in (pins.LCD_CS, pins.LCD_WR, pins.LCD_DATA, pins.MODULE_POWER_FAIL):
            self._watch(gpio)
        emulator.watch(pins.OPTICAL_TX, self._optical)
        emulator.on_uart = self._to_uart
        emulator.on_baud = self._baud
        emulator.on_reset = self._reset
        emulator.before_turn = self._inputs

    def _to_uart(self, number: int, data: bytes) -> None:
        self._uarts[number].write(data)

    def power_on(self, bootsel: bool = False) -> None:
        """Switch everything on; with the BOOTSEL button held if `bootsel`."""
        self._board.power_on()
        self._follow_edges()
        for uart in self._uarts.values():
            uart.tx_paced = False  # the emulated UART has taken the time already
        self._inputs()
        self._emulator.power_on(bootsel)

    def power_off(self) -> None:
        """Pull the plug now."""
        self._emulator.power_off()
        if self._board.powered:
            self._board.power_off()

    def run_until(self, when_ns: int) -> bool:
        """Let everything run to `when_ns`; False if the power was cut before, whoever cut it."""
        try:
            if self._emulator.run_until(when_ns):
                return True
        except PowerCut:
            pass
        self.power_off()
        return False

    def _watch(self, gpio: int, before: Callable[[], None] | None = None, **options) -> None:
        def changed(level: int) -> None:
            if before is not None:
                before()
            # A pin that floats is pulled up on the board.
            self._board.pin_write(gpio, 1 if level == HIGH_Z else level)

        self._emulator.watch(gpio, changed, **options)

    def _optical(self, level: int) -> None:
        # The emulated UART gives whole bytes and drives no pin: driven, it is another's.
        self._board.connect_uart(pins.OPTICAL_TX, level == HIGH_Z)
        self._board.pin_write(pins.OPTICAL_TX, 1 if level == HIGH_Z else level)

    def _baud(self, number: int, rate: float) -> None:
        self._uarts[number].configure(round(rate))

    def _reset(self, cause: str) -> None:
        try:
            self._board.reset(_RESETS[cause])
        except BoardReset:
            self._follow_edges()

    def _follow_edges(self) -> None:
        for gpio in _EDGES:
            self._board.on_edge(gpio, partial(self._emulator.drive, gpio))

    def _inputs(self) -> None:
        """Bring the CPU's inputs up to date."""
        board, emulator = self._board, self._emulator
        # Pulled up on the board: high but for a chip, or for the CPU itself.
        emulator.drive(pins.RTC_SCL, 1)
        emulator.drive(pins.RTC_SDA, 0 if board.i2c(pins.RTC_I2C).held else 1)
        for gpio in (pins.AFE_IRQ, *_EDGES):
            emulator.drive(gpio, board.pin_read(gpio))
        for number, uart in self._uarts.items():
            self._forward(number, uart)

    def _forward(self, number: int, uart: Uart) -> None:
        count = uart.read_into(self._received, len(self._received)) if uart.any() else 0
        if count:
            self._emulator.uart_send(number, bytes(self._received[:count]))
