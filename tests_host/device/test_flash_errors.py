"""What can be wrong before or while flashing: one clear line each, exit status 2."""

import os
import select
import threading
import tty
from pathlib import Path

import pytest

from picometer.build.board import flash_map
from picometer.build.image import BOARD_DIR
from picometer.cli import main
from picometer.errors import UserError
from picometer.flash import copiers, drive
from picometer.flash.configuration import code_for
from picometer.flash.repl import CodeError, PromptError, Repl
from picometer.flash.tree import Tree, folders
from tests_host.device.flash_bench import sign

PICO = "Raspberry Pi Pico with RP2040"
ARMV6M = 4 << 10 | 3 << 8 | 6


class FakeBoard:
    """A raw REPL on a PTY that prints `facts` for describe(), and raises for `bad`.

    code    what was run on it
    names   its global names
    """

    def __init__(self, facts=(), silent=False):
        self._master, slave = os.openpty()
        tty.setraw(slave)
        self.port = os.ttyname(slave)
        self.code = []
        self.names = ""
        self._slave = slave
        self._facts = facts
        self._silent = silent
        self._ended = False
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        data = b""
        while not self._ended:
            if not select.select([self._master], [], [], 0.02)[0]:
                continue
            data += os.read(self._master, 4096)
            if self._silent:
                data = b""
            while b"\x01" in data:
                data = data.partition(b"\x01")[2]
                os.write(self._master, b"raw REPL; CTRL-B to exit\r\n>")
            while b"\x04" in data:
                code, _, data = data.partition(b"\x04")
                self.code.append(code.decode())
                os.write(self._master, b"OK" + self._answer(self.code[-1]) + b">")

    def _answer(self, code):
        if "bad" in code:
            return (
                b"half\x04Traceback (most recent call last):\r\nOSError: [Errno 28] ENOSPC\r\n\x04"
            )
        printed = self.names if "globals()" in code else ""
        if code.endswith("describe()"):
            printed = "\r\n".join(self._facts)
        return printed.encode() + b"\r\n\x04\x04"

    def close(self):
        self._ended = True
        self._thread.join()
        os.close(self._slave)
        os.close(self._master)


@pytest.fixture
def fake(request):
    board = FakeBoard(**getattr(request, "param", {}))
    yield board
    board.close()


@pytest.fixture
def tree(tmp_path):
    folder = tmp_path / "mpy"
    for path, size in (("main.py", 10), ("lib/a/b.mpy", 4088), ("lib/c.mpy", 4089)):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(bytes(size))
    sign(folder)
    return folder


def said(capsys, *arguments):
    """The one line with which the command ends."""
    with pytest.raises(SystemExit) as end:
        main([str(argument) for argument in arguments])
    assert end.value.code == 2
    lines = capsys.readouterr().err.splitlines()
    errors = [line for line in lines if not line.startswith("done ")]
    assert len(errors) == 1, lines
    return errors[0]


class TestBoard:
    def test_no_device(self, capsys, tree):
        line = said(capsys, "flash", "--port", "/dev/absent", "--tree", tree)
        assert line == "picometer: no device at /dev/absent: No such file or directory"

    @pytest.mark.parametrize("fake", [{"silent": True}], indirect=True)
    def test_no_prompt(self, fake):
        with pytest.raises(PromptError, match="no MicroPython prompt at /dev/pts/"):
            Repl(fake.port, 0.5)

    @pytest.mark.parametrize(
        ("fake", "reason"),
        [
            (
                {"facts": ("micropython 1 22 2", str(ARMV6M), PICO)},
                "micropython 1.22.2 on the board, MicroPython 1.23 or newer is needed",
            ),
            (
                {"facts": ("circuitpython 9 1 0", str(ARMV6M), PICO)},
                "circuitpython 9.1.0 on the board",
            ),
            (
                {"facts": ("micropython 1 25 0", str(7 << 10 | 3 << 8 | 6), "Pico 2")},
                "Pico 2: not an RP2040",
            ),
            (
                {"facts": ("micropython 1 25 0", str(ARMV6M), "Picometer with RP2040")},
                "the board runs the Picometer image: update it with make flash-uf2",
            ),
        ],
        indirect=["fake"],
    )
    def test_wrong_micropython(self, fake, reason, capsys, tree):
        assert reason in said(capsys, "flash", "--port", fake.port, "--tree", tree)
        assert "machine.reset()" in fake.code[-1]  # what was interrupted goes on

    @pytest.mark.parametrize(
        "fake", [{"facts": ("micropython 1 25 0", str(ARMV6M), PICO)}], indirect=True
    )
    def test_a_board_that_does_not_reset(self, fake, capsys, tree, monkeypatch):
        monkeypatch.setattr("picometer.flash.meter._AGAIN_S", 0.5)
        fake.names = "_asked"
        line = said(capsys, "flash", "--port", fake.port, "--tree", tree)
        assert "no new prompt at" in line and line.endswith("after a reset")

    def test_in_use(self, fake, capsys, tree):
        repl = Repl(fake.port)
        assert "no device at" in said(capsys, "flash", "--port", fake.port, "--tree", tree)
        repl.close()

    def test_an_error_on_the_board_is_told_by_its_last_line(self, fake):
        repl = Repl(fake.port)
        with pytest.raises(CodeError, match="the board says: OSError: .Errno 28. ENOSPC") as info:
            repl.run("bad")
        assert info.value.kind == "OSError"
        repl.close()

    def test_a_board_that_goes_away(self):
        board = FakeBoard()
        repl = Repl(board.port)
        board.close()
        with pytest.raises(PromptError):
            repl.run("pass", 1)
        repl.close()


class TestTree:
    def test_nothing_built(self, tmp_path, capsys):
        assert "run: make mpy" in said(capsys, "flash", "--tree", tmp_path)

    def test_a_file_that_has_changed_since(self, tree, capsys):
        (tree / "lib" / "c.mpy").write_bytes(b"x")
        assert "c.mpy: not as it was built" in said(capsys, "flash", "--tree", tree)

    def test_a_file_that_is_gone(self, tree):
        (tree / "lib" / "c.mpy").unlink()
        with pytest.raises(UserError, match="c.mpy: not as it was built"):
            Tree.read(tree)

    def test_blocks_are_counted_with_folders_and_a_reserve(self, tree):
        read = Tree.read(tree)
        assert folders(list(read.sums)) == ["lib", "lib/a"]
        files, inner, reserve = 1 + 1 + 2, 2, 8
        assert read.blocks(list(read.sums), 4096) == files + 2 * (1 + inner) + reserve


class TestPrograms:
    def test_one_that_is_not_installed(self, monkeypatch):
        monkeypatch.setenv("PATH", "/nowhere")
        with pytest.raises(UserError, match="no-such-tool is not installed: pip install"):
            copiers.program("no-such-tool")

    def test_one_that_fails_is_told_by_its_last_line(self, tmp_path, monkeypatch):
        (tmp_path / "file").write_text("")
        script = ["/bin/sh", "-c", "echo first; echo the reason; exit 1"]
        monkeypatch.setitem(copiers.COPIERS, "mpremote", lambda *_: script)
        with pytest.raises(UserError, match="mpremote failed: the reason"):
            copiers.copy("mpremote", "port", tmp_path, ["file"], "/meter-a", print)


class TestConfiguration:
    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("model = ", "Invalid value"),
            ('colour = "red"', "no field colour; there are model, service"),
            ("serial = 42", "serial is not a plain text"),
            ('serial = "12345678901234567"', "serial is longer than 16 characters"),
            ('model = "AX"', "model and service belong together"),
            ('model = "BX"\nservice = "2S-240-200"', "no model BX"),
            ('model = "AX"\nservice = "9S"', "no service 9S"),
        ],
    )
    def test_what_no_meter_can_be(self, tmp_path, text, reason):
        file = tmp_path / "meter.toml"
        file.write_text(text)
        with pytest.raises(UserError, match=reason):
            code_for(file)

    def test_absent(self, tmp_path):
        with pytest.raises(UserError, match="No such file"):
            code_for(tmp_path / "absent.toml")


@pytest.fixture
def bootsel(tmp_path):
    """A drive like that of the RP2040's boot ROM."""
    folder = tmp_path / "RPI-RP2"
    folder.mkdir()
    (folder / "INFO_UF2.TXT").write_text(
        "UF2 Bootloader v3.0\r\nModel: Raspberry Pi RP2\r\nBoard-ID: RPI-RP2\r\n"
    )
    return folder


class TestDrive:
    def test_the_image_arrives_whole(self, bootsel, tmp_path):
        image = tmp_path / "picometer.uf2"
        image.write_bytes(bytes(range(256)) * 5)
        assert "restarts as a meter" in drive.flash(image, bootsel)
        assert (bootsel / "picometer.uf2").read_bytes() == image.read_bytes()

    def test_it_is_found_where_systems_mount_drives(self, bootsel, tmp_path):
        (tmp_path / "OTHER").mkdir()
        assert drive.find([f"{tmp_path}/*"]) == [bootsel]

    def test_another_drive(self, tmp_path):
        with pytest.raises(UserError, match="not the drive of a Pico"):
            drive.flash(tmp_path / "image.uf2", tmp_path)

    def test_none(self, monkeypatch):
        monkeypatch.setattr(drive, "find", list)
        monkeypatch.setenv("PATH", "/nowhere")
        with pytest.raises(UserError, match="no Pico in BOOTSEL mode: hold BOOTSEL"):
            drive.flash(Path("image.uf2"))

    def test_several(self, monkeypatch):
        monkeypatch.setattr(drive, "find", lambda: [Path("/media/a"), Path("/media/b")])
        with pytest.raises(UserError, match="several boards in BOOTSEL mode"):
            drive.flash(Path("image.uf2"))

    def test_picotool_where_there_is_no_drive(self, monkeypatch, tmp_path):
        monkeypatch.setattr(drive, "find", list)
        tool = tmp_path / "picotool"
        tool.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/arguments\n')
        tool.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
        assert "picotool" in drive.flash(Path("image.uf2"))
        assert (tmp_path / "arguments").read_text() == "load --verify --execute image.uf2\n"

    def test_a_damaged_image_is_not_flashed(self, bootsel, tmp_path, capsys):
        image = tmp_path / "bad.uf2"
        image.write_bytes(bytes(flash_map(BOARD_DIR)[0].size))
        line = said(capsys, "flash-uf2", "--image", image, "--drive", bootsel)
        assert "damaged" in line and list(bootsel.iterdir()) == [bootsel / "INFO_UF2.TXT"]
