"""Clearing the registers: the only way in which they go back, and nobody's but an owner's."""

from .demand import restart
from .page import (
    CLEARED,
    DELIVERED_KWH,
    DEMAND_EXCLUDED,
    DEMAND_LAST,
    RECEIVED_COUNTS,
    RESET_LOCKOUT,
)


def clear(page, entry):
    """Energy and demand registers, previous ones too, begin at zero, in `page` alone.

    entry  number of the event log's entry that says so

    What the meter counts of itself goes on: the chip's counters, ticks, starts, faults, the
    accumulators of the running interval, which only differences are taken of. The interval begins
    anew with its lengths as they are. The caller keeps a copy of what stood, logs, and journals
    the page before the next tick.
    """
    for i in range(DELIVERED_KWH, RECEIVED_COUNTS + 1):
        page[i] = 0
    page[DEMAND_EXCLUDED] = 0
    for i in range(DEMAND_LAST, RESET_LOCKOUT + 1):
        page[i] = 0
    page[CLEARED] = entry
    restart(page)
