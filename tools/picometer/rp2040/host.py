"""The RP2040 host: the meter's image on the emulated chip, the virtual board around it."""

import contextlib
import random
import tempfile
from collections.abc import Callable
from pathlib import Path

from picometer.errors import UserError
from picometer.rp2040.attach import BoardLink
from picometer.rp2040.emulator import Emulator
from picometer.rp2040.image import built_image, check, unpack
from picometer.toolchain import Report, ToolchainError, ensure
from picometer.virtual.board import VirtualBoard
from picometer.virtual.clock import NS_PER_MS, NS_PER_S
from picometer.virtual.power import PowerCut

_BUSY = 200_000  # instructions of a tick and what follows from it, about
_SLICE_NS = 20 * NS_PER_MS  # between looks at the world outside


def prepare(
    image: Path | None = None, report: Report | None = None
) -> Callable[[VirtualBoard], "Rp2040Host"]:
    """See that everything is there; returns what makes hosts for boards.

    image   a UF2; None for that of the sources, which is built if need be
    report  shows the progress of that

    UserError when there is no toolchain or the image is none.
    """
    _emulator(report)
    image = image or built_image(report)
    check(image)  # before anything else is touched
    return lambda board: Rp2040Host(board, image)


def _emulator(report: Report | None = None) -> Path:
    try:
        return ensure({"rp2040js"}, log=report).rp2040js
    except ToolchainError as error:
        raise UserError(str(error)) from error


class Rp2040Host:
    """Runs an image, a UF2, on a board; see `picometer.virtual.host.Host`.

    The flash outlives power cuts, and is gone with the host.

    bootsel  BOOTSEL is held at the next start
    """

    lateness_ns = 3 * NS_PER_MS  # measured: another duty's step 1 ms, sample to journal 1.2 ms

    def __init__(self, board: VirtualBoard, image: Path) -> None:
        check(image)
        self._folder = tempfile.TemporaryDirectory(prefix="picometer-")
        self._flash = unpack(image, Path(self._folder.name))
        self.board = board
        self.bootsel = False
        self.emulator = Emulator(_emulator(), self._flash, board.clock)
        self._link = BoardLink(board, self.emulator)

    def boot(self) -> None:
        """Power up if need be; the processor starts by itself."""
        if not self.board.powered:
            self._link.power_on(self.bootsel)
            self.bootsel = False

    def run_until(self, when_ns: int) -> None:
        """Power up if need be, and run to an instant of simulated time; PowerCut ends it."""
        clock = self.board.clock
        self.boot()
        try:
            while clock.now_ns < when_ns:
                hook = self.board.wait_hook
                if hook is None:
                    self.advance_to(when_ns)
                else:
                    hook(min(when_ns, clock.now_ns + _SLICE_NS))
        except PowerCut:
            self.cut()
            raise

    def advance_to(self, when_ns: int) -> None:
        """Let processor and chips go on to `when_ns`; PowerCut when the power fails before."""
        if not self._link.run_until(when_ns):
            raise PowerCut

    def cut(self) -> None:
        """Pull the plug now."""
        self._link.power_off()

    def cut_within(self, draw: random.Random) -> None:
        """Pull the plug after one of the next instructions, as many as a tick takes."""
        self.emulator.cut_after(draw.randrange(_BUSY))
        with contextlib.suppress(PowerCut):
            self.run_until(self.board.clock.now_ns + NS_PER_S)
        self.cut()

    def reflash(self) -> None:
        """The flash as it leaves the factory: the image, and nothing else. Power is off."""
        self.emulator.load_flash(self._flash)

    def close(self) -> None:
        """End the emulator."""
        self.emulator.close()
        self._folder.cleanup()
