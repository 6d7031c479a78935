"""The verdict on one quick sample: five raw reads around a look at the status."""

from micropython import const

from .errors import FAULT_BUS, FAULT_NOISE, FAULT_RESET, OK

_WSMP = const(1 << 17)
_RESET = const(1 << 20)
_ALWAYS_0 = const(3 << 22)
_MASK = const(0xFFFFFF)
_SLACK = const(64)  # counts between two reads of one counter
_SPAN = const(128)


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
    # What a frame that the chip did not hear reads as must be there twice.
    if (a == _MASK or a == 0) and a != a_again or (b == _MASK or b == 0) and b != b_again:
        return FAULT_NOISE
    return OK
