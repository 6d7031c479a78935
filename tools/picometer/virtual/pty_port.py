"""A UART's far end as a pseudo terminal, for one client at a time."""

import contextlib
import os
import select
import selectors
import termios
import tty

from .ports import Clients, PortError
from .pty_link import PtyLink


class Pty:
    """A pseudo terminal with a link to its name, for clients that want a serial device.

    Its client is there from the time that somebody opens the terminal until nobody has it open.
    """

    def __init__(self, link: str, selector: selectors.BaseSelector) -> None:
        self.line: Clients | None = None
        self.name = link
        self._link = PtyLink(link)
        self._master, slave = os.openpty()
        tty.setraw(slave)
        self._terminal = os.ttyname(slave)
        os.close(slave)
        os.set_blocking(self._master, False)
        try:
            self._link.point(self._terminal)
        except PortError:
            os.close(self._master)
            self._link.close()
            raise
        self._hang_up = select.poll()
        self._hang_up.register(self._master, 0)
        self._open = False
        self._selector = selector
        selector.register(self._master, selectors.EVENT_READ, self)
        self._watched = True

    def look(self) -> None:
        """See whether the terminal is open. While it is not, the selector need not know it."""
        is_open = not self._hang_up.poll(0)
        if is_open:
            self._came()
        if is_open != self._watched and (is_open or not self._open):
            self._watched = is_open
            if is_open:
                self._selector.register(self._master, selectors.EVENT_READ, self)
            else:
                self._selector.unregister(self._master)

    def read(self) -> bytes:
        """What the client sent."""
        try:
            data = os.read(self._master, 4096)
        except BlockingIOError:
            return b""
        except OSError:  # nobody has it open, and all that was sent has been read
            self._gone()
            return b""
        self._came()
        return data

    def write(self, data: bytes) -> None:
        """Send to the client; what nobody takes is lost, as light is."""
        if self._open:
            with contextlib.suppress(BlockingIOError):
                os.write(self._master, data)

    def close(self) -> None:
        """Remove the link and close."""
        if self._watched:
            self._selector.unregister(self._master)
        self._link.close()
        os.close(self._master)

    def _came(self) -> None:
        if not self._open:
            self._open = True
            if self.line is not None:
                self.line.came(self)

    def _gone(self) -> None:
        if self._open:
            self._open = False
            self._forget()
            if self.line is not None:
                self.line.gone(self)

    def _forget(self) -> None:
        """What the client has not read is not for the next one."""
        slave = os.open(self._terminal, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        termios.tcflush(slave, termios.TCIFLUSH)
        os.close(slave)
