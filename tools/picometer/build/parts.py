"""Which part of the software each file belongs to: the one table behind every manifest.

Standard library only, like `files`.
"""

import ast
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from picometer.build.files import FROZEN_APART, ROOT, meter_files

MEASUREMENT, LEGAL, REST = range(3)
NAMES = ("measurement", "legal", "rest")

# Beginnings of paths below the root of the sources. Whatever is not named here is legally
# relevant, MicroPython itself, and with it whatever nobody thought of, included.
_MEASUREMENT = (  # computes the registers from what the metering chip counts
    "lib/ade7953/",  # settings of the chip, and how its counters are read
    "lib/metrology/",
    "firmware/metering.py",  # when a sample is billed, and to which page
    "boards/ratings.py",  # from which the constants follow
)
_REST = (  # neither measures, nor keeps, shows or protects what was measured
    "lib/pcf8574/",
    "boards/pico_meter/service_lines.py",
    "firmware/service_record.py",
    "firmware/service_start.py",
    "firmware/service_switch.py",
    "firmware/module_reset.py",
)

_VERSION = {  # where a part's version and revision stand: file, name, first element
    MEASUREMENT: ("lib/metrology/version.py", "VERSION", 0),
    LEGAL: ("firmware/identity.py", "VERSION", 2),
    REST: ("firmware/identity.py", "REST", 0),
}


@dataclass(frozen=True)
class Part:
    """What a manifest says of one part.

    version  version and revision
    sha256   of what runs, 32 octets
    sources  SHA-256 of the sources, the same in whatever form they run
    """

    version: tuple[int, int]
    sha256: bytes
    sources: bytes

    @property
    def version_text(self) -> str:
        return f"{self.version[0]}.{self.version[1]}"


def part_of(source: str) -> int:
    """The part of a source file, by its path below the root of the sources."""
    if source.startswith(_MEASUREMENT):
        return MEASUREMENT
    return REST if source.startswith(_REST) else LEGAL


def version_of(part: int, root: Path = ROOT) -> tuple[int, int]:
    """Version and revision of a part, as its source has them."""
    path, name, first = _VERSION[part]
    for node in ast.parse((root / path).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == name:
            return tuple(ast.literal_eval(node.value)[first : first + 2])
    raise LookupError(f"{path}: no {name}")


def sources(part: int | None = None, root: Path = ROOT) -> list[str]:
    """The files that make a part, or the whole release: paths below `root`, sorted."""
    return sorted(
        file.source
        for file in [*FROZEN_APART, *meter_files(root)]
        if (root / file.source).is_file() and part in (None, part_of(file.source))
    )


def source_digest(part: int | None = None, root: Path = ROOT) -> bytes:
    """The SHA-256 of what `sha256sum` prints for `sources`, 32 octets."""
    lines = "".join(
        f"{hashlib.sha256((root / path).read_bytes()).hexdigest()}  {path}\n"
        for path in sources(part, root)
    )
    return hashlib.sha256(lines.encode()).digest()


def files_digest(folder: Path, names: Iterable[str]) -> bytes:
    """The SHA-256 of a part that runs from files: of each, in the order of their names, the name,
    a line feed, and the octets.
    """
    total = hashlib.sha256()
    for name in sorted(names):
        total.update(name.encode() + b"\n")
        total.update((folder / name).read_bytes())
    return total.digest()
