"""What a device has besides where there is memory for it: display and manufacturer's tables."""

from c1219.manufacturer import COUNTERS, NO_DRIFT
from firmware import items
from firmware.default_lists import LIMITS
from firmware.device import Device
from metrology.page import CHIP_RESETS, CRASHES, ERRORS, LAST_ERROR, REJECTED, STARTS, TICKS

# In the order of c1219.manufacturer.COUNTERS, the last of which is no word of the page.
_COUNTERS = (TICKS, REJECTED, CHIP_RESETS, STARTS, CRASHES, ERRORS, LAST_ERROR)


class FullDevice(Device):
    """As Device."""

    def __init__(self, meter, source, passwords):
        Device.__init__(self, meter, source, passwords)
        self.test = meter.test
        self.display_limits = LIMITS
        self.display_items = items.COUNT

    @property
    def clock_drift(self):
        """Parts in 10^9, or NO_DRIFT."""
        drift = self._meter.clock.drift_ppb
        return NO_DRIFT if drift is None else drift

    def diagnostics(self, i):
        """A counter, in the order of c1219.manufacturer: the meter's, then this port's link's."""
        if i < len(_COUNTERS):
            return self._meter.pages.billing[_COUNTERS[i]]
        if i < len(COUNTERS):
            return self._meter.pulse_count()
        return self.counters[i - len(COUNTERS)]
