"""The sending half of a meter's link: an answer to packets.

There are two packets: the one on the line, which is kept until it is acknowledged, and the one
after it, which is made meanwhile. A short answer is in `answer` as a whole; of a long one each
packet is filled by the session when its turn comes.
"""

from psem import codes
from psem.crc import crc16
from psem.incoming import HEAD

CAPTURED = 512  # octets of table data that are taken all at once

_DATA = 1 + HEAD  # where a packet's data begins: packet[0] is for an ACK or NAK


class Outgoing:
    """Makes packets of up to `max_packet` octets.

    answer  where the session puts a short answer
    packet  the packet on the line, packet[1:end]; `end` is 0 while it is not whole
    made    where the packet that is being made ends so far; 0 when none is
    full    where its data will end
    ahead   that is the next one: the one before it is whole
    """

    def __init__(self, session, max_packet):
        self._session = session
        self.answer = bytearray(CAPTURED + 4)
        self._answer_view = memoryview(self.answer)
        self.packet = bytearray(1 + max_packet)
        self._next = bytearray(1 + max_packet)
        self.reset()

    def reset(self):
        """No answer, and no packet before."""
        self._toggle = codes.TOGGLE
        self._begun = codes.TOGGLE  # what it was before the answer
        self._identity = 0
        self.drop()

    def drop(self):
        """Nothing remains to be sent of the answer."""
        self.end = 0
        self.ahead = False
        self.made = 0
        self.full = 0
        self._next_end = 0
        self._left = 0  # octets of the answer that are in no packet yet

    def begin(self, length, identity):
        """An answer of `length` octets, to a client that calls the meter by `identity`."""
        self.drop()
        self._begun = self._toggle
        self._length = length
        self._left = length
        self._identity = identity

    @property
    def work(self):
        """There is something to make, and room for it."""
        return (self._left > 0 or self.made > 0) and self._next_end == 0

    @property
    def more(self):
        """Something follows the packet on the line."""
        return self._left > 0 or self.made > 0 or self._next_end > 0

    def advance(self):
        """The packet on the line is acknowledged: the next takes its place, whole or not."""
        packet = self.packet
        self.packet = self._next
        self._next = packet
        self.end = self._next_end
        self._next_end = 0
        self.ahead = self.end > 0

    @property
    def begins(self):
        """The packet on the line is all of its answer, or the first of it."""
        return self.packet[3] & codes.MULTIPLE == 0 or self.packet[3] & codes.FIRST != 0

    def again(self):
        """The same answer will be made anew, its toggles as they were."""
        self.drop()
        self._toggle = self._begun

    def make(self):
        """A piece of the next packet. A negative response code when there is no answer after all:
        the session says so only before it has given anything.
        """
        packet = self._next if self.ahead else self.packet
        if self.made == 0:
            self._open(packet)
        count = self._put(packet, self.made, self.full - self.made)
        if count < 0:
            self._toggle ^= codes.TOGGLE  # the packet has not been made
            return count
        self.made += count
        if self.made == self.full:
            self._close(packet)
        return 0

    def _open(self, packet):
        room = self._session.packet_size - codes.OVERHEAD
        length = min(self._left, room)
        self._toggle ^= codes.TOGGLE
        control = self._toggle
        if self._length > room:
            control |= codes.MULTIPLE
            if self._left == self._length:
                control |= codes.FIRST
        packet[1] = codes.STP
        packet[2] = self._identity
        packet[3] = control
        packet[4] = (self._left - 1) // room
        packet[5] = length >> 8
        packet[6] = length & 0xFF
        self.made = _DATA
        self.full = _DATA + length

    def _put(self, packet, at, count):
        if self._session.streaming:
            count = self._session.fill(packet, at, count)
        else:
            done = self._length - self._left
            packet[at : at + count] = self._answer_view[done : done + count]
        if count > 0:
            self._left -= count
        return count

    def _close(self, packet):
        end = self.full
        crc = crc16(packet, 1, end) ^ 0xFFFF
        packet[end] = crc & 0xFF
        packet[end + 1] = crc >> 8
        self.made = 0
        if self.ahead:
            self._next_end = end + 2
        else:
            self.end = end + 2
            self.ahead = True
