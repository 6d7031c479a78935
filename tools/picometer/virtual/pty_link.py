"""The link by which clients find a pseudo terminal: one process has it, and takes only its own."""

import fcntl
import hashlib
import os
import tempfile
from pathlib import Path
from typing import IO

from .ports import PortError

_TERMINALS = "/dev/pts/"


class PtyLink:
    """A symbolic link to a terminal. While it stands a lock says so to other processes.

    The lock's file also says what the link was made to point to, so that the link of a process
    that was killed is known from a link of the user's. PortError if anything else is in the way.
    """

    def __init__(self, link: str) -> None:
        self.path = Path(link)
        self._lock = _lock(self.path)
        try:
            self._make_way()
        except BaseException:
            self._lock.close()
            raise

    def point(self, terminal: str) -> None:
        """Make the link; PortError if that is not possible."""
        try:
            self.path.symlink_to(terminal)
        except OSError as error:
            raise PortError(f"{self.path}: {error.strerror}") from error
        self._note(terminal)

    def close(self) -> None:
        """Remove the link if it is still the one that was made."""
        if _target(self.path) == self._noted():
            self.path.unlink(missing_ok=True)
        self._note("")
        self._lock.close()

    def _make_way(self) -> None:
        target = _target(self.path)
        if target is None:
            if self.path.exists():
                raise PortError(f"{self.path}: exists and is no link")
            return
        dead = target.startswith(_TERMINALS) and not Path(target).exists()
        if not dead and target != self._noted():
            raise PortError(f"{self.path}: exists, and is no link that a virtual meter has left")
        try:
            self.path.unlink()
        except OSError as error:
            raise PortError(f"{self.path}: {error.strerror}") from error

    def _noted(self) -> str:
        self._lock.seek(0)
        return self._lock.read()

    def _note(self, terminal: str) -> None:
        self._lock.seek(0)
        self._lock.truncate()
        self._lock.write(terminal)
        self._lock.flush()


def _target(path: Path) -> str | None:
    try:
        return os.readlink(path)
    except OSError:
        return None


def _lock(path: Path) -> IO[str]:
    """The file that stands for `path`, locked; the lock ends with the process at the latest."""
    place = hashlib.sha256(bytes(path.parent.resolve() / path.name)).hexdigest()[:32]
    file = Path(tempfile.gettempdir()) / f"picometer-{os.getuid()}-{place}.lock"
    try:
        number = os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise PortError(f"{file}: {error.strerror}") from error
    lock = os.fdopen(number, "r+", encoding="utf-8", errors="surrogateescape")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise PortError(f"{path}: in use by another virtual meter") from error
    return lock
