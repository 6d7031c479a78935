"""The client's end of the C12.18 link: packets out, packets in, repetitions."""

import time
from collections.abc import Iterator
from typing import Protocol

from picometer.reader.errors import LinkError, NoAnswer, PortError
from psem import codes
from psem.crc import crc16

ACK_S = codes.RESPONSE_MS / 1000
# A meter that took the request answers before the channel traffic time-out, by its own clock. An
# emulated meter's clock may be half as fast as ours on a busy machine.
PACKET_S = 2 * codes.TRAFFIC_MS / 1000
GAP_S = codes.INTER_CHARACTER_MS / 1000
NOISE_LIMIT = 512
"""Bytes skipped in search of an ACK or a packet before the line is called unusable."""
NOISE_S = 20.0
"""Seconds of a search that noise may prolong."""


class Port(Protocol):
    """What the link needs of a pyserial port."""

    timeout: float | None
    baudrate: int

    def read(self, size: int = 1) -> bytes: ...
    def write(self, data: bytes) -> int | None: ...
    def reset_input_buffer(self) -> None: ...
    def close(self) -> None: ...


class Carrier(Protocol):
    """What brings a client's messages to a meter and back; `ClientLink` is one.

    packet_size, packets  what was negotiated; a carrier without packets keeps them for nobody
    """

    packet_size: int
    packets: int

    def exchange(self, message: bytes) -> bytes: ...

    def reset(self) -> None: ...


def packet(data: bytes, toggle: int, control: int = 0, sequence: int = 0) -> bytes:
    """A whole packet around `data`, which must fit."""
    head = bytes([codes.STP, 0, toggle | control, sequence]) + len(data).to_bytes(2, "big")
    body = head + data
    return body + (crc16(body, 0, len(body)) ^ 0xFFFF).to_bytes(2, "little")


def split(message: bytes, packet_size: int) -> list[tuple[bytes, int, int]]:
    """The packets of a message as (data, control bits, sequence number)."""
    room = packet_size - codes.OVERHEAD
    slices = [message[i : i + room] for i in range(0, len(message), room)]
    if len(slices) == 1:
        return [(slices[0], 0, 0)]
    last = len(slices) - 1
    return [
        (data, codes.MULTIPLE | (0 if i else codes.FIRST), last - i)
        for i, data in enumerate(slices)
    ]


class ClientLink:
    """Carries one message there and one back, over a port that times out its reads."""

    def __init__(self, port: Port) -> None:
        self.port = port
        self.reset()

    def reset(self) -> None:
        """The link parameters and toggles of Base state."""
        self.packet_size = codes.BASE_PACKET_SIZE
        self.packets = codes.BASE_PACKETS
        self._toggle = codes.TOGGLE
        self._last: tuple[int, bytes] | None = None  # toggle and CRC of the meter's last packet
        self._frame = b""  # the last packet that was sent: a probe may reflect it
        self._ahead = b""  # bytes that were read and are still to be looked at

    def exchange(self, message: bytes) -> bytes:
        """Send a request and return the response; raise LinkError when either is lost."""
        try:
            self.port.reset_input_buffer()
            self._ahead = b""
            begun = False
            for data, control, sequence in split(message, self.packet_size):
                begun = self._send(data, control, sequence)
            return self._receive(begun)
        except OSError as error:  # pyserial's SerialException is one
            raise PortError(str(error)) from error

    def _read(self, size: int, seconds: float) -> bytes:
        if self._ahead:
            found, self._ahead = self._ahead[:size], self._ahead[size:]
            return found
        if self.port.timeout != seconds:
            self.port.timeout = seconds
        return self.port.read(size)

    def _send(self, data: bytes, control: int, sequence: int) -> bool:
        """Send a packet until it is acknowledged; True if the response has already begun."""
        self._toggle ^= codes.TOGGLE
        self._frame = packet(data, self._toggle, control, sequence)
        heard, echoed = False, False
        for _ in range(1 + codes.RETRIES):
            self.port.write(self._frame)
            answer = self._await_ack()
            if answer == codes.STP and self._is_echo():
                echoed = True
                answer = self._await_ack()
            if answer == codes.STP and self._last is None:
                # The meter has said nothing to us yet: it still answers whoever was here before,
                # and has hardly heard what was sent meanwhile.
                self._read_packet()
                answer = self._await_ack(GAP_S)
            if answer == codes.ACK:
                return False
            if answer == codes.STP and sequence == 0:
                return True  # the ACK was garbled, but nobody answers what was not understood
            heard = heard or answer >= 0
        if heard:
            raise LinkError("the meter does not accept packets: bad line or wrong rate?")
        if echoed:
            raise NoAnswer("nothing but the echo of what was sent: is there a meter on this port?")
        raise NoAnswer("no answer: is there a C12.18 meter on this port?")

    def _is_echo(self) -> bool:
        """Whether the packet whose first byte was read is what was sent, reflected."""
        got = self._frame[:1]
        while len(got) < len(self._frame):
            byte = self._read(1, GAP_S)
            got += byte
            if not byte or got != self._frame[: len(got)]:
                self._ahead += got[1:]
                return False
        return True

    def _await_ack(self, seconds: float = ACK_S) -> int:
        """ACK, NAK or STP as it comes; the last noise, or -1 for silence, if none does."""
        noise = -1
        for byte in self._search(seconds):
            if byte in (codes.ACK, codes.NAK, codes.STP):
                return byte
            noise = byte
        return noise

    def _search(self, seconds: float) -> Iterator[int]:
        """Bytes until `seconds` of silence, or until there have been too many for too long."""
        give_up = time.monotonic() + NOISE_S
        for _ in range(NOISE_LIMIT):
            byte = self._read(1, seconds)
            if not byte:
                return
            yield byte[0]
            if time.monotonic() > give_up:
                return

    def _receive(self, begun: bool) -> bytes:
        """The meter's next message; `begun` when its first byte is read already."""
        message = b""
        errors, echoes = 0, 0
        left: int | None = None  # packets still to come
        while errors <= codes.RETRIES:
            if not begun and not self._find_packet():
                raise NoAnswer("the meter took the request but never answered it")
            begun = False
            frame = self._read_packet()
            if frame == self._frame and echoes <= codes.RETRIES:
                echoes += 1  # of a packet that was sent again, too
                continue
            if frame is None:
                errors += 1
                self.port.reset_input_buffer()
                self.port.write(bytes([codes.NAK]))
                continue
            self.port.write(bytes([codes.ACK]))
            key = (frame[2] & codes.TOGGLE, frame[-2:])
            if key == self._last:
                errors += 1  # the meter missed our ACK
                continue
            self._last = key
            if left is not None and frame[3] >= left:
                raise LinkError("the meter's packets do not count down: an endless answer?")
            left = frame[3]
            message += frame[6:-2]
            if left == 0:
                return message
        raise LinkError("the meter's packets arrive garbled")

    def _find_packet(self) -> bool:
        byte = None
        for byte in self._search(PACKET_S):
            if byte == codes.STP:
                return True
        if byte is None:
            return False
        raise LinkError("nothing but noise on the line")

    def _read_packet(self) -> bytes | None:
        """The packet whose first byte was read; None if it is broken."""
        head = bytes([codes.STP]) + self._read_all(5)
        if len(head) < 6:
            return None
        length = int.from_bytes(head[4:6], "big")
        if length > max(self.packet_size, codes.BASE_PACKET_SIZE) - codes.OVERHEAD:
            return None
        frame = head + self._read_all(length + 2)
        if len(frame) < length + codes.OVERHEAD:
            return None
        crc = crc16(frame, 0, len(frame) - 2) ^ 0xFFFF
        return frame if frame[-2:] == crc.to_bytes(2, "little") else None

    def _read_all(self, size: int) -> bytes:
        """`size` bytes, or fewer if the sender pauses for the inter-character time-out."""
        data = b""
        while len(data) < size:
            more = self._read(1, GAP_S)
            if not more:
                break
            data += more
        return data
