"""The tick in C as a native module, made with MicroPython's own tools for such modules."""

import importlib.util
import sys
from pathlib import Path

from picometer.errors import UserError
from picometer.toolchain import Paths
from picometer.toolchain.shell import run

MODULE = "bench_tick"
_SOURCE = Path(__file__).with_name("tick.c")

_MAKEFILE = """\
MPY_DIR = {tree}
MOD = {module}
SRC = {module}.c
ARCH = armv6m
CFLAGS_EXTRA = -O2
include $(MPY_DIR)/py/dynruntime.mk
"""


def build(paths: Paths, folder: Path) -> bytes:
    """Build tick.c at -O2 in `folder`; returns the .mpy file's bytes.

    Raises ToolchainError when it does not build, UserError without pyelftools.
    """
    if importlib.util.find_spec("elftools") is None:
        raise UserError("the C version needs pyelftools: python -m pip install pyelftools")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{MODULE}.c").write_text(_SOURCE.read_text())
    (folder / "Makefile").write_text(_MAKEFILE.format(tree=paths.micropython_tree, module=MODULE))
    make: list[str | Path] = ["make", "--no-print-directory", "-C", folder]
    run([*make, f"PYTHON={sys.executable}", "clean", "all"], folder / "log.txt")
    return (folder / f"{MODULE}.mpy").read_bytes()
