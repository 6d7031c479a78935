"""The programs that carry files to the board: mpremote and rshell, as a user would call them."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from picometer.errors import UserError

COPY_TIMEOUT_S = 900


def mpremote(port: str, stage: Path, target: str) -> list[str]:
    """Copies what is in `stage` into the folder `target`. No soft reset, no second look."""
    sources = sorted(str(path) for path in stage.iterdir())
    command = [program("mpremote"), "connect", port, "resume"]
    return [*command, "fs", "cp", "--recursive", "--force", *sources, f":{target}/"]


def rshell(port: str, stage: Path, target: str) -> list[str]:
    """The same with rshell, which calls the board's root /pyboard.

    In hexadecimal, because in binary the board would not hear Ctrl-C when rshell is killed in
    the middle of a file; in large pieces, because it takes 20 ms for each.
    """
    sources = sorted(str(path) for path in stage.iterdir())
    command = [program("rshell"), "--quiet", "--nocolor", "--ascii", "--buffer-size", "512"]
    return [*command, "--port", port, "cp", "--recursive", *sources, f"/pyboard{target}"]


COPIERS: dict[str, Callable[[str, Path, str], list[str]]] = {
    "mpremote": mpremote,
    "rshell": rshell,
}


def program(name: str) -> str:
    """The path of a program that came with this Python, or is on the PATH."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.is_file() else shutil.which(name)
    if found is None:
        raise UserError(f"{name} is not installed: pip install 'picometer[flash]'")
    return found


def copy(
    with_program: str,
    port: str,
    folder: Path,
    paths: list[str],
    target: str,
    show: Callable[[str], None],
) -> None:
    """Copy `paths` below `folder` into `target` on the board. UserError when that fails."""
    with tempfile.TemporaryDirectory(prefix="picometer-flash-") as name:
        stage = Path(name)
        for path in paths:
            (stage / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / path, stage / path)
        _run(COPIERS[with_program](port, stage, target), with_program, show)


def _run(command: list[str], name: str, show: Callable[[str], None]) -> None:
    show(" ".join(Path(part).name for part in command[:1]))
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=COPY_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise UserError(f"{name} did not come to an end in {COPY_TIMEOUT_S} s") from error
    if done.returncode:
        lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
        raise UserError(f"{name} failed: {lines[-1] if lines else 'it says nothing'}")
