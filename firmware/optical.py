"""The optical port duty: moves bytes between a UART and the C12.18 link."""

from micropython import const

_IDLE_MS = const(500)  # input wakes the duty earlier
_BUSY_MS = const(2)
_CHUNK = const(256)
_TURNAROUND_US = const(200)  # C12.18: at least 175 us after the last byte received


class Optical:
    """One port: `uart` is a machine.UART opened at 9600 8N1 with timeouts of 0.

    mirror  mirror(1) has the LED show pulses, mirror(0) gives it back to the UART; None where
            there are none to show. Pulses are shown while the link is at rest: from the step
            that ends a session to the one that receives the first byte of a packet. Noise
            that cannot be a packet does not take them away; what looks like the beginning of
            one does, until the link drops it half a second later.

    expect  called with the milliseconds until an ACK may come, when a packet is on its way
    """

    def __init__(self, uart, link, sleep_us, mirror=None):
        self.link = link
        self._uart = uart
        self._sleep_us = sleep_us
        self._chunk = bytearray(_CHUNK)
        self._view = memoryview(self._chunk)
        self._baud = link.baud
        self._mirror = mirror
        self._mirrored = mirror is not None  # as boards.pico_meter.pulses begins
        self.expect = _ignore
        if mirror is not None:
            # At once: what is left of the step when a session ends takes several bit times.
            link.on_end = self._ended

    def step(self, now_ms):
        """At most 256 bytes in, and a packet out."""
        link = self.link
        waiting = self._uart.any()
        if waiting:
            self._receive(min(waiting, _CHUNK), now_ms)
        if link.tx_from == link.tx_to:  # an ACK does not wait for the answer
            link.step(now_ms)
        if link.tx_from != link.tx_to:
            self._answer(waiting, now_ms)
        elif link.baud != self._baud and self._uart.txdone():
            self._set_baud()
        wait = link.next_ms(now_ms)
        if (wait < 0) != self._mirrored and self._mirror is not None:
            self._show(wait < 0)
        if link.tx_from != link.tx_to or link.baud != self._baud:
            return min(_BUSY_MS, wait) if wait >= 0 else _BUSY_MS
        if wait < 0:
            # What belongs to no session may have been answered: that is on its way out.
            return _IDLE_MS if self._mirrored or self._mirror is None else _BUSY_MS
        return min(wait, _IDLE_MS)

    def _receive(self, n, now_ms):
        n = self._uart.readinto(self._view[:n])
        if n:
            self.link.feed(self._chunk, n, now_ms)

    def _answer(self, waiting, now_ms):
        if self._mirrored:
            self._show(False)
        if waiting:
            self._sleep_us(_TURNAROUND_US)
        link = self.link
        sent = self._uart.write(memoryview(link.tx)[link.tx_from : link.tx_to])
        if sent:
            link.sent(sent, now_ms)
            left = link.sending_ms(now_ms)
            if left:
                self.expect(left)

    def _set_baud(self):
        self._baud = self.link.baud
        self._uart.init(baudrate=self._baud)
        if self._mirrored:
            self._mirror(1)  # a UART that is set up takes the LED

    def _ended(self):
        if self._uart.txdone():
            self._mirror(1)
            self._mirrored = True

    def _show(self, pulses):
        if not pulses:
            self._mirror(0)
            self._mirrored = False
        elif self.link.tx_from == self.link.tx_to and self._uart.txdone():
            self._mirror(1)
            self._mirrored = True


def _ignore(ms):
    pass
