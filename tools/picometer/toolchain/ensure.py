"""One call that leaves every asked-for part of the toolchain ready."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from picometer.toolchain import host, node, system, tree
from picometer.toolchain.cache import locked, toolchain_root
from picometer.toolchain.report import Report

PARTS = ("mpy-cross", "unix", "rp2", "rp2040js")


@dataclass(frozen=True)
class Paths:
    """Where things are. Raises KeyError for a part that was not asked for."""

    build: Path  # the cache folder of what is built from this MicroPython
    given: bool = False  # the MicroPython tree is the user's own
    environment: dict[str, str] = field(default_factory=dict)  # for builds from the tree
    found: dict[str, Path] = field(default_factory=dict)  # by the names of what follows

    @property
    def micropython_tree(self) -> Path:
        """MicroPython's sources."""
        return self.found["micropython_tree"]

    @property
    def pico_sdk(self) -> Path:
        """The SDK of the RP2040 port."""
        return self.found["pico_sdk"]

    @property
    def mpy_cross(self) -> Path:
        """The compiler of .mpy files."""
        return self.found["mpy_cross"]

    @property
    def unix_micropython(self) -> Path:
        """MicroPython for this machine, with integers as on the RP2040."""
        return self.found["unix_micropython"]

    @property
    def rp2040js(self) -> Path:
        """The folder of the emulator."""
        return self.found["rp2040js"]


def ensure(
    parts: Iterable[str] = PARTS,
    *,
    log: Report | None = None,
    micropython: str | None = None,
    cache: Path | None = None,
) -> Paths:
    """Get and build `parts`, as far as they are not there yet.

    parts: of "mpy-cross", "unix", "rp2" (sources and compiler of the RP2040 port) and
      "rp2040js"; all of them unless told.
    log: what shows progress; silent unless told.
    micropython: a MicroPython checkout to use, instead of the one named by the environment
      variable MICROPYTHON; with neither, Debian's sources are fetched.
    cache: instead of PICOMETER_CACHE or ~/.cache/picometer.

    A second call with everything there takes well under a second (a given checkout is asked
    by make each time). Raises ToolchainError with one line for the user.
    """
    wanted = set(parts)
    unknown = wanted - set(PARTS)
    if unknown:
        raise ValueError(f"no such toolchain part: {', '.join(sorted(unknown))}")
    report = log or Report()
    given = micropython or os.environ.get("MICROPYTHON")
    if given:
        tree.version_of(Path(given).expanduser())  # before anything is installed
    root = toolchain_root(cache)
    with locked(root):
        notes = root / "log.txt"
        notes.unlink(missing_ok=True)
        system.install(system.missing(wanted), notes, report)
        found = {}
        if "rp2040js" in wanted:
            system.check_node()
            found["rp2040js"] = node.rp2040js(root, notes, report)
        source = None
        if wanted - {"rp2040js"}:
            source = tree.locate(root, given, notes, report)
            found.update(_built(source, wanted, notes, report))
    return Paths(
        build=source.build if source else root,
        given=bool(source and source.given),
        environment=source.environment() if source else {},
        found=found,
    )


def _built(source: tree.Tree, wanted: set[str], notes: Path, report: Report) -> dict[str, Path]:
    compiler = host.mpy_cross(source, notes, report)
    found = {"micropython_tree": source.path, "mpy_cross": compiler}
    if "unix" in wanted:
        found["unix_micropython"] = host.unix_micropython(source, compiler, notes, report)
    if "rp2" in wanted:
        tree.check_rp2(source)
        found["pico_sdk"] = source.pico_sdk
    return found
