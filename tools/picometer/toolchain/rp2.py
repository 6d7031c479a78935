"""RP2040 images from a MicroPython board folder."""

import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from picometer.toolchain.cache import locked
from picometer.toolchain.ensure import Paths, ensure
from picometer.toolchain.report import Report
from picometer.toolchain.shell import ToolchainError, jobs, run

FLASH_BASE = 0x10000000
UF2_FAMILY_RP2040 = 0xE48BFF56

# A stock image without the extras that live in micropython-lib.
_PLAIN_MANIFEST = """\
freeze("$(PORT_DIR)/modules")
include("$(MPY_DIR)/extmod/asyncio")
"""


@dataclass(frozen=True)
class Image:
    """One built image: for the emulator (.bin), the BOOTSEL drive (.uf2), the debugger (.elf)."""

    bin: Path
    uf2: Path
    elf: Path


def build_rp2(
    board_dir: Path,
    build_dir: Path,
    *,
    paths: Paths | None = None,
    manifest: Path | None = None,
    variant: str | None = None,
    report: Report | None = None,
) -> Image:
    """Build the RP2040 port for the board in `board_dir`, in `build_dir`.

    `board_dir` holds mpconfigboard.cmake, mpconfigboard.h and what they name; its folder name
    is the board's. `manifest` replaces the board's own frozen manifest; `variant` adds the
    board's mpconfigvariant_VARIANT.cmake. Builds again only what changed. Raises ToolchainError
    with the compiler's reason when it does not build.
    """
    board_dir, build_dir = Path(board_dir).resolve(), Path(build_dir).resolve()
    report = report or Report()
    for name in ("mpconfigboard.cmake", "mpconfigboard.h"):
        if not (board_dir / name).is_file():
            raise ToolchainError(f"not a MicroPython board folder, {name} is missing: {board_dir}")
    paths = paths or ensure({"rp2"}, log=report)
    settings = {
        "PICO_BUILD_DOCS": "0",
        "PICO_NO_PICOTOOL": "1",
        "MICROPY_BOARD": board_dir.name,
        "MICROPY_BOARD_DIR": str(board_dir),
    }
    if manifest is not None:
        settings["MICROPY_FROZEN_MANIFEST"] = str(Path(manifest).resolve())
    if variant is not None:
        settings["MICROPY_BOARD_VARIANT"] = variant
    log = build_dir.with_name(build_dir.name + ".log")
    log.unlink(missing_ok=True)
    name = " ".join(filter(None, (board_dir.name, variant)))
    with report.step(f"build RP2040 image {name}") as show:
        _compile(paths, build_dir, settings, log, show)
        return _convert(paths, build_dir, log)


def build_plain(paths: Paths | None = None, *, report: Report | None = None) -> Image:
    """MicroPython for the Raspberry Pi Pico as it comes, in the cache; built once.

    What a maker finds on a Pico flashed with the stock image, less micropython-lib's extras.
    """
    report = report or Report()
    paths = paths or ensure({"rp2"}, log=report)
    folder = paths.build / "plain"
    folder.mkdir(parents=True, exist_ok=True)
    build = folder / "build"
    image = _image(build)
    with locked(folder):
        if image.uf2.is_file() and not paths.given:
            return image
        manifest = folder / "manifest.py"
        manifest.write_text(_PLAIN_MANIFEST)
        board = paths.micropython_tree / "ports" / "rp2" / "boards" / "RPI_PICO"
        return build_rp2(board, build, paths=paths, manifest=manifest, report=report)


def _image(build_dir: Path) -> Image:
    return Image(*(build_dir / f"firmware.{kind}" for kind in ("bin", "uf2", "elf")))


def _compile(
    paths: Paths, build_dir: Path, settings: dict[str, str], log: Path, show: Callable[[str], None]
) -> None:
    source = paths.micropython_tree / "ports" / "rp2"
    if _configured_for(build_dir) not in (None, (str(source), settings["MICROPY_BOARD_DIR"])):
        shutil.rmtree(build_dir)  # cmake refuses to change either
    env = {**paths.environment, "MICROPY_MPYCROSS": str(paths.mpy_cross)}
    given = [f"-D{name}={value}" for name, value in settings.items()]
    run(["cmake", "-S", source, "-B", build_dir, *given], log, show=show, env=env)
    run(["make", "--no-print-directory", "-C", build_dir, f"-j{jobs()}"], log, show=show, env=env)


def _configured_for(build_dir: Path) -> tuple[str, str] | None:
    """The port and the board that cmake has set `build_dir` up for."""
    cache = build_dir / "CMakeCache.txt"
    if not cache.is_file():
        return None
    text = cache.read_text(errors="replace")
    found = dict(re.findall(r"^(CMAKE_HOME_DIRECTORY|MICROPY_BOARD_DIR):\w+=(.*)$", text, re.M))
    return found.get("CMAKE_HOME_DIRECTORY", ""), found.get("MICROPY_BOARD_DIR", "")


def _convert(paths: Paths, build_dir: Path, log: Path) -> Image:
    """Make the .uf2 from the .bin, under another name first: a .uf2 that is there is whole."""
    image = _image(build_dir)
    partial = image.uf2.with_suffix(".uf2.partial")
    tool = paths.micropython_tree / "tools" / "uf2conv.py"
    command: list[str | Path] = [sys.executable, tool, "-c", "-f", hex(UF2_FAMILY_RP2040)]
    run([*command, "-b", hex(FLASH_BASE), "-o", partial, image.bin], log)
    partial.replace(image.uf2)
    return image
