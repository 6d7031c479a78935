"""The meter's image on an emulated board, with the host at its prompt."""

import json
import re
from collections.abc import Callable
from pathlib import Path

from picometer.errors import UserError
from picometer.rp2040.host import Rp2040Host
from picometer.rp2040.image import built_image
from picometer.virtual.board import VirtualBoard
from picometer.virtual.clock import NS_PER_MS, NS_PER_S
from picometer.virtual.host import provision
from picometer.virtual.mains import ConstantLoad

WATTS = 1500.0
PASSWORD = b"PICOMETER"
CLOCK_HZ = 125_000_000

_SLICE_NS = NS_PER_MS
_BOOT_LIMIT_S = 10
_USB_S = 1.0  # by then the USB port is there to be typed at
_INTERRUPT, _RAW, _RUN = b"\x03", b"\x01", b"\x04"
_RAW_PROMPT = b"raw REPL; CTRL-B to exit\r\n>"
# A printed line, or the end of the program with the text of its error; the prompt acknowledges a
# program with OK.
_LINE = re.compile(rb"(?:OK)?(?:\x04+(?P<error>[^\x04]*)\x04>|(?P<text>[^\x04\n]*)\n)")
_SERVICE = "open('/service', 'w').close()\nimport machine\nmachine.reset()\n"


def script(name: str) -> str:
    """One of the programs for the meter."""
    return Path(__file__).with_name("scripts").joinpath(f"{name}.py").read_text()


class Device:
    """One provisioned meter at a constant load, switched on.

    image     a UF2; None for that of the sources
    board     the virtual board around the processor
    emulator  the processor
    host      both, as they run together
    """

    def __init__(self, image: Path | None = None) -> None:
        self.board = VirtualBoard(load=ConstantLoad(WATTS))
        provision(
            self.board.fram,
            model=b"AX",
            service=b"2S-240-200",
            serial=b"PM00000001",
            device_id=b"PM00000001",
            password_3=PASSWORD,
        )
        self.host = Rp2040Host(self.board, image or built_image())
        self.emulator = self.host.emulator
        self._output = bytearray()
        self.emulator.on_usb = self._output.extend
        self.host.boot()

    def __enter__(self) -> "Device":
        return self

    def __exit__(self, *raised: object) -> None:
        self.host.close()

    def run(self, seconds: float) -> None:
        """Let simulated time pass."""
        end = self.board.clock.now_ns + round(seconds * NS_PER_S)
        self.host.run_until(end)

    def run_while(self, waiting: Callable[[], bool], limit_s: float, what: str) -> None:
        """Let time pass until `waiting()` is false; UserError when that takes `limit_s`."""
        clock = self.board.clock
        end = clock.now_ns + round(limit_s * NS_PER_S)
        while waiting():
            if clock.now_ns >= end:
                said = bytes(self._output[-200:]).decode(errors="replace")
                raise UserError(f"{what}: not within {limit_s} simulated seconds; {said!r}")
            self.host.run_until(clock.now_ns + _SLICE_NS)

    def to_prompt(self) -> None:
        """Stop metering and restart in service mode, where only the prompt runs."""
        resets = []
        forward = self.emulator.on_reset

        def reset(cause: str) -> None:
            resets.append(cause)
            forward(cause)

        self.emulator.on_reset = reset
        self.run(_USB_S)
        self._raw()
        self.emulator.usb_send(_SERVICE.encode() + _RUN)
        self.run_while(lambda: not resets, _BOOT_LIMIT_S, "restart in service mode")
        self.emulator.on_reset = forward
        self.run(_USB_S)
        self._raw()

    def put(self, path: str, data: bytes) -> None:
        """Write a file on the meter."""
        self.start(f"f = open({path!r}, 'wb')\nprint(f.write({data!r}))\nf.close()\n")
        self.line(_BOOT_LIMIT_S)
        self.run(0.1)

    def start(self, source: str) -> None:
        """Start a program at the prompt; it runs from now on."""
        self._output.clear()
        self.emulator.usb_send(source.encode() + _RUN)

    def line(self, limit_s: float) -> dict:
        """The next line that the program prints, as JSON. UserError when it ends without."""
        self.run_while(lambda: not _LINE.match(self._output), limit_s, "the program's answer")
        said = _LINE.match(bytes(self._output))
        if said is None:
            raise UserError("the program on the meter gave no answer")
        del self._output[: said.end()]
        if said["text"] is not None:
            return json.loads(said["text"])
        error = said["error"].decode().rstrip().split("\n")
        raise UserError(f"the program on the meter failed: {error[-1].strip()}")

    def interrupt(self) -> None:
        """Ctrl-C to the program."""
        self.emulator.usb_send(_INTERRUPT)

    def _raw(self) -> None:
        self.emulator.usb_send(b"\r" + _INTERRUPT + _INTERRUPT)
        self.run(0.1)
        self._output.clear()
        self.emulator.usb_send(_RAW)
        self.run_while(lambda: _RAW_PROMPT not in self._output, _BOOT_LIMIT_S, "the prompt")
        self._output.clear()
