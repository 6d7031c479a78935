"""`machine.UART` of the rp2 port, over the virtual board's UART model.

Timeouts count in whole milliseconds as on the device: reading from an empty buffer with
timeout 0 returns at the next millisecond, not at once. Read only what `any` reports.
"""

from . import board as _board

_ETIMEDOUT = 110
_DEFAULT_BUFFER, _MIN_BUFFER, _MAX_BUFFER = 256, 32, 32766
_NS_PER_MS = 1_000_000
_POLLIN, _POLLOUT = 1, 4


class UART:
    """A hardware UART."""

    INV_TX, INV_RX = 1, 2
    CTS, RTS = 1, 2
    IRQ_RXIDLE, IRQ_TXIDLE, IRQ_BREAK = 0x40, 0x20, 0x200

    _DEFAULT_WIRES = ((0, 1), (4, 5))  # tx, rx on a Pico

    def __new__(cls, id, *args, **kwargs):
        if id not in (0, 1):
            raise ValueError("UART(%d) doesn't exist" % id)
        kept = _board().mcu
        if ("uart", id) not in kept:
            kept["uart", id] = object.__new__(cls)._attach(id)
        return kept["uart", id]

    def __init__(self, id, *args, **kwargs):
        # A constructor brings the buffers back to their default size; `init` alone does not.
        self._rxbuf = self._txbuf = _DEFAULT_BUFFER
        if args or kwargs or not self._baudrate:
            self.init(*args, **kwargs)

    def _attach(self, id):
        self._id = id
        self._board = _board()
        self._wires = self._DEFAULT_WIRES[id]
        self._uart = self._board.uart(id, self._wires)
        self._baudrate = 0
        self._bits, self._parity, self._stop = 8, None, 1
        self._timeout = self._timeout_char = 0
        return self

    def init(
        self,
        baudrate=-1,
        bits=-1,
        parity=-1,
        stop=-1,
        *,
        tx=None,
        rx=None,
        cts=None,
        rts=None,
        timeout=-1,
        timeout_char=-1,
        invert=-1,
        flow=-1,
        txbuf=-1,
        rxbuf=-1,
    ):
        """Change what is given; received bytes stay, unsent ones are lost."""
        if invert > 0 or flow > 0 or cts is not None or rts is not None:
            raise NotImplementedError("the virtual UART has no inversion and no flow control")
        self._connect(tx, rx)
        self._rxbuf = _buffer_size("rxbuf", rxbuf, self._rxbuf)
        self._txbuf = _buffer_size("txbuf", txbuf, self._txbuf)
        self._baudrate = baudrate if baudrate > 0 else self._baudrate or 115200
        self._bits = bits if bits > 0 else self._bits
        self._stop = stop if stop > 0 else self._stop
        if parity != -1:
            self._parity = None if parity is None else parity & 1
        self._timeout = timeout if timeout >= 0 else self._timeout
        character = timeout_char if timeout_char >= 0 else self._timeout_char
        self._timeout_char = max(character, 13000 // self._baudrate + 1)
        self._uart.configure(
            self._baudrate, self._bits, self._parity, self._stop, self._rxbuf, self._txbuf
        )
        for gpio in self._wires:
            pin = self._board.mcu.get(("pin", gpio))
            if pin is not None:
                pin._take(pin.ALT_UART)  # whatever had it before

    def _connect(self, tx, rx):
        wires = list(self._wires)
        for at, name, pin in ((0, "TX", tx), (1, "RX", rx)):
            if pin is not None:
                gpio = pin if isinstance(pin, int) else pin._gpio
                if gpio & 3 != at or (gpio + 4 & 8) >> 3 != self._id:
                    raise ValueError("bad %s pin" % name)
                wires[at] = gpio
        if tuple(wires) != self._wires:
            self._wires = tuple(wires)
            self._uart = self._board.uart(self._id, self._wires)

    def deinit(self):
        """Off, once the last byte has left."""
        self.flush()
        self._baudrate = 0
        self._uart.shut_down()

    def any(self):
        """Bytes that can be read without waiting."""
        return self._uart.any()

    def read(self, nbytes=-1):
        """Up to `nbytes`, or what comes until the timeout; None when that is nothing."""
        if nbytes is None or nbytes < 0:
            data = bytearray()
            while chunk := self.read(_DEFAULT_BUFFER):
                data += chunk
                if len(chunk) < _DEFAULT_BUFFER:
                    break
            return bytes(data) or None
        buf = bytearray(nbytes)
        count = self._fill(memoryview(buf))
        return bytes(buf[:count]) if count or not nbytes else None

    def readinto(self, buf, nbytes=None):
        """Fill `buf`, or its first `nbytes`; returns how many came, None when none did."""
        view = memoryview(buf).cast("B")
        if nbytes is not None:
            view = view[:nbytes]
        return self._fill(view) or (None if len(view) else 0)

    def readline(self):
        """Up to and including the next newline; None when nothing came."""
        line = bytearray()
        while not line.endswith(b"\n"):
            byte = self.read(1)
            if byte is None:
                break
            line += byte
        return bytes(line) or None

    def _fill(self, view):
        count = self._uart.read_into(view, len(view))
        while count < len(view):
            # The device waits until *more* milliseconds than the timeout have gone by.
            timeout = self._timeout_char if count else self._timeout
            self._board.wait_until(self._after_ms(timeout + 1), self._uart.any)
            came = self._uart.read_into(view[count:], len(view) - count)
            if not came:
                break
            count += came
        return count

    def write(self, buf):
        """Queue `buf`; returns how much of it went before the timeout, None for nothing."""
        data = bytes(memoryview(buf))
        count = self._uart.write(data)
        while count < len(data):
            timeout = self._timeout_char if count else self._timeout
            self._board.wait_until(self._after_ms(timeout + 1), self._uart.tx_room)
            sent = self._uart.write(data[count:])
            if not sent:
                break
            count += sent
        return count or (None if data else 0)

    def txdone(self):
        """Everything has left, the last stop bit included."""
        return self._uart.tx_done()

    def flush(self):
        """Wait for `txdone`; OSError ETIMEDOUT after twice the time that a full buffer takes."""
        limit_ns = (33 + self._txbuf + 1) * 13_000_000_000 * 2 // (self._baudrate or 115200)
        self._board.wait_until(self._board.clock.now_ns + limit_ns, self._uart.tx_done)
        if not self._uart.tx_done():
            raise OSError(_ETIMEDOUT)

    def sendbreak(self):
        """Hold the line low for thirteen bits; the far end's model hears nothing of it."""
        duration_ns = (13_000_000 // self._baudrate + 1) * 1000
        self._board.wait_until(self._board.clock.now_ns + duration_ns)

    def irq(self, handler=None, trigger=0, hard=False):
        """Have `handler(uart)` called when reception pauses (IRQ_RXIDLE)."""
        if trigger & ~(self.IRQ_RXIDLE | self.IRQ_TXIDLE | self.IRQ_BREAK):
            raise ValueError("trigger 0x%04x unsupported" % trigger)
        if trigger & ~self.IRQ_RXIDLE:
            raise NotImplementedError("the virtual UART interrupts for IRQ_RXIDLE only")
        active = handler is not None and trigger & self.IRQ_RXIDLE
        self._uart.on_rx_idle((lambda: handler(self)) if active else None)
        return self

    def _after_ms(self, ms):
        boot_ns = self._board.boot_ns
        elapsed_ms = (self._board.clock.now_ns - boot_ns) // _NS_PER_MS
        return boot_ns + (elapsed_ms + ms) * _NS_PER_MS

    def _poll_events(self, wanted):
        """Which of the `wanted` select events hold now."""
        found = 0
        if wanted & _POLLIN and self._uart.any():
            found = _POLLIN
        if wanted & _POLLOUT and self._uart.tx_room() > 0:
            found |= _POLLOUT
        return found


def _buffer_size(name, wanted, present):
    if wanted <= 0:
        return present
    if wanted > _MAX_BUFFER:
        raise ValueError(name + " too large")
    return max(wanted, _MIN_BUFFER)
