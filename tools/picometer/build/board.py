"""What a board folder says: its pins and the map of its flash."""

import ast
import re
from dataclasses import dataclass
from pathlib import Path

from picometer.errors import UserError

FLASH_BYTES = 2 * 1024 * 1024  # of a Pico
SECTOR_BYTES = 4096
GPIOS = 30  # GPIO0 to GPIO29 of the RP2040

_ROMFS = "MICROPY_HW_ROMFS_BYTES"
_LITTLEFS = "MICROPY_HW_FLASH_STORAGE_BYTES"
_NO_NET = re.compile(r"_(SPI|I2C|UART)$")  # numbers of buses


@dataclass(frozen=True)
class Region:
    """A part of the flash: offset from its beginning, and size, in bytes."""

    name: str
    offset: int
    size: int

    @property
    def end(self) -> int:
        return self.offset + self.size


def flash_map(board_dir: Path) -> list[Region]:
    """Image, ROMFS and littlefs, from the bottom, as mpconfigboard.h of the board sets them.

    UserError when they do not fit the flash or its sectors.
    """
    header = board_dir / "mpconfigboard.h"
    littlefs, romfs = _defined(header, _LITTLEFS), _defined(header, _ROMFS)
    image = FLASH_BYTES - littlefs - romfs
    if image <= 0 or littlefs % SECTOR_BYTES or romfs % SECTOR_BYTES:
        raise UserError(f"{header}: {_ROMFS} and {_LITTLEFS} do not fit {FLASH_BYTES} bytes")
    return [
        Region("image", 0, image),
        Region("romfs", image, romfs),
        Region("littlefs", image + romfs, littlefs),
    ]


def _defined(header: Path, name: str) -> int:
    """The value of a #define that is a product of numbers."""
    found = re.search(rf"^#define\s+{name}\s+\(([\d *]+)\)\s*$", _text(header), re.M)
    if found is None:
        raise UserError(f"{header}: no #define {name} with a number")
    value = 1
    for factor in found[1].split("*"):
        value *= int(factor)
    return value


def nets(pins: Path) -> dict[str, int]:
    """Net -> GPIO, from the constants of a board's pins.py."""
    found = {}
    for node in ast.parse(_text(pins)).body:
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
            continue
        target = node.targets[0]
        if not isinstance(target, ast.Name):
            continue
        name = target.id
        if not _NO_NET.search(name):
            found[name] = ast.literal_eval(node.value.args[0])
    return found


def pins_csv(pins: Path) -> str:
    """The text of pins.csv, which names the nets for `machine.Pin`, for a board's pins.py."""
    lines = [f"{name},GPIO{gpio}\n" for name, gpio in nets(pins).items()]
    return "".join(lines)


def check_pins(csv: Path) -> None:
    """UserError for the first line of a pins.csv that names no pin of the RP2040."""
    for number, line in enumerate(_text(csv).splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, pin = (part.strip() for part in line.partition(","))
        found = re.fullmatch(r"-?GPIO(\d{1,2})", pin)
        if not name or found is None or int(found[1]) >= GPIOS:
            raise UserError(f"{csv}, line {number}: no such pin of the RP2040: {pin or line}")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: not a text file") from error
