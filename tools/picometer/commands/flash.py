"""`picometer flash` and `picometer flash-uf2`."""

from pathlib import Path

import click

from picometer.build.board import flash_map
from picometer.build.image import BOARD_DIR
from picometer.build.uf2 import check_uf2
from picometer.errors import UserError
from picometer.flash import drive
from picometer.flash.configuration import code_for
from picometer.flash.copiers import COPIERS
from picometer.flash.install import install
from picometer.flash.repl import picos
from picometer.flash.tree import Tree
from picometer.toolchain import TerminalReport

_PATH = click.Path(path_type=Path)


@click.command()
@click.option("--port", help="Serial port of the board. [default: the only Pico there is]")
@click.option(
    "--with",
    "program",
    type=click.Choice(list(COPIERS)),
    default="mpremote",
    show_default=True,
    help="What copies the files.",
)
@click.option("--tree", type=_PATH, default="build/mpy", show_default=True, help="What to flash.")
@click.option("--configuration", type=_PATH, metavar="FILE.toml", help="Identity to store.")
@click.option("--insecure", is_flag=True, help="Take weak passwords: for development.")
def flash(
    port: str | None, program: str, tree: Path, configuration: Path | None, insecure: bool
) -> None:
    """Flash the firmware to a Pico that runs stock MicroPython, 1.23 or newer.

    The firmware in use is replaced by one rename after the new one has been verified on the
    board; an interrupted run leaves the old one in use, and a second run goes on where it ended.
    """
    wanted = Tree.read(tree)
    settings = code_for(configuration, insecure) if configuration else ""
    click.echo(install(port or _only_pico(), wanted, program, TerminalReport(), settings))


@click.command("flash-uf2")
@click.option("--image", type=_PATH, default="build/picometer.uf2", show_default=True)
@click.option("--drive", "folder", type=_PATH, help="The BOOTSEL drive. [default: found]")
def flash_uf2(image: Path, folder: Path | None) -> None:
    """Flash the image to a Pico in BOOTSEL mode: by its drive, or else by picotool."""
    check_uf2(image, flash_map(BOARD_DIR)[0].size)
    click.echo(drive.flash(image, folder))


def _only_pico() -> str:
    found = picos()
    if len(found) != 1:
        have = f"several boards: {', '.join(found)}" if found else "no Pico on USB"
        raise UserError(f"{have}; name one with --port (make flash PORT=...)")
    return found[0]
