"""Where fetched and built things are kept between runs, and how they get there whole."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from picometer.toolchain.shell import ToolchainError

_LOCK_WAIT_S = 3600


def cache_root() -> Path:
    """PICOMETER_CACHE, or ~/.cache/picometer (XDG_CACHE_HOME is respected)."""
    given = os.environ.get("PICOMETER_CACHE")
    if given:
        return Path(given).expanduser().resolve()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "picometer"


def toolchain_root(root: Path | None = None) -> Path:
    """The toolchain's own folder in the cache, made if absent."""
    folder = (root or cache_root()) / "toolchain"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ToolchainError(f"cannot make the cache folder {folder}: {error.strerror}") from error
    return folder


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold `folder` alone, so that two runs at once do not build the same thing twice."""
    import fcntl  # not every system has it

    with (folder / ".lock").open("w") as file:
        deadline = time.monotonic() + _LOCK_WAIT_S
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise ToolchainError(f"another run still holds {folder}") from None
                time.sleep(0.2)
        yield


@contextmanager
def whole(target: Path) -> Iterator[Path]:
    """An empty folder that becomes `target` if the block ends well; otherwise nothing is left.

    So a folder that exists is complete, whatever interrupted the run that made it.
    """
    partial = target.with_name(target.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        yield partial
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    if target.exists():
        shutil.rmtree(target)
    partial.rename(target)
