"""A serial port into a virtual meter of the same process, on simulated time.

It looks like pyserial's Serial to a client; reading lets simulated time pass, so a session
takes no real time and is the same on every run.
"""

from .clock import NS_PER_S
from .host import Host
from .uart import Uart

_SLICE_NS = NS_PER_S // 1000
_BITS = 10  # of a character, start and stop bits included


class SimPort:
    """The optical probe on `host`'s meter, or a wire to another UART, as the module slot's.

    Bytes take their time on the line both ways.

    sent_ns      when the last byte written has arrived at the meter
    answered_ns  when the first byte after that began to leave the meter, or None
    """

    def __init__(self, host: Host, uart: Uart | None = None) -> None:
        self.timeout: float | None = 1.0
        self.sent_ns = 0
        self.answered_ns: int | None = None
        self._host = host
        self._uart = host.board.optical if uart is None else uart
        self._received = bytearray()
        self._uart.on_byte(self._heard)

    @property
    def baudrate(self) -> int:
        """The rate of this end."""
        return self._uart.far_baud or self._uart.baud

    @baudrate.setter
    def baudrate(self, baud: int) -> None:
        self._uart.far_baud = baud

    def write(self, data: bytes) -> int:
        """Send; returns when the last byte has arrived."""
        character_ns = -(-_BITS * NS_PER_S // self.baudrate)
        self._uart.feed(bytes(data))
        self.sent_ns = self._host.board.clock.now_ns + len(data) * character_ns
        self.answered_ns = None
        self._host.run_until(self.sent_ns)
        return len(data)

    def read(self, size: int = 1) -> bytes:
        """Up to `size` bytes, fewer when the timeout passes first."""
        clock = self._host.board.clock
        end = clock.now_ns + round((self.timeout or 0) * NS_PER_S)
        while len(self._received) < size and clock.now_ns < end:
            self._pass(min(_SLICE_NS, end - clock.now_ns))
        data = bytes(self._received[:size])
        del self._received[:size]
        return data

    def reset_input_buffer(self) -> None:
        """Forget what has come."""
        self._received.clear()

    def close(self) -> None:
        """Take the probe away."""
        self._uart.on_byte(None)
        self._uart.far_baud = None

    def _pass(self, ns: int) -> None:
        self._host.run_until(self._host.board.clock.now_ns + ns)

    def _heard(self, byte: int, when_ns: int) -> None:
        if self.answered_ns is None:
            self.answered_ns = when_ns - _BITS * NS_PER_S // self._uart.baud
        self._received.append(byte)
