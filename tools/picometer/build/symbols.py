"""Where the parts of the software lie in a linked image, from the symbols of its ELF file.

A module that is frozen becomes constants in one block of .rodata, which begins with
`frozen_module_NAME` and ends where the next begins, and functions in .text when it has native
code. The texts of long strings are the linker's to share, and so in no module's block: they count
as legally relevant, like everything that is not found here.

ELF: System V ABI, chapter 4. Standard library only.
"""

import struct
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

from picometer.build.files import DeviceFile
from picometer.build.parts import LEGAL, part_of
from picometer.errors import UserError

_SECTION = struct.Struct("<10I")
_SYMBOL = struct.Struct("<IIIBBH")
_SYMTAB = 2
_BEGIN = "frozen_module_"
_FUNCTION = "fun_data_"
# Of what a module is made of, what is named after it (mpy-tool.py of MicroPython).
_PIECES = ("const_qstr_table_data_", "const_obj_table_data_", "proto_fun_", "children_", _FUNCTION)


def segments(elf: Path, files: Iterable[DeviceFile], base: int, end: int) -> list[tuple[int, int]]:
    """Of the flash from address `base` on, `end` octets: the end of each segment, and its part.

    elf    of the image that `files` were frozen into

    UserError when it is none, or the modules do not lie as they are expected to.
    """
    modules = {_name(file): part_of(file.source) for file in files}
    try:
        symbols = sorted(_symbols(elf.read_bytes()))
        spans = _spans(symbols, modules)
        return _joined([(start - base, stop - base, part) for start, stop, part in spans], end)
    except (struct.error, IndexError, StopIteration, ValueError) as error:
        raise UserError(f"{elf}: {error or 'damaged'}") from error


def _name(file: DeviceFile) -> str:
    return file.frozen.removesuffix(".py").replace("/", "_")


def _symbols(elf: bytes) -> list[tuple[int, int, str]]:
    """Address, size and name of each symbol that has them."""
    if elf[:6] != b"\x7fELF\x01\x01":
        raise ValueError("no ELF file of 32 bits, little-endian")
    at = struct.unpack_from("<I", elf, 32)[0]
    count = struct.unpack_from("<H", elf, 48)[0]
    sections = [_SECTION.unpack_from(elf, at + i * _SECTION.size) for i in range(count)]
    table = next(section for section in sections if section[1] == _SYMTAB)
    names = sections[table[6]][4]
    found = []
    for name, value, size, _, _, _ in _SYMBOL.iter_unpack(elf[table[4] : table[4] + table[5]]):
        if size:
            text = elf[names + name : elf.index(b"\0", names + name)].decode("ascii")
            found.append((value, size, text))
    return found


def _spans(symbols, modules: dict[str, int]) -> list[tuple[int, int, int]]:
    """Start, end and part of native functions, and of the block of each module but the last."""
    starts = [(at, name.removeprefix(_BEGIN)) for at, _, name in symbols if name[:14] == _BEGIN]
    absent = modules.keys() - {name for _, name in starts}
    if absent or not starts:
        raise ValueError(f"without {', '.join(sorted(absent)) or 'any frozen module'}")
    last, last_name = starts[-1]
    if modules.get(last_name, LEGAL) != LEGAL:
        raise ValueError(f"nothing tells where {last_name} ends")
    spans = [(at, stop, modules.get(name, LEGAL)) for (at, name), (stop, _) in pairwise(starts)]
    for at, size, piece in symbols:
        owner = _owner(piece, modules)
        if owner is None:
            continue
        if at < starts[0][0]:
            spans.append((at, at + size, modules[owner]))
        elif at < last:
            start, name = max(block for block in starts if block[0] <= at)
            if not _belongs(piece, name):
                raise ValueError(f"{piece} lies within {name}")
    return sorted(spans)


def _owner(piece: str, modules: Iterable[str]) -> str | None:
    """The module that a symbol is a piece of; the one with the longest name that fits."""
    return max((name for name in modules if _belongs(piece, name)), key=len, default=None)


def _belongs(piece: str, name: str) -> bool:
    return piece.startswith(tuple(f"{kind}{name}" for kind in _PIECES))


def _joined(spans: list[tuple[int, int, int]], end: int) -> list[tuple[int, int]]:
    """Spans, and what is between them, as segments without a gap; neighbours of a part are one."""
    found: list[tuple[int, int]] = []

    def add(stop: int, part: int) -> None:
        if found and found[-1][1] == part:
            found.pop()
        found.append((stop, part))

    reached = 0
    for start, stop, part in spans:
        if start < reached or stop > end:
            raise ValueError(f"modules overlap, or lie outside of the image, at {start:#x}")
        if start > reached:
            add(start, LEGAL)
        add(stop, part)
        reached = stop
    add(end, LEGAL)
    return found
