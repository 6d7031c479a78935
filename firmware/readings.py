"""Registers and present values as integers in the units that c1219.quantities names."""

from array import array

from micropython import const

from ade7953.errors import OK
from c1219 import NotReady
from c1219 import quantities as q
from firmware.scheduler import elapsed
from metrology.page import (
    DELIVERED_COUNTS,
    DELIVERED_KWH,
    RECEIVED_COUNTS,
    RECEIVED_KWH,
)

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
_AVA = const(7)
_BVA = const(8)
_PFA = const(9)
_PERIOD = const(13)
_VALUES = const(14)

_FRESH_MS = const(500)


class Readings:
    """Asked only while a client reads or a list shows present values: results may be large."""

    def __init__(self, page, constants, rating, afe, ticks_ms):
        self._page = page
        self._constants = constants
        self._rating = rating
        self._afe = afe
        self._ticks_ms = ticks_ms
        self._raw = array("i", bytes(4 * _VALUES))
        self._read_at = -1

    def quantity(self, which):
        """One quantity; NotReady when the chip cannot be read for a present value."""
        page = self._page
        watthours = self._constants.watthours
        if which == q.DELIVERED:
            return watthours(page[DELIVERED_KWH], page[DELIVERED_COUNTS])
        if which == q.RECEIVED:
            return watthours(page[RECEIVED_KWH], page[RECEIVED_COUNTS])
        if which == q.NET:
            return self.quantity(q.DELIVERED) - self.quantity(q.RECEIVED)
        return self._present(which)

    def _present(self, which):
        raw = self._fresh()
        rating = self._rating
        coils = rating.coils
        if which == q.VOLTS:
            return raw[_VRMS] * rating.full_scale_volts * 1000 // _RMS_CODE
        if which == q.AMPS_A:
            return raw[_IRMSA] * rating.full_scale_amps * 1000 // _RMS_CODE
        if which == q.AMPS_B:
            return raw[_IRMSB] * rating.full_scale_amps * 1000 // _RMS_CODE
        if which == q.HERTZ:
            return _PERIOD_MHZ // (raw[_PERIOD] + 1) if raw[_PERIOD] else 0
        watts = raw[_AWATT] + (raw[_BWATT] if coils == 2 else 0)
        if which == q.WATTS:
            return watts * rating.full_scale_watts * 1000 // (_POWER_CODE * coils)
        if which == q.POWER_FACTOR:
            apparent = raw[_AVA] + (raw[_BVA] if coils == 2 else 0)
            factor = abs(watts) * 1000 // apparent if apparent else 0
            return -factor if raw[_PFA] < 0 else factor
        raise ValueError("no such quantity")

    def _fresh(self):
        now = self._ticks_ms()
        if self._read_at < 0 or elapsed(now, self._read_at) >= _FRESH_MS:
            self._read_at = -1
            if self._afe.instant(self._raw) != OK:
                raise NotReady("the metering chip cannot be read")
            self._read_at = now
        return self._raw
