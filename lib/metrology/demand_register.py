"""Demand registers: what is read of the demand, and the demand reset.

`direction` is 0 delivered, 1 received. Demands are counts an hour, see demand.py;
`counts_to_watts` turns them into W, the only place where a demand is rounded. Conversions
are for reading: their products are large and allocate on the meter.
"""

from micropython import const

from .demand import rate, so_far
from .page import (
    CUMULATIVE_COUNTS,
    CUMULATIVE_KW,
    DELIVERED_KWH,
    DEMAND_INTERVAL,
    DEMAND_LEFT,
    DEMAND_MAXIMUM,
    DEMAND_MAXIMUM_END,
    DEMAND_RESET_TIME,
    DEMAND_RESETS,
    DEMAND_SUBINTERVAL,
    PREVIOUS_DEMANDS,
    PREVIOUS_REGISTERS,
    count,
)

_REGISTERS = const(4)  # words of the four energy registers
_DEMANDS = const(9)  # words from DEMAND_MAXIMUM to DEMAND_RESETS


def present(page, direction):
    """Demand of the running interval so far, as if nothing more came: counts an hour.

    With a sliding window, of the latest full subintervals but the oldest, and the running one.
    """
    return rate(so_far(page, direction), page[DEMAND_INTERVAL])


def remaining_s(page):
    """Seconds to the end of the running subinterval, rounded up: 0 to 3600."""
    seconds = (page[DEMAND_LEFT] + 999) // 1000
    length = page[DEMAND_SUBINTERVAL] * 60
    return seconds if seconds < length else length


def save(page, words, registers, demands):
    """Copy what a reading of the registers consists of from `page` to `words`.

    registers  where the 4 words of the energy registers go, as from DELIVERED_KWH on
    demands    where the 9 words of the demands go, as from DEMAND_MAXIMUM to DEMAND_RESETS
    """
    for i in range(_REGISTERS):
        words[registers + i] = page[DELIVERED_KWH + i]
    for i in range(_DEMANDS):
        words[demands + i] = page[DEMAND_MAXIMUM + i]


def reset(page, constants, minute):
    """Demand reset: maxima are kept as previous, added to the cumulative demand and zeroed.

    constants  metrology.constants.Constants
    minute     of the clock, since 2000-01-01 00:00, or -1 while it is not valid

    What stood before goes to PREVIOUS_REGISTERS and PREVIOUS_DEMANDS. DEMAND_RESETS counts
    modulo 2^30; ST23 serves its low eight bits, which wrap from 255 to 0. The running
    interval goes on: it counts wholly towards the new period. The lockout is the caller's.
    """
    save(page, page, PREVIOUS_REGISTERS, PREVIOUS_DEMANDS)
    for direction in range(2):
        counts = page[CUMULATIVE_COUNTS + direction] + page[DEMAND_MAXIMUM + direction]
        page[CUMULATIVE_KW + direction] += counts // constants.counts_per_kwh
        page[CUMULATIVE_COUNTS + direction] = counts % constants.counts_per_kwh
        page[DEMAND_MAXIMUM + direction] = 0
        page[DEMAND_MAXIMUM_END + direction] = 0
    count(page, DEMAND_RESETS)
    page[DEMAND_RESET_TIME] = minute if minute > 0 else 0


def counts_to_watts(constants, counts, minutes=60):
    """Mean power in W of so many counts in so many minutes, rounded; half is rounded up."""
    return _nearest(counts * 60000, constants.counts_per_kwh * minutes)


def cumulative_watts(page, constants, direction, base=DEMAND_MAXIMUM):
    """Cumulative demand in W: all maxima up to the last demand reset, rounded.

    base  DEMAND_MAXIMUM: as it stands; PREVIOUS_DEMANDS: as it stood before that reset; with
          other words than the page, where `save` put the demands
    """
    return _cumulative(page, constants, direction, base, 0)


def continuous_cumulative_watts(page, constants, direction, base=DEMAND_MAXIMUM):
    """Cumulative demand plus the maximum since, in W, rounded; arguments as above."""
    return _cumulative(page, constants, direction, base, page[base + direction])


def _cumulative(page, constants, direction, base, more):
    kw = page[base + CUMULATIVE_KW - DEMAND_MAXIMUM + direction]
    counts = page[base + CUMULATIVE_COUNTS - DEMAND_MAXIMUM + direction]
    return kw * 1000 + _nearest((counts + more) * 1000, constants.counts_per_kwh)


def _nearest(numerator, denominator):
    return (2 * numerator + denominator) // (2 * denominator)
