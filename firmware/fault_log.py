"""The fault log duty: each fault that is raised leaves an entry in the history log.

The entry has the standard's event code of the fault's bit in ST3, and as detail the fault's own
bit. A fault has one entry an hour at the most, over power failures too, so that one that comes
and goes does not push other entries out.
"""

from micropython import const

from c1219 import events
from firmware.log import Actor
from metrology import faults as f
from metrology.page import FAULTS_LOGGED

_PERIOD_MS = const(1000)
_PERIODS = const(3600)  # without a fault, after which it may have an entry again
_FAULTS = const(30)
# These have entries of their own, or are no events.
_ELSEWHERE = f.OVERLOAD | f.SOFTWARE_ALTERED | f.SEAL_BROKEN | f.UNPROGRAMMED | f.SERVICE
_FIRST_CODE = const(36)  # of bit 0 of ST3's status; confidence high, see c1219.events
_STATUS_BITS = const(16)

_METERING = Actor(events.SOURCE_METERING)


def code_of(bit):
    """The event code of a fault by its bit; 0 if ST3 has no bit for it."""
    status = f.status1(1 << bit)
    for i in range(_STATUS_BITS):
        if status >> i & 1:
            return _FIRST_CODE + i
    return 0


class FaultLog:
    """Compares the faults that stand with those that have their entry.

    page    the billing page
    faults  metrology.faults.FaultSet
    log     firmware.log.Log.add
    """

    def __init__(self, page, faults, log):
        self._page = page
        self._faults = faults
        self._log = log
        self._seen = 0  # stood at some time in the running hour
        self._periods = 0

    def step(self, now_ms):
        """Log one fault at the most."""
        page = self._page
        word = self._faults.word & ~_ELSEWHERE
        self._seen |= word
        self._periods += 1
        if self._periods >= _PERIODS:
            self._periods = 0
            page[FAULTS_LOGGED] &= self._seen
            self._seen = word
        new = word & ~page[FAULTS_LOGGED]
        if new:
            self._log_lowest(new)
        return _PERIOD_MS

    def _log_lowest(self, new):
        for bit in range(_FAULTS):
            if new >> bit & 1:
                self._page[FAULTS_LOGGED] |= 1 << bit
                code = code_of(bit)
                if code:
                    self._log(code, _METERING, bit)
                return
