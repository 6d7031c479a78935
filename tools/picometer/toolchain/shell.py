"""Running other programs: bounded, logged, and with one clear line when they fail."""

import os
import re
import shlex
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from picometer.errors import UserError

BUILD_TIMEOUT_S = 1800
FETCH_TIMEOUT_S = 900

# The first line that says why; make's own "Error 1" lines only say that something failed.
_REASON = re.compile(r"\b(fatal )?error:|^CMake Error|^\w*Error\b|^E: |^npm (err|ERR)!", re.I)
_EXCEPTION = re.compile(r"\w*Error\b")
_NOISE = re.compile(r"^(make|gmake)(\[\d+\])?: ")


class ToolchainError(UserError):
    """Something is missing or did not build; the text is one line for the user."""


def jobs() -> int:
    """Parallel jobs of a build: PICOMETER_JOBS, or the number of processors."""
    try:
        return max(1, int(os.environ["PICOMETER_JOBS"]))
    except KeyError:
        return os.cpu_count() or 1
    except ValueError as error:
        raise ToolchainError("PICOMETER_JOBS must be a whole number") from error


def reason(output: str) -> str:
    """The line of a failed program's `output` that tells why it failed."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    for number, line in enumerate(lines):
        if _NOISE.match(line) or not _REASON.search(line):
            continue
        if line.startswith("CMake Error") and number + 1 < len(lines):
            return lines[number + 1]
        if line.endswith(":"):
            return f"{line} {next(filter(_EXCEPTION.match, lines[number + 1 :]), '')}".rstrip()
        return line
    telling = [line for line in lines if not _NOISE.match(line)]
    return telling[-1] if telling else "no output"


def run(
    command: Sequence[str | Path],
    log: Path,
    *,
    show: Callable[[str], None] = lambda line: None,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout_s: float = BUILD_TIMEOUT_S,
) -> str:
    """Run `command` to its end, append what it prints to `log` and return it.

    `env` is added to the environment. Raises ToolchainError when the program is absent,
    fails, or takes longer than `timeout_s` seconds.
    """
    argv = [str(part) for part in command]
    log.parent.mkdir(parents=True, exist_ok=True)
    try:
        process = subprocess.Popen(
            argv,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
    except FileNotFoundError as error:
        raise ToolchainError(f"{argv[0]} is not installed") from error
    timer = threading.Timer(timeout_s, process.kill)
    timer.start()
    lines = []
    try:
        with log.open("a", encoding="utf-8") as file:
            file.write(f"$ {shlex.join(argv)}\n")
            for line in process.stdout or ():
                file.write(line)
                lines.append(line)
                if line.strip():
                    show(line)
        status = process.wait()
    finally:
        late = not timer.is_alive()
        timer.cancel()
        if process.poll() is None:
            process.kill()
            process.wait()
    output = "".join(lines)
    if status != 0:
        why = f"no end after {timeout_s:.0f} s" if late else reason(output)
        raise ToolchainError(f"{Path(argv[0]).name} failed: {why} (whole output: {log})")
    return output
