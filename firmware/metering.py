"""The metering duty: ten ticks a second, and getting the chip back when it fails."""

from micropython import const

from ade7953.errors import FAULT_DRIFT, FAULT_RESET, OK, AfeError
from firmware.scheduler import elapsed, later
from metrology import faults as f
from metrology.constants import LONGEST_GAP_MS
from metrology.modes import take_over, was_testing
from metrology.page import CHIP_RESETS, REJECTED, TICKS, count
from metrology.tick import BILLED, IMPOSSIBLE

TICK_MS = const(100)
_SILENT_TICKS = const(10)  # without a good sample: a fault
_RESTART_GAP_MS = const(20000)  # believed after a restart when no clock tells the gap
_RETRY_MS = const(250)


class Metering:
    """Bills the chip's counters into the page that is shown.

    afe        ade7953.Ade7953
    ticker     takes a tick, see metrology.ticker
    pages      metrology.modes.Pages; ticks are counted in the billing page whatever is shown
    storage    firmware.storage.Storage: the journal of the billing page, and its faults
    constants  metrology.constants.Constants of the rating
    on_tick    called with the time after each billed tick

    worst_ms   the longest that one tick came after another, since the start; 0 before
    """

    def __init__(self, afe, ticker, pages, storage, constants, on_tick):
        self.net = ticker.net  # word 0: counts of the last tick, positive delivered
        self.faults = storage.faults
        self._afe = afe
        self._ticker = ticker
        self._tick = ticker.tick
        self._pages = pages
        self._page = pages.billing
        self._storage = storage
        self._constants = constants
        self._on_tick = on_tick
        self._billed_at = 0
        self._next = 0
        self._failed = 0  # samples in a row that were no good
        self._repairing = False
        self._taking_over = False
        self._resets = 0
        self._steady = False  # a tick has been billed
        self.worst_ms = 0

    def start(self, now_ms, gap_ms):
        """Bring the chip up and take up its counters. True when all that it counted is billed.

        gap_ms  asked how long the meter was off by a valid clock; -1 is not known

        A chip that was reset counts from zero. One that kept counting while the processor
        restarted is billed the difference by the first tick, as far as the gap explains it;
        after a gap in which its counters may have wrapped, nobody can tell what it counted, and
        what it counted in test mode is not for billing.
        """
        self._next = now_ms
        self._billed_at = later(now_ms, -_RESTART_GAP_MS)
        self._taking_over = was_testing(self._page)
        try:
            reset = self._afe.start()
        except AfeError:
            self.faults.set(f.CHIP_ABSENT)
            self._repairing = True
            return False
        self._resets = self._afe.resets
        if reset:
            self._forget_counters()
            return False
        gap = gap_ms()
        if gap > LONGEST_GAP_MS:
            self._taking_over = True
        if self._taking_over:
            return False
        if gap >= 0:
            self._billed_at = later(now_ms, -gap)
        return True

    def use_shown(self):
        """The page that is shown has changed: bill into that one."""
        self._ticker.page = self._pages.shown

    def step(self, now_ms):
        """One tick, or one step of repair."""
        if self._repairing:
            return self._repair()
        if self._taking_over:
            self._take_over_counters(now_ms)
            return self._until_next(now_ms)
        code = self._tick(self._constants.limit(elapsed(now_ms, self._billed_at)))
        if code == BILLED:
            self._billed(now_ms)
        elif code == FAULT_RESET or code == FAULT_DRIFT:
            self._repairing = True
            return 0
        else:
            if code == IMPOSSIBLE:
                count(self._page, REJECTED)
                self.faults.set(f.IMPOSSIBLE_ENERGY)
            self._missed()
        return self._until_next(now_ms)

    def check(self):
        """One slice of the watch over the chip's settings; drift is repaired by the next step."""
        if not self._repairing and self._afe.check() == FAULT_DRIFT:
            self._repairing = True

    def _billed(self, now_ms):
        gap = elapsed(now_ms, self._billed_at)
        if gap > self.worst_ms and self._steady:
            self.worst_ms = gap
        self._steady = True
        self._billed_at = now_ms
        count(self._page, TICKS)
        if self._failed:
            self._failed = 0
            self.faults.clear(f.IMPOSSIBLE_ENERGY | f.CHIP_SILENT)
        self._on_tick(now_ms)

    def _missed(self):
        self._failed += 1
        if self._failed % _SILENT_TICKS == 0:
            self.faults.set(f.CHIP_SILENT)
            self._repairing = True

    def _repair(self):
        if not self._afe.repair():
            self.faults.set(f.CHIP_REPAIR)
            return _RETRY_MS
        self._repairing = False
        self.faults.clear(f.CHIP_REPAIR | f.CHIP_ABSENT)
        if self._resets != self._afe.resets:
            self._resets = self._afe.resets
            count(self._page, CHIP_RESETS)
            self._forget_counters()
        return 0

    def _forget_counters(self):
        # The chip counts from zero. Written at once: should the processor restart before the
        # next tick, the old counters must not be billed against the new.
        self._taking_over = False
        take_over(self._pages.shown, 0, 0)
        self._storage.write()

    def _take_over_counters(self, now_ms):
        if self._afe.sample() != OK:
            self._missed()
            return
        self._taking_over = False
        self._billed_at = now_ms
        take_over(self._page, self._afe.counts[0], self._afe.counts[1])
        self._storage.write()

    def _until_next(self, now_ms):
        self._next = later(self._next, TICK_MS)
        left = elapsed(self._next, now_ms)
        if left <= 0:  # late: what was missed is in the counters
            self._next = later(now_ms, TICK_MS)
            left = TICK_MS
        return left
