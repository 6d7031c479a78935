"""Demand: block and sliding window, in exact counts, over the register page.

A demand is kept in counts an hour: the counts of an interval of `m` minutes times 60 / m,
which is whole because m divides the hour. Maxima of different interval lengths compare, and
counts an hour divided by the counts of a kWh are kW. Nothing is rounded here.

An interval is n subintervals long; n = 1 is block demand. At the end of each subinterval its
counts join the window, and the sum of a window of n full ones is the interval's demand.
A subinterval that began anew (power return, clock change, mode change, programming, a gap
in metering) and was cut short by that empties the window: no demand comes of less than a
whole interval (E-34, metrology notes 1.9).

Length and place are two things. The length of a subinterval is measured by the metering time
base, the milliseconds that the caller injects. Its place follows the clock while that is
valid: each end may be moved by 1/2000 of the length, and a clock that is further away than
drift explains has been changed, so the interval begins anew in its place. A change by whole
subintervals (daylight saving time) leaves the ends where they are and disturbs nothing.

Steps allocate nothing.
"""

from micropython import const

from .page import (
    COUNTER_MASK,
    DEMAND_EXCLUDED,
    DEMAND_FULL,
    DEMAND_INTERVAL,
    DEMAND_LAST,
    DEMAND_LAST_END,
    DEMAND_LEFT,
    DEMAND_MAXIMUM,
    DEMAND_MAXIMUM_END,
    DEMAND_SLOT,
    DEMAND_START,
    DEMAND_STATE,
    DEMAND_SUBINTERVAL,
    DEMAND_WINDOW,
    INTERVAL_DELIVERED,
)

SUBINTERVALS = const(15)  # the most that an interval can have

# What a step answers: a sum of these.
RUNNING = const(0)
ENDED = const(1)  # a subinterval has ended
PUBLISHED = const(2)  # with it a full interval: there is a new demand
MAXIMUM = const(4)  # which is a new maximum in one direction or both
BEGUN = const(8)  # the interval begins anew with this step

# DEMAND_STATE. Zero, so that an empty page begins anew.
_ANEW = const(0)  # the next step begins the interval
_PARTIAL = const(1)  # the running subinterval began after its start
_WHOLE = const(2)

_MINUTE_MS = const(60000)
_GAP_MS = const(2000)  # a longer one leaves open which interval the energy belongs to
_CHANGE_MS = const(3000)  # further away, the clock has been changed
_SLACK_MS = const(1000)  # nearer, it agrees: clocks are read in whole seconds
_SLEW = const(2000)


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

    A change begins the interval anew; maxima stay until the next demand reset.
    ValueError when there is no such interval, and nothing has changed.
    """
    if not is_interval(interval, subinterval):
        raise ValueError("no such demand interval")
    if page[DEMAND_INTERVAL] != interval or page[DEMAND_SUBINTERVAL] != subinterval:
        page[DEMAND_INTERVAL] = interval
        page[DEMAND_SUBINTERVAL] = subinterval
        restart(page)


def restart(page):
    """Begin the interval anew with the next step, the window empty."""
    page[DEMAND_STATE] = _ANEW
    page[DEMAND_FULL] = 0
    page[DEMAND_SLOT] = 0
    _begin_counting(page)


def power_return(page, outage_s=-1, threshold_s=0, pickup=0):
    """The meter has been without power: the interval begins anew.

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

    An interval that has ended meanwhile, or whose end the clock does not tell, begins anew:
    nobody knows which interval the energy in between belongs to.
    """
    left = page[DEMAND_SUBINTERVAL] * _MINUTE_MS - _into(page, clock)
    gone = page[DEMAND_LEFT] - left
    if clock[0] < 0 or most_s < 0 or gone < -_SLACK_MS or gone > most_s * 1000 + _SLACK_MS:
        restart(page)
    elif page[DEMAND_STATE] != _ANEW:
        page[DEMAND_LEFT] = left


# A step takes its arguments and locals from the stack as long as they are few: with more than
# eleven words MicroPython takes the frame from the heap.


def step(page, elapsed_ms, clock):
    """Time goes on: call after each billed tick. Returns RUNNING, or what happened.

    elapsed_ms  by the metering time base since the last step
    clock       array: the clock's minute since 2000-01-01 00:00, or -1 while it is not valid;
                and the ms of that minute, 0 to 59999, to a second or so

    More than 2 s between steps is a gap in metering, and the interval begins anew.
    """
    if page[DEMAND_EXCLUDED] or elapsed_ms > _GAP_MS:
        _exclude(page, elapsed_ms)
        restart(page)
    left = page[DEMAND_LEFT] - elapsed_ms
    late = _late(page, left, clock) if clock[0] >= 0 else 0
    if page[DEMAND_STATE] == _ANEW or late > _CHANGE_MS or late < -_CHANGE_MS:
        restart(page)
        _begin(page, clock)
        return BEGUN
    if left > 0:
        page[DEMAND_LEFT] = left
        return RUNNING
    page[DEMAND_LEFT] = left + _next_length(page, late)
    return _end(page, clock)


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
    if clock[0] >= 0:
        page[DEMAND_LEFT] -= _into(page, clock)
        page[DEMAND_STATE] = _PARTIAL


def _late(page, left, clock):
    # By the clock, how much too late the subinterval is about to end. Only the place in the
    # subinterval counts: half a length either way is the farthest.
    length = page[DEMAND_SUBINTERVAL] * _MINUTE_MS
    left += _into(page, clock) - length
    if left < -(length // 2):  # the clock has ended what still runs here
        return left + length
    if left > length // 2:  # the clock is about to end what has just ended here
        return left - length
    return left


def _next_length(page, late):
    length = page[DEMAND_SUBINTERVAL] * _MINUTE_MS
    if late > _SLACK_MS:
        return length - length // _SLEW
    if late < -_SLACK_MS:
        return length + length // _SLEW
    return length


def _nearest_end(page, clock):
    # The minute of the clock at which the subinterval ends that has ended here; 0: not valid.
    minute = clock[0]
    if minute < 0:
        return 0
    length = page[DEMAND_SUBINTERVAL]
    if _into(page, clock) > length * _MINUTE_MS // 2:  # the clock is about to get there
        minute += length
    return minute - minute % length


def _end(page, clock):
    whole = page[DEMAND_STATE] == _WHOLE
    page[DEMAND_STATE] = _WHOLE
    if not whole:
        _begin_counting(page)
        return ENDED
    if not _join_window(page):
        return ENDED
    return _demand(page, _nearest_end(page, clock))


def _join_window(page):
    # The subinterval's counts join the window; whether that is full.
    n = page[DEMAND_INTERVAL] // page[DEMAND_SUBINTERVAL]
    slot = page[DEMAND_SLOT]
    page[DEMAND_WINDOW + slot] = running(page, 0)
    page[DEMAND_WINDOW + SUBINTERVALS + slot] = running(page, 1)
    _begin_counting(page)
    page[DEMAND_SLOT] = slot + 1 if slot + 1 < n else 0
    if page[DEMAND_FULL] < n:
        page[DEMAND_FULL] += 1
    return page[DEMAND_FULL] == n


def _demand(page, minute):
    page[DEMAND_LAST_END] = minute
    if _publish(page, 0, minute) | _publish(page, 1, minute):
        return ENDED | PUBLISHED | MAXIMUM
    return ENDED | PUBLISHED


def _publish(page, direction, minute):
    demand = rate(window(page, direction, page[DEMAND_FULL]), page[DEMAND_INTERVAL])
    page[DEMAND_LAST + direction] = demand
    if demand <= page[DEMAND_MAXIMUM + direction]:  # of equals the earlier stays
        return False
    page[DEMAND_MAXIMUM + direction] = demand
    page[DEMAND_MAXIMUM_END + direction] = minute
    return True
