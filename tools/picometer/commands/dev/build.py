"""`picometer dev build`: what goes onto a meter, for `make uf2` and its neighbours."""

from pathlib import Path

import click

from picometer.build.board import flash_map
from picometer.build.image import BOARD_DIR, build_image
from picometer.build.manifest import BadManifest, parts_of
from picometer.build.packages import write_generated
from picometer.build.parts import NAMES
from picometer.build.uf2 import check_uf2, image_of
from picometer.errors import UserError
from picometer.toolchain import TerminalReport

_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.group()
def build() -> None:
    """Make what goes onto a meter."""


@build.command()
@click.option("--out", type=_FOLDER, default="build", show_default=True)
@click.option("--board", type=_FOLDER, default=BOARD_DIR, help="A MicroPython board folder.")
@click.option("--production", is_flag=True, help="For the field: no prompt, USB nor files.")
def uf2(out: Path, board: Path, production: bool) -> None:
    """Build the image for the BOOTSEL drive, OUT/picometer.uf2 or picometer-production.uf2."""
    image, checked = build_image(
        out, board_dir=board, production=production, report=TerminalReport()
    )
    limit = flash_map(board)[0].size
    click.echo(f"{image.uf2}: {checked.size} of {limit} bytes of flash, sha256 {checked.sha256}")


@build.command()
def lists() -> None:
    """Bring package.json files and pins.csv up to date with the sources."""
    for path in write_generated():
        click.echo(path)


@build.command()
@click.argument("file", type=click.Path(path_type=Path))
def check(file: Path) -> None:
    """Check a UF2 file before it is flashed."""
    checked = check_uf2(file, flash_map(BOARD_DIR)[0].size)
    click.echo(f"{file}: {checked.size} bytes, sha256 {checked.sha256}")
    try:
        for name, part in zip(NAMES, parts_of(image_of(file.read_bytes())), strict=True):
            click.echo(f"{name} {part.version_text}: sha256 {part.sha256.hex()}")
    except BadManifest as error:
        raise UserError(f"{file}: {error}") from error
