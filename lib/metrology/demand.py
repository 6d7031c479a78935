"""Demand: block and sliding window, in exact counts, over the register page.

A demand is kept in counts an hour: the counts of an interval of `m` minutes times 60 / m,
which is whole because m divides the hour. Maxima of different interval lengths compare, and
counts an hour divided by the counts of a kWh are kW. Nothing is rounded here.

An interval is n subintervals long; n = 1 is block demand. At the end of each subinterval its
counts join the window, and the sum of a window of n full ones is the interval's demand.
A subinterval that began again (power return, clock change, mode change, programming, a gap
in metering) and was cut short by that empties the window: no demand comes of less than a
whole interval (E-34, metrology notes 1.9).

Length and place are two things. The length of a subinterval is measured by the metering time
base, the milliseconds that the caller injects. Its place follows the clock while that is
valid. A clock that is up to CLOCK_SLEW_MS away from the place is followed slowly: each
subinterval is shorter or longer by up to 1/1000, until they agree. One that is further away has
been changed, and the interval begins again in its place. A change by whole subintervals
(daylight saving time) leaves the ends where they are and disturbs nothing.

Slewing can only understate. A shorter subinterval has fewer counts, and they count as those of a
whole one. A window with longer ones in it is published before its last subinterval ends: when it
has lasted for the nominal interval, and not a millisecond more. So no demand is more than the
energy of some window of the nominal length, to the tick that ends it.

Steps allocate nothing.
"""

from micropython import const

from .page import (
    COUNTER_MASK,
    DEMAND_EARLY,
    DEMAND_EXCLUDED,
    DEMAND_FULL,
    DEMAND_INTERVAL,
    DEMAND_LAST,
    DEMAND_LAST_END,
    DEMAND_LATE,
    DEMAND_LEFT,
    DEMAND_LONGER,
    DEMAND_MAXIMUM,
    DEMAND_MAXIMUM_END,
    DEMAND_SLOT,
    DEMAND_START,
    DEMAND_STATE,
    DEMAND_SUBINTERVAL,
    DEMAND_WAITED,
    DEMAND_WINDOW,
    INTERVAL_DELIVERED,
)

SUBINTERVALS = const(15)  # the most that an interval can have

# A clock that is this far from the interval's place, or nearer, is followed slowly; further away,
# the interval begins again. How far it is now: `late`.
CLOCK_SLEW_MS = const(30000)

# What a step answers: a sum of these.
RUNNING = const(0)
ENDED = const(1)  # a subinterval has ended
PUBLISHED = const(2)  # a full interval is over: there is a new demand
MAXIMUM = const(4)  # which is a new maximum in one direction or both
BEGUN = const(8)  # the interval begins again with this step

# DEMAND_STATE. Zero, so that an empty page begins at once.
_ANEW = const(0)  # the next step begins the interval
_PARTIAL = const(1)  # the running subinterval began after its start
_WHOLE = const(2)
_COUNTED = const(3)  # and the window that ends with it has been published

_MINUTE_MS = const(60000)
_GAP_MS = const(2000)  # a longer one leaves open which interval the energy belongs to
_SLACK_MS = const(1000)  # nearer than this to its place, the clock agrees
_SLEW = const(1000)
_MOST_SLEW_MS = const(1800)  # of one subinterval; below 2 * _SLACK_MS, or it would swing
_LATE_0 = const(0x100000)  # DEMAND_LATE of a clock that agrees to the ms
_LONGEST_MS = const(0x1FFFFFFF)


def is_interval(interval, subinterval):
    """Whether demand can be measured over `interval` minutes in steps of `subinterval`.

    1 to 60 minutes that divide the hour, made of 1 to 15 subintervals of whole minutes.
    """
    return (
        1 <= subinterval <= interval <= 60
        and 60 % interval == 0
        and interval % subinterval == 0
        and interval <= SUBINTERVALS * subinterval
    )


def program(page, interval, subinterval):
    """Measure over `interval` minutes in steps of `subinterval`; equal ones are block demand.

    A change begins the interval again; maxima stay until the next demand reset.
    Raises ValueError, and changes nothing, if there is no such interval.
    """
    if not is_interval(interval, subinterval):
        raise ValueError("no such demand interval")
    if page[DEMAND_INTERVAL] != interval or page[DEMAND_SUBINTERVAL] != subinterval:
        page[DEMAND_INTERVAL] = interval
        page[DEMAND_SUBINTERVAL] = subinterval
        page[DEMAND_WAITED] = 0
        restart(page)


def restart(page):
    """Begin the interval again with the next step, the window empty."""
    page[DEMAND_STATE] = _ANEW
    page[DEMAND_LONGER] = 0
    page[DEMAND_EARLY] = 0
    page[DEMAND_FULL] = 0
    page[DEMAND_SLOT] = 0
    _begin_counting(page)


def power_return(page, outage_s=-1, threshold_s=0, pickup=0):
    """The meter has been without power: the interval begins again.

    outage_s     for how long, seconds; -1: no clock tells
    threshold_s  cold-load pickup: after an outage of more than so many seconds
    pickup       so many minutes go by without demand, 0 to 255; 0: not used

    An exclusion that was running goes on, unless the new one is longer.
    """
    restart(page)
    if outage_s > threshold_s and page[DEMAND_EXCLUDED] < pickup * _MINUTE_MS:
        page[DEMAND_EXCLUDED] = pickup * _MINUTE_MS


def resume(page, clock, most_s):
    """The processor restarted, and all that went by has been counted: the interval goes on.

    clock   as for `step`
    most_s  so long ago it stopped at the most, seconds; -1: no clock tells

    The interval begins again if it may have ended meanwhile, or if the clock does not tell: nobody
    knows which interval the energy in between belongs to. How far the clock was from the
    interval's place before, it still is.
    """
    length = page[DEMAND_SUBINTERVAL] * _MINUTE_MS
    if clock[0] < 0 or page[DEMAND_LATE] == 0 or not 0 <= most_s * 1000 < length:
        restart(page)
        return
    gone = page[DEMAND_LEFT] - (length - _into(page, clock) + late(page))
    if gone < -(length // 2):  # the clock has passed a place where subintervals end
        gone += length
    if gone < -_SLACK_MS or gone > most_s * 1000 + _SLACK_MS or gone >= page[DEMAND_LEFT]:
        restart(page)
    elif gone > 0 and page[DEMAND_STATE] != _ANEW:
        page[DEMAND_LEFT] -= gone


def late(page):
    """How far the clock was ahead of the interval's place at the last step, ms.

    -CLOCK_SLEW_MS to CLOCK_SLEW_MS, negative if the clock is behind; 0 also if there was no valid
    clock. The clock can be set by so much that this stays within CLOCK_SLEW_MS, and no interval
    begins again.
    """
    return page[DEMAND_LATE] - _LATE_0 if page[DEMAND_LATE] else 0


def moved(page, ms):
    """The clock is moved by `ms`, within what `late` allows: from now on `late` says so."""
    if page[DEMAND_LATE]:
        page[DEMAND_LATE] += ms


def dropped(page):
    """Intervals that have gone by in a row without a demand, until the last step.

    Time in which the demand is excluded, or the power is off, does not count.
    """
    return page[DEMAND_WAITED] // (page[DEMAND_INTERVAL] * _MINUTE_MS)


# A step takes its arguments and locals from the stack as long as they are few: with more than
# eleven words MicroPython takes the frame from the heap.


def step(page, elapsed_ms, clock):
    """Time goes on: call after each billed tick. Returns RUNNING, or what happened.

    elapsed_ms  by the metering time base since the last step
    clock       array: the clock's minute since 2000-01-01 00:00, or -1 while it is not valid;
                and the ms of that minute, 0 to 59999

    More than 2 s between steps is a gap in metering, and the interval begins again.
    """
    if page[DEMAND_EXCLUDED]:
        _exclude(page, elapsed_ms)
        restart(page)
    elif page[DEMAND_WAITED] < _LONGEST_MS:
        page[DEMAND_WAITED] += elapsed_ms
    if elapsed_ms > _GAP_MS:
        restart(page)
    left = page[DEMAND_LEFT] - elapsed_ms
    if page[DEMAND_STATE] == _ANEW or not _look(page, left, clock):
        restart(page)
        _begin(page, clock)
        return BEGUN
    if left > page[DEMAND_EARLY]:
        page[DEMAND_LEFT] = left
        return RUNNING
    if page[DEMAND_STATE] == _WHOLE:
        return _over(page, clock) | _go_on(page, left)
    return _go_on(page, left)


def rate(counts, interval):
    """Counts of an interval of so many minutes as counts an hour; stops at 2^30 - 1."""
    if counts > COUNTER_MASK // (60 // interval):
        return COUNTER_MASK
    return counts * (60 // interval)


def window(page, direction, subintervals):
    """Counts of the latest full `subintervals`, up to DEMAND_FULL; stops at 2^30 - 1.

    direction  0 delivered, 1 received
    """
    n = page[DEMAND_INTERVAL] // page[DEMAND_SUBINTERVAL]
    slot = page[DEMAND_SLOT]
    base = DEMAND_WINDOW + direction * SUBINTERVALS
    counts = 0
    while subintervals > 0:
        slot = slot - 1 if slot else n - 1
        counts += page[base + slot]
        if counts > COUNTER_MASK:
            counts = COUNTER_MASK
        subintervals -= 1
    return counts


def so_far(page, direction):
    """Counts of the running subinterval and of the full ones before it that make up an interval
    with it; stops at 2^30 - 1.
    """
    full = page[DEMAND_INTERVAL] // page[DEMAND_SUBINTERVAL] - 1
    if full > page[DEMAND_FULL]:
        full = page[DEMAND_FULL]
    counts = window(page, direction, full)
    more = running(page, direction)
    return counts + more if counts < COUNTER_MASK - more else COUNTER_MASK


def running(page, direction):
    """Counts of the running subinterval so far; direction 0 delivered, 1 received."""
    return (page[INTERVAL_DELIVERED + direction] - page[DEMAND_START + direction]) & COUNTER_MASK


def _begin_counting(page):
    page[DEMAND_START] = page[INTERVAL_DELIVERED]
    page[DEMAND_START + 1] = page[INTERVAL_DELIVERED + 1]


def _exclude(page, elapsed_ms):
    left = page[DEMAND_EXCLUDED]
    page[DEMAND_EXCLUDED] = left - elapsed_ms if left > elapsed_ms else 0


def _into(page, clock):
    # By the clock, how far into the subinterval this is.
    return clock[0] % page[DEMAND_SUBINTERVAL] * _MINUTE_MS + clock[1]


def _begin(page, clock):
    page[DEMAND_LEFT] = page[DEMAND_SUBINTERVAL] * _MINUTE_MS
    page[DEMAND_STATE] = _WHOLE
    page[DEMAND_LATE] = 0
    if clock[0] >= 0:
        page[DEMAND_LEFT] -= _into(page, clock)
        page[DEMAND_STATE] = _PARTIAL
        page[DEMAND_LATE] = _LATE_0


def _look(page, left, clock):
    # How far the clock is from the subinterval's place: by how much too late the subinterval is
    # about to end. Half a length either way is the farthest. Returns whether that can be slewed.
    if clock[0] < 0:
        page[DEMAND_LATE] = 0
        return True
    length = page[DEMAND_SUBINTERVAL] * _MINUTE_MS
    left += _into(page, clock) - length
    if left < -(length // 2):  # the clock has ended what still runs here
        left += length
    elif left > length // 2:  # the clock is about to end what has just ended here
        left -= length
    if -CLOCK_SLEW_MS <= left <= CLOCK_SLEW_MS:
        page[DEMAND_LATE] = _LATE_0 + left
        return True
    return False


def _go_on(page, left):
    if left > 0:
        page[DEMAND_LEFT] = left
        return RUNNING
    if page[DEMAND_STATE] != _PARTIAL:
        _join_window(page)
    _begin_counting(page)
    page[DEMAND_STATE] = _WHOLE
    page[DEMAND_LEFT] = left + _next_length(page)
    return ENDED


def _next_length(page):
    # Of the subinterval that begins now, in ms; and how long before its end its window is over.
    length = page[DEMAND_SUBINTERVAL] * _MINUTE_MS
    slew = min(length // _SLEW, _MOST_SLEW_MS)
    ahead = late(page)
    longer = page[DEMAND_LONGER] << 1
    if ahead < -_SLACK_MS:
        length += slew
        longer |= 1
    elif ahead > _SLACK_MS:
        length -= slew
    page[DEMAND_LONGER] = longer & ((1 << page[DEMAND_INTERVAL] // page[DEMAND_SUBINTERVAL]) - 1)
    page[DEMAND_EARLY] = slew * _ones(page[DEMAND_LONGER])
    return length


def _ones(bits):
    ones = 0
    while bits:
        ones += bits & 1
        bits >>= 1
    return ones


def _nearest_end(page, clock):
    # The minute of the clock at which the subinterval ends that has ended here; 0: not valid.
    minute = clock[0]
    if minute < 0:
        return 0
    length = page[DEMAND_SUBINTERVAL]
    if _into(page, clock) > length * _MINUTE_MS // 2:  # the clock is about to get there
        minute += length
    return minute - minute % length


def _join_window(page):
    n = page[DEMAND_INTERVAL] // page[DEMAND_SUBINTERVAL]
    slot = page[DEMAND_SLOT]
    page[DEMAND_WINDOW + slot] = running(page, 0)
    page[DEMAND_WINDOW + SUBINTERVALS + slot] = running(page, 1)
    page[DEMAND_SLOT] = slot + 1 if slot + 1 < n else 0
    if page[DEMAND_FULL] < n:
        page[DEMAND_FULL] += 1


def _over(page, clock):
    # The window that ends with the running subinterval is over.
    page[DEMAND_STATE] = _COUNTED
    if page[DEMAND_FULL] < page[DEMAND_INTERVAL] // page[DEMAND_SUBINTERVAL] - 1:
        return RUNNING
    page[DEMAND_WAITED] = 0
    return _demand(page, _nearest_end(page, clock))


def _demand(page, minute):
    page[DEMAND_LAST_END] = minute
    if _publish(page, 0, minute) | _publish(page, 1, minute):
        return PUBLISHED | MAXIMUM
    return PUBLISHED


def _publish(page, direction, minute):
    demand = rate(so_far(page, direction), page[DEMAND_INTERVAL])
    page[DEMAND_LAST + direction] = demand
    if demand <= page[DEMAND_MAXIMUM + direction]:  # of equals the earlier stays
        return False
    page[DEMAND_MAXIMUM + direction] = demand
    page[DEMAND_MAXIMUM_END + direction] = minute
    return True
