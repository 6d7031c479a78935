"""The drive that a Pico in BOOTSEL mode shows, or picotool."""

import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from picometer.errors import UserError

_INFO = "INFO_UF2.TXT"
_BOARD_ID = "RPI-RP2"
_MOUNTS = ("/media/*/*", "/media/*", "/run/media/*/*", "/Volumes/*", "/mnt/*")
_PICOTOOL_S = 120


def flash(image: Path, folder: Path | None = None) -> str:
    """Write `image` to the drive mounted at `folder`, or to the one that is found."""
    if folder is not None and not is_drive(folder):
        raise UserError(f"{folder}: not the drive of a Pico in BOOTSEL mode")
    drives = [folder] if folder else find()
    if len(drives) > 1:
        names = ", ".join(map(str, drives))
        raise UserError(f"several boards in BOOTSEL mode, name one with --drive: {names}")
    if drives:
        return _copy(image, drives[0])
    if shutil.which("picotool"):
        return _picotool(image)
    raise UserError(
        "no Pico in BOOTSEL mode: hold BOOTSEL while plugging it in, and mount its drive"
    )


def find(patterns: Iterable[str] = _MOUNTS) -> list[Path]:
    """The mounted drives of boards in BOOTSEL mode."""
    found = {path for pattern in patterns for path in Path("/").glob(pattern.lstrip("/"))}
    return sorted(path for path in found if is_drive(path))


def is_drive(folder: Path) -> bool:
    """Whether `folder` is the drive of an RP2040's boot ROM."""
    try:
        return _BOARD_ID in (folder / _INFO).read_text(errors="replace")
    except OSError:
        return False


def mounted(folder: Path | None = None) -> bool:
    """Whether a board shows its drive, at `folder` if that is given."""
    return is_drive(folder) if folder is not None else bool(find())


def _copy(image: Path, folder: Path) -> str:
    data = image.read_bytes()
    target = folder / image.name
    try:
        with target.open("wb") as file:
            file.write(data)
            file.flush()
            try:
                os.fsync(file.fileno())
            except OSError:
                if is_drive(folder):
                    raise
                # The board restarts, and the drive is gone, with the last block.
    except OSError as error:
        raise UserError(f"{target}: {error.strerror}") from error
    return f"{target}: {len(data)} bytes; the board restarts as a meter"


def _picotool(image: Path) -> str:
    try:
        done = subprocess.run(
            ["picotool", "load", "--verify", "--execute", str(image)],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PICOTOOL_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise UserError(f"picotool did not come to an end in {_PICOTOOL_S} s") from error
    if done.returncode:
        lines = (done.stderr + done.stdout).strip().splitlines()
        raise UserError(f"picotool failed: {lines[-1] if lines else 'it says nothing'}")
    return f"{image}: loaded and verified by picotool; the board restarts as a meter"
