"""Files that users name: read within bounds, and replaced as a whole or not at all."""

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from .errors import UserError

LONGEST_LINE = 100_000
LARGEST_TEXT = 1 << 20


class TooLong(ValueError):
    """A line, or a whole file, is longer than any that makes sense; the message is one line."""


def lines_of(file: IO[str]) -> Iterator[str]:
    """The lines of a text file, one at a time. Raises TooLong for one beyond LONGEST_LINE."""
    while line := file.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE:
            raise TooLong(f"a line is longer than {LONGEST_LINE} characters")
        yield line


def read_text(path: Path) -> str:
    """The text of a small file in UTF-8, a byte order mark passed over.

    Raises UserError, one line, if it cannot be read, is no text or longer than LARGEST_TEXT.
    """
    try:
        with path.open(encoding="utf-8-sig") as file:
            text = file.read(LARGEST_TEXT + 1)
    except OSError as error:
        raise UserError(f"{path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: not a text in UTF-8: {error}") from error
    if len(text) > LARGEST_TEXT:
        raise UserError(f"{path}: longer than {LARGEST_TEXT} characters")
    return text


def check_target(path: Path) -> None:
    """Raises UserError, one line, if `replaced` could not put a file at `path`."""
    target = Path(os.path.realpath(path))
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        mode = 0
    except OSError as error:
        raise UserError(f"{path}: {error.strerror or error}") from error
    if stat.S_ISDIR(mode):
        raise UserError(f"{path}: cannot be written: it is a folder")
    if not target.parent.is_dir():
        raise UserError(f"{path}: cannot be written: there is no such folder")
    if mode and not os.access(target, os.W_OK):
        raise UserError(f"{path}: cannot be written: it is read-only")
    if (not mode or stat.S_ISREG(mode)) and not os.access(target.parent, os.W_OK):
        raise UserError(f"{path}: cannot be written: its folder is read-only")


@contextlib.contextmanager
def replaced(path: Path) -> Iterator[IO[str]]:
    """A text file to write, which takes the place of `path` when the block ends without error.

    Until then the old file stays as it was: the new one is written beside it, brought to the disk
    and renamed. What is no regular file, a pipe or a device, is written as it is. Line ends are
    written as given. Raises UserError, one line, if that fails.
    """
    check_target(path)
    target = Path(os.path.realpath(path))
    try:
        if target.exists() and not target.is_file():
            with target.open("w", newline="", encoding="utf-8") as file:
                yield file
            return
        with _beside(target) as file:
            yield file
    except OSError as error:
        raise UserError(f"{path}: {error.strerror or error}") from error


@contextlib.contextmanager
def _beside(target: Path) -> Iterator[IO[str]]:
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(descriptor, "w", newline="", encoding="utf-8") as file:
            yield file
            file.flush()
            os.chmod(name, _mode(target))
            os.fsync(file.fileno())
        os.replace(name, target)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
        raise
    with contextlib.suppress(OSError):  # not every file system lets its folders be opened
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _mode(target: Path) -> int:
    """The permissions of the file that is replaced, or those of a new one."""
    try:
        return stat.S_IMODE(target.stat().st_mode)
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask
