"""A UART's far end in this machine, for one client at a time: what a port is, and a TCP port."""

import contextlib
import selectors
import socket
from typing import Protocol

_REFUSAL = b"picometer: this port serves one client at a time\r\n"
# A client that has vanished from the network without a word is noticed after that.
_KEEPALIVE = {"TCP_KEEPIDLE": 20, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}  # s, s, times


class PortError(OSError):
    """A port cannot be opened; the message is one line."""


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
