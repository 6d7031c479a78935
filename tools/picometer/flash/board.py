"""A board that runs the Picometer image, over the prompt on its USB serial port."""

import contextlib
import time
from collections.abc import Callable

from picometer.build.manifest import Block
from picometer.build.parts import NAMES
from picometer.errors import UserError
from picometer.flash.repl import CodeError, PromptError, Repl

_IMAGE = "Picometer with"
_AGAIN_S = 30.0  # a Pico is back on USB within a few seconds of a reset
_HASH_S = 30.0  # the RP2040 takes 2 s for all of the image
_AGAIN = "run the same command again"
_RESET = "import machine; machine.reset()"
# A board that is forgotten at its prompt resets itself, and meters.
_ENDS_ITSELF = """\
import machine
_end = machine.Timer(
    period=900000, mode=machine.Timer.ONE_SHOT, callback=lambda timer: machine.reset())
"""
# One SHA-256 a line: of the manifest, then of each part, over what is in the flash.
_SOFTWARE = """\
from binascii import hexlify
from hashlib import sha256
from boards.pico_meter.board import Board
from firmware.software_image import ImageSource
def _software():
    source = ImageSource(Board().image())
    buf = bytearray(1024)
    for stream in range(4):
        source.begin(stream)
        total = sha256()
        while True:
            count = source.fill(buf)
            if not count:
                break
            total.update(memoryview(buf)[:count])
        digest = total.digest()
        if not stream:
            source.trust(digest == source.expected(0))
        print(hexlify(digest).decode())
_software()
"""


class ImageBoard:
    """A board that runs the image, at a serial port.

    find  returns the port, or None while the board is not on USB

    From `open` to `close` nothing meters. The chip counts on, and the meter bills what it counted
    when it starts again. Raises UserError throughout.
    """

    def __init__(self, find: Callable[[], str | None]) -> None:
        self._find = find
        self._repl: Repl | None = None

    def open(self) -> None:
        """Waits for the board after a restart, and enters service mode.

        A running meter has a watchdog, which only a reset stops. So: ask for service, reset, and
        take the prompt that comes.
        """
        repl = self._prompt(lambda repl: True)
        machine = repl.run("import sys; print(sys.implementation._machine)")
        if not machine.startswith(_IMAGE):
            repl.close()
            raise UserError(
                f"the board runs {machine.strip()}, not Picometer: run the command again"
            )
        # A reset clears global names: the prompt without this name is the one after the reset.
        repl.run("_asked = open('/service', 'w').close()")
        repl.leave(_RESET)
        self._repl = self._prompt(lambda repl: "_asked" not in repl.run("print(list(globals()))"))
        self._repl.run(_ENDS_ITSELF)

    def compare(self, wanted: Block) -> None:
        """Raises UserError if the parts of the software in the flash are not those wanted."""
        _, *found = self.run(_SOFTWARE, _HASH_S).split()
        for name, digest, part in zip(NAMES, found, wanted.parts, strict=True):
            if digest != part.sha256.hex():
                raise UserError(
                    f"the board's {name} software is not the image's: run the command again"
                )

    def run(self, code: str, timeout_s: float = 20.0) -> str:
        """Runs code on the board; returns what it prints."""
        if self._repl is None:
            raise UserError("the board is not in service mode")
        return self._repl.run(code, timeout_s)

    def close(self) -> None:
        """Resets the board, which then meters; does nothing if it is not in service mode."""
        if self._repl is not None:
            self._repl.leave(_RESET)
        self._repl = None

    def _prompt(self, good: Callable[[Repl], bool]) -> Repl:
        end = time.monotonic() + _AGAIN_S
        why = "no Pico on USB"
        while time.monotonic() < end:
            time.sleep(0.3)
            port = self._find()
            if port is None:
                continue
            with contextlib.suppress(PromptError, CodeError):
                try:
                    repl = Repl(port, 3)
                except PromptError:
                    raise
                except UserError as error:  # no such port yet, or another program has it
                    why = str(error)
                    continue
                if good(repl):
                    return repl
                repl.close()
        raise UserError(
            f"the board did not come back on USB, {why}: unplug it, and run the command again"
        )
