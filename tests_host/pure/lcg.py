"""Numbers that look random and are the same on every host and every run."""


class Lcg:
    """A linear congruential generator (Numerical Recipes' constants), its upper bits used."""

    def __init__(self, seed):
        self._state = seed

    def below(self, n):
        """0 to n - 1; n up to 2^32."""
        self._state = (self._state * 1664525 + 1013904223) & 0xFFFFFFFF
        high = self._state >> 16
        self._state = (self._state * 1664525 + 1013904223) & 0xFFFFFFFF
        return ((high << 16) | (self._state >> 16)) % n

    def between(self, low, high):
        """low to high, both included."""
        return low + self.below(high - low + 1)

    def octets(self, count):
        """`count` bytes."""
        return bytes([self.below(256) for _ in range(count)])

    def choice(self, items):
        """One of `items`."""
        return items[self.below(len(items))]

    def extreme(self, bits):
        """An unsigned number of so many bits, every other time at or next to an edge."""
        top = (1 << bits) - 1
        if self.below(2):
            return self.below(top + 1)
        edge = self.choice((0, top >> 1, top))
        return (edge + self.between(-2, 2)) & top
