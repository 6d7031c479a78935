"""Adding up two register pages: what was metered while the memory was away, to what it holds.

Both count in the metering chip's counts, and each has its own constant: a meter that does not know
its rating runs with the default one. Counts are added, exactly; only what is a whole kWh differs.
"""

from .page import (
    CHIP_RESETS,
    CLOCK,
    COUNTER_MASK,
    DELIVERED_KWH,
    ERRORS,
    FAULTS,
    LAST_A,
    LAST_B,
    LAST_ERROR,
    LATE_CLOCK,
    LATE_RUN,
    MODE,
    OVERLOAD_REGISTERS,
    OVERLOADS,
    REJECTED,
    TEST_LAST_A,
    TEST_LAST_B,
    TEST_LOGGED,
    TEST_REGISTERS,
    TEST_SECONDS,
    TESTS,
    TICKS,
    UNSURE_EVENTS,
    UNSURE_SECONDS,
)

_ADDED = (
    TICKS,
    REJECTED,
    CHIP_RESETS,
    ERRORS,
    UNSURE_EVENTS,
    UNSURE_SECONDS,
    OVERLOADS,
    TESTS,
    TEST_SECONDS,
)
_RENEWED = (LAST_A, LAST_B, MODE, TEST_LAST_A, TEST_LAST_B)
_RENEWED_IF_KNOWN = (CLOCK, LAST_ERROR)


def absorb(page, per_kwh, other, other_per_kwh):
    """Add to `page` what `other` has metered since it was new.

    page, other             register pages of the present layout
    per_kwh, other_per_kwh  counts of one kWh with the constant of each

    The chip's counters, and the mode, are afterwards as `other` has them. Faults of both stand.
    LATE_RUN tells the next start that the power went when `page` was last written.
    """
    page[LATE_CLOCK] = page[CLOCK]
    page[LATE_RUN] = 1
    for i in (0, 2):
        metered = other[DELIVERED_KWH + i] * other_per_kwh + other[DELIVERED_KWH + i + 1]
        # An overload that ran when the power went has none of it.
        for kwh in (DELIVERED_KWH + i, OVERLOAD_REGISTERS + i):
            _add(page, kwh, per_kwh, metered)
        tested = other[TEST_REGISTERS + i] * other_per_kwh + other[TEST_REGISTERS + i + 1]
        _add(page, TEST_REGISTERS + i, per_kwh, tested)
    for word in _ADDED:
        page[word] = (page[word] + other[word]) & COUNTER_MASK
    for word in _RENEWED:
        page[word] = other[word]
    for word in _RENEWED_IF_KNOWN:
        if other[word]:
            page[word] = other[word]
    page[FAULTS] |= other[FAULTS]
    page[TEST_LOGGED] |= other[TEST_LOGGED]


def _add(page, kwh, per_kwh, counts):
    counts += page[kwh] * per_kwh + page[kwh + 1]
    page[kwh] = counts // per_kwh
    page[kwh + 1] = counts % per_kwh
