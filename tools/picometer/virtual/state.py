"""A state file: the FRAM's cells, the battery-backed clock and the service switch's contacts, kept
between runs.

One page of header (a magic line, then one line of JSON), then the 262,144 cells. The cells
are mapped into memory, so what the meter wrote is in the file at that very moment: killing
the process is a power cut.
"""

import contextlib
import json
import math
import mmap
import os
import time
from io import FileIO
from pathlib import Path

from picometer.errors import UserError

from .board import VirtualBoard
from .clock import NS_PER_S

VERSION = 1
_MAGIC = b"picometer state %d\n"
_HEADER = 4096
_FRAM = 262144


class StateError(UserError):
    """A state file that cannot be used; the message is one line. The file is left alone."""


class StateFile:
    """The open state file behind a board's FRAM and clock.

    fresh  the file was created by this run
    """

    def __init__(self, path: str) -> None:
        self.path = Path(path)
        self.fresh = False
        self._kept: dict = {}
        self._file: FileIO | None = None
        try:
            self._open()
        except OSError as error:
            self.close()
            raise StateError(f"{path}: {error.strerror or error}") from error
        except StateError:
            self.close()
            raise

    def _open(self) -> None:
        import fcntl  # not every system has it

        fd = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        file = self._file = os.fdopen(fd, "r+b", buffering=0)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StateError(f"{self.path}: in use by another virtual meter") from error
        size = os.fstat(fd).st_size
        if size == 0:
            self.fresh = True
            file.truncate(_HEADER + _FRAM)
            self._put()
        else:
            self._check(file, size)
        self.memory = mmap.mmap(fd, _FRAM, offset=_HEADER)

    def _check(self, file: FileIO, size: int) -> None:
        file.seek(0)
        first, _, rest = file.read(_HEADER).partition(b"\n")
        if first + b"\n" != _MAGIC % VERSION:
            known = first.startswith(b"picometer state ")
            what = "a state file of another version" if known else "not a picometer state file"
            raise StateError(f"{self.path}: {what}")
        if size != _HEADER + _FRAM:
            raise StateError(f"{self.path}: damaged: {size} bytes, not {_HEADER + _FRAM}")
        try:
            self._kept = json.loads(rest.rstrip(b"\0"))
            _check_kept(self._kept)
        except (ValueError, RecursionError) as error:
            raise StateError(f"{self.path}: damaged header") from error

    def connect(self, board: VirtualBoard) -> None:
        """Put the file's cells behind the board's FRAM, let its clock have gone on, and have the
        contacts of its service switch where they were, now and whenever they move.
        """
        board.fram.memory = self.memory
        if "saved" in self._kept:
            elapsed = max(0, int(time.time() - self._kept["saved"]))
            try:
                board.rtc.load(self._kept["rtc"], elapsed)
            except ValueError as error:
                raise StateError(f"{self.path}: damaged header: {error}") from error
        if board.service_switch is not None:
            board.service_switch.move(self._kept.get("closed", True))
            board.service_switch.on_move.append(self._moved)

    def follow_clock(self, board: VirtualBoard) -> None:
        """Save the clock now, and at every second of the simulation: however the run ends, killed
        included, the file has it.
        """
        self.save_clock(board)
        board.clock.call_at(board.clock.now_ns + NS_PER_S, lambda: self.follow_clock(board))

    def save_clock(self, board: VirtualBoard) -> None:
        """Note what the clock shows and when that was."""
        self._kept |= {"saved": time.time(), "rtc": board.rtc.dump()}
        self._put()

    def _moved(self, closed: bool) -> None:
        self._kept["closed"] = closed
        self._put()

    def close(self) -> None:
        """Close the file; the cells are in it already."""
        if self._file is not None:
            with contextlib.suppress(AttributeError):
                self.memory.close()
            self._file.close()
            self._file = None

    def _put(self) -> None:
        header = _MAGIC % VERSION + json.dumps(self._kept).encode() + b"\n"
        if self._file is not None:
            os.pwrite(self._file.fileno(), header.ljust(_HEADER, b"\0"), 0)


def _check_kept(kept: object) -> None:
    """ValueError when a header does not say what one says."""
    if not isinstance(kept, dict) or not isinstance(kept.get("closed", True), bool):
        raise ValueError("no header")
    saved = kept.get("saved", 0)
    if isinstance(saved, bool) or not isinstance(saved, int | float) or not math.isfinite(saved):
        raise ValueError("no time")
    if not isinstance(kept.get("rtc", {}), dict) or ("saved" in kept) != ("rtc" in kept):
        raise ValueError("no clock")
