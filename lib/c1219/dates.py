"""Dates and times in discrete octets (TM_FORMAT 2): Y M D, h m s; all zero: no date.

Year octets 0 to 89 are 2000 to 2089 (medium confidence). 90 to 99 are of the century before, when
no such meter ran: here they are no dates.
"""

NO_TIME = b"\0\0\0\0\0\0"

_LAST_YEAR = 89
_MONTH_LENGTHS = b"\x1f\x1c\x1f\x1e\x1f\x1e\x1f\x1f\x1e\x1f\x1e\x1f"
# Of the first of each month against the first of January, in a year that is no leap year.
_MONTH_WEEKDAYS = b"\0\3\3\6\1\4\6\2\5\0\3\5"
_SATURDAY = 6  # 2000-01-01
_UNDEFINED = 7


def is_date(octets):
    """Whether octets 0..2 are a date from 2000 to 2089."""
    year, month, day = octets[0], octets[1], octets[2]
    if year > _LAST_YEAR or not 1 <= month <= 12 or day == 0:
        return False
    return day <= _MONTH_LENGTHS[month - 1] + (1 if month == 2 and year % 4 == 0 else 0)


def is_time(octets):
    """Whether octets 0..2 are a time of day; a leap second is none."""
    return octets[0] <= 23 and octets[1] <= 59 and octets[2] <= 59


def weekday(octets):
    """Day of the week of octets 0..2: 0 for Sunday to 6; 7 (undefined) when they are no date."""
    if not is_date(octets):
        return _UNDEFINED
    year, month, day = octets[0], octets[1], octets[2]
    leaps = (year + 3) // 4 + (1 if month > 2 and year % 4 == 0 else 0)
    return (_SATURDAY + year + leaps + _MONTH_WEEKDAYS[month - 1] + day - 1) % 7
