"""Bit errors on a bus: each bit is flipped with the same probability, independently."""

import random


class BitErrors:
    """Flips bits of what passes; `flipped` counts them. The same seed flips the same bits."""

    def __init__(self, rate: float, seed: int) -> None:
        self._rate = rate
        self._draw = random.Random(seed)
        self._left = self._gap()
        self.flipped = 0

    def pass_on(self, octets: bytes) -> bytes:
        """What arrives of `octets`."""
        bits = 8 * len(octets)
        if self._left >= bits:
            self._left -= bits
            return octets
        value = int.from_bytes(octets, "big")
        while self._left < bits:
            value ^= 1 << bits - 1 - self._left
            self._left += 1 + self._gap()
            self.flipped += 1
        self._left -= bits
        return value.to_bytes(len(octets), "big")

    def _gap(self) -> int:
        # Bits that pass before the next that is flipped.
        return int(self._draw.expovariate(1) / self._rate)
