"""The MicroPython source tree: a checkout of the user's, or Debian's sources put together."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from picometer.toolchain import debian
from picometer.toolchain.cache import whole
from picometer.toolchain.report import Report
from picometer.toolchain.shell import ToolchainError

OLDEST = (1, 23)  # the first that loads .mpy files of ABI 6.3
FETCHED = (1, 25)
_RECIPE = 1  # raise it when the steps below change what they make

# What Debian's tarball leaves out, as (link, folder beside the tree).
_LINKS = (("lib/mbedtls", "mbedtls"), ("lib/pico-sdk", "pico-sdk"), ("lib/tinyusb", "tinyusb"))


@dataclass(frozen=True)
class Tree:
    """A MicroPython source tree, and the cache folder of what is built from it."""

    path: Path
    build: Path
    given: bool  # the user's own: may change between runs, is never written to
    version: tuple[int, int]

    @property
    def pico_sdk(self) -> Path:
        return self.path / "lib" / "pico-sdk"

    def environment(self) -> dict[str, str]:
        """Variables that keep a build of the fetched tree the same on every day and machine."""
        if self.given:
            return {}
        major, minor = self.version
        fixed = {"MICROPY_GIT_TAG": f"v{major}.{minor}.0", "MICROPY_GIT_HASH": "release"}
        fixed["SOURCE_DATE_EPOCH"] = "1744675200"  # of the release, whatever the caller's is
        return fixed


def version_of(path: Path) -> tuple[int, int]:
    """(major, minor) of the MicroPython tree at `path`; raises ToolchainError if it is none."""
    header = path / "py" / "mpconfig.h"
    if not path.is_dir():
        raise ToolchainError(f"MICROPYTHON: no such folder: {path}")
    if not (header.is_file() and (path / "ports" / "rp2").is_dir()):
        raise ToolchainError(f"MICROPYTHON: not a MicroPython source tree: {path}")
    text = header.read_text(errors="replace")
    found = re.findall(r"^#define MICROPY_VERSION_(MAJOR|MINOR) (\d+)", text, re.M)
    numbers = dict(found)
    if len(numbers) != 2:
        raise ToolchainError(f"MICROPYTHON: cannot tell the version of {path}")
    version = int(numbers["MAJOR"]), int(numbers["MINOR"])
    if version < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        have = ".".join(map(str, version))
        raise ToolchainError(f"MICROPYTHON: version {have} at {path}, {oldest} or newer is needed")
    return version


def check_rp2(tree: Tree) -> None:
    """Raise ToolchainError when the tree lacks what the RP2040 port is built from."""
    wanted = {
        "lib/pico-sdk": "pico_sdk_init.cmake",
        "lib/tinyusb": "src/tusb.h",
        "lib/mbedtls": "library",
        "lib/micropython-lib": "README.md",
    }
    absent = [name for name, mark in wanted.items() if not (tree.path / name / mark).exists()]
    if absent:
        rp2 = tree.path / "ports" / "rp2"
        raise ToolchainError(
            f"MICROPYTHON: {', '.join(absent)} empty; run: make -C {rp2} submodules"
        )


def locate(root: Path, given: str | None, log: Path, report: Report) -> Tree:
    """The tree at `given`, or else the fetched one under `root`, fetched now if absent."""
    if given:
        path = Path(given).expanduser().resolve()
        version = version_of(path)
        key = hashlib.sha256(str(path).encode()).hexdigest()[:12]
        return Tree(path, root / f"checkout-{key}", True, version)
    home = root / f"micropython-{FETCHED[0]}.{FETCHED[1]}-r{_RECIPE}"
    sources = home / "src"
    if not sources.is_dir():
        with report.step("fetch MicroPython") as show, whole(sources) as folder:
            debian.fetch(folder, log, show)
            _assemble(folder)
    return Tree(sources / "micropython", home, False, FETCHED)


def _assemble(folder: Path) -> None:
    """Fill the tree's empty third-party folders, and check that it is what was asked for."""
    tree = folder / "micropython"
    for name, source in _LINKS:
        link = tree / name
        if link.is_dir() and not any(link.iterdir()):
            link.rmdir()
        if not link.exists():
            link.symlink_to(Path("../..") / source)
    # The build only tests for this file; the library itself is not in Debian's package.
    readme = tree / "lib" / "micropython-lib" / "README.md"
    readme.parent.mkdir(exist_ok=True)
    readme.touch()
    version = version_of(tree)
    if version != FETCHED:
        have, want = (".".join(map(str, pair)) for pair in (version, FETCHED))
        raise ToolchainError(
            f"the mirror serves MicroPython {have}, not {want}: point MICROPYTHON at a checkout"
        )
