"""Millisecond ticks that wrap at 2^30, as MicroPython's `time.ticks_ms` counts them.

Written so that no intermediate value leaves MicroPython's small integers (-2^30 to 2^30 - 1).
"""

from micropython import const

_HALF = const(0x20000000)
_MASK = const(0x3FFFFFFF)


def ticks_diff(a, b):
    """Milliseconds from `b` to `a`, right while they are less than 2^29 ms (6 days) apart."""
    return (((a - b) & _MASK) ^ _HALF) - _HALF


def ticks_add(ticks, delta):
    """The tick `delta` ms after `ticks`; 0 <= delta < 2^29."""
    return (ticks - _HALF + delta - _HALF) & _MASK
