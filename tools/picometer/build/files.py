"""Which files make the meter, and where each lies on the device.

The one list behind both ways of shipping: the frozen image and the mip packages.
Standard library only: MicroPython's build imports this from the board's manifest.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
_CHECKOUT = _PACKAGE.parents[1]
# An installed wheel has the meter's sources inside: see setup.py.
ROOT = _CHECKOUT if (_CHECKOUT / "firmware").is_dir() else _PACKAGE / "device"
BOARD = "pico_meter"
_MANIFEST = "manifest"  # read by MicroPython's build, nothing for the device


@dataclass(frozen=True, order=True)
class DeviceFile:
    """A source file.

    base    its folder below the root of the sources, with a slash at the end: "lib/"
    frozen  its path below that, which is also its name in the image: "fram/__init__.py"
    """

    base: str
    frozen: str

    @property
    def source(self) -> str:
        """Its path relative to the root of the sources."""
        return self.base + self.frozen


MAIN = DeviceFile("firmware/", "main.py")
BOOT = DeviceFile("firmware/", "_boot.py")
PRODUCTION_MAIN = DeviceFile("firmware/production/", "main.py")
# What starts an image, at its top level, where MicroPython looks for it.
START = (BOOT, MAIN)
PRODUCTION_START = (PRODUCTION_MAIN,)
FROZEN_APART = START + PRODUCTION_START


def packages(root: Path = ROOT) -> list[str]:
    """The names of the packages in lib/."""
    return sorted(path.parent.name for path in (root / "lib").glob("*/__init__.py"))


def package_files(name: str, root: Path = ROOT) -> list[DeviceFile]:
    """The files of one package in lib/."""
    return [DeviceFile("lib/", path) for path in _python(root / "lib", name)]


def meter_files(root: Path = ROOT, board: str = BOARD) -> list[DeviceFile]:
    """Every module of the meter on `board`: all but what starts it (MAIN, and BOOT)."""
    found = [file for name in packages(root) for file in package_files(name, root)]
    apart = {file.source for file in FROZEN_APART}
    top = [path.name for path in (root / "boards").glob("*.py")]
    below = list(_python(root, "firmware")) + list(_python(root, "boards/" + board))
    for path in below + ["boards/" + name for name in top]:
        if path not in apart:
            found.append(DeviceFile("", path))
    return sorted(found)


def _python(base: Path, folder: str) -> Iterator[str]:
    for path in sorted((base / folder).rglob("*.py")):
        if not path.name.startswith(_MANIFEST):
            yield path.relative_to(base).as_posix()
