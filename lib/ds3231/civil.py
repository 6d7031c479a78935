"""The Gregorian calendar in small integers: pure functions, years 2000 to 2099.

Within that century every fourth year is a leap year (2000 was one), which is also the
calendar that the DS3231 keeps. Day 0 is 2000-01-01, a Saturday.
"""

from micropython import const

FIRST_YEAR = const(2000)
LAST_YEAR = const(2099)
SECONDS_PER_DAY = const(86400)

_DAYS_PER_4_YEARS = const(1461)
_SATURDAY = const(6)
_MONTH_LENGTHS = bytes((31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31))


def days_in_month(year, month):
    """28 to 31; month 1 to 12."""
    if month == 2 and year % 4 == 0:
        return 29
    return _MONTH_LENGTHS[month - 1]


def is_date(year, month, day):
    """Whether the date exists in this century."""
    return (
        FIRST_YEAR <= year <= LAST_YEAR
        and 1 <= month <= 12
        and 1 <= day <= days_in_month(year, month)
    )


def is_time(hour, minute, second):
    """Whether the time exists (24 hours, no leap second)."""
    return 0 <= hour <= 23 and 0 <= minute <= 59 and 0 <= second <= 59


def days(year, month, day):
    """Days from 2000-01-01 to an existing date: 0 to 36524."""
    since = year - FIRST_YEAR
    count = since * 365 + (since + 3) // 4
    for m in range(1, month):
        count += days_in_month(year, m)
    return count + day - 1


def date(day_count, out):
    """Write year, month and day of `day_count` (0 to 36524) to out[0], out[1] and out[2]."""
    year = FIRST_YEAR + day_count // _DAYS_PER_4_YEARS * 4
    rest = day_count % _DAYS_PER_4_YEARS
    if rest >= 366:
        rest -= 366
        year += 1 + rest // 365
        rest %= 365
    month = 1
    while rest >= days_in_month(year, month):
        rest -= days_in_month(year, month)
        month += 1
    out[0] = year
    out[1] = month
    out[2] = rest + 1


def weekday(day_count):
    """0 for Sunday to 6 for Saturday, as ANSI C12.19 numbers them."""
    return (day_count + _SATURDAY) % 7


def seconds(year, month, day, hour, minute, second):
    """Seconds from 2000-01-01 00:00:00.

    From 2034-01-10 on this is above 2^30 - 1, where MicroPython's small integers end on a
    32-bit port: still exact, but a big integer. `days` stays small.
    """
    return days(year, month, day) * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second
