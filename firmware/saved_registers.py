"""Registers as they were at some time, for the tables: the last demand reset's, a self read's."""

from c1219 import quantities as q
from ds3231 import LAST_YEAR, civil
from metrology.demand_register import (
    continuous_cumulative_watts,
    counts_to_watts,
    cumulative_watts,
)
from metrology.page import (
    DELIVERED_COUNTS,
    DELIVERED_KWH,
    DEMAND_MAXIMUM,
    DEMAND_MAXIMUM_END,
    DEMAND_RESETS,
    RECEIVED_COUNTS,
    RECEIVED_KWH,
)

_MINUTES_PER_DAY = 1440
_END = civil.days(LAST_YEAR + 1, 1, 1) * _MINUTES_PER_DAY


def stime(minute):
    """Y M D h m of a minute since 2000-01-01 00:00; zeros for no time: 0, and 2090 on."""
    octets = bytearray(5)
    if 0 < minute < _END:
        date = [0, 0, 0]
        civil.date(minute // _MINUTES_PER_DAY, date)
        octets[0] = date[0] - civil.FIRST_YEAR
        octets[1] = date[1]
        octets[2] = date[2]
        octets[3] = minute // 60 % 24
        octets[4] = minute % 60
    return bytes(octets)


class SavedRegisters:
    """What `demand_register.save` put into `words`, as c1219.tables asks for it.

    words      array('I'): the page or a record
    constants  metrology.constants.Constants
    registers  where the energy registers begin
    demands    where the demands begin
    end        the word with the minute when they were saved, 0 when the clock was not valid
    """

    def __init__(self, words, constants, registers, demands, end):
        self._words = words
        self._constants = constants
        self._registers = registers - DELIVERED_KWH
        self._demands = demands
        self._shift = demands - DEMAND_MAXIMUM
        self._end = end

    @property
    def end_time(self):
        """Y M D h m, zeros for none."""
        return stime(self._words[self._end])

    @property
    def demand_resets(self):
        """How many demand resets there had been."""
        return self._words[self._shift + DEMAND_RESETS]

    def quantity(self, which):
        """A summation in Wh; ValueError for what is not saved."""
        if which == q.DELIVERED:
            return self._watthours(DELIVERED_KWH, DELIVERED_COUNTS)
        if which == q.RECEIVED:
            return self._watthours(RECEIVED_KWH, RECEIVED_COUNTS)
        if which == q.NET:
            return self.quantity(q.DELIVERED) - self.quantity(q.RECEIVED)
        raise ValueError("no such quantity")

    def maximum(self, which):
        """W, rounded."""
        return counts_to_watts(self._constants, self._words[self._demands + _direction(which)])

    def maximum_time(self, which):
        """Y M D h m, zeros for none."""
        return stime(self._words[self._shift + DEMAND_MAXIMUM_END + _direction(which)])

    def cumulative(self, which):
        """W, rounded."""
        return cumulative_watts(self._words, self._constants, _direction(which), self._demands)

    def continuous_cumulative(self, which):
        """W, rounded."""
        return continuous_cumulative_watts(
            self._words, self._constants, _direction(which), self._demands
        )

    def _watthours(self, kwh, counts):
        words = self._words
        shift = self._registers
        return self._constants.watthours(words[shift + kwh], words[shift + counts])


def _direction(which):
    if which == q.DEMAND_DELIVERED:
        return 0
    if which == q.DEMAND_RECEIVED:
        return 1
    raise ValueError("no such demand")
