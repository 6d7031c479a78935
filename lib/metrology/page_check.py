"""Puts right what no register page can say, in a page that was stored whole all the same.

A valid CRC says that a page is as it was written, not that what wrote it was right. The energy
registers are looked at before the first tick (page.zero_registers), all others before the first
step of demand.
"""

from micropython import const

from .demand import SUBINTERVALS, restart
from .page import (
    CLOCK,
    COUNTER_MASK,
    CUMULATIVE_COUNTS,
    DELIVERED_COUNTS,
    DEMAND_EXCLUDED,
    DEMAND_FULL,
    DEMAND_INTERVAL,
    DEMAND_LAST_END,
    DEMAND_LEFT,
    DEMAND_MAXIMUM_END,
    DEMAND_RESET_TIME,
    DEMAND_SLOT,
    DEMAND_STATE,
    DEMAND_SUBINTERVAL,
    LAST_A,
    LAST_B,
    LAYOUT,
    MISSING,
    MODE,
    OVERLOAD_REGISTERS,
    OVERLOAD_RUNS,
    OVERLOAD_SINCE,
    PREVIOUS_DEMANDS,
    PREVIOUS_REGISTERS,
    RECEIVED_COUNTS,
    RESET_LOCKOUT,
    TEST_LAST_A,
    TEST_LAST_B,
    TEST_LOGGED,
    TEST_REGISTERS,
    new_page,
)

_JOURNAL = const(-2)  # the last two words are the journal's
_COUNTER = const(0xFFFFFF)
_MINUTES = const(52595999)  # the last minute of 2099, since 2000
_STEPS = const(1577879999)  # the last 2 s of 2099, since 2000
_LONGEST_MS = const(15300000)  # 255 minutes, the most that ST13 can say
_MINUTE_MS = const(60000)
_SLACK_MS = const(2000)  # by which a subinterval may be longer than its minutes
_STATES = const(3)

# A word, and the most that it can be, where that is less than 2^30 - 1; then the next.
_MOST = (
    LAST_A,
    _COUNTER,
    LAST_B,
    _COUNTER,
    MODE,
    1,
    DEMAND_EXCLUDED,
    _LONGEST_MS,
    DEMAND_LAST_END,
    _MINUTES,
    DEMAND_MAXIMUM_END,
    _MINUTES,
    DEMAND_MAXIMUM_END + 1,
    _MINUTES,
    DEMAND_RESET_TIME,
    _MINUTES,
    PREVIOUS_DEMANDS + 2,
    _MINUTES,
    PREVIOUS_DEMANDS + 3,
    _MINUTES,
    RESET_LOCKOUT,
    _LONGEST_MS,
    OVERLOAD_RUNS,
    1,
    TEST_LAST_A,
    _COUNTER,
    TEST_LAST_B,
    _COUNTER,
    TEST_LOGGED,
    1,
    MISSING,
    1,
)
# Words with counts that do not fill a kWh, or a kW.
_PARTS = (
    DELIVERED_COUNTS,
    RECEIVED_COUNTS,
    CUMULATIVE_COUNTS,
    CUMULATIVE_COUNTS + 1,
    PREVIOUS_REGISTERS + 1,
    PREVIOUS_REGISTERS + 3,
    PREVIOUS_DEMANDS + 6,
    PREVIOUS_DEMANDS + 7,
    OVERLOAD_REGISTERS + 1,
    OVERLOAD_REGISTERS + 3,
    TEST_REGISTERS + 1,
    TEST_REGISTERS + 3,
)


def repair(page, counts_per_kwh):
    """Set each word to zero that is beyond its range; the others stay. True if there was one.

    page            as it was loaded
    counts_per_kwh  the rating's constant

    A demand interval whose words contradict each other begins again, its maxima stay.
    """
    bad = not _is_demand(page)
    if bad:
        empty = new_page()
        for word in range(DEMAND_INTERVAL, DEMAND_SLOT + 1):
            if word != DEMAND_EXCLUDED:
                page[word] = empty[word]
        restart(page)
    bad = _zero_large(page) or bad
    for i in range(0, len(_MOST), 2):
        if page[_MOST[i]] > _MOST[i + 1]:
            page[_MOST[i]] = 0
            bad = True
    for word in _PARTS:
        if page[word] >= counts_per_kwh:
            page[word] = 0
            bad = True
    return bad


def _zero_large(page):
    # Of nearly every page the first comparison says all.
    bad = False
    if max(page[LAYOUT:_JOURNAL]) > COUNTER_MASK:
        for word in range(LAYOUT, len(page) + _JOURNAL):
            most = _STEPS if word in (CLOCK, OVERLOAD_SINCE) else COUNTER_MASK
            if page[word] > most:
                page[word] = 0
                bad = True
    return bad


def _is_demand(page):
    interval = page[DEMAND_INTERVAL]
    subinterval = page[DEMAND_SUBINTERVAL]
    if not 1 <= subinterval <= interval <= 60 or 60 % interval or interval % subinterval:
        return False
    n = interval // subinterval
    return (
        n <= SUBINTERVALS
        and page[DEMAND_STATE] <= _STATES
        and page[DEMAND_FULL] <= n
        and page[DEMAND_SLOT] < n
        and page[DEMAND_LEFT] <= subinterval * _MINUTE_MS + _SLACK_MS
    )
