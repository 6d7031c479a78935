"""A board in service mode: what flashing asks of it, step by step."""

import contextlib
import time
from pathlib import Path

from picometer.errors import UserError
from picometer.flash.repl import CodeError, PromptError, Repl

OLDEST = (1, 23, 0)  # the first that loads .mpy files of ABI 6.3
FOLDERS = ("/meter-a", "/meter-b")  # one is in use, the other is written
_ACTIVE, _SERVICE, _MAIN = "/active", "/service", "/main.py"

_MPY_VERSION, _MPY_SUB_VERSION, _ARMV6M = 6, 3, 4
_IMAGE = "Picometer with"
_AGAIN_S = 20.0  # a Pico is back on USB within a few seconds of a reset
_COPY_S = 300.0
# A board that is forgotten in service mode resets itself, and meters.
_ENDS_ITSELF = """\
import machine
_end = machine.Timer(
    period=900000, mode=machine.Timer.ONE_SHOT, callback=lambda timer: machine.reset())
"""
# An interrupted meter leaves a prompt too little memory for more than a line.
_LET_GO = """\
import gc, sys
for name in list(sys.modules):
    if name != "__main__": del sys.modules[name]

gc.collect()
"""
_RESET = "import machine; machine.reset()"
_SOURCE = Path(__file__).with_name("device.py").read_text() + "\n"
_NO_SPACE = "28"  # ENOSPC: MicroPython says "28" or "[Errno 28] ENOSPC"


class Meter:
    """The board at `port`. Raises UserError throughout.

    Between `open` and `end` nothing meters: the metering chip counts on, and the firmware
    bills what it counted when it starts again.
    """

    def __init__(self, port: str) -> None:
        self._port = port
        self._repl: Repl | None = None
        self._stopped = False  # by us, and not started again

    def open(self) -> str:
        """Enter service mode; returns the board's MicroPython version.

        A running meter has a watchdog that nothing stops but a reset, and that would end a
        copy after seconds. So: ask for service, reset, and take the prompt that comes.
        """
        self._repl = Repl(self._port)
        self._stopped = True
        version = self._check()
        # What outlives no reset tells the board's new prompt from the old.
        self._run(f"_asked = open('{_SERVICE}', 'w').close()")
        self._restart()
        return version

    def end(self) -> None:
        """Reset: the board starts with the firmware that is now in use."""
        if self._repl is None:
            self._repl = Repl(self._port)
        repl, self._repl = self._repl, None
        self._stopped = False
        repl.leave(_RESET)

    def release(self) -> None:
        """Give the port to another program."""
        if self._repl is not None:
            self._repl.close()
        self._repl = None

    def resume(self) -> None:
        """Take the port again."""
        self._repl = Repl(self._port)
        self._prepare()

    def active(self) -> str:
        """The folder of the firmware in use; empty when none has been flashed."""
        name = self._run(f"text_of('{_ACTIVE}')").strip()
        return f"/{name}" if f"/{name}" in FOLDERS else ""

    def sums(self, folder: str) -> dict[str, str]:
        """Path -> SHA-256 of what is in `folder`, which may be absent."""
        lines = self._run(f"sums({folder!r})", _COPY_S).splitlines()
        return {path: value for value, _, path in (line.partition(" ") for line in lines)}

    def main_sum(self) -> str:
        """SHA-256 of main.py; empty when there is none."""
        return self._run(f"try: print(digest({_MAIN!r}))\nexcept OSError: pass").strip()

    def space(self) -> tuple[int, int]:
        """Bytes in a block of the file system, and free blocks."""
        block, free = self._run("space()").split()
        return int(block), int(free)

    def make(self, folders: list[str]) -> None:
        """Make folders, parents first."""
        self._run(f"make({folders!r})")

    def remove(self, paths: list[str]) -> None:
        """Remove files or whole folders."""
        self._run(f"for path in {paths!r}: remove(path)", _COPY_S)

    def reuse(self, source: str, target: str, paths: list[str]) -> None:
        """Copy files from one folder of the board to another."""
        self._run(f"for p in {paths!r}: copy({source!r} + '/' + p, {target!r} + '/' + p)", _COPY_S)

    def trial(self, folder: str) -> None:
        """See that the firmware in `folder` can be imported here. Nothing of it is started."""
        try:
            self._run(f"trial({folder!r})", 60)
        except CodeError as error:
            raise UserError(f"the new firmware does not start: {error}") from error

    def activate(self, folder: str) -> None:
        """From the next start on, run what is in `folder`. One rename decides."""
        self._run(activation(folder))

    def run(self, code: str) -> str:
        """Run code with the firmware that `trial` has imported."""
        return self._run(code)

    def _check(self) -> str:
        self._run(_LET_GO)
        lines = self._run(_SOURCE + "describe()").splitlines()
        name, *version = lines[0].split()
        mpy, machine = int(lines[1]), lines[2]
        number = tuple(map(int, version))
        text = ".".join(version)
        if name != "micropython" or number < OLDEST:
            raise UserError(f"{name} {text} on the board, MicroPython 1.23 or newer is needed")
        if machine.startswith(_IMAGE):
            raise UserError("the board runs the Picometer image: update it with make flash-uf2")
        if (mpy & 0xFF, mpy >> 8 & 3, mpy >> 10) != (_MPY_VERSION, _MPY_SUB_VERSION, _ARMV6M):
            raise UserError(f"{machine}: not an RP2040 whose MicroPython loads these .mpy files")
        return text

    def _restart(self) -> None:
        if self._repl is not None:
            self._repl.leave(_RESET)
        self._repl = None
        end = time.monotonic() + _AGAIN_S
        while self._repl is None:
            if time.monotonic() > end:
                raise PromptError(f"no new prompt at {self._port} after a reset")
            time.sleep(0.3)
            with contextlib.suppress(UserError):  # not back yet, or gone in this moment
                repl = Repl(self._port, 3)
                if "_asked" in repl.run("print(list(globals()))"):
                    repl.close()
                else:
                    self._repl = repl
        self._prepare()

    def _prepare(self) -> None:
        self._run(_ENDS_ITSELF)
        self._run(_SOURCE)
        self._run(f"remove('{_SERVICE}')")

    def _run(self, code: str, timeout_s: float = 20.0) -> str:
        if self._repl is None:
            raise UserError("the port is given to another program")
        try:
            return self._repl.run(code, timeout_s)
        except CodeError as error:
            if error.kind == "OSError" and _NO_SPACE in error.detail:
                raise UserError("no space left on the board's file system") from error
            raise

    def __enter__(self) -> "Meter":
        return self

    def __exit__(self, *_) -> None:
        """Whatever happened: the board is not left at a prompt."""
        if self._stopped:
            with contextlib.suppress(UserError):
                self.end()
        elif self._repl is not None:
            self._repl.close()


def activation(folder: str) -> str:
    """The code that switches over to `folder`; `device.py` must be on the board.

    main.py of any version starts the firmware of any other, so that a power cut between the
    two renames does no harm.
    """
    return f"copy('{folder}{_MAIN}', '{_MAIN}')\nput('{_ACTIVE}', '{folder[1:]}')"
