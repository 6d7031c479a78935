"""The overload duty: more than the class current is billed, and told.

An overload has two entries in the history log: one when it begins, and one when it ends, whose
detail is its energy. It lasts over power failures; the end is then the last time that was kept.
"""

from array import array

from micropython import const

from ade7953.errors import OK
from c1219 import events
from firmware.billing import two_seconds
from firmware.log import Actor
from metrology import faults as f
from metrology.page import (
    CLOCK,
    DELIVERED_KWH,
    OVERLOAD_REGISTERS,
    OVERLOAD_RUNS,
    OVERLOAD_SINCE,
    OVERLOADS,
    count,
)

_PERIOD_MS = const(1000)
_LOOKS = const(2)  # in a row, before an overload begins or ends
_FULL_SCALE = const(9032007)  # IRMSA and IRMSB at full scale: ADE7953 data sheet, high confidence
_TOLERANCE = const(100)  # a hundredth: the class current itself, measured, is no overload
_REGISTERS = const(4)  # words from DELIVERED_KWH on
_UNIT_WH = const(10)  # of the energy in an entry
_MOST = const(0xFFFF)

_METERING = Actor(events.SOURCE_METERING)


class Overload:
    """`faults.OVERLOAD` stands while the current of a coil is above class.

    storage    firmware.storage.Storage
    constants  metrology.constants.Constants
    rating     boards.ratings.Rating
    afe        ade7953.Ade7953
    log        firmware.log.Log.add
    """

    def __init__(self, storage, constants, rating, afe, log):
        self._page = storage.page
        self._faults = storage.faults
        self._constants = constants
        self._coils = rating.coils
        self._afe = afe
        self._log = log
        class_code = _FULL_SCALE // rating.full_scale_amps * rating.class_amps
        self._end = class_code
        self._begin = class_code + class_code // _TOLERANCE
        self._amps = array("i", (0, 0))
        self._looks = 0

    def start(self, registers, down):
        """An overload that a power failure has ended gets its end.

        registers  the four words from DELIVERED_KWH on, before any tick
        down       when the meter last looked at a valid clock, as the page has it
        """
        page = self._page
        if page[OVERLOAD_RUNS]:
            page[OVERLOAD_RUNS] = 0
            self._log_end(registers, two_seconds(down))

    def step(self, now_ms):
        """Look at both currents once a second."""
        if self._afe.currents(self._amps) == OK:
            self._judge()
        return _PERIOD_MS

    def _judge(self):
        runs = self._page[OVERLOAD_RUNS]
        limit = self._end if runs else self._begin
        over = self._amps[0] > limit or (self._coils == 2 and self._amps[1] > limit)
        if over == (runs != 0):
            self._looks = 0
            return
        self._looks += 1
        if self._looks >= _LOOKS:
            self._looks = 0
            if over:
                self._begins()
            else:
                self._ends()

    def _begins(self):
        page = self._page
        for i in range(_REGISTERS):
            page[OVERLOAD_REGISTERS + i] = page[DELIVERED_KWH + i]
        page[OVERLOAD_SINCE] = page[CLOCK]
        page[OVERLOAD_RUNS] = 1
        count(page, OVERLOADS)
        self._faults.set(f.OVERLOAD)
        self._log(events.DEMAND_OVERLOAD, _METERING)

    def _ends(self):
        page = self._page
        page[OVERLOAD_RUNS] = 0
        self._faults.clear(f.OVERLOAD)
        self._log_end(page[DELIVERED_KWH : DELIVERED_KWH + _REGISTERS], None)

    def _log_end(self, registers, time):
        watthours = 0
        for i in (0, 2):
            kwh = registers[i] - self._page[OVERLOAD_REGISTERS + i]
            counts = registers[i + 1] - self._page[OVERLOAD_REGISTERS + i + 1]
            watthours += self._constants.watthours(kwh, counts)
        units = max(1, min((watthours + _UNIT_WH - 1) // _UNIT_WH, _MOST))
        self._log(events.DEMAND_OVERLOAD, _METERING, units, time)
