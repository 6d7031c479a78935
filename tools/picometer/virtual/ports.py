"""A UART's far end in this machine: a PTY or a TCP port, one client at a time."""

import contextlib
import os
import selectors
import socket
import tty
from pathlib import Path
from typing import Protocol


class PortError(OSError):
    """A port cannot be opened; the message is one line."""


class Port(Protocol):
    """Bytes to and from a client."""

    name: str

    def read(self) -> bytes: ...

    def write(self, data: bytes) -> None: ...

    def close(self) -> None: ...


class Pty:
    """A pseudo terminal with a link to its name, for clients that want a serial device."""

    def __init__(self, link: str, selector: selectors.BaseSelector) -> None:
        path = Path(link)
        if path.is_symlink():
            path.unlink()
        elif path.exists():
            raise PortError(f"{link}: exists and is no link")
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        try:
            path.symlink_to(os.ttyname(self._slave))
        except OSError as error:
            os.close(self._master)
            os.close(self._slave)
            raise PortError(f"{link}: {error.strerror}") from error
        self.name = str(path)
        self._path = path
        self._selector = selector
        selector.register(self._master, selectors.EVENT_READ, self)

    def read(self) -> bytes:
        """What the client sent."""
        try:
            return os.read(self._master, 4096)
        except BlockingIOError:
            return b""

    def write(self, data: bytes) -> None:
        """Send to the client; what nobody takes is lost, as light is."""
        with contextlib.suppress(BlockingIOError):
            os.write(self._master, data)

    def close(self) -> None:
        """Remove the link and close."""
        self._selector.unregister(self._master)
        self._path.unlink(missing_ok=True)
        os.close(self._master)
        os.close(self._slave)


class Tcp:
    """A listening TCP port; a new client takes the place of the one before."""

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
        self._client: socket.socket | None = None
        self._selector = selector
        bound = self._server.getsockname()
        self.name = f"socket://{bound[0]}:{bound[1]}"
        selector.register(self._server, selectors.EVENT_READ, self)

    def read(self) -> bytes:
        """What the client sent; takes a new client when there is one."""
        with contextlib.suppress(BlockingIOError):
            client, _ = self._server.accept()
            self._drop()
            client.setblocking(False)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._client = client
            self._selector.register(client, selectors.EVENT_READ, self)
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

    def _drop(self) -> None:
        if self._client is not None:
            self._selector.unregister(self._client)
            self._client.close()
            self._client = None
