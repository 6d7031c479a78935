"""The metering tick's arithmetic: chip counters in, registers out.

One short function over preallocated integers: every value is below 2^30, nothing is
multiplied or rounded, and what does not fill a kWh stays in the register as counts.
"""

from micropython import const

from .page import (
    COUNTER_MASK,
    DELIVERED_COUNTS,
    DELIVERED_KWH,
    INTERVAL_DELIVERED,
    INTERVAL_RECEIVED,
    LAST_A,
    LAST_B,
    RECEIVED_COUNTS,
    RECEIVED_KWH,
)

BILLED = const(0)
IMPOSSIBLE = const(16)  # beyond the metering chip's fault codes: a tick answers with either


def bill(page, counters, net, coils, limit, counts_per_kwh):
    """Bill what the chip has counted since the last billed sample.

    page      register page, updated in place
    counters  the two free-running 24-bit energy counters, A and B
    net       array('i'); word 0 becomes the counts of this tick, positive delivered
    coils     2: both are summed (form 2S, the constant halves them); 1: A alone
    limit     the most counts one coil can have counted since then, below 2^23
    counts_per_kwh  the rating's constant

    The direction is the sign of the net over the tick: one register moves, never both, and
    the accumulator of its running interval with it.
    Returns BILLED, or IMPOSSIBLE and leaves everything as it was: the counters run on, so
    the next plausible sample bills all of it.
    """
    a = counters[0]
    b = counters[1]
    da = (a - page[LAST_A]) & 0xFFFFFF
    if da & 0x800000:
        da -= 0x1000000
    db = 0
    if coils == 2:
        db = (b - page[LAST_B]) & 0xFFFFFF
        if db & 0x800000:
            db -= 0x1000000
    if da > limit or -da > limit or db > limit or -db > limit:
        return IMPOSSIBLE
    page[LAST_A] = a
    page[LAST_B] = b
    counts = da + db
    net[0] = counts
    if counts > 0:
        page[INTERVAL_DELIVERED] = (page[INTERVAL_DELIVERED] + counts) & COUNTER_MASK
        counts += page[DELIVERED_COUNTS]
        while counts >= counts_per_kwh:
            counts -= counts_per_kwh
            page[DELIVERED_KWH] += 1
        page[DELIVERED_COUNTS] = counts
    elif counts < 0:
        page[INTERVAL_RECEIVED] = (page[INTERVAL_RECEIVED] - counts) & COUNTER_MASK
        counts = page[RECEIVED_COUNTS] - counts
        while counts >= counts_per_kwh:
            counts -= counts_per_kwh
            page[RECEIVED_KWH] += 1
        page[RECEIVED_COUNTS] = counts
    return BILLED
