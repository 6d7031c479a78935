"""_boot.py formats an erased flash, mounts a good one, and never touches a damaged one.

It runs on the unix MicroPython with the real littlefs, over a flash that is a file.
"""

import subprocess

import pytest

from metrology.faults import FILES_ABSENT, status1
from picometer.build.files import ROOT
from picometer.virtual import mocks
from picometer.virtual.host import CPythonHost
from tests_host.unix.interpreter import interpreter

BLOCK = 4096
BLOCKS = 16
KEEP = "with open('/a', 'w') as file: file.write('kept')"

_DRIVER = """\
import os, sys, vfs
image, boot, after = sys.argv[1:]
memory = bytearray(open(image, "rb").read())
source = open(boot).read()
class Flash:
    def readblocks(self, block, buf, offset=0):
        start = block * 4096 + offset
        buf[:] = memory[start : start + len(buf)]
    def writeblocks(self, block, buf, offset=None):
        start = block * 4096 + (offset or 0)
        if offset is None:
            memory[start : start + 4096] = b"\\xff" * 4096
        for i in range(len(buf)):
            memory[start + i] &= buf[i]
    def ioctl(self, op, arg):
        if op == 4: return len(memory) // 4096
        if op == 5: return 4096
        if op == 6:
            memory[arg * 4096 : arg * 4096 + 4096] = b"\\xff" * 4096
            return 0
class Rp2: Flash = Flash
sys.modules["rp2"] = Rp2
sys.path[:] = ["", ".frozen", "/lib"]
vfs.umount("/")
exec(source, {})
mounted = "/" in [point for _, point in vfs.mount()]
print(mounted, sys.path)
if mounted:
    exec(after)
    vfs.umount("/")
vfs.mount(vfs.VfsPosix(), "/")
open(image, "wb").write(memory)
"""


@pytest.fixture
def boot(tmp_path):
    driver, flash = tmp_path / "driver.py", tmp_path / "flash"
    driver.write_text(_DRIVER)

    def run(content, after="pass"):
        """Boot on a flash of this content; returns what was printed and what it holds then."""
        flash.write_bytes(content)
        command = [interpreter(), driver, flash, ROOT / "firmware" / "_boot.py", after]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout.splitlines(), flash.read_bytes()

    return run


@pytest.fixture
def files(boot):
    """A flash with a file on it."""
    return boot(b"\xff" * BLOCK * BLOCKS, KEEP)[1]


def test_erased_flash_is_formatted_once(boot):
    printed, flash = boot(b"\xff" * BLOCK * BLOCKS, KEEP)
    assert printed[-1].startswith("True")
    assert boot(flash, "print(open('/a').read())")[0][-1] == "kept"


def test_good_file_system_is_mounted_and_not_written_to(boot, files):
    assert boot(files)[1] == files


@pytest.mark.parametrize("damage", ["superblocks", "all zeros", "one bit of an erased flash"])
def test_damaged_flash_is_left_as_it_is(boot, files, damage):
    flash = bytearray(files)
    if damage == "superblocks":
        flash[: 2 * BLOCK] = b"\x5a" * 2 * BLOCK
    elif damage == "all zeros":
        flash[:] = bytes(len(flash))
    else:
        flash[:] = b"\xff" * len(flash)
        flash[-1] = 0x7F
    printed, after = boot(bytes(flash))
    assert printed[-1].startswith("False")
    assert after == flash


def test_format_that_the_power_interrupted_is_taken_for_damage(boot, files):
    flash = b"\xff" * BLOCK + files[BLOCK : 2 * BLOCK][:8] + b"\xff" * (BLOCK * BLOCKS - BLOCK - 8)
    printed, after = boot(flash)
    assert printed[-1].startswith("False")
    assert after == flash


def test_frozen_code_goes_first(boot, files):
    assert boot(files)[0][-1] == "True ['.frozen', '', '/lib']"


def test_meter_without_files_says_so(virtual_board, monkeypatch):
    monkeypatch.setattr(mocks.vfs, "mount_points", ["/rom"])
    host = CPythonHost(virtual_board)
    host.boot()
    assert host.meter.storage.faults.word & FILES_ABSENT
    assert status1(FILES_ABSENT) == 0x0020  # nonvolatile memory failure


def test_meter_with_files_says_nothing(virtual_board):
    host = CPythonHost(virtual_board)
    host.boot()
    assert not host.meter.storage.faults.word & FILES_ABSENT
