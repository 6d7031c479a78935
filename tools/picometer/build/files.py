"""Which files make the meter, and where each lies on the device.

The one list behind all three ways of shipping: the frozen image, the .mpy files and the mip
packages. Standard library only: MicroPython's build imports this from the board's manifest.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
BOARD = "pico_meter"
_MANIFEST = "manifest.py"  # read by MicroPython's build, nothing for the device
_BOOT = "_boot.py"  # only an image has a place for it


@dataclass(frozen=True, order=True)
class DeviceFile:
    """A source file.

    base    its folder below the root of the sources, with a slash at the end: "lib/"
    frozen  its path below that, which is also its name in the image: "fram/__init__.py"
    target  its path on a device with stock MicroPython, relative to "/"
    """

    base: str
    frozen: str
    target: str

    @property
    def source(self) -> str:
        """Its path relative to the root of the sources."""
        return self.base + self.frozen


MAIN = DeviceFile("firmware/", "main.py", "main.py")
BOOT = DeviceFile("firmware/", _BOOT, _BOOT)
FROZEN_APART = (BOOT, MAIN)  # at the top level of the image, where MicroPython looks for them


def packages(root: Path = ROOT) -> list[str]:
    """The names of the packages in lib/."""
    return sorted(path.parent.name for path in (root / "lib").glob("*/__init__.py"))


def package_files(name: str, root: Path = ROOT) -> list[DeviceFile]:
    """The files of one package in lib/."""
    return [DeviceFile("lib/", path, "lib/" + path) for path in _python(root / "lib", name)]


def meter_files(root: Path = ROOT, board: str = BOARD) -> list[DeviceFile]:
    """Every module of the meter on `board`: all but what starts it (MAIN, and BOOT)."""
    found = [file for name in packages(root) for file in package_files(name, root)]
    apart = {file.source for file in FROZEN_APART}
    top = [path.name for path in (root / "boards").glob("*.py")]
    below = list(_python(root, "firmware")) + list(_python(root, "boards/" + board))
    for path in below + ["boards/" + name for name in top]:
        if path not in apart:
            found.append(DeviceFile("", path, path))
    return sorted(found)


def _python(base: Path, folder: str) -> Iterator[str]:
    for path in sorted((base / folder).rglob("*.py")):
        if path.name != _MANIFEST:
            yield path.relative_to(base).as_posix()
