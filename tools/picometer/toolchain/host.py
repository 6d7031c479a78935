"""What runs on this machine: mpy-cross, and the unix MicroPython that counts like an RP2040."""

from pathlib import Path

from picometer.toolchain.report import Report
from picometer.toolchain.shell import ToolchainError, jobs, run
from picometer.toolchain.tree import Tree

_UNIX_MANIFEST = 'include("$(MPY_DIR)/extmod/asyncio")\n'

# True on the device: 32-bit viper integers that wrap, single floats, objects past 2^30 - 1.
_TWIN_TEST = """\
import sys
@micropython.viper
def wrap(a: int) -> int:
    return a + 1
assert wrap(0x7fffffff) == -0x80000000, "viper integers are not 32 bits wide"
assert 16777217.0 == 16777216.0, "floats are not single"
assert sys.maxsize == 0x7fffffff, "words are not 32 bits wide"
print("twin")
"""


def mpy_cross(tree: Tree, log: Path, report: Report) -> Path:
    """Build mpy-cross; returns the program."""
    folder = tree.build / "mpy-cross"
    program = folder / "mpy-cross"
    if program.is_file() and not tree.given:
        return program
    with report.step("build mpy-cross") as show:
        _make(tree, "mpy-cross", folder, [], log, show)
    return program


def unix_micropython(tree: Tree, compiler: Path, log: Path, report: Report) -> Path:
    """Build the unix port with 32-bit words and single floats, as on the RP2040.

    Returns the program. It has asyncio frozen in, no ffi, no TLS, no btree. Raises
    ToolchainError when the result does not count as the device does.
    """
    folder = tree.build / "unix"
    program = folder / "micropython"
    if program.is_file() and not tree.given:
        return program
    manifest = tree.build / "unix-manifest.py"
    manifest.parent.mkdir(parents=True, exist_ok=True)
    manifest.write_text(_UNIX_MANIFEST)
    settings = [
        "MICROPY_PY_FFI=0",
        "MICROPY_PY_SSL=0",
        "MICROPY_PY_BTREE=0",
        "MICROPY_FORCE_32BIT=1",
        "CFLAGS_EXTRA=-DMICROPY_FLOAT_IMPL=MICROPY_FLOAT_IMPL_FLOAT",
        f"FROZEN_MANIFEST={manifest}",
        f"MICROPY_MPYCROSS={compiler}",
    ]
    with report.step("build unix MicroPython, 32 bits, single floats") as show:
        _make(tree, "ports/unix", folder, settings, log, show)
        if "twin" not in run([program, "-c", _TWIN_TEST], log, timeout_s=60):
            raise ToolchainError(f"{program} does not run")
    return program


def _make(tree: Tree, where: str, folder: Path, settings: list[str], log: Path, show) -> None:
    """make in the folder `where` of the tree, with everything it writes in `folder`."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    command: list[str | Path] = ["make", "-C", tree.path / where, f"-j{jobs()}"]
    command += [f"BUILD={folder}", *settings]
    run(command, log, show=show, env=tree.environment())
