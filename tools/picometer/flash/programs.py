"""The programs that ask a board for BOOTSEL mode: mpremote and rshell, as a user calls them."""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from picometer.errors import UserError

_PATIENCE_S = 40.0  # rshell takes ten seconds to connect
_AFTERWARDS_S = 10.0  # the drive comes soon after the program has ended
_LOOK_S = 0.2


def _mpremote(port: str) -> list[str]:
    return [path_of("mpremote"), "connect", port, "resume", "bootloader"]


def _rshell(port: str) -> list[str]:
    command = [path_of("rshell"), "--quiet", "--nocolor", "--ascii", "--port", port]
    return [*command, "repl", "~", "import", "machine", "~", "machine.bootloader()", "~"]


PROGRAMS: dict[str, Callable[[str], list[str]]] = {"mpremote": _mpremote, "rshell": _rshell}


def path_of(name: str) -> str:
    """Path of a program that came with this Python, or is on the PATH."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.is_file() else shutil.which(name)
    if found is None:
        raise UserError(f"{name} is not installed: pip install '.[flash]' in a checkout")
    return found


def ask_for_bootsel(name: str, port: str, is_there: Callable[[], bool]) -> bool:
    """Runs the program `name` until `is_there()` says that the board shows its drive.

    Returns whether it does. The program may fail or hang when the board leaves its port: that
    counts for nothing. Raises UserError with the program's last line if it failed at once.
    """
    process = subprocess.Popen(
        PROGRAMS[name](port),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    end = time.monotonic() + _PATIENCE_S
    ended = False
    try:
        while time.monotonic() < end:
            if is_there():
                return True
            if not ended and process.poll() is not None:
                ended = True
                end = min(end, time.monotonic() + _AFTERWARDS_S)
                if process.returncode and Path(port).exists():
                    raise UserError(f"{name}: {_last_line(process)}")
            time.sleep(_LOOK_S)
        return False
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def _last_line(process: "subprocess.Popen[str]") -> str:
    said = process.stdout.read() if process.stdout else ""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1] if lines else "it says nothing"
