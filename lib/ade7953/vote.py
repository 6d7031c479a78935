"""Tells which reads to believe: judges a quick sample, and takes a vote through bit errors.

With one bit in a hundred wrong, four reads in ten come whole over the wire. Four reads that
agree out of sixteen are then found nearly always, and four wrong ones that agree nearly never.
"""

from array import array

from micropython import const

from . import registers as reg
from .codec import sign24
from .errors import FAULT_BUS, FAULT_NOISE, FAULT_RESET, OK

_READS = const(16)
_OTHERS = const(3)  # earlier reads that a read must agree with
# One frame in five that the chip does not hear reads as an idle bus: all ones, or zero.
_OTHERS_IDLE = const(11)
_FLAGS = const(0xD20000)  # of IRQSTATA: always 0, reset, new sample
_ALWAYS_0 = const(3 << 22)
_RESET = const(1 << 20)
_WSMP = const(1 << 17)
_MASK = const(0xFFFFFF)
_SLACK = const(64)  # counts between two quick reads of one counter
_SPAN = const(128)
_LONGEST_SLACK = const(160)  # counts between reads that agree, at full scale
UNDECIDED = const(-1)


def judge(a, b, status, a_again, b_again):
    """The verdict on five raw reads: OK or a fault code. Pure arithmetic on 24-bit numbers."""
    if status & _ALWAYS_0:
        return FAULT_BUS
    if status & _RESET:
        return FAULT_RESET
    if not status & _WSMP:
        return FAULT_BUS
    if (a_again - a + _SLACK) & _MASK > _SPAN or (b_again - b + _SLACK) & _MASK > _SPAN:
        return FAULT_NOISE
    # A frame that the chip did not hear reads as all ones or zero: those must come twice.
    if (a == _MASK or a == 0) and a != a_again or (b == _MASK or b == 0) and b != b_again:
        return FAULT_NOISE
    return OK


class Vote:
    """Reads registers of 24 bits over `transport` until four reads agree. Allocates nothing.

    unanimous  whether no read has disagreed since the caller set this
    """

    def __init__(self, transport):
        self.unanimous = True
        self._read24 = transport.read24
        self._status_frame = transport.frame(reg.IRQSTATA)
        self._seen = array("I", bytes(4 * _READS))

    def status(self):
        """The flags of IRQSTATA that say whether the chip lives and has reset, or UNDECIDED.

        Raises BusError over I2C.
        """
        seen = self._seen
        for i in range(_READS):
            seen[i] = self._read24(self._status_frame) & _FLAGS
            if self._others(i, 0) >= _OTHERS:
                return seen[i]
        return UNDECIDED

    def counter(self, frame, before):
        """The counter that `frame` reads, or UNDECIDED. It runs on while it is read.

        before  its value 0.1 s or so ago: what moved since tells how far reads may differ. A
                quarter of it, for the load may have begun just now; never so much that a wrong
                read could be billed in the other direction

        Raises BusError over I2C.
        """
        seen = self._seen
        for i in range(_READS):
            value = seen[i] = self._read24(frame)
            slack = min(abs(sign24((value - before) & _MASK)) >> 2, _LONGEST_SLACK)
            idle = (value + 1 + slack) & _MASK <= 1 + 2 * slack  # frames not heard agree with it
            if self._others(i, slack) >= (_OTHERS_IDLE if idle else _OTHERS):
                return value
        return UNDECIDED

    def _others(self, i, slack):
        # How many of the reads before the i-th are within `slack` of it.
        seen = self._seen
        others = 0
        for j in range(i):
            if (seen[i] - seen[j] + slack) & _MASK <= 2 * slack:
                others += 1
        if others < i:
            self.unanimous = False
        return others
