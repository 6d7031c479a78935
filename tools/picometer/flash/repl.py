"""MicroPython's raw REPL on a serial port, as far as flashing needs it.

Protocol: MicroPython documentation, "The MicroPython Interactive Interpreter Mode", raw mode.
"""

import contextlib
import os
import time

import serial
from serial.tools import list_ports

from picometer.errors import UserError

_BANNER = b"raw REPL; CTRL-B to exit\r\n>"
_INTERRUPT, _RAW, _FRIENDLY, _EXECUTE = b"\r\x03\x03", b"\r\x01", b"\r\x02", b"\x04"
_ATTEMPT_S = 2.0
_CHUNK = 256
RASPBERRY_PI = 0x2E8A  # USB vendor


class PromptError(UserError):
    """The board gave no prompt, or went away."""


class CodeError(UserError):
    """Code raised an exception on the board; `kind` is its name."""

    def __init__(self, text: str) -> None:
        lines = text.strip().splitlines()
        self.kind, _, self.detail = lines[-1].partition(": ") if lines else ("", "", "")
        super().__init__(f"the board says: {lines[-1] if lines else text}")


class Repl:
    """The prompt of the board at `port`; what runs there is interrupted.

    Raises UserError in one line when there is no such port or, within `timeout_s`, no prompt.
    """

    def __init__(self, port: str, timeout_s: float = 10.0) -> None:
        self.port = port
        try:
            self._serial = serial.Serial(
                port, 115200, timeout=0.1, write_timeout=5, exclusive=True
            )
        except (serial.SerialException, OSError, ValueError) as error:
            number = getattr(error, "errno", None)
            why = f": {os.strerror(number)}" if number else ", or another program uses it"
            raise UserError(f"no device at {port}{why}") from error
        try:
            self._enter(timeout_s)
        except BaseException:
            self._serial.close()
            raise

    def run(self, code: str, timeout_s: float = 20.0) -> str:
        """Run `code`; returns what it prints. CodeError when it raises an exception."""
        self._send(code)
        printed = self._until(_EXECUTE, timeout_s)
        raised = self._until(_EXECUTE, timeout_s)
        self._until(b">", timeout_s)
        if raised:
            raise CodeError(raised.decode(errors="replace"))
        return printed.decode(errors="replace").replace("\r\n", "\n")

    def leave(self, code: str) -> None:
        """Run `code` that does not come back, a reset, and close the port."""
        with contextlib.suppress(PromptError):  # the port may be gone before it has answered
            self._send(code)
        self.close()

    def close(self) -> None:
        """Close the port; the board stays at its ordinary prompt."""
        with contextlib.suppress(serial.SerialException, OSError):
            self._serial.write(_FRIENDLY)
        with contextlib.suppress(serial.SerialException, OSError):
            self._serial.close()

    def _enter(self, timeout_s: float) -> None:
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            self._write(_INTERRUPT)
            time.sleep(0.05)
            self._write(_RAW)
            with contextlib.suppress(PromptError):
                self._until(_BANNER, _ATTEMPT_S)
                time.sleep(0.05)
                self._serial.reset_input_buffer()
                return
        raise PromptError(f"no MicroPython prompt at {self.port}")

    def _send(self, code: str) -> None:
        data = code.encode()
        for start in range(0, len(data), _CHUNK):
            self._write(data[start : start + _CHUNK])
        self._write(_EXECUTE)
        self._until(b"OK", 5)

    def _write(self, data: bytes) -> None:
        try:
            self._serial.write(data)
        except (serial.SerialException, OSError) as error:
            raise PromptError(f"the board at {self.port} takes no input") from error

    def _until(self, end: bytes, timeout_s: float) -> bytes:
        """What comes before `end`."""
        data = bytearray()
        deadline = time.monotonic() + timeout_s
        try:
            while not data.endswith(end):
                data += self._serial.read(1)
                if time.monotonic() > deadline:
                    raise PromptError(f"the board at {self.port} does not answer")
        except (serial.SerialException, OSError) as error:
            raise PromptError(f"the board at {self.port} is gone") from error
        return bytes(data[: -len(end)])


def picos() -> list[str]:
    """The serial ports of Picos on USB."""
    return [port.device for port in list_ports.comports() if port.vid == RASPBERRY_PI]
