"""Test mode: registers of its own, while those for billing stand still.

Test mode is a second page of the same layout. While it lasts, the metering tick bills into
the test page and demand steps that one alone, so the registers and demands of the billing page
are frozen bit for bit (ticks, clock and faults go on in it). The journal goes on keeping the
billing page: a power cut ends test mode, and what the test counted never gets into billing.
"""

from micropython import const

from . import demand
from .page import DEMAND_INTERVAL, DEMAND_SUBINTERVAL, LAST_A, LAST_B, LAYOUT, MODE

METERING = const(0)
TEST = const(1)


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


def leave_test(page, test):
    """Go on billing from here: the chip's counters stand where the test left them.

    The running demand interval of `page` begins anew. `test` keeps what it measured.
    """
    page[LAST_A] = test[LAST_A]
    page[LAST_B] = test[LAST_B]
    page[MODE] = METERING
    test[MODE] = METERING
    demand.restart(page)


def recover(page):
    """At start: whether power went in test mode, which ends it.

    Then the chip's counters as they stand now have to become LAST_A and LAST_B: what it
    counted since those of the page was the test's.
    """
    if page[MODE] != TEST:
        return False
    page[MODE] = METERING
    return True
