"""The C12.18 services as a client uses them."""

import os
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from os.path import exists
from typing import NamedTuple

import serial

from picometer.errors import UserError
from picometer.reader.errors import (
    LinkError,
    PasswordRefused,
    PortError,
    ReaderError,
    ResponseError,
    ServiceError,
)
from picometer.reader.link import Carrier, ClientLink, Port
from psem import codes
from psem.crc import checksum

_HOST_AND_PORT = re.compile(r"([\w.-]+|\[[\da-fA-F:.]+\]):\d{1,5}")


_ANSWER = 4  # octets of the answer to a read besides the table's: response code, count, checksum


class Identity(NamedTuple):
    """The answer to Identification."""

    standard: int  # 0 C12.18, 2 C12.21, 3 C12.22
    version: int
    revision: int
    features: bytes  # without the terminating zero


class Grant(NamedTuple):
    """The answer to Negotiate."""

    packet_size: int
    packets: int
    baud: int | None  # None for a code without a rate


class Client:
    """One client at a meter's port. Every method raises ServiceError when the meter refuses,
    NoAnswer or LinkError when the line fails, PortError when the port does."""

    def __init__(self, port: Port, link: Carrier | None = None) -> None:
        """A client at a port; `link` carries its messages in place of the packets of C12.18."""
        self.port = port
        self._link = link or ClientLink(port)

    @property
    def room(self) -> int:
        """Octets of a table that one answer has room for in the packets that were granted."""
        return max(1, self._link.packets * (self._link.packet_size - codes.OVERHEAD) - _ANSWER)

    def request(self, message: bytes, name: str) -> bytes:
        """Send any request; return its OK response without the response code."""
        response = self._link.exchange(message)
        if not response:
            raise ResponseError(f"{name}: empty response")
        if response[0] != codes.OK:
            raise ServiceError(response[0], name)
        return response[1:]

    def identify(self) -> Identity:
        """Identification: the start of everything, from Base state only."""
        answer = self.request(bytes([codes.IDENTIFY]), "Identification")
        if len(answer) < 3:
            raise ResponseError("Identification: short response")
        return Identity(answer[0], answer[1], answer[2], answer[3:].removesuffix(b"\0"))

    def negotiate(
        self, packet_size: int = 1024, packets: int = 255, bauds: tuple[int, ...] = (9600,)
    ) -> Grant:
        """Agree on packet size, packets per message and one of `bauds` (none: keep the rate).

        The port changes to the granted rate.
        """
        rates = bytes(codes.baud_code(baud) for baud in bauds)
        if 0 in rates:
            raise ValueError(f"no baud code for one of {bauds}")
        message = bytes([codes.NEGOTIATE + len(rates)]) + packet_size.to_bytes(2, "big")
        answer = self.request(message + bytes([packets]) + rates, "Negotiate")
        if len(answer) < 3 or int.from_bytes(answer[:2], "big") <= codes.OVERHEAD:
            raise ResponseError("Negotiate: impossible response")
        baud = codes.RATES.get(answer[3]) if len(answer) > 3 else None
        grant = Grant(int.from_bytes(answer[:2], "big"), answer[2], baud)
        self._link.packet_size = grant.packet_size
        self._link.packets = grant.packets
        if baud is not None and baud != self.port.baudrate:
            self.port.baudrate = baud
        return grant

    def wait(self, seconds: int) -> None:
        """Ask the meter to hold the session for `seconds` (0 to 255) until the next request."""
        self.request(bytes([codes.WAIT, seconds]), "Wait")

    def logon(self, user_id: int = 0, user: str = "") -> None:
        """Open a session; `user` is at most 10 characters."""
        name = _padded(user, codes.USER_LENGTH, "user name")
        self.request(bytes([codes.LOGON]) + user_id.to_bytes(2, "big") + name, "Logon")

    def security(self, password: str) -> None:
        """Obtain the rights of a password of at most 20 characters."""
        secret = _padded(password, codes.PASSWORD_LENGTH, "password")
        self.request(bytes([codes.SECURITY]) + secret, "Security")

    def logoff(self) -> None:
        """Close the session; the meter stays identified."""
        self.request(bytes([codes.LOGOFF]), "Logoff")

    def terminate(self) -> None:
        """Close everything: meter, link and port go back to Base state."""
        self.request(bytes([codes.TERMINATE]), "Terminate")
        self._link.reset()
        if self.port.baudrate != codes.BASE_BAUD:
            self.port.baudrate = codes.BASE_BAUD

    def read(self, table: int) -> bytes:
        """A whole table; `table` is the 16-bit identifier (2048 and up: manufacturer's)."""
        message = bytes([codes.READ]) + table.to_bytes(2, "big")
        return self._read(message, f"Read of table {table}")

    def read_default(self) -> bytes:
        """The meter's default table."""
        return self._read(bytes([codes.READ_DEFAULT]), "Read of the default table")

    def read_offset(self, table: int, offset: int, count: int) -> bytes:
        """`count` octets of a table from `offset`."""
        message = bytes([codes.READ_OFFSET]) + table.to_bytes(2, "big")
        message += offset.to_bytes(3, "big") + count.to_bytes(2, "big")
        return self._read(message, f"Read of table {table} at {offset}")

    def read_index(self, table: int, indices: tuple[int, ...], count: int = 1) -> bytes:
        """`count` elements of a table from the one that one to nine `indices` lead to."""
        message = _by_index(codes.READ, table, indices) + count.to_bytes(2, "big")
        return self._read(message, f"Read of table {table} at {indices}")

    def write(self, table: int, data: bytes) -> None:
        """A whole table."""
        message = bytes([codes.WRITE]) + table.to_bytes(2, "big")
        self.request(message + _counted(data), f"Write of table {table}")

    def write_offset(self, table: int, offset: int, data: bytes) -> None:
        """Part of a table from `offset`."""
        message = bytes([codes.WRITE_OFFSET]) + table.to_bytes(2, "big")
        message += offset.to_bytes(3, "big") + _counted(data)
        self.request(message, f"Write of table {table} at {offset}")

    def write_index(self, table: int, indices: tuple[int, ...], data: bytes) -> None:
        """One or more whole elements of a table."""
        message = _by_index(codes.WRITE, table, indices) + _counted(data)
        self.request(message, f"Write of table {table} at {indices}")

    def _read(self, message: bytes, name: str) -> bytes:
        answer = self.request(message, name)
        count = int.from_bytes(answer[:2], "big")
        if len(answer) != count + 3:
            raise ResponseError(f"{name}: {len(answer)} octets in place of {count + 3}")
        if checksum(answer, 2, 2 + count) != answer[-1]:
            raise ResponseError(f"{name}: wrong checksum")
        return answer[2:-1]


def _padded(text: str, length: int, what: str) -> bytes:
    octets = text.encode("latin-1")
    if len(octets) > length:
        raise ValueError(f"{what} is longer than {length} characters")
    return octets.ljust(length)


def _by_index(service: int, table: int, indices: tuple[int, ...]) -> bytes:
    if not 1 <= len(indices) <= codes.INDICES:
        raise ValueError(f"one to {codes.INDICES} indices, not {len(indices)}")
    words = (table, *indices)
    return bytes([service + len(indices)]) + b"".join(word.to_bytes(2, "big") for word in words)


def _counted(data: bytes) -> bytes:
    return len(data).to_bytes(2, "big") + data + bytes([checksum(data, 0, len(data))])


def open_port(url: str) -> Port:
    """The port at `url`: a serial device, a PTY, HOST:PORT or socket://HOST:PORT; 9600 8N1."""
    address = f"socket://{url}" if _HOST_AND_PORT.fullmatch(url) and not exists(url) else url
    try:
        port = serial.serial_for_url(
            address, baudrate=codes.BASE_BAUD, timeout=1, do_not_open=True
        )
        # Some powered probes take their supply from RTS and must not see DTR.
        port.rts = True
        port.dtr = False
        port.open()
    except (OSError, ValueError) as error:
        number = error.errno if isinstance(error, OSError) else None
        reason = os.strerror(number) if number else error
        raise PortError(f"cannot open: {reason}").at(url) from error
    return port


@contextmanager
def open_session(
    url: str,
    user_id: int = 0,
    user: str = "",
    password: str | None = None,
    bauds: tuple[int, ...] = (9600,),
) -> Iterator[Client]:
    """A client that is logged on, and rights obtained if there is a password.

    On leaving the meter is sent back to Base state; a line that is dead by then is no error.
    A UserError that passes says that it is about `url`.
    """
    try:
        with closing(open_port(url)) as port, _session(port, user_id, user, password, bauds) as it:
            yield it
    except UserError as error:
        raise error.at(url) from error.__cause__


@contextmanager
def _session(
    port: Port, user_id: int, user: str, password: str | None, bauds: tuple[int, ...]
) -> Iterator[Client]:
    client = Client(port)
    _connect(client)
    try:
        with suppress(ServiceError):  # a meter that does not negotiate is read in small packets
            client.negotiate(bauds=bauds)
        client.logon(user_id, user)
        if password is not None:
            _obtain_rights(client, password)
        yield client
    except (LinkError, PortError):
        raise  # nobody hears a Terminate; the meter times out by itself
    except BaseException:
        _leave(client)
        raise
    _leave(client)


def _obtain_rights(client: Client, password: str) -> None:
    try:
        client.security(password)
    except ServiceError as error:
        if error.code == codes.SNS:
            return  # the meter knows no passwords: what it gives, it gives to everybody
        if error.code in (codes.ERR, codes.ISC):
            raise PasswordRefused(error.code, "Security") from error
        raise


def _connect(client: Client) -> None:
    try:
        client.identify()
    except ServiceError as error:
        if error.code != codes.ISSS:
            raise
        # Somebody left without a word less than six seconds ago.
        client.terminate()
        client.identify()


def _leave(client: Client) -> None:
    with suppress(ReaderError):  # the work is done, and the meter times out by itself
        client.terminate()
