"""`make uf2`: one clear line with status 2 when it cannot."""

import os
import shutil
import subprocess
import sys

from picometer.build.files import ROOT

BOARD = ROOT / "boards" / "pico_meter"


def build(*arguments, **environment):
    """`picometer dev build`; returns its status and the lines on standard error."""
    command = [sys.executable, "-m", "picometer.cli", "dev", "build", *map(str, arguments)]
    env = {**os.environ, "PYTHONPATH": str(ROOT / "tools"), **environment}
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
    return done.returncode, done.stderr.splitlines()


class TestBadInput:
    def test_no_micropython_tree_there(self, tmp_path):
        out = tmp_path / "out"
        gone = tmp_path / "gone"
        assert build("uf2", "--out", out, MICROPYTHON=str(gone)) == (
            2,
            [f"picometer: MICROPYTHON: no such folder: {gone}"],
        )
        assert not out.exists()

    def test_tree_that_is_not_micropython(self, tmp_path):
        status, lines = build("uf2", "--out", tmp_path / "out", MICROPYTHON=str(tmp_path))
        assert (status, lines) == (
            2,
            [f"picometer: MICROPYTHON: not a MicroPython source tree: {tmp_path}"],
        )

    def test_board_with_a_pin_that_the_rp2040_lacks(self, tmp_path):
        board = tmp_path / "pico_meter"
        shutil.copytree(BOARD, board)
        with (board / "pins.csv").open("a") as file:
            file.write("LOST,GPIO77\n")
        status, lines = build("uf2", "--board", board, "--out", tmp_path / "out")
        assert status == 2
        number = len((board / "pins.csv").read_text().splitlines())
        assert lines == [
            f"picometer: {board / 'pins.csv'}, line {number}: no such pin of the RP2040: GPIO77"
        ]
        assert not (tmp_path / "out").exists()

    def test_corrupt_uf2(self, tmp_path):
        file = tmp_path / "a.uf2"
        file.write_bytes(b"UF2\n" + bytes(508))
        assert build("check", file) == (
            2,
            [f"picometer: {file}: damaged: block 0 is no UF2 block"],
        )

    def test_no_such_command(self):
        status, lines = build("paint")
        assert (status, len(lines)) == (2, 1)
