"""A UART's far end in this machine: a PTY or a TCP port, each for one client at a time."""

import contextlib
import os
import select
import selectors
import socket
import termios
import tty
from typing import Protocol

from .pty_link import PortError as PortError
from .pty_link import PtyLink

_REFUSAL = b"picometer: this port serves one client at a time\r\n"
# A client that has vanished from the network without a word is noticed after that.
_KEEPALIVE = {"TCP_KEEPIDLE": 20, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}  # s, s, times


class Clients(Protocol):
    """What a port tells of its clients; `Line` is one."""

    def is_free_for(self, port: "Port") -> bool: ...

    def came(self, port: "Port") -> None: ...

    def gone(self, port: "Port") -> None: ...


class Port(Protocol):
    """Bytes to and from a client.

    line  hears of clients that come and go; None while there is nobody to tell

    One that is to be looked at now and then has a `look()` besides.
    """

    name: str
    line: Clients | None

    def read(self) -> bytes: ...

    def write(self, data: bytes) -> None: ...

    def close(self) -> None: ...


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


class Tcp:
    """A listening TCP port. A second client is told that there is one, and sent away."""

    def __init__(self, address: str, selector: selectors.BaseSelector) -> None:
        host, _, port = address.rpartition(":")
        if not port.isdigit():
            raise PortError(f"{address}: not HOST:PORT")
        try:
            self._server = socket.create_server((host or "127.0.0.1", int(port)))
        except (OSError, OverflowError) as error:
            reason = error.strerror if isinstance(error, OSError) else "no such port"
            raise PortError(f"{address}: {reason}") from error
        self._server.setblocking(False)
        self.line: Clients | None = None
        self._client: socket.socket | None = None
        self._selector = selector
        bound = self._server.getsockname()
        self.name = f"socket://{bound[0]}:{bound[1]}"
        selector.register(self._server, selectors.EVENT_READ, self)

    def read(self) -> bytes:
        """What the client sent; with nothing to be read, see who wants to be the client."""
        data = self._receive()
        if data:
            return data
        while (client := self._accept()) is not None:
            if self._client is not None or not self._is_free():
                _send_away(client)
                continue
            self._client = client
            self._selector.register(client, selectors.EVENT_READ, self)
            if self.line is not None:
                self.line.came(self)
        return self._receive()

    def write(self, data: bytes) -> None:
        """Send to the client, if there is one; a client that is gone is dropped."""
        if self._client is None:
            return
        try:
            self._client.send(data)
        except BlockingIOError:
            pass  # a client that does not read loses bytes, as light is lost
        except OSError:
            self._drop()

    def close(self) -> None:
        """Close the client and the port."""
        self._drop()
        self._selector.unregister(self._server)
        self._server.close()

    def _receive(self) -> bytes:
        if self._client is None:
            return b""
        try:
            data = self._client.recv(4096)
        except BlockingIOError:
            return b""
        except OSError:
            data = b""
        if not data:
            self._drop()
        return data

    def _accept(self) -> socket.socket | None:
        try:
            client, _ = self._server.accept()
        except OSError:  # nobody, or nobody any more
            return None
        client.setblocking(False)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _KEEPALIVE.items():
            if hasattr(socket, name):
                client.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
        return client

    def _is_free(self) -> bool:
        return self.line is None or self.line.is_free_for(self)

    def _drop(self) -> None:
        if self._client is not None:
            self._selector.unregister(self._client)
            self._client.close()
            self._client = None
            if self.line is not None:
                self.line.gone(self)


def _send_away(client: socket.socket) -> None:
    with contextlib.suppress(OSError):
        client.send(_REFUSAL)
        client.shutdown(socket.SHUT_WR)
    client.close()
