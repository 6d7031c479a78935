"""The CPython host: runs the unmodified firmware on the virtual board."""

import importlib
import random
import sys
from collections.abc import Callable
from typing import Protocol

from boards.pico_meter import layout
from firmware.configuration import Configuration
from firmware.meter import Meter
from firmware.program import Program
from journal import FOUND, Journal
from metrology.page import new_page
from picometer.virtual import mocks

from .board import BoardReset, VirtualBoard
from .fram import Cells, Fram, HasCells
from .power import PowerCut
from .running import RunningMeter

_BOARD_MODULE = "boards.pico_meter.board"


class EndOfRun(BaseException):
    """The simulation has run for as long as it was asked to."""


class ImageMemory:
    """An FRAM's cells for `journal.Journal`, without bus or chip: for provisioning and reports."""

    def __init__(self, cells: Cells) -> None:
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


def program(fram: Fram, tables: dict[int, bytes]) -> None:
    """Write a program record: octets by table number; a table not named keeps its octets."""
    record = Program(ImageMemory(fram.memory), layout.PROGRAM, layout.PROGRAM_SLOTS)
    record.load()
    for number, octets in tables.items():
        record.put(number, octets)
    record.save()


def configured(fram: HasCells, field: str) -> str | None:
    """A text field of the configuration that `fram` holds; None when there is no valid one."""
    configuration = _configuration(fram)
    return configuration.text(field) if configuration.load() == FOUND else None


def is_left_sealed(fram: HasCells) -> bool:
    """Whether the configuration that `fram` holds is valid and of a meter that was sealed."""
    configuration = _configuration(fram)
    return configuration.load() == FOUND and configuration.get("security") == b"\1"


def _configuration(fram: HasCells) -> Configuration:
    return Configuration(
        ImageMemory(fram.memory), layout.CONFIGURATION, layout.CONFIGURATION_SLOTS
    )


def stored_page(fram: HasCells):
    """The newest valid register page in `fram`, or None."""
    for base in (layout.REGISTERS, layout.REGISTERS_RESERVE):
        page = new_page()
        if Journal(ImageMemory(fram.memory), base, layout.REGISTER_SLOTS, page).load() == FOUND:
            return page
    return None


class Host(Protocol):
    """What runs the meter on a virtual board: `CPythonHost`, or `Rp2040Host` in picometer.rp2040.

    A run ends with PowerCut when the power fails, whoever cut it.

    lateness_ns  from the instant a tick is due until it is written down, at the most
    """

    board: VirtualBoard
    lateness_ns: int

    def boot(self) -> None: ...

    def run_until(self, when_ns: int) -> None: ...

    def advance_to(self, when_ns: int) -> None: ...

    def cut(self) -> None: ...

    def cut_within(self, draw: random.Random) -> None: ...

    def close(self) -> None: ...


class CPythonHost:
    """Boots the firmware on a board and runs it until the power goes.

    on_boot     called with the Meter after each boot, before it starts
    """

    lateness_ns = 0  # no time passes within a step

    def __init__(self, board: VirtualBoard, on_boot: Callable[[RunningMeter], None] | None = None):
        self.board = board
        self._meter: RunningMeter | None = None
        self._on_boot = on_boot

    @property
    def meter(self) -> RunningMeter:
        """The firmware's meter. Raises RuntimeError while it does not run."""
        if self._meter is None:
            raise RuntimeError("the meter does not run")
        return self._meter

    @property
    def running(self) -> bool:
        """Whether the meter has started, and its power is on."""
        return self._meter is not None

    def run_until(self, when_ns: int) -> None:
        """Boot if the meter is not running, and run to an instant of simulated time.

        A boot under way is finished first: what Python unwinds it cannot take up again.
        """
        clock = self.board.clock
        end = None
        try:
            while True:
                try:
                    if self._meter is None:
                        self.boot()
                    end = end or clock.call_at(when_ns, _end)
                    self.meter.run()
                except BoardReset:
                    self._meter = None
                    if end is not None:
                        clock.cancel(end)
                        end = None
        except EndOfRun:
            pass
        except PowerCut:
            self._meter = None
            raise
        finally:
            if end is not None:
                clock.cancel(end)

    def advance_to(self, when_ns: int) -> None:
        """Let time pass to `when_ns` while the firmware waits."""
        self.board.clock.advance_to(when_ns)

    def boot(self) -> None:
        """Power up if need be and start the firmware, as main.py does."""
        mocks.bind(self.board)
        if not self.board.powered:
            self.board.power_on()
        self._meter = None
        meter = _new_meter()
        if self._on_boot is not None:
            self._on_boot(meter)
        meter.start()
        self._meter = meter

    def cut(self) -> None:
        """Pull the plug now."""
        self._meter = None
        if self.board.powered:
            self.board.power_off()

    def cut_within(self, draw: random.Random) -> None:
        """Pull the plug: no time passes within a step of the firmware, so it is between two."""
        self.cut()

    def close(self) -> None:
        """Nothing is held."""


def _end() -> None:
    raise EndOfRun


def _new_meter():
    return Meter(_board_class()())


def _board_class():
    if _BOARD_MODULE not in sys.modules:
        with mocks.device_modules():
            importlib.import_module(_BOARD_MODULE)
    return sys.modules[_BOARD_MODULE].Board
