"""Decade 5, clock: ST50, 51, 52, 53, 55 (layouts: ST52 high confidence, the others medium).

There is no time of use: no calendar, seasons or tiers. The clock keeps local time; how far that
is from UTC, and when daylight saving begins in a day, ST53 only records.
"""

from micropython import const

from . import dates
from .types import FIXED, PROGRAMMER, STORED, Table

_TIME_FUNC_FLAG1 = const(
    (
        "UINT8",
        (
            ("TOU_SELF_READ", 0, 1),
            ("SEASON_SELF_READ", 1, 1),
            ("SEASON_DEMAND_RESET", 2, 1),
            ("SEASON_CHNG_ARMED", 3, 1),
            ("SORT_DATES", 4, 1),
            ("ANCHOR_DATE", 5, 1),
        ),
    )
)
_TIME_FUNC_FLAG2 = const(
    (
        "UINT8",
        (
            ("CAP_DST_AUTO", 0, 1),
            ("SEPARATE_WEEKDAYS", 1, 1),
            ("SEPARATE_SUM_DEMANDS", 2, 1),
            ("SORT_TIER_SWITCHES", 3, 1),
            ("CAP_TM_ZN_OFFSET", 4, 1),
        ),
    )
)

_DIMENSIONS = const(
    (
        ("TIME_FUNC_FLAG1", _TIME_FUNC_FLAG1, 1, 0),
        ("TIME_FUNC_FLAG2", _TIME_FUNC_FLAG2, 1, 0),
        ("CALENDAR_FUNC", ("UINT8", (("NBR_SEASONS", 0, 4), ("NBR_SPECIAL_SCHED", 4, 4))), 1, 0),
        ("NBR_NON_RECURR_DATES", "UINT8", 1, 0),
        ("NBR_RECURR_DATES", "UINT8", 1, 0),
        ("NBR_TIER_SWITCHES", "UINT16", 1, 0),
        ("CALENDAR_TBL_SIZE", "UINT16", 1, 0),
    )
)

ST50 = Table(50, "DIM_TIME_TOU_TBL", _DIMENSIONS, octets=FIXED, needs="date_time")
ST51 = Table(51, "ACT_TIME_TOU_TBL", _DIMENSIONS, octets=FIXED, needs="date_time")

TIME_DATE_QUAL_BITS = const(
    (
        ("DAY_OF_WEEK", 0, 3),  # 0 is Sunday, 7 undefined
        ("DST_FLAG", 3, 1),
        ("GMT_FLAG", 4, 1),
        ("TM_ZN_APPLIED_FLAG", 5, 1),
        ("DST_APPLIED_FLAG", 6, 1),
        ("DST_SUPPORTED_FLAG", 7, 1),
    )
)


def _date_time(t, n):
    return t.date_time()


def _qualifier(t, n):
    return dates.weekday(t.date_time()) | t.device.clock_flags


_CLOCK = (
    ("CLOCK_CALENDAR", "LTIME_DATE", 1, "_date_time"),
    ("TIME_DATE_QUAL", ("UINT8", TIME_DATE_QUAL_BITS), 1, "_qualifier"),
)


def _is_clock(values, dims, tables):
    # The day of the week is the meter's to know: what a client says of it does not matter.
    octets = values["CLOCK_CALENDAR"]
    return dates.is_date(octets) and dates.is_time(octets[3:])


ST52 = Table(
    52, "CLOCK_TBL", _CLOCK, globals(), write=PROGRAMMER, needs="date_time", check=_is_clock
)

# Of all the clocks of the world: UTC-12 to UTC+14, and never more than two hours of summer.
_FIRST_ZONE = -12 * 60
_LAST_ZONE = 14 * 60
_MOST_DST = 120


def _is_time_offset(values, dims, tables):
    return (
        dates.is_time(values["DST_TIME_EFF"])
        and values["DST_TIME_AMT"] <= _MOST_DST
        and _FIRST_ZONE <= values["TIME_ZONE_OFFSET"] <= _LAST_ZONE
    )


ST53 = Table(
    53,
    "TIME_OFFSET_TBL",
    (
        ("DST_TIME_EFF", "TIME"),  # when in the day daylight saving begins or ends
        ("DST_TIME_AMT", "UINT8"),  # minutes
        ("TIME_ZONE_OFFSET", "INT16"),  # minutes
    ),
    write=PROGRAMMER,
    octets=STORED,
    needs="date_time",
    check=_is_time_offset,
)

_STATUS_BITS = const(
    (
        ("CURR_SUMM_TIER", 0, 3),
        ("CURR_DEMAND_TIER", 3, 3),
        ("TIER_DRIVE", 6, 2),
        ("SPECIAL_SCHD_ACTIVE", 8, 4),
        ("SEASON", 12, 4),
    )
)

ST55 = Table(
    55,
    "CLOCK_STATE_TBL",
    _CLOCK + (("STATUS", ("UINT16", _STATUS_BITS), 1, 0),),
    globals(),
    needs="date_time",
)

TABLES = (ST50, ST51, ST52, ST53, ST55)
