"""A Pico with stock MicroPython on the meter's board, emulated, and flashed as users flash."""

import os
import selectors
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from metrology import page as p
from picometer.rp2040.attach import BoardLink
from picometer.rp2040.bootsel import BootselDrive
from picometer.rp2040.emulator import Emulator
from picometer.rp2040.usb_pty import UsbPty
from picometer.toolchain import ToolchainError, build_plain, cache_root, ensure
from picometer.virtual.board import VirtualBoard
from picometer.virtual.clock import NS_PER_MS, NS_PER_S
from picometer.virtual.host import stored_page
from picometer.virtual.mains import ConstantLoad
from picometer.virtual.pty_port import Pty

ROOT = Path(__file__).resolve().parents[2]
_SLICE_NS = 5 * NS_PER_MS
_ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT / "tools"), "PYTHONUNBUFFERED": "1"}


class Pico:
    """The board, with its USB port and its optical port as PTYs in the folder `ports`.

    drive   folder that shows its BOOTSEL drive
    heard   what it has sent on USB
    resets  causes of its resets
    """

    def __init__(self, rp2040js, image, ports):
        self.board = VirtualBoard(load=ConstantLoad(36000))
        self.emulator = Emulator(rp2040js, image, self.board.clock)
        self.heard = bytearray()
        self.resets = []
        self._link = BoardLink(self.board, self.emulator)
        self._usb = UsbPty(self.emulator, ports / "usb")
        self.drive = ports / "drive"
        self._boot_rom = BootselDrive(self.emulator, self.drive)
        self._selector = selectors.DefaultSelector()
        self._optical = Pty(str(ports / "optical"), self._selector)
        self._listen()
        self.ports = ports
        self._link.power_on()

    def _listen(self):
        on_reset, on_usb = self.emulator.on_reset, self.emulator.on_usb
        self.emulator.on_reset = lambda cause: (self.resets.append(cause), on_reset(cause))
        self.emulator.on_usb = lambda data: (self.heard.extend(data), on_usb(data))
        self.board.optical.on_byte(lambda byte, when_ns: self._optical.write(bytes((byte,))))

    def run(self, seconds):
        """Let simulated time pass as fast as it goes; False when the power was cut."""
        return self._link.run_until(self.board.clock.now_ns + int(seconds * NS_PER_S))

    def run_to(self, text, seconds=10.0):
        """Let time pass until the board has sent `text`; what came before it."""
        end = self.board.clock.now_ns + seconds * NS_PER_S
        while text not in self.heard and self.board.clock.now_ns < end:
            self.run(0.02)
        before, found, rest = bytes(self.heard).partition(text)
        assert found, before[-500:]
        self.heard[:] = rest
        return before

    def page(self):
        """The newest register page in the FRAM, None when there is none."""
        return stored_page(self.board.fram)

    def metered(self, seconds=1.0):
        """Ticks and counts that come to the registers in some seconds of simulated time."""
        before = self.page() or p.new_page()
        self.run(seconds)
        after = self.page()
        if after is None:
            return 0, 0
        indices = (p.TICKS, p.DELIVERED_COUNTS)
        return tuple(after[index] - before[index] for index in indices)

    def together(self, command, going=lambda output: True, end=signal.SIGKILL):
        """Run a program while the board runs, in real time at most, so that time-outs on both
        sides are fair. Returns its exit status and all its output.

        It gets the signal `end`, with all that it started, once `going(output so far)` is
        false, and is killed when the board's power goes.
        """
        path = self.ports / "output"
        with path.open("wb") as output:
            process = subprocess.Popen(
                list(map(str, command)),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=_ENVIRONMENT,
                cwd=ROOT,
                start_new_session=True,
                preexec_fn=_hear_interrupts,
            )
            try:
                if self._serve(lambda: process.poll() is None and going(path.read_text())):
                    if process.poll() is None:
                        os.killpg(process.pid, end)
                        self._serve(lambda: process.poll() is None)
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        return process.returncode, path.read_text(errors="replace")

    def flash(self, *arguments, **options):
        """`picometer flash` to this board; see `together`."""
        places = ("--port", self.ports / "usb", "--drive", self.drive)
        command = (sys.executable, "-m", "picometer.cli", "flash", *places)
        return self.together(command + arguments, **options)

    def _serve(self, going):
        clock = self.board.clock
        base_s, base_ns = time.monotonic(), clock.now_ns
        while going():
            due_ns = base_ns + int((time.monotonic() - base_s) * NS_PER_S)
            ahead_s = (clock.now_ns + _SLICE_NS - due_ns) / NS_PER_S
            self._usb.serve(max(0.0, min(ahead_s, 0.02)))
            self._boot_rom.serve()
            if self._selector.select(0):
                self.board.optical.feed(self._optical.read())
            if clock.now_ns < due_ns and not self._link.run_until(
                min(due_ns, clock.now_ns + _SLICE_NS)
            ):
                return False
        return True

    def python(self, code, seconds=0.3):
        """What `code` prints at the prompt, which must be there."""
        self.emulator.usb_send(b"\r\x03\x03\r\x01")
        self.run(0.1)
        self.heard.clear()
        self.emulator.usb_send(code.encode() + b"\x04")
        self.run(seconds)
        printed = bytes(self.heard).partition(b"OK")[2].partition(b"\x04")[0]
        self.emulator.usb_send(b"\r\x02")
        return printed.decode().replace("\r\n", "\n").strip()

    def power_cycle(self, bootsel=False):
        """Off and on again, with BOOTSEL held if `bootsel`."""
        self._link.power_off()
        self.heard.clear()
        self._link.power_on(bootsel)
        self.run(0.01)

    def close(self):
        self._usb.close()
        self._boot_rom.close()
        self._optical.close()
        self._selector.close()
        self.emulator.close()


def stock_pico(ports):
    """A Pico as it comes out of a first start with stock MicroPython; pytest skips or fails."""
    if os.environ.get("PICOMETER_NO_TOOLCHAIN") == "1":
        built = list((cache_root() / "toolchain").glob("*/plain/build/firmware.bin"))
        if not built:
            pytest.skip("no RP2040 image, and PICOMETER_NO_TOOLCHAIN=1")
    try:
        paths = ensure({"rp2040js", "rp2"})
        pico = Pico(paths.rp2040js, build_plain(paths).bin, ports)
    except ToolchainError as error:
        pytest.fail(str(error), pytrace=False)
    pico.run(0.5)  # makes its file system
    return pico


def _hear_interrupts():
    # Whoever runs the tests in the background may have had SIGINT ignored.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
