"""Samples that were refused as impossible, judged against each other."""

from array import array

from micropython import const

from metrology.constants import coil_limit

_STEADY = const(3)  # refused samples in a row that agree: the counters are where they say
_HOPELESS = const(50)  # that do not: the chip makes no sense
_MASK = const(0xFFFFFF)


class Refused:
    """Refused samples in a row.

    first     array('I') of the counters of the first one that all later ones agree with
    since_ms  time since the last billed sample when that was taken
    steady    whether enough samples agree
    hopeless  whether so many were refused that no more are waited for
    """

    def __init__(self):
        self.first = array("I", (0, 0))
        self._last = array("I", (0, 0))
        self.forget()

    def forget(self):
        """Begin again."""
        self.since_ms = 0
        self._last_ms = 0
        self._agreeing = 0
        self._total = 0

    def judge(self, counts, gap_ms):
        """Another refused sample: the raw counters, and the time since the last billed sample."""
        self._total += 1
        if self.follows(counts, gap_ms):
            self._agreeing += 1
        else:
            self._agreeing = 1
            self.since_ms = gap_ms
            self.first[0] = counts[0]
            self.first[1] = counts[1]
        self._last[0] = counts[0]
        self._last[1] = counts[1]
        self._last_ms = gap_ms

    @property
    def pending(self):
        """Whether a sample was refused and none has been billed since."""
        return self._total > 0

    def follows(self, counts, gap_ms):
        """Whether a sample goes on from the last refused one, and is to be refused as well."""
        return self._agreeing > 0 and self._is_near(counts, coil_limit(gap_ms - self._last_ms))

    @property
    def steady(self):
        """See above."""
        return self._agreeing >= _STEADY

    @property
    def hopeless(self):
        """See above."""
        return self._total >= _HOPELESS

    def _is_near(self, counts, limit):
        for i in range(2):
            if (counts[i] - self._last[i] + limit) & _MASK > 2 * limit:
                return False
        return True
