"""Python's end of the channel to the emulator process; emulator/channel.mjs has the protocol."""

import os
import select
import struct
import subprocess
from pathlib import Path
from typing import NamedTuple

from picometer.errors import UserError

_HEADER = struct.Struct("<IBBHd")
_PROGRAM = Path(__file__).resolve().parent / "emulator" / "main.mjs"
_READ_SIZE = 1 << 16
_ANSWER_S = 120

ENDS_TURN = frozenset("DSQAWRXF")


class Frame(NamedTuple):
    """One frame of the protocol; `time_ns` is simulated time."""

    kind: str
    unit: int
    time_ns: int
    payload: bytes


class EmulatorError(UserError):
    """The emulator process cannot go on; the text is one line."""


def encode(kind: str, unit: int = 0, payload: bytes = b"", time_ns: float = 0.0) -> bytes:
    """The bytes of one frame."""
    return _HEADER.pack(len(payload), ord(kind), unit, 0, time_ns) + payload


class Channel:
    """Starts the emulator process and exchanges turns with it."""

    def __init__(self, rp2040js: Path, image: Path, node: str = "node") -> None:
        command = [node, str(_PROGRAM), str(rp2040js), str(image)]
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,  # Ctrl-C is for Python, which ends it in order
            )
        except FileNotFoundError as error:
            raise EmulatorError("node is not installed: run make toolchain") from error
        if self._process.stdin is None or self._process.stdout is None:
            raise EmulatorError("the emulator process has no pipes")
        self._input_pipe, self._output_pipe = self._process.stdin, self._process.stdout
        self._to = self._input_pipe.fileno()
        self._from = self._output_pipe.fileno()
        self._output = bytearray()
        self._input = bytearray()

    def tell(self, kind: str, unit: int = 0, payload: bytes = b"", time_ns: float = 0.0) -> None:
        """Queue an input frame; it leaves with the next `go`."""
        self._output += encode(kind, unit, payload, time_ns)

    def go(self, limit_ns: float, answer: bytes = b"", repeat: bool = False) -> None:
        """End Python's turn: run until `limit_ns`, with the answer to the last question."""
        self._output += encode("G", int(repeat), answer, limit_ns)
        pending = memoryview(bytes(self._output))
        self._output.clear()
        try:
            while pending:
                pending = pending[os.write(self._to, pending) :]
        except BrokenPipeError as error:
            raise EmulatorError("the emulator process has ended") from error

    def frames(self):
        """The frames of the CPU's turn; the last is the one that ends it."""
        while True:
            frame = self._next()
            yield frame
            if frame.kind in ENDS_TURN:
                return

    def _next(self) -> Frame:
        self._fill(_HEADER.size)
        length, kind, unit, _, time_ns = _HEADER.unpack_from(self._input)
        end = _HEADER.size + length
        self._fill(end)
        payload = bytes(self._input[_HEADER.size : end])
        del self._input[:end]
        return Frame(chr(kind), unit, int(time_ns), payload)

    def _fill(self, wanted: int) -> None:
        while len(self._input) < wanted:
            if not select.select([self._from], [], [], _ANSWER_S)[0]:
                raise EmulatorError(f"the emulator process gave no answer in {_ANSWER_S} s")
            data = os.read(self._from, _READ_SIZE)
            if not data:
                raise EmulatorError("the emulator process has ended")
            self._input += data

    def close(self) -> None:
        """End the process."""
        self._input_pipe.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._output_pipe.close()
