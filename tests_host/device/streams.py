"""Clients that read without a pause, each a state machine of its own, for several at once."""

import random

from picometer.bench.line import TABLE, Line
from picometer.reader.client import Client
from picometer.reader.link import packet
from picometer.virtual.clock import NS_PER_MS, NS_PER_S
from psem import codes
from psem.crc import GOOD, checksum, crc16

_SLICE_NS = 50_000


class Stream:
    """Reads the long table of picometer.bench.line over and over.

    delays        nanoseconds from the last bit of each request or ACK to the first of the packet
                  that answers it
    gap           the longest pause inside a packet, in nanoseconds
    octets_heard  bytes that the meter has sent
    reads         answers that were whole and right
    """

    def __init__(self, host, uart, baud, expected, password=None, table=TABLE):
        port = Line(host, uart)
        client = Client(port)
        client.identify()
        client.negotiate(bauds=(baud,))
        client.logon()
        if password is not None:
            client.security(password)
        self.delays = []
        self.gap = 0
        self.octets_heard = 0
        self.reads = 0
        self._clock = host.board.clock
        self._uart = uart
        self._character_ns = port.character_ns
        self._expected = expected
        self._toggle = client._link._toggle
        self._port = port
        self._table = table
        self._frame = bytearray()
        self._message = b""
        self._stopping = False
        self.running = True
        uart.on_byte(self._heard)
        self._ask()

    def stop(self):
        """Ask for no more after the present answer."""
        self._stopping = True

    def close(self):
        """Take the probe away; the meter's time-out ends the session."""
        self._port.close()

    def _send(self, data):
        self._uart.feed(data, paced=False)
        self._sent_ns = self._clock.now_ns + len(data) * self._character_ns
        self._last_ns = 0

    def _ask(self):
        self._toggle ^= codes.TOGGLE
        if self._expected is None:
            request = bytes([codes.READ]) + self._table.to_bytes(2, "big")
        else:
            request = bytes([codes.READ_OFFSET]) + self._table.to_bytes(2, "big") + bytes(3)
            request += len(self._expected).to_bytes(2, "big")
        self._send(packet(request, self._toggle))

    def _heard(self, byte, when_ns):
        self.octets_heard += 1
        frame = self._frame
        if not frame and byte != codes.STP:
            assert byte == codes.ACK
            return
        if not frame:
            self.delays.append(when_ns - self._character_ns - self._sent_ns)
        else:
            self.gap = max(self.gap, when_ns - self._last_ns - self._character_ns)
        self._last_ns = when_ns
        frame.append(byte)
        if len(frame) > 6 and len(frame) == int.from_bytes(frame[4:6], "big") + codes.OVERHEAD:
            self._packet()

    def _packet(self):
        frame, self._frame = self._frame, bytearray()
        assert crc16(frame, 0, len(frame)) == GOOD
        self._message += frame[6:-2]
        self._send(bytes([codes.ACK]))
        if frame[3] == 0:
            self._answered()

    def _answered(self):
        message, self._message = self._message, b""
        assert message[0] == codes.OK, message
        assert checksum(message, 3, len(message) - 1) == message[-1]
        assert self._expected is None or message[3:-1] == self._expected
        self.reads += 1
        if self._stopping:
            self.running = False
        else:
            self._ask()


class Babble:
    """Random bytes into a UART at its full rate."""

    def __init__(self, uart, seed):
        self.poured = 0
        self._uart = uart
        self._draw = random.Random(seed)

    def pour(self, ns):
        """What the line carries in `ns`."""
        octets = self._draw.randbytes(1 + ns * self._uart.baud // (10 * NS_PER_S))
        self._uart.feed(octets, paced=False)
        self.poured += len(octets)


def run(host, seconds, babble=None):
    """Let time pass in small slices, so that the clients are quick."""
    clock = host.board.clock
    end = clock.now_ns + round(seconds * NS_PER_S)
    due = clock.now_ns
    while clock.now_ns < end:
        if babble is not None and clock.now_ns >= due:
            babble.pour(NS_PER_MS)
            due += NS_PER_MS
        host.run_until(clock.now_ns + _SLICE_NS)


def finish(host, streams):
    """Let every answer that has begun come to its end."""
    for stream in streams:
        stream.stop()
    while any(stream.running for stream in streams):
        run(host, 0.01)
    for stream in streams:
        stream.close()
