"""A UART and its far end: one client at a time, and nobody goes on with another's session."""

from collections.abc import Callable, Sequence

from psem import codes
from psem.crc import GOOD, crc16

from .clock import NS_PER_MS, NS_PER_S, SimClock
from .ports import Port
from .uart import Uart

_IDENTIFICATION = bytes((0, 0, 1, codes.IDENTIFY))  # sequence number, length, data
_HEAD = 3  # octets of a packet before that
_WHOLE = codes.OVERHEAD + 1
_TERMINATE = bytes.fromhex("ee0000000001219a01")
_TERMINATED = bytes((0, 0, 1, codes.OK))
_AGAIN_NS = 700 * NS_PER_MS  # longer than the meter waits for the rest of a broken packet
_GIVE_UP_NS = 7 * NS_PER_S


class HangUp:
    """Ends whatever session there is at a UART: Terminate, until the meter says that it has.

    A meter that says nothing for seven seconds has no session, or nobody could use it.

    done  called when it is over
    """

    def __init__(self, uart: Uart, clock: SimClock, paced: bool, done: Callable[[], None]) -> None:
        self._uart = uart
        self._clock = clock
        self._paced = paced
        self._done = done
        self._heard = bytearray()
        self._until_ns = clock.now_ns + _GIVE_UP_NS
        self._ask()

    def heard(self, byte: int) -> None:
        """The meter has sent a byte."""
        self._heard.append(byte)
        answer = self._heard[-_WHOLE:]
        if answer[_HEAD:-2] == _TERMINATED and crc16(answer, 0, len(answer)) == GOOD:
            self._uart.feed(bytes((codes.ACK,)), paced=self._paced)
            self._end()

    def _ask(self) -> None:
        if self._clock.now_ns >= self._until_ns:
            self._done()
            return
        self._next = self._clock.call_at(self._clock.now_ns + _AGAIN_NS, self._ask)
        self._uart.feed(_TERMINATE, paced=self._paced)

    def _end(self) -> None:
        self._clock.cancel(self._next)
        self._done()


class Line:
    """A UART and the ports at its far end.

    The first client that comes, at whichever port, has the line until it goes. The next one
    meets the meter as at a real port: with the session before still open if it was not ended.
    If it begins with Identification, the meter ends that by itself. If it does not, it would go
    on with the rights of whoever was there before: the session is ended first. Nobody hears what
    the meter says to somebody else.

    owner  the port whose client has the line, None if there is no client
    """

    def __init__(self, uart: Uart, ports: Sequence[Port]) -> None:
        self.uart = uart
        self.ports = ports
        self.owner: Port | None = None
        self._looks = [port.look for port in ports if hasattr(port, "look")]
        self._used = False  # by any client so far
        self._shut = False  # to the client: it has not begun a session of its own
        self._first = bytearray()  # what it has sent meanwhile
        self._hang_up: HangUp | None = None
        self._outgoing = bytearray()
        for port in ports:
            port.line = self

    def attach(self, clock: SimClock, paced: bool, heard: Callable[[], None]) -> None:
        """Listen to the UART, whose time is `clock`'s; `heard()` for every byte that it sends."""

        def sent(byte: int, when_ns: int) -> None:
            heard()
            if self._hang_up is not None:
                self._hang_up.heard(byte)
            elif self.owner is not None and not self._shut:
                self._outgoing.append(byte)

        self._clock = clock
        self._paced = paced
        self.uart.tx_paced = paced
        self.uart.on_byte(sent)

    def look(self) -> None:
        """See which clients are there."""
        for look in self._looks:
            look()

    def flush(self) -> None:
        """Pass on what the UART has sent."""
        if self._outgoing:
            if self.owner is not None:
                self.owner.write(bytes(self._outgoing))
            self._outgoing.clear()

    def take(self, port: Port, data: bytes) -> None:
        """Pass on what the client of `port` has sent, if the line is its."""
        self.came(port)
        if self.owner is not port:
            return
        if self._shut:
            self._first += data
            self._let_in()
        else:
            self._used = True
            self.uart.feed(data, paced=self._paced)

    # Clients

    def is_free_for(self, port: Port) -> bool:
        """Whether a client at `port` could have the line."""
        return self.owner in (None, port)

    def came(self, port: Port) -> None:
        """There is a client at `port`."""
        if self.owner is None:
            self.owner = port
            self._shut = self._used
            self._first.clear()
            self._outgoing.clear()

    def gone(self, port: Port) -> None:
        """The client of `port` has gone."""
        if self.owner is port:
            self.owner = None

    def _let_in(self) -> None:
        first = self._first
        if self._hang_up is not None:
            return
        while first and first[0] != codes.STP:
            del first[0]
        begins = first[_HEAD:].startswith(_IDENTIFICATION)
        if len(first) < _WHOLE and (begins or _IDENTIFICATION.startswith(first[_HEAD:])):
            return  # it may become one
        if begins and crc16(first, 0, _WHOLE) == GOOD:
            self._open()
        else:
            self._hang_up = HangUp(self.uart, self._clock, self._paced, self._ended)

    def _ended(self) -> None:
        self._hang_up = None
        self._open()

    def _open(self) -> None:
        self._shut = False
        self.uart.feed(bytes(self._first), paced=self._paced)
        self._first.clear()
