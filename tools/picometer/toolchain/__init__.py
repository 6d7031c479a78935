"""Real MicroPython for the project: its compiler, its unix port, the RP2040 port, the emulator.

`ensure()` gets and builds what is asked for and returns where it is; `build_rp2()` and
`build_plain()` make RP2040 images. Everything lands in a cache outside the source tree.
"""

from picometer.toolchain.cache import cache_root
from picometer.toolchain.ensure import PARTS, Paths, ensure
from picometer.toolchain.report import Report, TerminalReport
from picometer.toolchain.rp2 import Image, build_plain, build_rp2
from picometer.toolchain.shell import ToolchainError

__all__ = [
    "PARTS",
    "Image",
    "Paths",
    "Report",
    "TerminalReport",
    "ToolchainError",
    "build_plain",
    "build_rp2",
    "cache_root",
    "ensure",
]
