"""`make uf2` and `make mpy`: what they make, and one clear line with status 2 when they cannot."""

import hashlib
import os
import shutil
import subprocess
import sys

import pytest

from picometer.build.files import MAIN, ROOT, loaded_files
from picometer.build.identity import IDENTITY
from picometer.build.manifest import FILE_NAME
from picometer.build.mpy import SUMS, build_mpy, mpy_name
from picometer.errors import UserError
from picometer.toolchain import ToolchainError, ensure

VERSIONS = ("lib/metrology/version.py", "firmware/identity.py")
BOARD = ROOT / "boards" / "pico_meter"


def build(*arguments, **environment):
    """`picometer dev build`; returns its status and the lines on standard error."""
    command = [sys.executable, "-m", "picometer.cli", "dev", "build", *map(str, arguments)]
    env = {**os.environ, "PYTHONPATH": str(ROOT / "tools"), **environment}
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
    return done.returncode, done.stderr.splitlines()


class TestBadInput:
    @pytest.mark.parametrize("what", ["uf2", "mpy"])
    def test_no_micropython_tree_there(self, tmp_path, what):
        out = tmp_path / "out"
        gone = tmp_path / "gone"
        assert build(what, "--out", out, MICROPYTHON=str(gone)) == (
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


@pytest.fixture(scope="module")
def compiler():
    if os.environ.get("PICOMETER_NO_TOOLCHAIN") == "1":
        pytest.skip("no mpy-cross, PICOMETER_NO_TOOLCHAIN=1")
    try:
        return ensure({"mpy-cross"}).mpy_cross
    except ToolchainError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="module")
def tree(compiler, tmp_path_factory):
    out = tmp_path_factory.mktemp("build") / "mpy"
    return out, build_mpy(out)


class TestMpyTree:
    def test_folder_that_cannot_be_made(self, compiler, tmp_path):
        (tmp_path / "file").touch()
        with pytest.raises(UserError, match="file"):
            build_mpy(tmp_path / "file" / "mpy")

    def test_every_file_of_the_meter_compiles_and_lies_where_the_device_wants_it(self, tree):
        out, sums = tree
        files = {mpy_name(file) for file in [MAIN, IDENTITY, *loaded_files()]}
        assert set(sums) == files | {FILE_NAME}
        assert all((out / path).is_file() for path in sums)
        assert (out / MAIN.target).read_text() == (ROOT / MAIN.source).read_text()

    def test_sums_are_those_of_the_files(self, tree):
        out, sums = tree
        lines = [line.split("  ") for line in (out / SUMS).read_text().splitlines()]
        assert {path: value for value, path in lines} == sums
        for path, value in sums.items():
            assert hashlib.sha256((out / path).read_bytes()).hexdigest() == value

    def test_files_are_of_the_version_that_stock_1_25_loads(self, tree):
        out, sums = tree
        for path in sums:
            if path.endswith(".mpy"):
                magic, version, flags = (out / path).read_bytes()[:3]
                architecture = flags >> 2 & 0x0F  # none but for viper code; 4 is armv6m
                assert (magic, version, architecture in (0, 4)) == (ord("M"), 6, True)

    def test_viper_code_is_for_the_rp2040(self, tree):
        out, _ = tree
        header = (out / "lib/psem/crc_viper.mpy").read_bytes()
        assert header[2] >> 2 & 0x0F == 4

    def test_the_same_sources_give_the_same_bytes(self, tree, tmp_path):
        assert build_mpy(tmp_path / "again") == tree[1]

    def test_a_file_that_does_not_compile_is_named_and_the_old_tree_stays(
        self, compiler, tmp_path
    ):
        sources, out = tmp_path / "sources", tmp_path / "mpy"
        for folder in ("lib/a", "lib/metrology", "firmware", "boards/pico_meter"):
            (sources / folder).mkdir(parents=True)
        for path in VERSIONS:
            shutil.copyfile(ROOT / path, sources / path)
        (sources / "lib/a/__init__.py").write_text("x = 1\n")
        (sources / "firmware/main.py").write_text("import a\n")
        before = build_mpy(out, root=sources)
        ours = {"main.py", "build_identity.mpy", "software.txt", "lib/a/__init__.mpy"}
        assert set(before) == ours | {"firmware/identity.mpy"}
        (sources / "lib/a/__init__.py").write_text("x = 1\ny = = 2\n")
        with pytest.raises(UserError, match="^lib/a/__init__.py, line 2: .*SyntaxError") as error:
            build_mpy(out, root=sources)
        assert "\n" not in str(error.value)
        assert (out / "lib/a/__init__.mpy").is_file()
        assert [path.name for path in tmp_path.glob("mpy.partial")] == []
