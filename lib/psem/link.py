"""The C12.18 data link of a meter: packets, acknowledgements, toggles and timers, without I/O.

The port's duty, in a loop: give what was received to `receive` or `feed`, call `step`, write
tx[tx_from:tx_to] to the UART as far as it takes it and report that by `sent`. `next_ms` says how
long it may sleep. When the output is drained and `baud` differs from the UART's, set the UART up
anew.

Two things only the port can do: leave the line dark for 175 us after a received byte before it
writes (a step of the scheduler takes longer), and drop what is received while the UART still
sends, for an optical head may hear its own light. What comes through all the same does no harm:
a packet that carries a response instead of a request is not answered.

Receiving allocates nothing. Building an answer makes a few memoryviews.
"""

from array import array

from micropython import const

from psem import codes
from psem.crc import GOOD, crc16
from psem.session import BASE
from psem.ticks import ticks_add, ticks_diff

# What `Link.counters` counts, by index; each wraps at 2^30.
RECEIVED = 0  # good packets, duplicates included
SENT = 1  # packets, without repetitions
CRC_ERRORS = 2  # packets received with a wrong CRC
INCOMPLETE = 3  # packets broken off by the inter-character time-out
REJECTED = 4  # impossible headers, packets out of sequence, echoes: all passed over silently
DUPLICATES = 5  # packets the client repeated
NAKS_SENT = 6
NAKS_RECEIVED = 7
RETRIES = 8  # packets sent again
LOST = 9  # sessions given up because a packet was never acknowledged
TIMEOUTS = 10  # sessions given up by the channel traffic time-out
COUNTERS = 11

_COUNT_MASK = const(0x3FFFFFFF)
_HEAD = const(6)  # octets of a packet before its data
_RESERVED = const(0x1F)  # control bits that are zero in C12.18
_SEVERAL = const(0xC0)  # control bits of a message of several packets
_NO_CRC = const(-1)

# Work that `step` does, a piece at a time, so that the ACK leaves before the answer is made.
_NOTHING = const(0)
_ANSWER = const(1)
_PACKET = const(2)
_GO_ON = const(3)


class Link:
    """The meter's end of the optical link.

    `max_packet` is the largest packet granted, in octets (64 to 8192); `buffer_size` is the room
    for a request and for a response of several packets, each. All times are ticks in ms.
    """

    def __init__(self, session, max_packet=1024, buffer_size=8192):
        if not codes.BASE_PACKET_SIZE <= max_packet <= min(8192, buffer_size):
            raise ValueError("max_packet must be 64 to 8192 and fit the buffer")
        self._session = session
        session.max_packet = max_packet
        self._max_data = max_packet - codes.OVERHEAD
        self._buffer_size = buffer_size
        self._header = bytearray(_HEAD)
        # Data goes behind what is assembled so far and is kept only if its CRC is right; the extra
        # packet makes sure that there is always room to find out.
        self._request = bytearray(buffer_size + max_packet)
        self._request_view = memoryview(self._request)
        self._response = bytearray(buffer_size)
        self._response_view = memoryview(self._response)
        # tx[0] is an ACK or NAK; the packet last sent stays behind it, ready to be repeated.
        self.tx = bytearray(1 + max_packet)
        self._tx_view = memoryview(self.tx)
        self.counters = array("I", [0] * COUNTERS)
        self.on_end = None  # called first thing when a session ends, whatever ends it
        self._traffic_at = 0  # last valid traffic
        self._byte_at = 0  # last byte of a packet
        self._ack_from = 0  # the wait for an ACK began
        self._drained_at = 0  # the output has left the UART
        self._set_base()

    def _set_base(self):
        self.in_session = False
        self.baud = codes.BASE_BAUD
        self.tx_from = 0
        self.tx_to = 0
        self._have = 0  # octets of the header received, 0 outside a packet
        self._at = 0  # the data of this packet: start, next byte, end with CRC
        self._fill = 0
        self._end = 0
        self._length = 0  # octets assembled of a request of several packets
        self._expect = -1  # the sequence number that goes on, -1 for none
        self._too_long = False
        self._last_crc = _NO_CRC  # of the packet accepted last, to know it again
        self._last_toggle = 0
        self._job = _NOTHING
        self._toggle = codes.TOGGLE  # of our last packet
        self._response_length = 0
        self._sent = 0  # octets of the response that are in packets already
        self._awaiting = False  # our packet is not acknowledged yet
        self._packet_end = 0  # that packet is tx[1:_packet_end]
        self._retries = 0

    # Input

    def feed(self, buf, count, now_ms):
        """Receive buf[:count], fast where it is plain packet data; makes memoryviews there."""
        view = memoryview(buf)
        i = 0
        while i < count:
            # All but the packet's last byte, which has consequences, are only copied.
            run = min(count - i, self._end - self._fill - 1) if self._have == _HEAD else 0
            if run > 0:
                self._request_view[self._fill : self._fill + run] = view[i : i + run]
                self._fill += run
                self._byte_at = now_ms
                i += run
            else:
                self.receive(buf[i], now_ms)
                i += 1

    def receive(self, byte, now_ms):
        """Take one received byte. It may complete a packet and so make output or work."""
        if self._job or self.tx_from < self.tx_to:
            return  # it is our turn on a half-duplex line: this is our own light, or noise
        have = self._have
        if have == _HEAD:
            self._byte_at = now_ms
            self._request[self._fill] = byte
            self._fill += 1
            if self._fill == self._end:
                self._end_packet(now_ms)
        elif have:
            self._byte_at = now_ms
            self._header[have] = byte
            self._have = have + 1
            if have == _HEAD - 1:
                self._end_header(now_ms)
        elif byte == codes.STP:
            self._byte_at = now_ms
            self._header[0] = byte
            self._have = 1
        elif self._awaiting:
            if byte == codes.ACK:
                self._traffic_at = now_ms
                self._acknowledged()
            elif byte == codes.NAK:
                self._count(NAKS_RECEIVED)
                self._repeat(1, now_ms)

    def _end_header(self, now_ms):
        # Noise must not swallow the packets behind it, so what cannot be a header ends here. The
        # limit is what we can hold rather than what was granted: clients do not all keep to it.
        control = self._header[2]
        length = self._header[4] << 8 | self._header[5]
        if (
            control & _RESERVED
            or control & _SEVERAL == codes.FIRST
            or (self._header[3] and not control & codes.MULTIPLE)
            or length > self._max_data
        ):
            self._have = 0
            self._ack_from = now_ms
            self._count(REJECTED)
            return
        self._at = self._fill = self._length
        self._end = self._at + length + 2

    def _end_packet(self, now_ms):
        self._have = 0
        self._ack_from = now_ms
        end = self._end
        register = crc16(self._request, self._at, end, crc16(self._header, 0, _HEAD))
        if register != GOOD:
            self._count(CRC_ERRORS)
            self._refuse(now_ms)
            return
        crc = self._request[end - 2] | self._request[end - 1] << 8
        if crc == self._last_crc and self._header[2] & codes.TOGGLE == self._last_toggle:
            self._traffic_at = now_ms
            self._count(RECEIVED)
            self._count(DUPLICATES)
            self._acknowledge_duplicate(now_ms)
        elif self._in_sequence():
            self._traffic_at = now_ms
            self._count(RECEIVED)
            self._accept(crc, now_ms)
        else:
            self._count(REJECTED)

    def _in_sequence(self):
        control = self._header[2]
        if control & _SEVERAL == codes.MULTIPLE:
            return self._header[3] == self._expect
        # The first byte of a new message: a response is an echo of our own.
        return self._end - self._at == 2 or self._request[self._at] >= codes.FIRST_REQUEST

    def _acknowledge_duplicate(self, now_ms):
        self.tx[0] = codes.ACK
        if self._awaiting:
            # The client missed our ACK, so it has not taken the response behind it either.
            self._repeat(0, now_ms)
        else:
            self._queue(0, 1, now_ms)

    def _accept(self, crc, now_ms):
        control = self._header[2]
        start = self._at
        length = self._end - 2 - start
        if self._awaiting:
            # A client that sends its next request instead of an ACK has the whole response; its
            # rate is still the old one.
            self._session.baud = self.baud
            self._response_length = self._sent
            self._acknowledged()
        if control & _SEVERAL != codes.MULTIPLE:
            if start:  # a new message in place of an unfinished one
                self._request_view[0:length] = self._request_view[start : start + length]
            self._length = 0
            self._too_long = False
        if self._length + length > self._buffer_size:
            self._too_long = True
        else:
            self._length += length
        self.in_session = True
        self._last_crc = crc
        self._last_toggle = control & codes.TOGGLE
        self._expect = self._header[3] - 1
        if self._header[3] == 0:
            self._job = _ANSWER
        self.tx[0] = codes.ACK
        self._queue(0, 1, now_ms)

    def _refuse(self, now_ms):
        self._count(NAKS_SENT)
        self.tx[0] = codes.NAK
        self._queue(0, 1, now_ms)

    # Output

    def _queue(self, start, end, now_ms):
        self._drained_at = now_ms
        self.tx_from = start
        self.tx_to = end

    def sent(self, n, now_ms):
        """Take note that `n` bytes of the output were handed to the UART."""
        # The UART's buffer may hold a second of light: waiting begins when that is out.
        ahead = max(0, ticks_diff(self._drained_at, now_ms))
        self._drained_at = ticks_add(now_ms, ahead + n * 10000 // self.baud)
        if self.tx_to > 1:
            self._ack_from = self._drained_at
            if self._retries == 0:
                self._traffic_at = self._drained_at
        self.tx_from += n
        if self.tx_from >= self.tx_to:
            self.tx_from = 0
            self.tx_to = 0

    def _answer(self):
        length = self._length
        self._length = 0
        if self._too_long:
            self._response[0] = codes.ONP
            self._answered(1)
        else:
            self._answered(self._session.handle(self._request, 0, length, self._response))

    def _answered(self, length):
        if length == 0:
            self._job = _GO_ON
            return
        self._response_length = length
        self._sent = 0
        self._job = _PACKET

    def _send_packet(self, now_ms):
        """Put the next packet of the response behind the ACK's place."""
        tx = self.tx
        left = self._response_length - self._sent
        room = self._session.packet_size - codes.OVERHEAD
        length = min(left, room)
        self._toggle ^= codes.TOGGLE
        control = self._toggle
        if self._response_length > room:
            control |= codes.MULTIPLE
            if self._sent == 0:
                control |= codes.FIRST
        tx[1] = codes.STP
        tx[2] = self._header[1]  # the identity the client called us by
        tx[3] = control
        tx[4] = (left - 1) // room
        tx[5] = length >> 8
        tx[6] = length & 0xFF
        end = 7 + length
        self._tx_view[7:end] = self._response_view[self._sent : self._sent + length]
        crc = crc16(tx, 1, end) ^ 0xFFFF
        tx[end] = crc & 0xFF
        tx[end + 1] = crc >> 8
        self._sent += length
        self._packet_end = end + 2
        self._retries = 0
        self._awaiting = True
        self._job = _NOTHING
        self._count(SENT)
        if self.tx_from < self.tx_to:  # the ACK still waits: one run of bytes
            self.tx_to = self._packet_end
        else:
            self._queue(1, self._packet_end, now_ms)

    def _repeat(self, start, now_ms):
        if self._retries == codes.RETRIES:
            self._count(LOST)
            self._to_base()
            return
        self._retries += 1
        self._count(RETRIES)
        self._queue(start, self._packet_end, now_ms)

    def _acknowledged(self):
        self._awaiting = False
        if self._sent < self._response_length:
            self._job = _PACKET
            return
        self.baud = self._session.baud
        if self._session.state == BASE:
            self._to_base()

    # Time

    def step(self, now_ms):
        """Let timers fire and do at most one piece of work. Call it after each `receive`."""
        if self.in_session and self._traffic_left(now_ms) <= 0:
            self._count(TIMEOUTS)
            self._to_base()
        elif self._job == _ANSWER:
            self._answer()
        elif self._job == _GO_ON:
            self._answered(self._session.go_on(self._response))
        elif self._job == _PACKET:
            self._send_packet(now_ms)
        elif self._have:
            if self._byte_left(now_ms) <= 0:
                self._break_off(now_ms)
        elif self._awaiting and self.tx_from == self.tx_to and self._ack_left(now_ms) <= 0:
            self._repeat(1, now_ms)

    def next_ms(self, now_ms):
        """Milliseconds until `step` has something to do; -1 when only input can change that."""
        if self._job:
            return 0
        if self._have:
            left = self._byte_left(now_ms)
        elif self._awaiting and self.tx_from == self.tx_to:
            left = self._ack_left(now_ms)
        elif self.in_session:
            left = self._traffic_left(now_ms)
        else:
            return -1
        if self.in_session:
            left = min(left, self._traffic_left(now_ms))
        return max(0, left)

    def _traffic_left(self, now_ms):
        return self._session.traffic_ms - ticks_diff(now_ms, self._traffic_at)

    def _byte_left(self, now_ms):
        return codes.INTER_CHARACTER_MS - ticks_diff(now_ms, self._byte_at)

    def _ack_left(self, now_ms):
        return codes.RESPONSE_MS - ticks_diff(now_ms, self._ack_from)

    def _break_off(self, now_ms):
        # With a whole header it was a packet, and its sender waits; anything less was noise.
        had = self._have
        self._have = 0
        self._ack_from = now_ms
        if had == _HEAD:
            self._count(INCOMPLETE)
            self._refuse(now_ms)

    def _to_base(self):
        if self.on_end is not None:
            self.on_end()
        self._session.reset()
        self._set_base()

    def _count(self, index):
        self.counters[index] = (self.counters[index] + 1) & _COUNT_MASK
