"""Why the meter started, how often it has crashed, and what its duties stumbled over."""

from micropython import const

from metrology.page import COUNTER_MASK, CRASHES, ERRORS, LAST_ERROR, RESET_CAUSE, count

# RESET_CAUSE. A commanded reset writes its word beforehand, because the processor cannot
# tell it from the watchdog's.
POWER = const(1)
WATCHDOG = const(2)
COMMANDED = const(3)
CRASHED = const(4)  # an error ended the firmware, which then reset the processor
_ANNOUNCED = const(0x100)  # added to a cause that is written before the reset

_SAFE_AFTER = const(3)
STABLE_MS = const(60000)  # a run that lasts this long is no crash

# LAST_ERROR: codes of errors, most specific first; any other is OTHER.
OTHER = const(1)
_CODES = ((MemoryError, 2), (OSError, 3), (OverflowError, 4), (ValueError, 5), (IndexError, 6))


class Health:
    """Keeps its counts in the register page, so that they survive what they count."""

    def __init__(self, page):
        self._page = page
        self._stable = False

    def start(self, by_watchdog):
        """Take up what is known of the reset. True: too many crashes in a row, run safe."""
        page = self._page
        announced = page[RESET_CAUSE]
        if not by_watchdog:
            cause = POWER
        elif announced & _ANNOUNCED:
            cause = announced & ~_ANNOUNCED
        else:
            cause = WATCHDOG
        page[RESET_CAUSE] = cause
        if cause == WATCHDOG or cause == CRASHED:
            count(page, CRASHES)
        else:
            page[CRASHES] = 0
        return page[CRASHES] >= _SAFE_AFTER

    def announce(self, cause):
        """A reset follows: COMMANDED or CRASHED. The page must be written before it."""
        self._page[RESET_CAUSE] = _ANNOUNCED | cause

    def failed(self, duty, error):
        """Note that a duty raised `error`."""
        code = OTHER
        for kind, number in _CODES:
            if isinstance(error, kind):
                code = number
                break
        self._page[ERRORS] = (self._page[ERRORS] + 1) & COUNTER_MASK
        self._page[LAST_ERROR] = duty << 8 | code

    def lasted(self, ms):
        """The meter has run for `ms`; once that is long enough, earlier crashes are forgiven."""
        if not self._stable and ms >= STABLE_MS:
            self._stable = True
            self._page[CRASHES] = 0
