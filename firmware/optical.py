"""The optical port duty: moves bytes between a UART and the C12.18 link."""

from micropython import const

_IDLE_MS = const(500)  # input wakes the duty earlier
_BUSY_MS = const(2)
_CHUNK = const(64)
_TURNAROUND_US = const(200)  # C12.18: at least 175 us after the last byte received


class Optical:
    """One port: `uart` is a machine.UART opened at 9600 8N1 with timeouts of 0."""

    def __init__(self, uart, link, sleep_us):
        self.link = link
        self._uart = uart
        self._sleep_us = sleep_us
        self._chunk = bytearray(_CHUNK)
        self._view = memoryview(self._chunk)
        self._baud = link.baud

    def step(self, now_ms):
        """At most 64 bytes each way."""
        link = self.link
        uart = self._uart
        waiting = uart.any()
        if waiting:
            self._receive(min(waiting, _CHUNK), now_ms)
        link.step(now_ms)
        if link.tx_from != link.tx_to:
            if waiting:
                self._sleep_us(_TURNAROUND_US)
            self._send(now_ms)
        elif link.baud != self._baud and uart.txdone():
            self._baud = link.baud
            uart.init(baudrate=self._baud)
        if waiting or link.tx_from != link.tx_to or link.baud != self._baud:
            return _BUSY_MS
        wait = link.next_ms(now_ms)
        return _IDLE_MS if wait < 0 or wait > _IDLE_MS else wait

    def _receive(self, n, now_ms):
        n = self._uart.readinto(self._view[:n])
        if n:
            self.link.feed(self._chunk, n, now_ms)

    def _send(self, now_ms):
        link = self.link
        n = min(link.tx_to - link.tx_from, _CHUNK)
        chunk = self._chunk
        chunk[:n] = link.tx[link.tx_from : link.tx_from + n]
        sent = self._uart.write(self._view[:n])
        if sent:
            link.sent(sent, now_ms)
