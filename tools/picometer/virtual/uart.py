"""A UART and its far end, byte by byte on simulated time."""

from collections import deque
from collections.abc import Callable

from .clock import NS_PER_S, SimClock

FIFO_SIZE = 32  # bytes the RP2040's UART holds in each direction before its ring buffer
_IDLE_BITS = 32  # silence after which the RP2040's receive timeout fires


class Uart:
    """Both directions of one UART.

    baud        the firmware's rate; 0 while it has not configured the UART
    far_baud    the far end's rate; None follows the firmware's. Different rates garble
    tx_paced    transmitted bytes take their time; False delivers them at once
    connected   the transmitter has its pin; bytes that end while it has not are lost
    overruns    received bytes that found the buffer full and were dropped
    """

    def __init__(self, clock: SimClock) -> None:
        self.baud = 0
        self.far_baud: int | None = None
        self.tx_paced = True
        self.connected = True
        self.overruns = 0
        self._clock = clock
        self._bits = 10  # per character, start and stop bits included
        self._rx_room = 0
        self._tx_room = 0
        self._received = bytearray()
        self._line: deque[tuple[int, bool]] = deque()
        self._arrival: list | None = None
        self._sending: deque[int] = deque()
        self._departure: list | None = None
        self._listener: Callable[[int, int], None] | None = None
        self._idle_listener: Callable[[], None] | None = None
        self._idle_event: list | None = None

    # Firmware side

    def configure(
        self,
        baudrate: int,
        bits: int = 8,
        parity: int | None = None,
        stop: int = 1,
        rxbuf: int = 256,
        txbuf: int = 256,
    ) -> None:
        """Set rate, frame and buffer sizes. Received bytes stay; unsent ones are lost.

        (The RP2040 loses its FIFO's share of them; a driver that cares drains first.)
        """
        self.baud = baudrate
        self._bits = 1 + bits + (parity is not None) + stop
        self._rx_room = rxbuf + FIFO_SIZE
        self._tx_room = txbuf + FIFO_SIZE
        self._stop_sending()
        self._serve_line()

    def shut_down(self) -> None:
        """Off or reset: nothing configured, everything on the way lost."""
        self.baud = 0
        self.connected = True
        self._stop_sending()
        self._received.clear()
        self._line.clear()
        self._cancel(self._arrival)
        self._cancel(self._idle_event)
        self._arrival = self._idle_event = None
        self._idle_listener = None

    def any(self) -> int:
        """Received bytes that wait to be read."""
        return len(self._received)

    def read_into(self, buf, n: int) -> int:
        """Move up to `n` received bytes to the start of `buf`; returns how many."""
        n = min(n, len(self._received))
        buf[:n] = self._received[:n]
        del self._received[:n]
        if self._line and self._arrival is None:
            self._serve_line()
        return n

    def write(self, data: bytes) -> int:
        """Queue what there is room for; returns how many bytes that was."""
        taken = data[: self.tx_room()]
        if not self.tx_paced:
            for byte in taken:
                self._deliver(byte)
        elif taken:
            self._sending.extend(taken)
            if self._departure is None:
                self._send_next()
        return len(taken)

    def tx_room(self) -> int:
        """Bytes that `write` would take now."""
        return self._tx_room - len(self._sending)

    def tx_done(self) -> bool:
        """Every byte has left, the last stop bit included."""
        return not self._sending

    def on_rx_idle(self, callback: Callable[[], None] | None) -> None:
        """Have `callback()` called when reception pauses for 32 bit times."""
        self._idle_listener = callback

    # Far end

    def feed(self, data: bytes, paced: bool = True) -> None:
        """Send `data` to the firmware, one byte per character time, or at once.

        Unpaced bytes wait for room in the receive buffer, paced ones overrun it.
        A UART that is not configured hears nothing.
        """
        if self.baud:
            self._line.extend((byte, paced) for byte in data)
            if self._arrival is None:
                self._serve_line()

    def feed_pending(self) -> int:
        """Bytes of `feed` that the firmware's buffer has not received yet."""
        return len(self._line)

    def on_byte(self, callback: Callable[[int, int], None] | None) -> None:
        """Have `callback(byte, time_ns)` called as each transmitted byte has left."""
        self._listener = callback

    # The line towards the firmware

    def _serve_line(self) -> None:
        """Receive unpaced bytes while there is room, or wait for a paced one to arrive."""
        while self._line and self._arrival is None:
            byte, paced = self._line[0]
            if paced:
                when = self._clock.now_ns + self._character_ns(self.far_baud or self.baud)
                self._arrival = self._clock.call_at(when, self._arrived)
            elif len(self._received) < self._rx_room:
                self._line.popleft()
                self._receive(byte)
            else:
                return

    def _arrived(self) -> None:
        self._arrival = None
        self._receive(self._line.popleft()[0])
        self._serve_line()

    def _receive(self, byte: int) -> None:
        heard = _sampled(byte, self.far_baud or self.baud, self.baud)
        if heard is None:
            return
        if len(self._received) < self._rx_room:
            self._received.append(heard)
        else:
            self.overruns += 1
        if self._idle_listener is not None:
            self._cancel(self._idle_event)
            when = self._clock.now_ns + _IDLE_BITS * NS_PER_S // self.baud
            self._idle_event = self._clock.call_at(when, self._idle_listener)

    # The line from the firmware

    def _send_next(self) -> None:
        when = self._clock.now_ns + self._character_ns(self.baud)
        self._departure = self._clock.call_at(when, self._departed)

    def _departed(self) -> None:
        self._departure = None
        byte = self._sending.popleft()
        if self._sending:
            self._send_next()
        self._deliver(byte)

    def _deliver(self, byte: int) -> None:
        heard = _sampled(byte, self.baud, self.far_baud or self.baud)
        if heard is not None and self.connected and self._listener is not None:
            self._listener(heard, self._clock.now_ns)

    def _stop_sending(self) -> None:
        self._sending.clear()
        self._cancel(self._departure)
        self._departure = None

    def _character_ns(self, baud: int) -> int:
        return -(-self._bits * NS_PER_S // baud)

    def _cancel(self, event: list | None) -> None:
        if event is not None:
            self._clock.cancel(event)


def _sampled(byte: int, sent_baud: int, sampled_baud: int) -> int | None:
    """What a receiver at another rate makes of `byte`: each of its bits sampled mid-cell.

    None when not even the start bit is seen.
    """
    if sent_baud == sampled_baud:
        return byte
    levels = byte << 1  # start bit, data from the least significant bit, then stop and idle
    levels |= ~0x1FF
    if levels >> sent_baud // (2 * sampled_baud) & 1:
        return None
    heard = 0
    for bit in range(8):
        cell = (2 * bit + 3) * sent_baud // (2 * sampled_baud)
        heard |= (levels >> cell & 1) << bit
    return heard
