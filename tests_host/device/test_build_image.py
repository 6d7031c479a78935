"""The image on an emulated RP2040: it boots into the meter, whatever is in the flash behind it."""

import os

import pytest

from metrology.faults import TASK_FAILED
from picometer.build.board import SECTOR_BYTES, flash_map
from picometer.build.identity import digest
from picometer.build.image import BOARD_DIR
from picometer.reader.client import Client
from picometer.rp2040.attach import BoardLink
from picometer.rp2040.emulator import Emulator
from picometer.rp2040.image import built_image, unpack
from picometer.toolchain import ToolchainError, ensure
from picometer.virtual.board import VirtualBoard
from picometer.virtual.clock import NS_PER_S
from picometer.virtual.simport import SimPort

ST3 = 3
MEMORY_FAULT = 0x0020  # of ED_STD_STATUS1
EMPTY_ROMFS = b"\xd2\xcd\x31\0"  # extmod/vfs_rom.c of MicroPython: the record's kind, its length

pytestmark = pytest.mark.skipif(
    os.environ.get("PICOMETER_NO_TOOLCHAIN") == "1", reason="PICOMETER_NO_TOOLCHAIN=1"
)


class Pico:
    """The board with the image on its processor; `run_until` makes it a SimPort's host."""

    def __init__(self, flash):
        self.board = VirtualBoard()
        self.emulator = Emulator(ensure({"rp2040js"}).rp2040js, flash, self.board.clock)
        self.heard = bytearray()
        self.emulator.on_usb = self.heard.extend
        self._link = BoardLink(self.board, self.emulator)
        self._link.power_on()

    def run_until(self, when_ns):
        assert self._link.run_until(when_ns)

    def run(self, seconds):
        self.run_until(self.board.clock.now_ns + int(seconds * NS_PER_S))

    def prompt(self, code, seconds=0.3):
        """What a line of code prints, with the meter interrupted."""
        self.emulator.usb_send(b"\x03")
        self.run(0.1)
        self.emulator.usb_send(b"\x01" + code.encode() + b"\x04")
        self.heard.clear()
        self.run(seconds)
        return bytes(self.heard).partition(b"OK")[2].partition(b"\x04")[0].decode().strip()

    def status(self):
        """ED_STD_STATUS1, through the optical port."""
        client = Client(SimPort(self))
        client.identify()
        client.negotiate()
        client.logon()
        octets = client.read(ST3)
        client.terminate()
        return int.from_bytes(octets[1:3], "little")


def started(folder, romfs=b"", littlefs=b""):
    """A Pico that boots with these bytes in its partitions, erased behind them."""
    try:
        flash = unpack(built_image(), folder)
    except ToolchainError as error:
        pytest.fail(str(error), pytrace=False)
    with flash.open("r+b") as file:
        for region, content in zip(flash_map(BOARD_DIR)[1:], (romfs, littlefs), strict=True):
            file.seek(region.offset)
            file.write(content)
    pico = Pico(flash)
    pico.run(2)
    return pico


@pytest.fixture(scope="module")
def new(tmp_path_factory):
    pico = started(tmp_path_factory.mktemp("flash"))
    yield pico
    pico.emulator.close()


@pytest.fixture
def damaged(tmp_path):
    pico = started(tmp_path, EMPTY_ROMFS, b"\x5a" * 8192)
    yield pico
    pico.emulator.close()


def test_a_new_pico_boots_into_the_meter_and_answers_the_optical_port(new):
    assert new.status() & MEMORY_FAULT == 0
    assert new.heard == b""


def test_damaged_files_stop_nothing_and_are_left_alone(damaged, tmp_path):
    assert damaged.status() & MEMORY_FAULT
    assert damaged.prompt("import vfs; print(vfs.mount())") == "[(<VfsRom>, '/rom')]"
    damaged.emulator.save_flash(tmp_path / "after")
    offset = flash_map(BOARD_DIR)[2].offset
    after = (tmp_path / "after").read_bytes()[offset : offset + 12288]
    assert after == b"\x5a" * 8192 + b"\xff" * 4096


def test_the_image_knows_which_sources_it_is_of(new):
    assert new.prompt("import build_identity as b; print(b.DIGEST.hex())") == digest().hex()


_METER_AT_THE_PROMPT = """\
import gc, os, micropython
from boards.pico_meter.board import Board
from firmware.forget import OF_START, forget
from firmware.meter import Meter
Board.watchdog = lambda self: (lambda: None)
m = Meter(Board())
m.start()
forget(OF_START)
step = m.scheduler.run_once
for i in range(50): step()
gc.collect()
print(os.uname().machine, os.statvfs("/")[2], gc.mem_free())
micropython.heap_lock()
for i in range(100): step()
micropython.heap_unlock()
print(m.storage.faults.word & TASK_FAILED)
"""


def test_frozen_meter_leaves_a_heap_and_takes_nothing_from_it(new):
    code = _METER_AT_THE_PROMPT.replace("TASK_FAILED", str(TASK_FAILED))
    state, failed = new.prompt(code, 5).splitlines()
    name, _, _, blocks, free = state.split()
    assert (name, int(blocks)) == ("Picometer", flash_map(BOARD_DIR)[2].size // SECTOR_BYTES)
    assert int(free) > 100_000
    assert failed == "0"
