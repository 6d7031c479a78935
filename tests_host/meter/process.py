"""The installed command as a user runs it: a process of its own."""

import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "picometer.cli")
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT / "tools"), "PYTHONUNBUFFERED": "1"}
for _of_the_caller in ("COLUMNS", "LINES"):  # they would hold for a test's own terminal as well
    ENVIRONMENT.pop(_of_the_caller, None)


def picometer(*arguments, timeout=60, cwd=None, command=COMMAND):
    """Run the command to its end."""
    return subprocess.run(
        (*command, *map(str, arguments)),
        capture_output=True,
        text=True,
        timeout=timeout,
        env=ENVIRONMENT,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
    )


class RunningMeter:
    """`picometer run --headless` with a port, in the background; a context manager.

    urls    where its ports are, as it printed them: the optical port's before the module port's
    """

    def __init__(self, *arguments, ports=1, command=COMMAND):
        self._process = subprocess.Popen(
            (*command, "run", "--headless", *map(str, arguments)),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            bufsize=0,  # what is read ahead, select does not see
            env=ENVIRONMENT,
        )
        self.urls = [self._line().partition(": ")[2].strip() for _ in range(ports)]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._process.stdout.close()

    def interrupt(self):
        """Ctrl-C; returns the exit status."""
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(30)

    def kill(self):
        """The process is gone without a word."""
        self._process.kill()
        self._process.wait()

    def _line(self):
        end = time.monotonic() + 30
        while time.monotonic() < end:
            if select.select([self._process.stdout], [], [], 0.2)[0]:
                line = self._process.stdout.readline().decode()
                if line.startswith(("optical port: ", "module port: ")):
                    return line
                if not line:
                    break
        raise AssertionError("the virtual meter did not come up")
