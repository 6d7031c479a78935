"""The metering duty: ten ticks a second, and getting the chip back when it fails."""

from micropython import const

from ade7953.errors import FAULT_DRIFT, FAULT_RESET, OK, AfeError
from firmware.health import COMMANDED, POWER
from metrology import faults as f
from metrology.constants import LONGEST_GAP_MS, coil_limit
from metrology.modes import account, begin_account, take_over, was_testing
from metrology.page import (
    CHIP_RESETS,
    COUNTER_MASK,
    LAST_A,
    LAST_B,
    MISSING,
    REJECTED,
    RESET_CAUSE,
    STARTS,
    TEST_LAST_A,
    TEST_LAST_B,
    TICKS,
    UNSURE_EVENTS,
    UNSURE_SECONDS,
    count,
)
from metrology.tick import BILLED, IMPOSSIBLE
from ticks import elapsed, later

TICK_MS = const(100)
_MISSING_TICKS = const(3)  # without a good sample: a power failure now would cost their energy
_SILENT_TICKS = const(10)  # without a good sample: a fault
_RETRY_MS = const(250)
_LATE_MS = const(300)  # a gap up to here costs no more than a tick where its energy is lost
_AFTER_RESET_MS = const(1200)  # so much at full scale may be in the counters after a reset
_FOREVER_MS = const(0x1FFFFFFF)


class Metering:
    """Bills the chip's counters into the page that is shown.

    afe        ade7953.Ade7953
    ticker     takes a tick, see metrology.ticker
    pages      metrology.modes.Pages; ticks are counted in the billing page whatever is shown
    storage    firmware.storage.Storage: the journal of the billing page, and its faults
    on_tick    called with the time after each billed tick

    worst_ms   the longest that one tick came after another, since the start; 0 before
    """

    def __init__(self, afe, ticker, pages, storage, on_tick):
        self.net = ticker.net  # word 0: counts of the last tick, positive delivered
        self.faults = storage.faults
        self._afe = afe
        self._ticker = ticker
        self._tick = ticker.tick
        self._pages = pages
        self._page = pages.billing
        self._storage = storage
        self._on_tick = on_tick
        self._refused = None  # firmware.refused.Refused since the first refused sample
        self._gap = None  # firmware.gap.Gap since the first one of some ticks
        self._gap_ms = 0  # since the last billed sample
        self._tick_ms = TICK_MS  # that the last billed sample took
        self._looked_at = 0
        self._next = 0
        self._failed = 0  # samples in a row that were no good
        self._repairing = False
        self._ask_gap = None  # until the chip has been found, or has reset
        self._test_ended = False  # what the counters hold is a test's, which power ended
        self._resets = 0
        self._steady = False  # a tick has been billed
        self._after_reset = False  # of the chip, until a tick is billed
        self.worst_ms = 0

    def start(self, now_ms, gap_ms):
        """Bring the chip up and take up its counters. True when all that it counted is billed.

        gap_ms  asked how long the meter was off by a valid clock; -1 is not known

        A chip that was reset counts from zero. One that kept counting while the processor
        restarted is billed the difference by the first tick, as far as the gap is known and
        short enough for its counters to tell the direction; otherwise the energy of the gap is
        unsure. So it is when samples were bad as the power failed, and when a chip that had
        counted was reset. What the chip counted in test mode is not for billing: as far as the
        counters tell, it is added to the registers of all tests.
        """
        self._next = self._looked_at = now_ms
        self._test_ended = was_testing(self._page)
        self._ask_gap = gap_ms
        try:
            reset = self._afe.start()
        except AfeError:
            self.faults.set(f.CHIP_ABSENT)
            self._repairing = True
            return False
        self._resets = self._afe.resets
        if reset:
            if self._has_lost():
                self._unsure(self._time_away())
            self._forget_counters()
            return False
        self._take_up_gap()
        return not self._test_ended and self._gap_ms <= LONGEST_GAP_MS

    def use_shown(self):
        """The page that is shown has changed: bill into that one."""
        self._ticker.page = self._pages.shown

    def step(self, now_ms):
        """One tick, or one step of repair."""
        self._pass_time(now_ms)
        if self._repairing:
            return self._repair()
        if self._gap_ms > LONGEST_GAP_MS:
            self._go_on_from_here()
            return self._until_next(now_ms)
        if self._test_ended:
            self._end_test()
            return self._until_next(now_ms)
        code = self._take()
        if code == BILLED:
            self._billed(now_ms)
            return self._until_next(now_ms)
        if code == FAULT_RESET or code == FAULT_DRIFT:
            self._repairing = True
            return 0
        if code == IMPOSSIBLE:
            self._refuse()
        self._missed()
        return self._until_next(now_ms)

    def _take(self):
        # After a sample that was refused, one that goes on from it is refused too: the longer
        # the gap grows, the more would be possible.
        refused = self._refused
        if refused is not None and refused.pending and self._afe.sample_carefully() == OK:
            if refused.follows(self._afe.counts, self._gap_ms):
                return IMPOSSIBLE
        return self._tick(coil_limit(self._gap_ms))

    def check(self):
        """One slice of the watch over the chip's settings; drift is repaired by the next step."""
        if not self._repairing and self._afe.check() == FAULT_DRIFT:
            self._repairing = True

    def _pass_time(self, now_ms):
        ms = elapsed(now_ms, self._looked_at)
        self._looked_at = now_ms
        if ms < 0 or self._gap_ms + ms > _FOREVER_MS:
            self._gap_ms = _FOREVER_MS
        else:
            self._gap_ms += ms

    def _billed(self, now_ms):
        gap_ms = self._gap_ms
        if gap_ms > self.worst_ms and self._steady:
            self.worst_ms = gap_ms
        if self._gap is not None and self._gap.open and not self._gap.fits(self.net, gap_ms):
            self._unsure(self._gap.ms)
        self._steady = True
        self._after_reset = False
        self._gap_ms = 0
        self._tick_ms = gap_ms
        count(self._page, TICKS)
        if self._failed:
            if self._page[MISSING]:
                self._page[MISSING] = 0
                self._gap.end(self.net, gap_ms)
            self._failed = 0
            if self._refused is not None:
                self._refused.forget()
            self.faults.clear(f.IMPOSSIBLE_ENERGY | f.CHIP_SILENT)
        self._on_tick(now_ms)

    def _missed(self):
        self._failed += 1
        if self._failed == _MISSING_TICKS and self._steady:
            self._miss()
        if self._failed % _SILENT_TICKS == 0:
            self.faults.set(f.CHIP_SILENT)
            self._repairing = True

    def _miss(self):
        # Should the power fail now, the next start must know that energy is missing.
        if self._gap is None:
            from firmware.gap import Gap

            self._gap = Gap()
        self._gap.begin(self.net, self._tick_ms)
        self._page[MISSING] = 1
        self._storage.write()

    def _refuse(self):
        # A sample is beyond what can have flowed. Counters that go on steadily from where they
        # are now have jumped: the energy since they did is billed, and none before.
        count(self._page, REJECTED)
        self.faults.set(f.IMPOSSIBLE_ENERGY)
        if self._refused is None:
            from firmware.refused import Refused

            self._refused = Refused()
        refused = self._refused
        refused.judge(self._afe.counts, self._gap_ms)
        if refused.steady:
            self._unsure(refused.since_ms)
            self._gap_ms -= refused.since_ms
            page = self._pages.shown
            page[LAST_A] = refused.first[0]
            page[LAST_B] = refused.first[1]
            self._storage.write()
            refused.forget()
        elif refused.hopeless:
            refused.forget()
            self._afe.reset()
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
            late = _AFTER_RESET_MS + _LATE_MS if self._after_reset else _LATE_MS
            if self._gap_ms > late and self._steady or self._page[MISSING]:
                self._unsure(self._gap_ms if self._ask_gap is None else self._time_away())
            self._forget_counters()
        elif self._ask_gap is not None:
            self._take_up_gap()
        return 0

    def _take_up_gap(self):
        # The chip has counted on while the processor was away.
        self._gap_ms = self._time_away()
        self._ask_gap = None

    def _has_lost(self):
        # Whether the chip had counted before it was reset, though the power had not failed.
        page = self._page
        cause = page[RESET_CAUSE]
        if page[MISSING]:
            return True
        if page[STARTS] <= 1 or cause == COMMANDED:
            return False
        return self._afe.discarded or cause != POWER

    def _time_away(self):
        gap = self._ask_gap()
        if self._page[MISSING] or gap < 0 or self._gap_ms + gap > _FOREVER_MS:
            return _FOREVER_MS  # the clock was looked at after the last billed sample, too
        return self._gap_ms + gap

    def _forget_counters(self):
        # The chip counts from zero. Written at once: should the processor restart before the
        # next tick, the old counters must not be billed against the new.
        self._test_ended = False
        self._ask_gap = None
        self._after_reset = True
        if self._gap is not None and self._gap.open:
            self._gap.open = False  # no tick tells the power after it
            self._unsure(self._gap.ms)
        self._gap_ms = _AFTER_RESET_MS
        self._page[MISSING] = 0
        take_over(self._pages.shown, 0, 0)
        self._storage.write()

    def _go_on_from_here(self):
        # Nobody can tell what the counters counted: they may have wrapped, and the pulses that
        # were counted meanwhile have no sign. Nothing is billed rather than a guess.
        afe = self._afe
        if afe.sample_carefully() != OK:
            self._missed()
            return
        page = self._pages.shown
        page[LAST_A] = afe.counts[0]
        page[LAST_B] = afe.counts[1]
        self._unsure(self._gap_ms)
        if self._test_ended:
            take_over(page, page[LAST_A], page[LAST_B])
            self._test_ended = False
        self._gap_ms = 0
        self._page[MISSING] = 0
        self._storage.write()

    def _end_test(self):
        # The processor restarted in test mode, and the chip has counted on since the test's last
        # tick: one more tick of that test.
        page = self._page
        test = self._pages.test
        test[LAST_A] = page[TEST_LAST_A]
        test[LAST_B] = page[TEST_LAST_B]
        begin_account(page, test)
        self._ticker.page = test
        code = self._take()
        self._ticker.page = page
        if code == IMPOSSIBLE:
            self._go_on_from_here()
            return
        if code != BILLED:
            self._repairing = code == FAULT_RESET or code == FAULT_DRIFT
            self._missed()
            return
        account(page, test, self._ticker.counts_per_kwh)
        take_over(page, test[LAST_A], test[LAST_B])
        self._test_ended = False
        self._gap_ms = 0
        page[MISSING] = 0
        self._storage.write()

    def _unsure(self, ms):
        # Energy flowed for so long that no counter could tell; _FOREVER_MS: no clock tells it.
        page = self._page
        self.faults.set(f.ENERGY_UNSURE)
        count(page, UNSURE_EVENTS)
        if ms < _FOREVER_MS:
            seconds = page[UNSURE_SECONDS] + (ms + 999) // 1000
            page[UNSURE_SECONDS] = min(seconds, COUNTER_MASK)

    def _until_next(self, now_ms):
        self._next = later(self._next, TICK_MS)
        left = elapsed(self._next, now_ms)
        if left <= 0 or left > TICK_MS:  # late: what was missed is in the counters
            self._next = later(now_ms, TICK_MS)
            left = TICK_MS
        return left
