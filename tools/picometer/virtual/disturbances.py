"""What can happen on an FRAM's bus while it is read: for `Fram.disturb`."""

import random
from collections.abc import Callable


class Flips:
    """Single bits arrive wrong: each read of an exchange with probability `share`.

    count  reads that were disturbed
    """

    def __init__(self, draw: random.Random, share: float) -> None:
        self.count = 0
        self._draw = draw
        self._share = share

    def __call__(self, octets: bytes, address: int | None) -> bytes:
        if self._draw.random() >= self._share:
            return octets
        self.count += 1
        arrived = bytearray(octets)
        bit = self._draw.randrange(8 * len(arrived))
        arrived[bit // 8] ^= 1 << bit % 8
        return bytes(arrived)


class Constant:
    """The line stays at one level for a number of exchanges that read.

    octet  what arrives, 0x00 or 0xFF
    after  exchanges that are right before
    count  exchanges that are not; None for all that follow
    until  called with no arguments before each: once it is true, everything is right
    """

    def __init__(
        self,
        octet: int,
        after: int = 0,
        count: int | None = None,
        until: Callable[[], bool] = lambda: False,
    ) -> None:
        self._octet = octet
        self._after = after
        self._count = count
        self._until = until

    def __call__(self, octets: bytes, address: int | None) -> bytes:
        if self._after > 0:
            self._after -= 1
            return octets
        if self._count == 0 or self._until():
            return octets
        if self._count is not None:
            self._count -= 1
        return bytes((self._octet,)) * len(octets)


class FlipOnce:
    """One bit of the first read that covers `address` arrives wrong, and nothing else ever.

    hit  it has
    """

    def __init__(self, address: int, bit: int) -> None:
        self.hit = False
        self._address = address
        self._bit = bit

    def __call__(self, octets: bytes, address: int | None) -> bytes:
        if self.hit or address is None or not address <= self._address < address + len(octets):
            return octets
        self.hit = True
        arrived = bytearray(octets)
        arrived[self._address - address] ^= 1 << self._bit
        return bytes(arrived)
