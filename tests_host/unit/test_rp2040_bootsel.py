"""The BOOTSEL drive programs what the boot ROM would, and removes nothing that is not its own."""

import pytest

from picometer.build.uf2 import BLOCK_BYTES, uf2_of
from picometer.rp2040.bootsel import BootselDrive
from picometer.rp2040.channel import EmulatorError

IMAGE = bytes(range(256)) * 20  # more than a sector


class Chip:
    """An emulator's flash, in BOOTSEL mode."""

    def __init__(self):
        self.in_bootsel = True
        self.flash = bytearray(8192)
        self.left = 0

    def change_flash(self, offset, octets):
        self.flash[offset : offset + len(octets)] = octets

    def leave_bootsel(self):
        self.left += 1


@pytest.fixture
def chip():
    return Chip()


@pytest.fixture
def drive(chip, tmp_path):
    drive = BootselDrive(chip, tmp_path / "drive")
    drive.serve()
    return drive


def test_a_file_is_programmed_as_it_comes_and_the_chip_restarts_at_its_end(chip, drive, tmp_path):
    data = uf2_of(IMAGE)
    with (tmp_path / "drive" / "image.uf2").open("wb") as file:
        file.write(data[:700])
        file.flush()
        drive.serve()
        assert chip.flash[:512] == IMAGE[:256] + b"\xff" * 256 and not chip.left
        file.write(data[700:])
        file.flush()
        drive.serve()
    assert chip.flash[: len(IMAGE)] == IMAGE and chip.left == 1


@pytest.mark.parametrize("address", [0, 0x0FFFFF00, 0x20000000])
def test_blocks_of_other_memory_and_folders_are_ignored(chip, drive, tmp_path, address):
    data = bytearray(uf2_of(IMAGE))
    for block in range(0, len(data), BLOCK_BYTES):
        data[block + 12 : block + 16] = address.to_bytes(4, "little")
    (tmp_path / "drive" / "ram.uf2").write_bytes(data)
    (tmp_path / "drive" / "folder").mkdir()
    drive.serve()
    assert chip.flash == bytes(8192) and not chip.left


def test_a_file_of_the_user_is_never_removed(chip, drive, tmp_path):
    chip.in_bootsel = False
    drive.serve()
    mine = tmp_path / "drive" / "letter.txt"
    mine.write_text("Dear reader")
    drive.close()
    assert mine.read_text() == "Dear reader"
    with pytest.raises(EmulatorError, match="letter.txt"):
        BootselDrive(chip, tmp_path / "drive")
