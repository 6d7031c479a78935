"""The C12.18 data link of a meter: acknowledgements, toggles and timers, without I/O.

The port's duty, in a loop: give what was received to `feed`, write tx[tx_from:tx_to] to the UART
as far as it takes it and report that by `sent`; when there is nothing to write, call `step`.
`next_ms` says how long it may sleep. When the output is drained and `baud` differs from the
UART's, set the UART up anew. `tx` is another buffer after a packet was acknowledged.

Two things only the port can do: leave the line dark for 175 us after a received byte before it
writes, and drop what is received while the UART still sends, for an optical head may hear its own
light. What comes through all the same does no harm: a packet that carries a response instead of a
request is not answered.

Receiving makes a few memoryviews, and so does an answer.
"""

from array import array

from micropython import const

from psem import codes, incoming
from psem.crc import skip
from psem.incoming import Incoming
from psem.outgoing import Outgoing
from psem.session import BASE
from ticks import elapsed, later

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

# Work that `step` does, a piece at a time, so that the ACK leaves before the answer is made.
_NOTHING = const(0)
_ANSWER = const(1)
_GO_ON = const(2)
_PACKET = const(3)

_PAUSE_MS = const(8)  # a step of another duty may come in between

# Refusals that extend the session by nothing: the request belongs to no session, or to none in
# this state. BSY and DNR ask the client to come again. After any other refusal the session lives
# for so long at the least: who goes through tables that are not there is not cut off meanwhile.
_STRANGE = (codes.ERR, codes.SNS, codes.ISSS)
_LATER = (codes.OK, codes.BSY, codes.DNR)
_REFUSED_MS = const(500)


class Link:
    """The meter's end of the optical link.

    `max_packet` is the largest packet granted, in octets (64 to 8192); `buffer_size` is the room
    for a request. An answer may have any length. All times are ticks in ms.
    """

    def __init__(self, session, max_packet=1024, buffer_size=1024):
        if not codes.BASE_PACKET_SIZE <= max_packet <= 8192:
            raise ValueError("max_packet must be 64 to 8192")
        if buffer_size < codes.BASE_PACKET_SIZE:
            raise ValueError("buffer_size must be 64 or more")
        self._session = session
        session.max_packet = max_packet
        self._in = Incoming(max_packet - codes.OVERHEAD, buffer_size)
        self._out = Outgoing(session, max_packet)
        self._byte = bytearray(1)
        self.counters = array("I", [0] * COUNTERS)
        self.on_end = None  # called first thing when a session ends, whatever ends it
        self._traffic_at = 0  # last traffic that counts
        self._allowed_ms = codes.TRAFFIC_MS  # from then on, until the session ends
        self._left_ms = 0  # of that, when the request came
        self._counts = False  # the request was taken: so its answer's way counts, too
        self._byte_at = 0  # last byte of a packet
        self._ack_from = 0  # the wait for an ACK began
        self._drained_at = 0  # the output has left the UART
        self._opened_at = 0  # the packet that is being made was begun
        self._set_base()

    def _set_base(self):
        self._out.reset()
        # tx[0] is an ACK or NAK; the packet on the line stays behind it, ready to be repeated.
        self.tx = self._out.packet
        self.in_session = False
        self.baud = codes.BASE_BAUD
        self.tx_from = 0
        self.tx_to = 0
        self._job = _NOTHING
        self._awaiting = False  # our packet is not acknowledged yet
        self._retries = 0
        self._queued = 1  # tx[1:_queued] is on the line before the packet is whole

    # Input

    def receive(self, byte, now_ms):
        """Take one received byte. It may complete a packet and so make output or work."""
        self._byte[0] = byte
        self.feed(self._byte, 1, now_ms)

    def feed(self, buf, count, now_ms):
        """Take the received bytes buf[:count]."""
        at = 0
        while at < count:
            if self._job or self.tx_from < self.tx_to:
                return  # it is our turn on a half-duplex line: this is our own light, or noise
            if self._in.have == 0:
                # Noise costs no more than finding its end.
                at = skip(buf, at, count, self._awaiting)
                if at == count:
                    return
                if buf[at] != codes.STP:
                    self._answered_by(buf[at], now_ms)
                    at += 1
                    continue
            at = self._in.take(buf, at, count)
            self._byte_at = now_ms
            if self._in.event:
                self._heard(self._in.event, now_ms)

    def _answered_by(self, byte, now_ms):
        if byte == codes.ACK:
            if self._counts:
                self._traffic_at = now_ms
            self._acknowledged(now_ms)
        else:
            self._count(NAKS_RECEIVED)
            self._repeat(1, now_ms)

    def _heard(self, event, now_ms):
        self._ack_from = now_ms
        if event == incoming.IMPOSSIBLE or event == incoming.STRAY:
            self._count(REJECTED)
            return
        if event == incoming.GARBLED:
            self._count(CRC_ERRORS)
            self._refuse(now_ms)
            return
        self._count(RECEIVED)
        if event == incoming.DUPLICATE:
            self._count(DUPLICATES)
            self._answer_again(now_ms)
        else:
            self._accept(now_ms)

    def _answer_again(self, now_ms):
        # The client missed our ACK, or the answer, whatever seemed to acknowledge that.
        self.tx[0] = codes.ACK
        out = self._out
        if not self._in.whole or out.end == 0:
            self._queue(0, 1, now_ms)
        elif not out.begins and self._in.again():
            out.again()
            self._awaiting = False
            self._job = _ANSWER
            self._queue(0, 1, now_ms)
        else:
            if not self._awaiting:
                self._awaiting = True
                self._counts = False
                self._retries = 0
            self._repeat(0, now_ms)

    def _accept(self, now_ms):
        if self._in.opens:
            # Whoever was here before has gone, and with it its rights. The rate is that of the
            # packet until its answer is acknowledged.
            baud = self.baud
            self._forget()
            self.baud = baud
        elif self._awaiting:
            # A client that sends its next request instead of an ACK has the whole response; its
            # rate is still the old one.
            self._session.baud = self.baud
            self._out.drop()
            self._awaiting = False
            if self._session.state == BASE:
                self._end()
        self._left_ms = self._traffic_left(now_ms) if self.in_session else codes.TRAFFIC_MS
        self._traffic_at = now_ms
        self._allowed_ms = codes.TRAFFIC_MS
        self.in_session = True
        if self._in.whole:
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
        ahead = max(0, elapsed(self._drained_at, now_ms))
        self._drained_at = later(now_ms, ahead + n * 10000 // self.baud)
        if self.tx_to > 1:
            self._ack_from = self._drained_at
            if self._retries == 0 and self._counts:
                self._traffic_at = self._drained_at
        self.tx_from += n
        if self.tx_from >= self.tx_to:
            self.tx_from = 0
            self.tx_to = 0

    def _answer(self):
        length = self._in.length
        self._in.taken()
        if self._in.too_long:
            self._answer_code(codes.ONP)
        else:
            self._answered(self._session.handle(self._in.data, 0, length, self._out.answer))

    def _answer_code(self, code):
        self._session.streaming = False
        self._out.answer[0] = code
        self._answered(1)

    def _answered(self, length):
        if length == 0:
            self._job = _GO_ON
            return
        code = codes.OK if self._session.streaming else self._out.answer[0]
        self._counts = code in _LATER
        if self._counts:
            self._allowed_ms = self._session.traffic_ms
        else:
            left = self._left_ms if code in _STRANGE else max(self._left_ms, _REFUSED_MS)
            self._allowed_ms = min(left, codes.TRAFFIC_MS)
        self._out.begin(length, self._in.identity)
        self._job = _PACKET

    def _make(self, now_ms):
        out = self._out
        before = out.made
        if before == 0:
            self._opened_at = now_ms
        result = out.make()
        if result < 0:
            self._answer_code(-result)
        elif self._job and out.end:
            self._send_packet(now_ms)
        elif self._job and (self._queued > 1 or self._keeps_up(before, now_ms)):
            self._send_until(out.made, now_ms)

    def _keeps_up(self, made, now_ms):
        # Whether at the present pace, and with a pause, the packet is made before the line has
        # carried what there is: where a table takes long, its answer need not wait for all of it.
        if made == 0:
            return False
        left = elapsed(now_ms, self._opened_at) * (self._out.full - made) // made
        return left + _PAUSE_MS <= made * 10000 // self.baud

    def _send_packet(self, now_ms):
        """The packet behind the ACK's place is whole."""
        self._send_until(self._out.end, now_ms)
        self._queued = 1
        self._awaiting = True
        self._job = _NOTHING
        self._count(SENT)

    def _send_until(self, end, now_ms):
        if self.tx_from == self.tx_to:
            self.tx_from = self._queued
            if self._queued == 1:
                self._drained_at = now_ms
        # Else something still waits, the ACK perhaps: one run of bytes.
        self.tx_to = end
        self._queued = end
        self._retries = 0

    def _repeat(self, start, now_ms):
        if self._retries == codes.RETRIES:
            self._count(LOST)
            self._to_base()
            return
        self._retries += 1
        self._count(RETRIES)
        self._queue(start, self._out.end, now_ms)

    def _acknowledged(self, now_ms):
        self._awaiting = False
        out = self._out
        if out.more:
            out.advance()
            self.tx = out.packet
            if out.end:
                self._send_packet(now_ms)
            else:
                self._job = _PACKET
            return
        self.baud = self._session.baud
        if self._session.state == BASE:
            self._to_base()

    # Time

    def step(self, now_ms):
        """Let timers fire and do at most one piece of work."""
        if self.in_session and self._traffic_left(now_ms) <= 0:
            self._count(TIMEOUTS)
            self._to_base()
        elif self._job == _ANSWER:
            self._answer()
        elif self._job == _GO_ON:
            self._answered(self._session.go_on(self._out.answer))
        elif self._job == _PACKET:
            self._make(now_ms)
        elif self._in.have:
            if self._byte_left(now_ms) <= 0:
                self._break_off(now_ms)
        elif self._awaiting and self.tx_from == self.tx_to:
            if self._ack_left(now_ms) <= 0:
                self._repeat(1, now_ms)
            elif self._out.work:
                self._make(now_ms)  # the next one, while this one is on the line

    def next_ms(self, now_ms):
        """Milliseconds until `step` has something to do; -1 when only input can change that."""
        if self._job:
            return 0
        if self._in.have:
            left = self._byte_left(now_ms)
        elif self._awaiting and self.tx_from == self.tx_to:
            left = 0 if self._out.work else self._ack_left(now_ms)
        elif self.in_session:
            left = self._traffic_left(now_ms)
        else:
            return -1
        if self.in_session:
            left = min(left, self._traffic_left(now_ms))
        return max(0, left)

    def sending_ms(self, now_ms):
        """How long a packet will be on the line that the UART has as a whole."""
        return max(0, elapsed(self._drained_at, now_ms)) if self._awaiting else 0

    def idle_ms(self, now_ms):
        """How long there has been no traffic in this session that counts."""
        return elapsed(now_ms, self._traffic_at)

    def _traffic_left(self, now_ms):
        return self._allowed_ms - self.idle_ms(now_ms)

    def _byte_left(self, now_ms):
        return codes.INTER_CHARACTER_MS - elapsed(now_ms, self._byte_at)

    def _ack_left(self, now_ms):
        return codes.RESPONSE_MS - elapsed(now_ms, self._ack_from)

    def _break_off(self, now_ms):
        # With a whole header it was a packet, and its sender waits; anything less was noise.
        had = self._in.have
        self._in.drop()
        self._ack_from = now_ms
        if had == incoming.HEAD:
            self._count(INCOMPLETE)
            self._refuse(now_ms)

    def _to_base(self):
        self._end()
        self._in.reset()

    def _end(self):
        if self.on_end is not None:
            self.on_end()
        self._forget()

    def _forget(self):
        self._session.reset()
        self._set_base()

    def _count(self, index):
        self.counters[index] = (self.counters[index] + 1) & _COUNT_MASK
