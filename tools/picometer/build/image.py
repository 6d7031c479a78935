"""The RP2040 image of the meter."""

import shutil
from pathlib import Path

from picometer.build.board import check_pins, flash_map
from picometer.build.files import BOARD, PRODUCTION_START, ROOT, START, DeviceFile, meter_files
from picometer.build.manifest import (
    BLOCK_BYTES,
    IMAGE,
    PRODUCTION,
    RELEASE_NAME,
    BadManifest,
    release,
    seal_image,
    unpack,
)
from picometer.build.symbols import segments
from picometer.build.uf2 import FLASH_BASE, Uf2, check_uf2, uf2_of
from picometer.errors import UserError
from picometer.toolchain import Image, Report, ToolchainError, build_rp2

BOARD_DIR = ROOT / "boards" / BOARD
_PRODUCTION = "PRODUCTION"  # variant of the board


def image_name(production: bool) -> str:
    """Of an image's files, without what tells their kinds."""
    return "picometer-production" if production else "picometer"


def build_image(
    out: Path,
    *,
    board_dir: Path = BOARD_DIR,
    production: bool = False,
    root: Path = ROOT,
    report: Report | None = None,
) -> tuple[Image, Uf2]:
    """Build the image into the folder `out`: picometer.uf2, .bin, .elf, and the release manifest.

    root   the sources that the board's manifest freezes

    With `production` it is the one for meters in the field, picometer-production.uf2.

    A file that is there is whole, and checked: the boot ROM takes it and it leaves the file
    systems alone. Raises UserError.
    """
    check_pins(board_dir / "pins.csv")
    limit = flash_map(board_dir)[0].size
    try:
        if production:
            folder = out / "rp2-production"
            built = build_rp2(board_dir, folder, variant=_PRODUCTION, report=report)
        else:
            built = build_rp2(board_dir, out / "rp2", report=report)
    except ToolchainError as error:
        raise UserError(str(error)) from error
    except OSError as error:
        raise UserError(f"{error.filename or out}: {error.strerror}") from error
    name = image_name(production)
    image = Image(*(out / f"{name}.{kind}" for kind in ("bin", "uf2", "elf")))
    try:
        start = PRODUCTION_START if production else START
        sealed = _sealed(built, limit, [*start, *meter_files(root)], root)
        _replace(sealed, image.bin)
        _replace(uf2_of(sealed), image.uf2)
        form = PRODUCTION if production else IMAGE
        release(out / RELEASE_NAME, form, unpack(sealed[-BLOCK_BYTES:]).parts, root)
        shutil.copyfile(built.elf, image.elf)
    except BadManifest as error:
        raise UserError(f"{built.bin}: {error}") from error
    except OSError as error:
        raise UserError(f"{error.filename or out}: {error.strerror}") from error
    return image, check_uf2(image.uf2, limit)


def _sealed(built: Image, region: int, files: list[DeviceFile], root: Path) -> bytes:
    found = segments(built.elf, files, FLASH_BASE, region - BLOCK_BYTES)
    return seal_image(built.bin.read_bytes(), region, found, root)


def _replace(octets: bytes, target: Path) -> None:
    partial = target.with_name(target.name + ".partial")
    partial.write_bytes(octets)
    partial.replace(target)
