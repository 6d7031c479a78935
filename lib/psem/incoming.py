"""The receiving half of a meter's link: bytes to packets, packets to a request.

A packet counts once its check code is right. Until then nothing that was received before it is
touched, for its header may be garbled, too.
"""

from micropython import const

from psem import codes
from psem.crc import GOOD, crc16

# What a received byte has led to.
NOTHING = 0
IMPOSSIBLE = 1  # a header that no client sends: what follows is searched for another
GARBLED = 2  # a packet with a wrong CRC
DUPLICATE = 3  # the packet that was accepted last, once more; Identification never is one
STRAY = 4  # a good packet that does not belong here: out of sequence, or our own light
ACCEPTED = 5

HEAD = 6  # octets of a packet before its data

_SEVERAL = const(0xC0)  # control bits of a message of several packets
_NO_CRC = const(-1)


class Incoming:
    """Puts requests together in `data`, which holds one of up to `size` octets.

    `max_data` is the most that a packet may carry, which may well be more than a request may have:
    what finds no room is checked all the same, and the request is known to be too long.

    have      octets of a header received; HEAD inside the packet's data, 0 outside a packet
    event     what the bytes taken last have led to
    identity  the one in the header of the packet that came last
    length    octets of the request
    whole     the packet accepted last was the last of its request
    opens     it was an Identification: a client begins, whatever went on before
    too_long  the request did not fit
    """

    def __init__(self, max_data, size):
        self._max_data = max_data
        self._size = size
        self._header = bytearray(HEAD)
        self.data = bytearray(size + 2)  # a packet's CRC comes behind its data
        self._view = memoryview(self.data)
        self.reset()

    def reset(self):
        """Nothing has been received; the next packet has no predecessor."""
        self.event = NOTHING
        self.have = 0
        self.identity = 0
        self.length = 0
        self.whole = False
        self.opens = False
        self.too_long = False
        self._at = 0  # where the data of this packet goes
        self._got = 0  # octets of it and its CRC that have come, of `_due`
        self._due = 0
        self._stored = False
        self._register = 0
        self._tail = 0  # its last two octets
        self._expect = -1  # the sequence number that goes on, -1 for none
        self._last_crc = _NO_CRC
        self._last_toggle = 0

    def drop(self):
        """Forget the packet that has begun."""
        self.have = 0

    def take(self, buf, i, end):
        """Take bytes of buf[i:end] up to the end of a packet or header at the most.

        The first of a packet must be an STP. Returns how far it came; `event` then tells what
        that led to. Makes memoryviews for data, and nothing for a header.
        """
        self.event = NOTHING
        if self.have == HEAD:
            return self._take_data(buf, i, end)
        while i < end:
            self._header[self.have] = buf[i]
            self.have += 1
            i += 1
            if self.have == HEAD:
                self._begin()
                break
        return i

    def _begin(self):
        # Noise must not swallow the packets behind it, so what cannot be a header ends here. The
        # limit is what we can check rather than what was granted: clients do not all keep to it.
        header = self._header
        control = header[2]
        length = header[4] << 8 | header[5]
        if (
            control & _SEVERAL == codes.FIRST
            or (header[3] and not control & codes.MULTIPLE)
            or length > self._max_data
        ):
            self._search()
            self.event = IMPOSSIBLE
            return
        self.identity = header[1]
        self._got = 0
        self._due = length + 2
        self._register = crc16(header, 0, HEAD)
        self._place(length, control & _SEVERAL == codes.MULTIPLE)

    def _search(self):
        # A packet that was broken off in its header may be followed by another at once.
        header = self._header
        self.have = 0
        for i in range(1, HEAD):
            if self.have or header[i] == codes.STP:
                header[self.have] = header[i]
                self.have += 1

    def _place(self, length, goes_on):
        at = self.length
        if length <= self._size < at + length and not goes_on:
            # A new request in place of an unfinished one. Without room for both the unfinished
            # one is given up before the new one is known to be good.
            self.length = 0
            self._expect = -1
            at = 0
        self._at = at
        self._stored = at + length <= self._size

    def _take_data(self, buf, i, end):
        n = min(end - i, self._due - self._got)
        self._register = crc16(buf, i, i + n, self._register)
        if self._stored:
            at = self._at + self._got
            if n == 1:
                self.data[at] = buf[i]
            else:
                self._view[at : at + n] = memoryview(buf)[i : i + n]
        i += n
        self._tail = (buf[i - 2] if n > 1 else self._tail >> 8) | buf[i - 1] << 8
        self._got += n
        if self._got == self._due:
            self.have = 0
            self.event = self._end()
        return i

    def _end(self):
        if self._register != GOOD:
            return GARBLED
        toggle = self._header[2] & codes.TOGGLE
        goes_on = self._header[2] & _SEVERAL == codes.MULTIPLE
        length = self._due - 2
        opens = length == 1 and self.data[self._at] == codes.IDENTIFY and not goes_on
        # A client that begins anew may well send what the one before it sent last.
        if self._tail == self._last_crc and toggle == self._last_toggle and not opens:
            return DUPLICATE
        if goes_on:
            if self._header[3] != self._expect:
                return STRAY
        elif length and self._stored and self.data[self._at] < codes.FIRST_REQUEST:
            return STRAY  # a response: an echo of our own
        self._accept(length, goes_on)
        self.opens = opens
        self._last_crc = self._tail
        self._last_toggle = toggle
        return ACCEPTED

    def _accept(self, length, goes_on):
        if not goes_on:
            if self._at and self._stored:
                self._view[0:length] = self._view[self._at : self._at + length]
            self.length = 0
            self.too_long = False
        if self._stored:
            self.length += length
        else:
            self.too_long = True
        self._expect = self._header[3] - 1
        self.whole = self._header[3] == 0

    def taken(self):
        """The request has been answered: the next begins anew."""
        self.length = 0

    def again(self):
        """Make the duplicate the request once more. Returns whether it is the whole request."""
        if self._header[2] & codes.MULTIPLE:
            return False
        self.length = self._due - 2
        return True
