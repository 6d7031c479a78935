"""`picometer flash` and `picometer flash-uf2`."""

from pathlib import Path

import click

from picometer.build.board import flash_map
from picometer.build.image import BOARD_DIR
from picometer.build.uf2 import check_uf2
from picometer.flash import drive
from picometer.flash.configuration import code_for
from picometer.flash.install import install
from picometer.flash.programs import PROGRAMS
from picometer.toolchain import TerminalReport

_PATH = click.Path(path_type=Path)
_IMAGE = click.option(
    "--image", type=_PATH, default="build/picometer.uf2", show_default=True, help="What to flash."
)
_DRIVE = click.option("--drive", "folder", type=_PATH, help="The BOOTSEL drive. [default: found]")


@click.command()
@click.option("--port", help="Serial port of the board. [default: the only Pico there is]")
@click.option(
    "--with",
    "program",
    type=click.Choice(list(PROGRAMS)),
    default="mpremote",
    show_default=True,
    help="What asks the board for BOOTSEL mode.",
)
@_IMAGE
@_DRIVE
@click.option("--configuration", type=_PATH, metavar="FILE.toml", help="Identity to store.")
@click.option("--insecure", is_flag=True, help="Take weak passwords: for development.")
def flash(
    port: str | None,
    program: str,
    image: Path,
    folder: Path | None,
    configuration: Path | None,
    insecure: bool,
) -> None:
    """Flash the image to a Pico that runs MicroPython or Picometer, or is in BOOTSEL mode.

    The board is asked for BOOTSEL mode, takes the image as a drive, and restarts. What runs is
    then compared with the image. After an interruption the same command goes on.
    """
    check_uf2(image, flash_map(BOARD_DIR)[0].size)
    settings = code_for(configuration, insecure) if configuration else ""
    click.echo(install(image, port, folder, program, TerminalReport(), settings))


@click.command("flash-uf2")
@_IMAGE
@_DRIVE
def flash_uf2(image: Path, folder: Path | None) -> None:
    """Flash the image to a Pico in BOOTSEL mode: by its drive, or else by picotool."""
    check_uf2(image, flash_map(BOARD_DIR)[0].size)
    click.echo(drive.flash(image, folder))
