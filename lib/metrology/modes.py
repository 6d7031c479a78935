"""Test mode: registers of its own, while those for billing stand still.

Test mode is a second page of the same layout. While it lasts, the metering tick bills into
the test page and demand steps that one alone, so the registers and demands of the billing page
are frozen bit for bit (ticks, clock and faults go on in it). The journal goes on keeping the
billing page: a power cut ends test mode, and what the test counted never gets into billing.

The energy that flows in test mode is not lost: the billing page has registers of their own for it,
TEST_REGISTERS, which every tick of every test goes into and nothing clears.
"""

from micropython import const

from . import demand
from .page import (
    COUNTER_MASK,
    DELIVERED_KWH,
    DEMAND_INTERVAL,
    DEMAND_SUBINTERVAL,
    LAST_A,
    LAST_B,
    LAYOUT,
    MODE,
    TEST_LAST_A,
    TEST_LAST_B,
    TEST_REGISTERS,
    TESTS,
    count,
    new_page,
)

METERING = const(0)
TEST = const(1)


class Pages:
    """The two register pages and which of them is metered into.

    billing  the page that is journaled
    test     of the latest test, not kept
    shown    the one that ticks bill into: `billing`, or in test mode `test`
    changes  how often that has changed, modulo 2^30
    """

    def __init__(self, billing):
        self.billing = billing
        self.test = new_page()
        self.shown = billing
        self.changes = 0

    def enter_test(self, interval, subinterval):
        """As the function below; ValueError when there is no such interval."""
        enter_test(self.billing, self.test, interval, subinterval)
        self._show(self.test)

    def leave_test(self):
        """As the function below."""
        leave_test(self.billing, self.test)
        self._show(self.billing)

    def _show(self, page):
        self.shown = page
        self.changes = (self.changes + 1) & COUNTER_MASK


def enter_test(page, test, interval, subinterval):
    """Begin a test: `test` starts from zero, `page` stands still.

    page   the billing page; the caller journals it before the next tick bills into `test`
    test   a page of the same layout, what it held is lost
    interval, subinterval  of the test's demand, minutes; see demand.is_interval

    ValueError when there is no such interval, and nothing has changed.
    """
    if not demand.is_interval(interval, subinterval):
        raise ValueError("no such demand interval")
    for i in range(LAYOUT + 1, len(test)):
        test[i] = 0
    test[LAST_A] = page[LAST_A]
    test[LAST_B] = page[LAST_B]
    test[DEMAND_INTERVAL] = interval
    test[DEMAND_SUBINTERVAL] = subinterval
    test[MODE] = TEST
    page[MODE] = TEST
    count(page, TESTS)
    begin_account(page, test)


def begin_account(page, test):
    """What `test` meters from now on is added to the TEST_REGISTERS of `page`, by `account`."""
    for i in range(TEST_REGISTERS, TEST_REGISTERS + 4):
        test[i] = page[i]


def account(page, test, counts_per_kwh):
    """Bring the TEST_REGISTERS of `page` up to date; after each tick, allocates nothing."""
    i = 0
    while i < 4:
        kwh = test[TEST_REGISTERS + i] + test[DELIVERED_KWH + i]
        counts = test[TEST_REGISTERS + i + 1] + test[DELIVERED_KWH + i + 1]
        if counts >= counts_per_kwh:
            counts -= counts_per_kwh
            kwh += 1
        page[TEST_REGISTERS + i] = kwh & COUNTER_MASK
        page[TEST_REGISTERS + i + 1] = counts
        i += 2
    page[TEST_LAST_A] = test[LAST_A]
    page[TEST_LAST_B] = test[LAST_B]


def subintervals_like(page, interval):
    """Minutes of the subinterval with which a test over `interval` minutes is like billing.

    Block demand stays block demand. Of a sliding window a test has as many subintervals, or
    the next higher number that divides its interval into whole minutes.
    """
    n = page[DEMAND_INTERVAL] // page[DEMAND_SUBINTERVAL]
    while n < interval and interval % n:
        n += 1
    return interval // n if n < interval else 1


def leave_test(page, test):
    """Go on billing from here: the chip's counters stand where the test left them.

    The running demand interval of `page` begins anew. `test` keeps what it measured.
    """
    page[LAST_A] = test[LAST_A]
    page[LAST_B] = test[LAST_B]
    page[MODE] = METERING
    test[MODE] = METERING
    demand.restart(page)


def was_testing(page):
    """At start: whether power went in test mode, which ends it: see `take_over`."""
    return page[MODE] == TEST


def take_over(page, a, b):
    """At start: bill from the chip's counters as they stand, `a` and `b`.

    What the chip counted before is not billing's: it was the test's, or nobody can tell what
    it was. Until the page is journaled a test counts as not ended.
    """
    page[LAST_A] = a
    page[LAST_B] = b
    page[MODE] = METERING
