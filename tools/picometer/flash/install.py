"""The order of things when an image is flashed."""

import time
from collections.abc import Callable
from pathlib import Path

from picometer.build.manifest import BLOCK_BYTES, BadManifest, parts_of, unpack
from picometer.build.uf2 import image_of
from picometer.errors import UserError
from picometer.flash import drive, programs
from picometer.flash.board import ImageBoard
from picometer.flash.repl import picos
from picometer.toolchain import Report

_RESTART_S = 30.0
_AGAIN = "run the same command again"


def install(
    image: Path,
    port: str | None,
    folder: Path | None,
    program: str,
    report: Report,
    settings: str = "",
) -> str:
    """Flashes the UF2 file `image` to a Pico with stock MicroPython or a Picometer image.

    port      of the board; None for the only Pico on USB
    folder    where its BOOTSEL drive is mounted; None to look for it
    program   mpremote or rshell, which asks the board for BOOTSEL mode
    settings  code that stores the configuration

    Returns what was done, in a line. After an interruption at any point, the same command goes on.
    Raises UserError.
    """
    programs.path_of(program)  # before anything is disturbed
    data = image.read_bytes()
    wanted = unpack(_checked(image_of(data)))
    try:
        with report.step("BOOTSEL mode"):
            _enter(port, folder, program)
        with report.step(f"copy {image.name}"):
            drive.flash(image, folder)
            _wait(lambda: not drive.mounted(folder), _RESTART_S)
        board = ImageBoard(lambda: port if port is not None else _only())
        try:
            with report.step("restart"):
                board.open()
            with report.step("compare"):
                board.compare(wanted)
            if settings:
                with report.step("configuration"):
                    board.run(settings)
        finally:
            with report.step("reset"):
                board.close()
    except KeyboardInterrupt:
        raise UserError(f"interrupted: {_AGAIN}") from None
    return f"{image.name}: {len(data)} bytes; the board runs it, all parts as released, and meters"


def _checked(image: bytes) -> bytes:
    # The manifest, of an image that is as its manifest says.
    try:
        parts_of(image)
    except BadManifest as error:
        raise UserError(f"not an image that this command built: {error}") from error
    return image[-BLOCK_BYTES:]


def _enter(port: str | None, folder: Path | None, program: str) -> None:
    if port is None:
        found = picos()
        if len(found) > 1:
            raise UserError(f"several boards: {', '.join(found)}; name one: make flash PORT=...")
        port = found[0] if found else None
    if port is None or not Path(port).exists():
        if drive.mounted(folder):
            return  # held BOOTSEL, or an earlier run was interrupted
        where = "no Pico on USB" if port is None else f"no device at {port}"
        raise UserError(
            f"{where}, and no BOOTSEL drive: plug the Pico in, with BOOTSEL held if it has no "
            "MicroPython"
        )
    if drive.mounted(folder):
        raise UserError("a board shows its BOOTSEL drive already: unplug it, or leave out PORT")
    if not programs.ask_for_bootsel(program, port, lambda: drive.mounted(folder)):
        raise UserError(
            "no BOOTSEL drive appeared: mount it, or name it with DRIVE=..., and run it again"
        )


def _only() -> str | None:
    found = picos()
    return found[0] if len(found) == 1 else None


def _wait(done: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            raise UserError(f"the board took the image and did not restart: {_AGAIN}")
        time.sleep(0.1)
