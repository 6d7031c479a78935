"""The CPython host: runs the unmodified firmware on the virtual board."""

import importlib
import sys
from collections.abc import Callable

from boards.pico_meter import layout
from firmware.configuration import Configuration
from firmware.meter import Meter
from journal import FOUND, Journal
from metrology.page import new_page
from tests_host import mocks

from .board import BoardReset, VirtualBoard
from .fram import Fram
from .power import PowerCut

_BOARD_MODULE = "boards.pico_meter.board"


class EndOfRun(BaseException):
    """The simulation has run for as long as it was asked to."""


class ImageMemory:
    """An FRAM's cells for `journal.Journal`, without bus or chip: for provisioning and reports."""

    def __init__(self, cells) -> None:
        self._cells = cells

    def write(self, address: int, buf) -> None:
        """Store all of `buf`."""
        data = memoryview(buf).cast("B")
        self._cells[address : address + len(data)] = bytes(data)

    def readinto(self, address: int, buf) -> None:
        """Fill `buf`."""
        data = memoryview(buf).cast("B")
        data[:] = self._cells[address : address + len(data)]


def provision(fram: Fram, **fields: bytes) -> None:
    """Write a configuration record; a field that is not named keeps its value."""
    configuration = Configuration(
        ImageMemory(fram.memory), layout.CONFIGURATION, layout.CONFIGURATION_SLOTS
    )
    configuration.load()
    for name, value in fields.items():
        configuration.put(name, value)
    configuration.save()


def configured(fram, field: str) -> str | None:
    """A text field of the configuration in `fram.memory`; None when there is no valid one."""
    configuration = Configuration(
        ImageMemory(fram.memory), layout.CONFIGURATION, layout.CONFIGURATION_SLOTS
    )
    return configuration.text(field) if configuration.load() == FOUND else None


def stored_page(fram: Fram):
    """The newest valid register page in `fram`, or None."""
    for base in (layout.REGISTERS, layout.REGISTERS_RESERVE):
        page = new_page()
        if Journal(ImageMemory(fram.memory), base, layout.REGISTER_SLOTS, page).load() == FOUND:
            return page
    return None


class CPythonHost:
    """Boots the firmware on a board and runs it until the power goes.

    on_boot     called with the Meter after each boot, before its first step
    """

    def __init__(self, board: VirtualBoard, on_boot: Callable[[Meter], None] | None = None):
        self.board = board
        self.meter: Meter | None = None
        self._on_boot = on_boot

    def run(self) -> None:
        """Run until PowerCut or EndOfRun unwinds it; resets of the RP2040 boot again."""
        while True:
            try:
                self.boot()
                self.meter.run()
            except BoardReset:
                continue

    def run_until(self, when_ns: int) -> None:
        """Boot if the meter is not running, and run to an instant of simulated time."""
        end = self.board.clock.call_at(when_ns, _end)
        try:
            if self.meter is None:
                self.boot()
            while True:
                try:
                    self.meter.run()
                except BoardReset:
                    self.boot()
        except EndOfRun:
            pass
        except PowerCut:
            self.meter = None
            raise
        finally:
            self.board.clock.cancel(end)

    def boot(self) -> None:
        """Power up if need be and start the firmware, as main.py does."""
        mocks.bind(self.board)
        if not self.board.powered:
            self.board.power_on()
        self.meter = None
        meter = Meter(_board_class()())
        self.meter = meter
        if self._on_boot is not None:
            self._on_boot(meter)
        meter.start()

    def cut(self) -> None:
        """Pull the plug now."""
        self.meter = None
        if self.board.powered:
            self.board.power_off()


def _end() -> None:
    raise EndOfRun


def _board_class():
    if _BOARD_MODULE not in sys.modules:
        with mocks.device_modules():
            importlib.import_module(_BOARD_MODULE)
    return sys.modules[_BOARD_MODULE].Board
