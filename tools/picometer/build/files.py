"""Which files make the meter, and where each lies on the device.

The one list behind all ways of shipping: the frozen image, the .mpy files and the mip packages.
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
PRODUCTION_MAIN = DeviceFile("firmware/production/", "main.py", "main.py")
# What starts an image, at its top level, where MicroPython looks for it.
START = (BOOT, MAIN)
PRODUCTION_START = (PRODUCTION_MAIN,)
FROZEN_APART = START + PRODUCTION_START


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


# What a meter never imports whose code lies in memory (`Board.roomy`): of two versions of the
# firmware on one file system, all of it would take more than there is.
_FROZEN_ONLY = (
    "display/",
    "ht1621/",
    "pcf8574/",
    "metrology/profile.py",
    "c1219/accountability.py",
    "c1219/catalog.py",
    "c1219/decade3.py",
    "c1219/decade4.py",
    "c1219/decade6.py",
    "c1219/decade7.py",
    "c1219/device.py",
    "c1219/manufacturer.py",
    "c1219/meter_facts.py",
    "c1219/service.py",
    "c1219/software.py",
    "boards/pico_meter/flash.py",
    "boards/pico_meter/glass",
    "boards/pico_meter/service_lines.py",
    "firmware/access.py",
    "firmware/audit_state.py",
    "firmware/display.py",
    "firmware/full_device.py",
    "firmware/items.py",
    "firmware/load_profile.py",
    "firmware/log_items.py",
    "firmware/maintenance",
    "firmware/module_reset.py",
    "firmware/passwords.py",
    "firmware/pending.py",
    "firmware/profile_",
    "firmware/provisioning.py",
    "firmware/record",
    "firmware/refusals.py",
    "firmware/roomy.py",
    "firmware/scaling.py",
    "firmware/service_",
    "firmware/software_image.py",
    "firmware/values.py",
)
_LOADED_ALL_THE_SAME = ("firmware/record.py", "firmware/record_list.py")


def loaded_files(root: Path = ROOT, board: str = BOARD) -> list[DeviceFile]:
    """Those of `meter_files` that stock MicroPython has memory for."""
    return [
        file
        for file in meter_files(root, board)
        if file.frozen in _LOADED_ALL_THE_SAME or not file.frozen.startswith(_FROZEN_ONLY)
    ]


def _python(base: Path, folder: str) -> Iterator[str]:
    for path in sorted((base / folder).rglob("*.py")):
        if not path.name.startswith(_MANIFEST):
            yield path.relative_to(base).as_posix()
