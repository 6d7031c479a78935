"""Registers and present values as integers in the units that c1219.quantities names."""

from array import array

from micropython import const

from ade7953.errors import OK
from c1219 import NotReady
from c1219 import quantities as q
from firmware.saved_registers import SavedRegisters
from metrology import demand_register
from metrology.page import DELIVERED_KWH, DEMAND_LAST, DEMAND_MAXIMUM, DEMAND_RESET_TIME
from ticks import Stopwatch

# Full-scale codes and period clock: ADE7953 data sheet, confidence high.
_RMS_CODE = const(9032007)
_POWER_CODE = const(4862401)
_PERIOD_MHZ = const(223750000)

# Places in what Ade7953.instant() fills.
_VRMS = const(0)
_IRMSA = const(1)
_IRMSB = const(2)
_AWATT = const(3)
_BWATT = const(4)
_AVAR = const(5)
_BVAR = const(6)
_AVA = const(7)
_BVA = const(8)
_PFA = const(9)
_PFB = const(10)
_ANGLE_A = const(11)
_ANGLE_B = const(12)
_PERIOD = const(13)
_VALUES = const(14)

_FRESH_MS = const(500)


class Readings:
    """Asked only while a client reads or a list shows present values: results may be large.

    Energies and demands are those for billing, in test mode too. Present values are the
    chip's, which are renewed each line cycle or so, and at most half a second old; temperature is
    the clock chip's. `uptime` is a ticks.Uptime.
    """

    def __init__(self, page, constants, rating, afe, rtc, uptime):
        self._page = page
        self._registers = SavedRegisters(
            page, constants, DELIVERED_KWH, DEMAND_MAXIMUM, DEMAND_RESET_TIME
        )
        self._constants = constants
        self._rating = rating
        self._afe = afe
        self._rtc = rtc
        self._uptime = uptime
        self._raw = array("i", bytes(4 * _VALUES))
        self._age = Stopwatch(uptime)  # of what was read last; stopped while that is not whole

    def quantity(self, which):
        """One quantity; NotReady when the chip cannot be read for a present value.

        Raises ValueError for a number that is no quantity.
        """
        page = self._page
        if which <= q.NET:
            return self._registers.quantity(which)
        if which == q.DEMAND_DELIVERED or which == q.DEMAND_RECEIVED:
            return self._watts(demand_register.present(page, which - q.DEMAND_DELIVERED))
        if which == q.LAST_DELIVERED or which == q.LAST_RECEIVED:
            return self._watts(page[DEMAND_LAST + which - q.LAST_DELIVERED])
        if which == q.TEMPERATURE:
            return self._temperature()
        return self._present(which)

    def _watts(self, counts):
        return demand_register.counts_to_watts(self._constants, counts)

    def _temperature(self):
        return self._rtc.temperature_q2() * 250

    def _present(self, which):
        raw = self._fresh()
        rating = self._rating
        if which == q.VOLTS:
            return raw[_VRMS] * rating.full_scale_volts * 1000 // _RMS_CODE
        if which == q.AMPS_A:
            return raw[_IRMSA] * rating.full_scale_amps * 1000 // _RMS_CODE
        if which == q.AMPS_B:
            return raw[_IRMSB] * rating.full_scale_amps * 1000 // _RMS_CODE
        if which == q.HERTZ:
            return _PERIOD_MHZ // (raw[_PERIOD] + 1) if raw[_PERIOD] else 0
        if which == q.ANGLE_A:
            return self._degrees(raw[_ANGLE_A])
        if which == q.ANGLE_B:
            return self._degrees(raw[_ANGLE_B])
        if which >= q.WATTS_A:
            return self._of_coil(which, raw)
        if which == q.WATTS:
            return self._power(_AWATT)
        if which == q.VARS:
            return self._power(_AVAR)
        if which == q.VOLT_AMPS:
            return self._power(_AVA)
        if which == q.POWER_FACTOR:
            return self._power_factor()
        raise ValueError("no such quantity")

    def _both(self, at):
        # Of a power: coil A's value stands at `at`, coil B's follows.
        raw = self._raw
        return raw[at] + (raw[at + 1] if self._rating.coils == 2 else 0)

    def _power(self, at):
        rating = self._rating
        return self._both(at) * rating.full_scale_watts * 1000 // (_POWER_CODE * rating.coils)

    def _power_factor(self):
        apparent = self._both(_AVA)
        factor = abs(self._both(_AWATT)) * 1000 // apparent if apparent else 0
        return -factor if self._raw[_PFA] < 0 else factor

    def _degrees(self, delay):
        # Delay and period count the same clock.
        period = self._raw[_PERIOD]
        return delay * 360000 // (period + 1) if period else 0

    def _of_coil(self, which, raw):
        rating = self._rating
        if which == q.WATTS_A:
            return raw[_AWATT] * rating.full_scale_watts * 1000 // (_POWER_CODE * rating.coils)
        if which == q.WATTS_B:
            return raw[_BWATT] * rating.full_scale_watts * 1000 // (_POWER_CODE * rating.coils)
        if which == q.POWER_FACTOR_A:
            return _factor(raw[_PFA])
        if which == q.POWER_FACTOR_B:
            return _factor(raw[_PFB])
        raise ValueError("no such quantity")

    def _fresh(self):
        now = self._uptime.now()
        if self._age.passed(now) >= _FRESH_MS:
            self._age.stop()
            if self._afe.instant(self._raw) != OK:
                raise NotReady("the metering chip cannot be read")
            self._age.start(now)
        return self._raw


def _factor(raw):
    # A power factor in 2^-15 as thousandths: 1 is one bit short of it.
    return (raw * 1000 + 0x4000) >> 15


def measured(rating):
    """The quantities that a meter of this rating has."""
    numbers = list(range(q.TEMPERATURE + 1))
    if rating.coils == 1:
        numbers.remove(q.AMPS_B)
        numbers.remove(q.ANGLE_B)
    return tuple(numbers)
