"""The compiled firmware on the host: which files, and what they need on the board."""

import posixpath
from dataclasses import dataclass
from pathlib import Path

from picometer.build.mpy import SUMS, digest
from picometer.errors import UserError

# Folders and directories take a pair of blocks; the files that switch, and metadata that
# splits, take some more.
_FOLDER_BLOCKS = 2
_RESERVE_BLOCKS = 8


@dataclass(frozen=True)
class Tree:
    """Files as they lie on the board, relative to the folder they are flashed to."""

    folder: Path
    sums: dict[str, str]

    @classmethod
    def read(cls, folder: Path) -> "Tree":
        """The tree in `folder`, whole and unchanged since it was built; otherwise UserError."""
        try:
            lines = (folder / SUMS).read_text().splitlines()
        except OSError as error:
            raise UserError(f"{folder}: nothing to flash, run: make mpy") from error
        sums = {path: value for value, _, path in (line.partition("  ") for line in lines)}
        found = digest(folder)
        wrong = sorted(path for path in sums.keys() | found if sums.get(path) != found.get(path))
        if wrong:
            raise UserError(f"{folder / wrong[0]}: not as it was built, run: make mpy")
        if "main.py" not in sums:
            raise UserError(f"{folder}: has no main.py")
        return cls(folder, sums)

    def blocks(self, paths: list[str], block: int) -> int:
        """Blocks of a littlefs that `paths` and their folders may take, and some to spare."""
        files = sum(-(-(self.folder / path).stat().st_size // (block - 8)) for path in paths)
        return files + _FOLDER_BLOCKS * (1 + len(folders(paths))) + _RESERVE_BLOCKS


def folders(paths: list[str]) -> list[str]:
    """The folders that `paths` lie in, parents first."""
    found = set()
    for path in paths:
        while path := posixpath.dirname(path):
            found.add(path)
    return sorted(found)
