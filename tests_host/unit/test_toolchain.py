"""What the toolchain promises before it builds anything: one clear line, and nothing half done."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from picometer.toolchain import ToolchainError, build_rp2, debian, ensure, shell, system, tree
from picometer.toolchain.cache import cache_root, locked, toolchain_root, whole
from picometer.toolchain.ensure import Paths
from picometer.toolchain.report import Report
from picometer.toolchain.rp2 import _configured_for


def micropython_tree(folder, version=(1, 25)):
    """A folder that passes for a MicroPython checkout without submodules."""
    (folder / "py").mkdir(parents=True)
    (folder / "ports" / "rp2").mkdir(parents=True)
    lines = [
        f"#define MICROPY_VERSION_{k} {v}"
        for k, v in zip(("MAJOR", "MINOR"), version, strict=True)
    ]
    (folder / "py" / "mpconfig.h").write_text("\n".join(lines) + "\n")
    return folder


DEB822 = """\
# a comment
Types: deb
URIs: http://mirror.invalid/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/some.gpg

Types: deb
URIs: http://mirror.invalid/security
Suites: bookworm-security
Components: main
"""


class TestPrivateSource:
    def test_keeps_mirror_and_key_and_changes_the_suite(self):
        lines = debian.private_source([("debian.sources", DEB822)], "bookworm").splitlines()
        assert lines == [
            "Types: deb deb-src",
            "URIs: http://mirror.invalid/debian",
            "Suites: trixie",
            "Components: main",
            "Signed-By: /usr/share/keyrings/some.gpg",
        ]

    def test_skips_stanzas_that_are_switched_off(self):
        off = DEB822.replace("Types: deb\n", "Enabled: no\nTypes: deb\n", 1)
        with pytest.raises(ToolchainError, match="no Debian mirror"):
            debian.private_source([("debian.sources", off)], "bookworm")

    def test_keeps_a_key_written_into_the_stanza(self):
        key = "Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mDMEY865Ux\n"
        text = DEB822.replace("Signed-By: /usr/share/keyrings/some.gpg\n", key)
        source = debian.private_source([("debian.sources", text)], "bookworm")
        assert "\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mDMEY865Ux\n" in source

    def test_reads_the_one_line_style(self):
        old = (
            "# deb http://other.invalid/debian bookworm main\n"
            "deb [arch=amd64 signed-by=/k.gpg] http://mirror.invalid/debian bookworm main\n"
        )
        source = debian.private_source([("sources.list", old)], "bookworm")
        assert "URIs: http://mirror.invalid/debian\n" in source
        assert "Signed-By: /k.gpg\n" in source

    def test_other_systems_are_told_to_bring_a_checkout(self):
        with pytest.raises(ToolchainError, match="not Debian.*MICROPYTHON"):
            debian._codename('ID=fedora\nVERSION_CODENAME=""\n')


class TestGivenTree:
    def test_absent(self, tmp_path):
        with pytest.raises(ToolchainError, match="no such folder"):
            ensure({"mpy-cross"}, micropython=str(tmp_path / "none"), cache=tmp_path / "cache")

    def test_not_micropython(self, tmp_path):
        with pytest.raises(ToolchainError, match="not a MicroPython source tree"):
            ensure({"mpy-cross"}, micropython=str(tmp_path), cache=tmp_path / "cache")
        assert not (tmp_path / "cache").exists()

    def test_too_old(self, tmp_path):
        old = micropython_tree(tmp_path / "old", (1, 22))
        with pytest.raises(ToolchainError, match="version 1.22 .* 1.23 or newer"):
            tree.version_of(old)

    def test_without_its_submodules(self, tmp_path):
        path = micropython_tree(tmp_path / "mp")
        found = tree.locate(tmp_path, str(path), tmp_path / "log", Report())
        with pytest.raises(ToolchainError, match="lib/pico-sdk.*make -C .* submodules"):
            tree.check_rp2(found)

    def test_is_named_by_the_environment(self, tmp_path, monkeypatch):
        monkeypatch.setenv("MICROPYTHON", str(tmp_path / "gone"))
        with pytest.raises(ToolchainError, match="no such folder"):
            ensure({"unix"}, cache=tmp_path)

    def test_two_checkouts_do_not_share_builds(self, tmp_path):
        builds = {
            tree.locate(tmp_path, str(micropython_tree(tmp_path / n)), tmp_path, Report()).build
            for n in ("a", "b")
        }
        assert len(builds) == 2


class TestFetchedTree:
    def debian_sources(self, folder):
        micropython_tree(folder / "micropython")
        (folder / "micropython" / "lib" / "pico-sdk").mkdir(parents=True)
        for name in ("pico-sdk", "tinyusb", "mbedtls"):
            (folder / name).mkdir()
            (folder / name / "mark").touch()
        return folder

    def test_third_party_folders_are_filled(self, tmp_path):
        tree._assemble(self.debian_sources(tmp_path))
        lib = tmp_path / "micropython" / "lib"
        assert all((lib / name / "mark").is_file() for name in ("pico-sdk", "tinyusb", "mbedtls"))
        assert (lib / "micropython-lib" / "README.md").is_file()

    def test_another_version_on_the_mirror_is_refused(self, tmp_path):
        folder = self.debian_sources(tmp_path)
        header = folder / "micropython" / "py" / "mpconfig.h"
        header.write_text(header.read_text().replace("MINOR 25", "MINOR 26"))
        with pytest.raises(ToolchainError, match="serves MicroPython 1.26, not 1.25"):
            tree._assemble(folder)


class TestSystemPackages:
    def test_missing_ones_are_named_once(self, monkeypatch):
        absent = system.Need("gcc-x", lambda: False)
        monkeypatch.setattr(system, "NEEDS", {"a": (absent,), "b": (absent,)})
        assert system.missing(["a", "b"]) == ["gcc-x"]

    def test_without_apt(self, monkeypatch, tmp_path):
        monkeypatch.setattr(system.shutil, "which", lambda name: None)
        with pytest.raises(ToolchainError, match="no apt here to install it: cmake make"):
            system.install(["cmake", "make"], tmp_path / "log", Report())

    def test_without_root(self, monkeypatch, tmp_path):
        monkeypatch.setattr(system.shutil, "which", lambda name: "/usr/bin/" + name)
        monkeypatch.setattr(system.os, "geteuid", lambda: 1000)
        with pytest.raises(ToolchainError, match="sudo apt-get install cmake"):
            system.install(["cmake"], tmp_path / "log", Report())

    def test_nothing_missing_asks_for_nothing(self, monkeypatch, tmp_path):
        monkeypatch.setattr(system.shutil, "which", lambda name: None)
        system.install([], tmp_path / "log", Report())

    @pytest.mark.parametrize("version", ["", "v16.20.2"])
    def test_node_absent_or_too_old(self, monkeypatch, version):
        monkeypatch.setattr(system, "_output", lambda *command: version)
        with pytest.raises(ToolchainError, match="Node 18 or newer"):
            system.check_node()


class TestCache:
    def test_place_is_chosen_by_the_environment(self, monkeypatch, tmp_path):
        monkeypatch.setenv("PICOMETER_CACHE", str(tmp_path / "here"))
        assert cache_root() == tmp_path / "here"

    def test_that_cannot_be_made(self, tmp_path):
        (tmp_path / "file").touch()
        with pytest.raises(ToolchainError, match="cannot make the cache folder"):
            toolchain_root(tmp_path / "file")

    def test_interrupted_work_leaves_nothing(self, tmp_path):
        target = tmp_path / "thing"
        with pytest.raises(KeyboardInterrupt), whole(target) as folder:
            (folder / "half").touch()
            raise KeyboardInterrupt
        assert list(tmp_path.iterdir()) == []

    def test_leftovers_of_a_killed_run_are_cleared(self, tmp_path):
        (tmp_path / "thing.partial").mkdir()
        (tmp_path / "thing.partial" / "half").touch()
        with whole(tmp_path / "thing") as folder:
            (folder / "new").touch()
        assert [path.name for path in (tmp_path / "thing").iterdir()] == ["new"]

    def test_lock_keeps_a_second_run_out(self, tmp_path, monkeypatch):
        monkeypatch.setattr("picometer.toolchain.cache._LOCK_WAIT_S", -1)
        with locked(tmp_path):
            with pytest.raises(ToolchainError, match="another run"), locked(tmp_path):
                pass
        with locked(tmp_path):
            pass


class TestFailures:
    def test_reason_is_the_first_error_not_makes_own(self):
        output = "CC a.c\nmake: *** [x] Error 1\na.c:3: error: no such thing\nmake: *** Error 2\n"
        assert shell.reason(output) == "a.c:3: error: no such thing"

    def test_reason_without_the_word_error_is_what_make_stopped_at(self):
        output = "CC a.c\npins.csv:1: Unknown cpu pin 'GPIO77'\nmake[2]: *** [x] Error 1\n"
        output += "make: Leaving directory '/x'\n"
        assert shell.reason(output) == "pins.csv:1: Unknown cpu pin 'GPIO77'"

    def test_reason_of_frozen_code_names_the_file_and_the_fault(self):
        output = (
            "error compiling a.py:\nTraceback (most recent call last):\nSyntaxError: invalid\n"
        )
        assert shell.reason(output) == "error compiling a.py: SyntaxError: invalid"

    def test_reason_of_cmake_is_its_next_line(self):
        output = "CMake Error at CMakeLists.txt:35 (message):\n  Invalid BOARD\n\nCall Stack\n"
        assert shell.reason(output) == "Invalid BOARD"

    def test_reason_of_a_python_tool_is_its_last_line(self):
        output = "Traceback (most recent call last):\n  File x\nValueError: unknown pin GPIO99\n"
        assert shell.reason(output) == "ValueError: unknown pin GPIO99"

    @settings(max_examples=50, deadline=None)
    @given(st.text())
    def test_reason_is_always_one_line(self, output):
        assert len(shell.reason(output).splitlines()) <= 1

    def test_program_that_fails_is_logged_whole(self, tmp_path):
        log = tmp_path / "log"
        command = [sys.executable, "-c", "print('one'); print('error: two'); raise SystemExit(3)"]
        with pytest.raises(ToolchainError, match="failed: error: two"):
            shell.run(command, log)
        assert "one\nerror: two\n" in log.read_text()

    def test_program_that_is_absent(self, tmp_path):
        with pytest.raises(ToolchainError, match="no-such-program is not installed"):
            shell.run(["no-such-program"], tmp_path / "log")

    def test_program_that_does_not_end(self, tmp_path):
        command = [sys.executable, "-c", "import time; time.sleep(60)"]
        with pytest.raises(ToolchainError, match="no end after 0 s"):
            shell.run(command, tmp_path / "log", timeout_s=0.2)

    def test_command_line_gives_one_line_and_status_2(self, tmp_path):
        command = [
            sys.executable,
            "-m",
            "picometer.cli",
            "dev",
            "toolchain",
            "--micropython",
            str(tmp_path),
        ]
        done = subprocess.run(
            command, capture_output=True, text=True, env={"PYTHONPATH": "tools"}, check=False
        )
        assert done.returncode == 2
        assert done.stderr.splitlines() == [
            f"picometer: MICROPYTHON: not a MicroPython source tree: {tmp_path}"
        ]


class TestBoardFolder:
    def test_that_is_none(self, tmp_path):
        with pytest.raises(ToolchainError, match="not a MicroPython board folder"):
            build_rp2(tmp_path, tmp_path / "build", paths=Paths(build=tmp_path))

    def test_build_folder_of_another_board_is_recognised(self, tmp_path):
        assert _configured_for(tmp_path) is None
        (tmp_path / "CMakeCache.txt").write_text(
            "MICROPY_BOARD_DIR:UNINITIALIZED=/boards/a\nCMAKE_HOME_DIRECTORY:INTERNAL=/mp/rp2\n"
        )
        assert _configured_for(tmp_path) == ("/mp/rp2", "/boards/a")
