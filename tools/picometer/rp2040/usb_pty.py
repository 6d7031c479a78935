"""The emulated USB serial port as a pseudo terminal: for mpremote, rshell and terminals."""

import contextlib
import os
import select
import time
import tty
from collections.abc import Callable
from pathlib import Path

from picometer.rp2040.channel import EmulatorError
from picometer.rp2040.emulator import Emulator
from picometer.virtual.clock import NS_PER_MS, NS_PER_S
from picometer.virtual.pty_link import PortError, PtyLink

_BACKLOG = 1 << 20  # kept for a client that does not read; the oldest bytes go first
_SLICE_NS = 5 * NS_PER_MS
_LAG_NS = NS_PER_S // 2  # further behind real time than this is given up, not caught up


class UsbPty:
    """Connects an emulator's USB serial port with a new PTY, reachable through `link`.

    While the chip shows its BOOTSEL drive there is no port: `link` does not exist, and a program
    that has the PTY open sees it hang up. When the image turns USB on, `link` leads to a new one.
    """

    def __init__(self, emulator: Emulator, link: Path) -> None:
        self._emulator = emulator
        self._backlog = bytearray()
        self.link = Path(link)
        self._is_open = False
        self._open()
        emulator.on_usb = self._from_device

    def _open(self) -> None:
        try:
            self._pointer = PtyLink(str(self.link))
        except PortError as error:
            raise EmulatorError(str(error)) from error
        # Our own hold on the slave keeps the PTY alive between clients.
        self._master, self._slave = os.openpty()
        self._is_open = True
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        try:
            self._pointer.point(os.ttyname(self._slave))
        except PortError as error:
            self.close()
            raise EmulatorError(str(error)) from error

    def _follow(self) -> None:
        if self._is_open and self._emulator.in_bootsel:
            self._shut()
        elif not self._is_open and self._emulator.usb_enabled:
            self._open()

    def _shut(self) -> None:
        self._is_open = False
        self._backlog.clear()
        self._pointer.close()
        os.close(self._slave)
        os.close(self._master)

    def _from_device(self, data: bytes) -> None:
        self._follow()
        self._backlog += data
        del self._backlog[:-_BACKLOG]
        self._write()

    def _write(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._backlog:
                del self._backlog[: os.write(self._master, self._backlog)]

    def serve(self, timeout_s: float) -> bool:
        """Pass bytes both ways, waiting up to `timeout_s` for the client; True if it sent any."""
        self._follow()
        if not self._is_open:
            time.sleep(timeout_s)
            return False
        if self._backlog:
            self._write()
        readable, _, _ = select.select([self._master], [], [], timeout_s)
        if not readable:
            return False
        with contextlib.suppress(BlockingIOError):
            self._emulator.usb_send(os.read(self._master, 4096))
        return True

    def close(self) -> None:
        """Remove the link and close."""
        if self._is_open:
            self._shut()


def run_paced(
    emulator: Emulator, port: UsbPty, speed: float | None, going: Callable[[], bool]
) -> None:
    """Run the emulator while `going()`, at `speed` times real time (None: as fast as it goes)."""
    clock = emulator.clock
    base_s, base_ns = time.monotonic(), clock.now_ns
    while going():
        if speed is None:
            port.serve(0)
            emulator.run_until(clock.now_ns + _SLICE_NS)
            continue
        due_ns = base_ns + int((time.monotonic() - base_s) * speed * NS_PER_S)
        if due_ns - clock.now_ns > _LAG_NS:
            base_s, base_ns = time.monotonic(), clock.now_ns
            due_ns = base_ns + _SLICE_NS
        ahead_s = (clock.now_ns + _SLICE_NS - due_ns) / (speed * NS_PER_S)
        port.serve(max(0.0, min(ahead_s, 0.02)))
        if clock.now_ns < due_ns:
            emulator.run_until(min(due_ns, clock.now_ns + _SLICE_NS))
