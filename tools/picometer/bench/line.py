"""How much of what a line can carry the meter makes use of, reading a long table."""

from dataclasses import dataclass

from picometer.bench.device import Device, script
from picometer.errors import UserError
from picometer.reader.client import Client
from picometer.rp2040.host import Rp2040Host
from picometer.virtual.clock import NS_PER_MS, NS_PER_S
from picometer.virtual.simport import SimPort
from picometer.virtual.uart import Uart
from psem import codes

TABLE = 2000  # which no meter has
START = 0x20000  # of its octets in the FRAM
PACKET = 1024
PACKETS = 32
OCTETS = PACKETS * (PACKET - codes.OVERHEAD) - 4  # whole packets of the largest size

_BITS = 10  # of a character
_PARTS = 8  # of a character, to look at the line
_PROGRAM_S = 90
_SETTLE_S = 1


@dataclass(frozen=True)
class Use:
    """A table read at one rate.

    share     line time of all that had to pass, both ways, as a part of the time it took
    answered  milliseconds from the last bit of the request or ACK to the packet's first bit,
              the longest
    """

    share: float
    answered: float


class Line(SimPort):
    """A port whose client is as quick as the line, and which notes what passed."""

    def __init__(self, host: Rp2040Host, uart: Uart | None = None) -> None:
        super().__init__(host, uart)
        self.delays: list[int] = []
        self.characters = 0

    @property
    def character_ns(self) -> int:
        """Time of a character."""
        return _BITS * NS_PER_S // self.baudrate

    def write(self, data: bytes) -> int:
        """Send; returns when the last byte has arrived."""
        # The emulated UART paces by itself.
        self._uart.feed(bytes(data), paced=False)
        self.characters += len(data)
        self.sent_ns = self._host.board.clock.now_ns + len(data) * self.character_ns
        self.answered_ns = None
        self._host.run_until(self.sent_ns)
        return len(data)

    def read(self, size: int = 1) -> bytes:
        """As SimPort's, but returns at once when the bytes have come."""
        clock = self._host.board.clock
        end = clock.now_ns + round((self.timeout or 0) * NS_PER_S)
        while len(self._received) < size and clock.now_ns < end:
            self._pass(self.character_ns // _PARTS)
        data = bytes(self._received[:size])
        del self._received[:size]
        return data

    def _heard(self, byte: int, when_ns: int) -> None:
        self.characters += 1
        # The ACK of a request is not what the client waits for.
        if self.answered_ns is None and byte == codes.STP:
            self.answered_ns = when_ns - self.character_ns
            self.delays.append(self.answered_ns - self.sent_ns)
        self._received.append(byte)


def start(device: Device) -> bytes:
    """Start the meter, which is at its prompt, with a long table; returns the table's octets."""
    octets = bytes(i * 7 + (i >> 8) & 0xFF for i in range(OCTETS))
    device.board.fram.memory[START : START + OCTETS] = octets
    device.start(f"TABLE = {TABLE}\nSTART = {START}\nOCTETS = {OCTETS}\n" + script("line"))
    device.line(_PROGRAM_S)
    device.run(_SETTLE_S)
    return octets


def use(device: Device, octets: bytes, baud: int, packets: int = PACKETS) -> Use:
    """Read the long table of a meter that `start` has started, `packets` of it."""
    port = Line(device.host)
    client = Client(port)
    client.identify()
    grant = client.negotiate(packet_size=PACKET, bauds=(baud,))
    if (grant.packet_size, grant.baud) != (PACKET, baud):
        raise UserError(f"the meter grants {grant}")
    client.logon()
    count = packets * (PACKET - codes.OVERHEAD) - 4
    port.delays.clear()
    port.characters = 0
    begun = device.board.clock.now_ns
    read = client.read_offset(TABLE, 0, count)
    took = device.board.clock.now_ns - begun
    if read != octets[:count]:
        raise UserError("the meter answers other octets than those of the table")
    share = port.characters * port.character_ns / took
    answered = max(port.delays) / NS_PER_MS
    client.terminate()
    port.close()
    return Use(share, answered)
