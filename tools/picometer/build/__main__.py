"""`python -m picometer.build`: what `make uf2` and `make mpy` run."""

import sys
from pathlib import Path

import click

from picometer.build.board import flash_map
from picometer.build.image import BOARD_DIR, build_image
from picometer.build.manifest import BadManifest, parts_of
from picometer.build.mpy import build_mpy
from picometer.build.packages import write_generated
from picometer.build.parts import NAMES
from picometer.build.uf2 import check_uf2, image_of
from picometer.errors import UserError
from picometer.toolchain import TerminalReport

_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.group()
def cli() -> None:
    """Make what goes onto a meter."""


@cli.command()
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


@cli.command()
@click.option("--out", type=_FOLDER, default="build/mpy", show_default=True)
def mpy(out: Path) -> None:
    """Compile the files for stock MicroPython into OUT."""
    sums = build_mpy(out, report=TerminalReport())
    size = sum((out / path).stat().st_size for path in sums)
    click.echo(f"{out}: {len(sums)} files, {size} bytes")


@cli.command()
def lists() -> None:
    """Bring package.json files and pins.csv up to date with the sources."""
    for path in write_generated():
        click.echo(path)


@cli.command()
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


def main() -> None:
    """Exits with 0, or with 2 after one line on standard error."""
    try:
        cli.main(prog_name="picometer.build", standalone_mode=False)
    except (click.ClickException, UserError) as error:
        text = error.format_message() if isinstance(error, click.ClickException) else str(error)
        click.echo(f"build: {' '.join(text.split())}", err=True)
        sys.exit(2)
    except (click.exceptions.Abort, KeyboardInterrupt):
        sys.exit(130)


if __name__ == "__main__":
    main()
