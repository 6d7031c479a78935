"""The meter's own image for the emulator: found, checked, and built when it is not there."""

from pathlib import Path

from picometer.build.board import FLASH_BYTES, flash_map
from picometer.build.files import FROZEN_APART, ROOT, meter_files
from picometer.build.image import BOARD_DIR, build_image, image_name
from picometer.build.uf2 import BLOCK_BYTES, PAYLOAD_BYTES, check_uf2
from picometer.toolchain import Report
from picometer.toolchain.cache import locked

BUILT = ROOT / "build"
UF2 = BUILT / "picometer.uf2"
_HEADER_BYTES = 32


def built_image(report: Report | None = None, production: bool = False) -> Path:
    """The image of the sources as they are, built unless it is there."""
    BUILT.mkdir(exist_ok=True)
    uf2 = BUILT / f"{image_name(production)}.uf2"
    with locked(BUILT):
        if not uf2.is_file() or uf2.stat().st_mtime < _newest_source():
            build_image(BUILT, production=production, report=report)
    return uf2


def check(uf2: Path) -> None:
    """UserError with one line when the file is no image that fits the meter."""
    check_uf2(uf2, flash_map(BOARD_DIR)[0].size)


def unpack(uf2: Path, folder: Path) -> Path:
    """Unpack a checked UF2 into `folder`: the whole flash, erased behind the image."""
    data = uf2.read_bytes()
    starts = range(_HEADER_BYTES, len(data), BLOCK_BYTES)
    flash = folder / "flash.bin"
    image = b"".join(data[at : at + PAYLOAD_BYTES] for at in starts)
    flash.write_bytes(image.ljust(FLASH_BYTES, b"\xff"))
    return flash


def _newest_source() -> float:
    sources = [ROOT / file.source for file in (*FROZEN_APART, *meter_files())]
    for pattern in ("mpconfig*", "production.*", "manifest*.py", "pins.csv"):
        sources += BOARD_DIR.glob(pattern)
    return max(source.stat().st_mtime for source in sources)
