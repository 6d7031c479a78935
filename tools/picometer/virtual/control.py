"""The control port: a Unix socket that takes lines for the virtual meter's controls."""

import contextlib
import selectors
import socket
import stat
from collections.abc import Callable
from pathlib import Path

from picometer.errors import UserError

from .controls import ControlError
from .ports import PortError

_LONGEST = 1000  # bytes of a line
_ANSWER_S = 30  # an emulated meter may be slow to look
ERROR = "error: "


class ControlPort:
    """Listens at a path; every client's lines are answered in turn, one line each.

    do  performs a line and returns the answer, or raises ControlError; set before the meter runs
    """

    do: Callable[[str], str]

    def __init__(self, path: str, selector: selectors.BaseSelector) -> None:
        self._path = Path(path)
        self._selector = selector
        self._clients: set[_Client] = set()
        self._server = _unix_socket()
        try:
            _make_way(self._path)
            self._server.bind(path)
        except OSError as error:
            self._server.close()
            if isinstance(error, PortError):
                raise
            raise PortError(f"{path}: {error.strerror or error}") from error
        self._server.listen()
        self._server.setblocking(False)
        self.name = path
        selector.register(self._server, selectors.EVENT_READ, self)

    def read(self) -> bytes:
        """Take a new client; it sends nothing to any UART."""
        with contextlib.suppress(BlockingIOError):
            connection, _ = self._server.accept()
            connection.setblocking(False)
            client = _Client(connection, self._answer, self._drop)
            self._clients.add(client)
            self._selector.register(connection, selectors.EVENT_READ, client)
        return b""

    def close(self) -> None:
        """Drop every client, and remove the socket."""
        for client in list(self._clients):
            self._drop(client)
        self._selector.unregister(self._server)
        self._server.close()
        self._path.unlink(missing_ok=True)

    def _answer(self, line: bytes) -> str:
        try:
            return self.do(line.decode())
        except UnicodeDecodeError:
            return ERROR + "not a text"
        except ControlError as error:
            return ERROR + str(error)

    def _drop(self, client: "_Client") -> None:
        if client in self._clients:
            self._clients.remove(client)
            self._selector.unregister(client.connection)
            client.connection.close()


class _Client:
    """One connection: lines in, answers out."""

    def __init__(self, connection, answer, drop) -> None:
        self.connection = connection
        self._answer = answer
        self._drop = drop
        self._pending = b""

    def read(self) -> bytes:
        """Perform the lines that have come; it sends nothing to any UART."""
        try:
            data = self.connection.recv(4096)
        except BlockingIOError:
            return b""
        except OSError:
            data = b""
        *lines, self._pending = (self._pending + data).split(b"\n")
        if not data and self._pending:
            lines.append(self._pending)  # the last one may go without its end
        try:
            for line in lines:
                self._send(self._answer(line))
            if len(self._pending) > _LONGEST:
                self._send(ERROR + "the line is too long")
                data = b""
        except OSError:
            data = b""  # gone, or does not read its answers
        if not data:
            self._drop(self)
        return b""

    def _send(self, answer: str) -> None:
        self.connection.sendall(answer.encode() + b"\n")


def _unix_socket() -> socket.socket:
    if not hasattr(socket, "AF_UNIX"):
        raise UserError("a control port is a Unix socket, which this system does not have")
    return socket.socket(socket.AF_UNIX)


def _make_way(path: Path) -> None:
    """Remove the socket of a meter that was killed; PortError when anything else is there."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise PortError(f"{path}: exists and is no socket")
    with _unix_socket() as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
    raise PortError(f"{path}: in use by another virtual meter")


def send(path: str, line: str) -> str:
    """The answer of the meter whose control port is at `path`; UserError when there is none."""
    with _unix_socket() as connection:
        connection.settimeout(_ANSWER_S)
        try:
            connection.connect(path)
            connection.sendall(" ".join(line.split()).encode(errors="replace") + b"\n")
            with connection.makefile(encoding="utf-8") as answers:
                answer = answers.readline().rstrip("\n")
        except TimeoutError as error:
            raise UserError(f"{path}: no answer in {_ANSWER_S} s") from error
        except OSError as error:
            raise UserError(f"{path}: {error.strerror or error}") from error
    if not answer:
        raise UserError(f"{path}: the meter has gone")
    if answer.startswith(ERROR):
        raise UserError(answer.removeprefix(ERROR))
    return answer
