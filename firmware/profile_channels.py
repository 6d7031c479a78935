"""The values of the load profile's channels, from two looks at the registers.

Summations: the energy between, as the difference of two readings in Wh, each scaled and cut, so
that intervals add up to what the register has counted. Demands: the last completed demand.
Present values: as they are when the interval is written down.
"""

from array import array

from micropython import const

from c1219 import NotReady
from c1219 import quantities as q
from firmware.profile_program import NO_SOURCE, channels_of
from firmware.profile_store import REGISTERS
from firmware.saved_registers import SavedRegisters, stime
from metrology.profile import scaled

_TIME = const(5)
_READING = const(6)

# What is recorded of a demand that is running.
_LAST_OF = {q.DEMAND_DELIVERED: q.LAST_DELIVERED, q.DEMAND_RECEIVED: q.LAST_RECEIVED}
_LASTS = (q.LAST_DELIVERED, q.LAST_RECEIVED)


class Channels:
    """Of a meter that measures the quantities `measured`.

    constants  metrology.constants.Constants
    readings   firmware.readings.Readings
    demands    whether a channel records a demand
    """

    def __init__(self, constants, readings, measured):
        self.demands = False
        self._readings = readings
        self._sources = q.sources_of(measured)
        self._channels = ()
        self._words = array("I", bytes(4 * REGISTERS))
        self._registers = SavedRegisters(self._words, constants, 0, 0, 0)

    def may_record(self, source, reading):
        """Whether there is such a source of ST16, and such a reading or none: of a summation."""
        if source >= len(self._sources):
            return False
        return reading == NO_SOURCE or (
            reading < len(self._sources) and self._sources[reading][1] == q.SUMMATION
        )

    def use(self, control, count):
        """Record what these octets of ST62 say."""
        self._channels = channels_of(control, count)
        self.demands = False
        for source, _, _, _ in self._channels:
            if self._quantity(source) in _LASTS:
                self.demands = True

    def values(self, begin, end, known):
        """A value for each channel, None for one that is not known.

        begin, end  the registers then: their four words
        known       whether the interval has just ended: present values are those of its end
        """
        return [self._value(channel, begin, end, known) for channel in self._channels]

    def head(self, octets, end, registers):
        """Put into `octets` what a block begins with: when it ends, and readings at that time."""
        octets[:_TIME] = stime(end)
        at = _TIME
        for _, source, _, _ in self._channels:
            value = 0
            if source != NO_SOURCE:
                value = self._reading(self._quantity(source), registers)
            for _ in range(_READING):
                octets[at] = value & 0xFF
                value >>= 8
                at += 1

    def _quantity(self, source):
        quantity = self._sources[source][0]
        return _LAST_OF.get(quantity, quantity)

    def _value(self, channel, begin, end, known):
        source, _, scalar, divisor = channel
        quantity = self._quantity(source)
        if quantity <= q.NET:
            first = scaled(self._reading(quantity, begin), scalar, divisor)
            return scaled(self._reading(quantity, end), scalar, divisor) - first
        if not known and quantity not in _LASTS:
            return None
        try:
            return scaled(self._readings.quantity(quantity), scalar, divisor)
        except NotReady:
            return None

    def _reading(self, quantity, registers):
        words = self._words
        for i in range(REGISTERS):
            words[i] = registers[i]
        return self._registers.quantity(quantity)
