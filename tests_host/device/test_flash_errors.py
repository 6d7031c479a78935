"""What can be wrong before or while flashing: one clear line each, exit status 2."""

import os
import select
import threading
import tty
from pathlib import Path

import pytest

from picometer.build.board import flash_map
from picometer.build.image import BOARD_DIR
from picometer.build.manifest import BLOCK_BYTES, unpack
from picometer.build.uf2 import boot_crc, image_of, uf2_of
from picometer.cli import main
from picometer.errors import UserError
from picometer.flash import drive, programs
from picometer.flash.board import ImageBoard
from picometer.flash.configuration import code_for
from picometer.flash.repl import CodeError, PromptError, Repl

_INFO = "INFO_UF2.TXT"


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
    def test_no_device(self):
        with pytest.raises(UserError, match="no device at /dev/absent: No such file or directory"):
            Repl("/dev/absent")

    @pytest.mark.parametrize("fake", [{"silent": True}], indirect=True)
    def test_no_prompt(self, fake):
        with pytest.raises(PromptError, match="no MicroPython prompt at /dev/pts/"):
            Repl(fake.port, 0.5)

    def test_in_use(self, fake):
        repl = Repl(fake.port)
        with pytest.raises(UserError, match="no device at"):
            Repl(fake.port)
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


@pytest.fixture
def flashed(tmp_path, image):
    """Runs `picometer flash` with the image, and a drive that is not there."""

    def run(capsys, *arguments):
        return said(capsys, "flash", "--image", image, "--drive", tmp_path / "none", *arguments)

    return run


class TestOrder:
    def test_no_board_at_all(self, flashed, capsys):
        line = flashed(capsys, "--port", "/dev/absent")
        assert line.startswith("picometer: no device at /dev/absent, and no BOOTSEL drive: plug")

    def test_a_board_beside_one_in_bootsel_mode_is_not_touched(self, fake, image, bootsel, capsys):
        arguments = ("--port", fake.port, "--drive", bootsel)
        line = said(capsys, "flash", "--image", image, *arguments)
        assert "a board shows its BOOTSEL drive already" in line and fake.code == []

    def test_no_drive_comes(self, flashed, capsys, fake, monkeypatch):
        monkeypatch.setitem(programs.PROGRAMS, "mpremote", lambda port: ["true"])
        monkeypatch.setattr(programs, "_AFTERWARDS_S", 0.3)
        line = flashed(capsys, "--port", fake.port)
        assert "no BOOTSEL drive appeared: mount it, or name it with DRIVE=..." in line

    def test_a_program_that_fails_is_reported_by_its_last_line(
        self, flashed, capsys, fake, monkeypatch
    ):
        script = ["/bin/sh", "-c", "echo first; echo the reason; exit 1"]
        monkeypatch.setitem(programs.PROGRAMS, "mpremote", lambda port: script)
        assert flashed(capsys, "--port", fake.port).endswith("mpremote: the reason")

    def test_a_program_that_is_not_installed(self, monkeypatch):
        monkeypatch.setenv("PATH", "/nowhere")
        with pytest.raises(UserError, match="no-such-tool is not installed: pip install"):
            programs.path_of("no-such-tool")

    def test_a_board_that_takes_the_image_and_does_not_restart(
        self, image, bootsel, capsys, monkeypatch
    ):
        monkeypatch.setattr("picometer.flash.install._RESTART_S", 0.3)
        arguments = ("--port", "/dev/absent", "--drive", bootsel)
        line = said(capsys, "flash", "--image", image, *arguments)
        assert line.endswith("did not restart: run the same command again")

    def test_a_board_that_does_not_come_back(self, image, bootsel, capsys, monkeypatch):
        monkeypatch.setattr("picometer.flash.board._AGAIN_S", 0.5)
        monkeypatch.setattr(drive, "flash", lambda image, folder: (folder / _INFO).unlink())
        arguments = ("--port", "/dev/absent", "--drive", bootsel)
        line = said(capsys, "flash", "--image", image, *arguments)
        assert "did not come back on USB" in line

    def test_a_file_that_is_no_image_of_ours(self, tmp_path, capsys, bootsel):
        plain = tmp_path / "plain.uf2"
        stage = bytes(252)
        stage += boot_crc(stage).to_bytes(4, "little")
        plain.write_bytes(uf2_of(stage + bytes(8192 - 256)))
        line = said(capsys, "flash", "--image", plain, "--drive", bootsel)
        assert "not an image that this command built" in line

    def test_a_part_of_the_software_that_is_not_the_image_s(self, image):
        wanted = unpack(image_of(image.read_bytes())[-BLOCK_BYTES:])
        board = ImageBoard(lambda: None)
        digests = ["00" * 32, *(part.sha256.hex() for part in wanted.parts)]
        board.run = lambda code, timeout_s: "\n".join(digests)
        board.compare(wanted)
        digests[2] = digests[1]
        with pytest.raises(UserError, match="the board's legal software is not the image's"):
            board.compare(wanted)
