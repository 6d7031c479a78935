"""The drive that the RP2040's boot ROM shows in BOOTSEL mode, as a folder.

Source: RP2040 datasheet 2.8.4, high confidence: the drive holds INFO_UF2.TXT and INDEX.HTM,
programs each UF2 block as it comes, and restarts the chip once all blocks of a file have come.
"""

import contextlib
from pathlib import Path

from picometer.build.uf2 import BLOCK_BYTES, FLASH_BASE, block_of
from picometer.rp2040.channel import EmulatorError
from picometer.rp2040.emulator import Emulator

_INFO = "INFO_UF2.TXT"
_FILES = {
    _INFO: "UF2 Bootloader v3.0\nModel: Raspberry Pi RP2\nBoard-ID: RPI-RP2\n",
    "INDEX.HTM": "<html><body>RPI-RP2, emulated</body></html>\n",
}
_SECTOR = 4096
_FLASH_BYTES = 16 << 20  # as many as the RP2040 addresses


class BootselDrive:
    """Shows `folder` while `emulator` is in BOOTSEL mode, and programs UF2 files put there."""

    def __init__(self, emulator: Emulator, folder: Path) -> None:
        self._emulator = emulator
        self._folder = folder
        self._shown = False
        self._begin()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            strange = [path.name for path in folder.iterdir() if path.name not in _FILES]
        except OSError as error:
            raise EmulatorError(f"{folder}: {error.strerror}") from error
        if strange:
            raise EmulatorError(f"{folder}: holds {strange[0]}, no BOOTSEL drive")
        self._empty()

    def serve(self) -> None:
        """Follows the chip, and takes in what has come into the folder."""
        if self._emulator.in_bootsel != self._shown:
            self._shown = not self._shown
            self._empty()
            self._begin()
            if self._shown:
                for name, text in _FILES.items():
                    (self._folder / name).write_text(text)
        if self._shown:
            for path in sorted(self._folder.iterdir()):
                if path.name not in _FILES and path.is_file() and self._take(path):
                    self._emulator.leave_bootsel()
                    break

    def close(self) -> None:
        """Removes the drive's files, and the folder if nothing else is in it."""
        self._empty()
        with contextlib.suppress(OSError):
            self._folder.rmdir()

    def _begin(self) -> None:
        self._read: dict[Path, int] = {}  # octets of each file that have been taken in
        self._come: set[int] = set()  # numbers of blocks
        self._erased: set[int] = set()  # sectors

    def _take(self, path: Path) -> bool:
        """Programs the new blocks of a file; True if all blocks of it have come."""
        start = self._read.get(path, 0)
        with path.open("rb") as file:
            file.seek(start)
            data = file.read()
        whole = len(data) - len(data) % BLOCK_BYTES
        self._read[path] = start + whole
        for at in range(0, whole, BLOCK_BYTES):
            block = block_of(data[at : at + BLOCK_BYTES])
            if block is None or not 0 <= block.address - FLASH_BASE < _FLASH_BYTES:
                continue  # the boot ROM ignores a block of another family or memory
            self._program(block.address - FLASH_BASE, block.payload)
            self._come.add(block.number)
            if len(self._come) == block.count:
                return True
        return False

    def _program(self, offset: int, payload: bytes) -> None:
        sector = offset // _SECTOR
        if sector not in self._erased:
            self._erased.add(sector)
            self._emulator.change_flash(sector * _SECTOR, b"\xff" * _SECTOR)
        self._emulator.change_flash(offset, payload)

    def _empty(self) -> None:
        # Nothing but the drive's own files, and those whose blocks it has taken.
        for path in (*(self._folder / name for name in _FILES), *self._read):
            path.unlink(missing_ok=True)
