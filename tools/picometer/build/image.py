"""The RP2040 image of the meter."""

import shutil
from pathlib import Path

from picometer.build.board import check_pins, flash_map
from picometer.build.files import BOARD, ROOT
from picometer.build.uf2 import Uf2, check_uf2
from picometer.errors import UserError
from picometer.toolchain import Image, Report, ToolchainError, build_rp2

BOARD_DIR = ROOT / "boards" / BOARD


def build_image(
    out: Path, *, board_dir: Path = BOARD_DIR, report: Report | None = None
) -> tuple[Image, Uf2]:
    """Build the image into the folder `out`: picometer.uf2, .bin and .elf.

    A file that is there is whole, and checked: the boot ROM takes it and it leaves the file
    systems alone. Raises UserError.
    """
    check_pins(board_dir / "pins.csv")
    limit = flash_map(board_dir)[0].size
    try:
        built = build_rp2(board_dir, out / "rp2", report=report)
    except ToolchainError as error:
        raise UserError(str(error)) from error
    except OSError as error:
        raise UserError(f"{error.filename or out}: {error.strerror}") from error
    checked = check_uf2(built.uf2, limit)
    image = Image(*(out / f"picometer.{kind}" for kind in ("bin", "uf2", "elf")))
    for source, target in ((built.bin, image.bin), (built.uf2, image.uf2), (built.elf, image.elf)):
        _replace(source, target)
    return image, checked


def _replace(source: Path, target: Path) -> None:
    partial = target.with_name(target.name + ".partial")
    try:
        shutil.copyfile(source, partial)
        partial.replace(target)
    except OSError as error:
        raise UserError(f"{target}: {error.strerror}") from error
