"""The metering tick's arithmetic: chip counters in, registers out.

One short function over preallocated integers: every value is below 2^30, nothing is
multiplied or rounded, and what does not fill a kWh stays in the register as counts.
"""

from array import array

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
UNUSUAL = const(17)  # to be confirmed by a careful sample

# Words of `net`: counts of the last billed tick.
NET = const(0)  # positive delivered
MOVED = const(1)  # of coil A, and in the next word of coil B
UNKNOWN = const(0x10000000)  # in MOVED before the first tick
_STEADY = const(32)  # counts that two ticks in a row may differ by, beside a quarter


def new_net():
    """Words for `bill` before the first tick."""
    return array("i", (0, UNKNOWN, UNKNOWN))


def is_unusual(page, counters, net, coils):
    """Whether a coil has moved otherwise than in the tick before: a load that changed, or a bad
    read that passes for one. Arguments as for `bill`; False before the first tick.
    """
    for i in range(coils):
        before = net[MOVED + i]
        moved = (counters[i] - page[LAST_A + i]) & 0xFFFFFF
        moved -= (moved & 0x800000) << 1
        if before != UNKNOWN and abs(moved - before) > (abs(before) >> 2) + _STEADY:
            return True
    return False


def bill(page, counters, net, coils, limit, counts_per_kwh):
    """Bill what the chip has counted since the last billed sample.

    page      register page, updated in place
    counters  the two free-running 24-bit energy counters, A and B
    net       from `new_net`: becomes the counts of this tick
    coils     2: both are summed (form 2S, the constant halves them); 1: A alone
    limit     the most counts one coil can have counted since then, below 2^23
    counts_per_kwh  the rating's constant

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
    net[NET] = da + db
    net[MOVED] = da
    net[MOVED + 1] = db
    add(page, da + db, counts_per_kwh)
    return BILLED


def add(page, counts, counts_per_kwh):
    """Add the net counts of a tick to the registers of `page`.

    The direction is the sign of the net over the tick: one register moves, never both, and
    the accumulator of its running interval with it.
    """
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
