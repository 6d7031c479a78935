"""DS3231: a temperature-compensated clock with its own battery, on I2C.

Facts from the Maxim DS3231 datasheet (register map, status and control bits): confidence high.
The chip is kept in 24-hour mode and in whatever time scale the caller sets; it knows no zones.

Years are 2000 to 2089. In the two digits of ANSI C12.19's TM_FORMAT 2, 90 to 99 mean 1990 to 1999:
a chip that holds 2090 to 2199 has not been set by anyone who can tell what it says.
"""

from array import array

from micropython import const

from . import civil

ADDRESS = const(0x68)

_SECONDS = const(0x00)
_CONTROL = const(0x0E)
_REGISTERS = const(0x13)  # 0x00 to 0x12, read in one burst: the chip holds one instant still
_STATUS = const(0x0F)
_TEMPERATURE = const(0x11)

_CENTURY = const(0x80)  # of the month: the year is 2100 to 2199
_DAYS_OF_WEEK = const(7)
_HOUR_12 = const(0x40)
_HOUR_PM = const(0x20)
_OSF = const(0x80)
_INTCN = const(0x04)  # alarms off, square wave off, oscillator runs on the battery

LAST_YEAR = const(2089)

YEAR = const(0)
MONTH = const(1)
DAY = const(2)
HOUR = const(3)
MINUTE = const(4)
SECOND = const(5)
WEEKDAY = const(6)


class ClockError(Exception):
    """The clock cannot be read or set. `cause` is the bus's OSError, or None."""

    def __init__(self, message, cause=None):
        super().__init__(message)
        self.cause = cause


def to_bcd(value):
    """0 to 99 as two decimal digits, one per nibble."""
    return value // 10 << 4 | value % 10


def from_bcd(byte):
    """The number that two BCD digits hold, or -1 if a nibble is no digit."""
    low = byte & 0x0F
    high = byte >> 4
    if low > 9 or high > 9:
        return -1
    return high * 10 + low


def _hour(byte):
    if not byte & _HOUR_12:
        return from_bcd(byte)
    hour = from_bcd(byte & 0x9F)  # bit 7 is always 0
    if not 1 <= hour <= 12:
        return -1
    return hour % 12 + (12 if byte & _HOUR_PM else 0)


class Ds3231:
    """The chip behind `i2c`, a machine.I2C.

    fields      array of year (2000 to 2089), month, day, hour, minute, second, weekday
                (0 Sunday to 6 Saturday, computed from the date): the last good read
    valid       whether the oscillator has run since the time was set (OSF clear), and the
                year is one of those; False before the first read
    """

    def __init__(self, i2c):
        self._i2c = i2c
        self._registers = bytearray(_REGISTERS)
        self._next = array("i", [0] * 7)
        self._time = bytearray(7)
        self._byte = bytearray(1)
        self._quarters = 0
        self.fields = array("i", [2000, 1, 1, 0, 0, 0, 6])
        self.valid = False

    def read(self):
        """Read time, status and temperature in one burst; does not allocate.

        Raises ClockError when the chip does not answer or what it answers is no time;
        `fields` then still holds the last good read, and `valid` is False. A year beyond 2089
        is no error: `valid` is False, and `fields` stays as it was.
        """
        raw = self._registers
        self.valid = False
        try:
            self._i2c.readfrom_mem_into(ADDRESS, _SECONDS, raw)
        except OSError as error:
            raise ClockError("the clock does not answer", error)
        time = self._next
        time[YEAR] = civil.FIRST_YEAR + from_bcd(raw[6])
        time[MONTH] = from_bcd(raw[5] & ~_CENTURY)
        time[DAY] = from_bcd(raw[4])
        time[HOUR] = _hour(raw[2])
        time[MINUTE] = from_bcd(raw[1])
        time[SECOND] = from_bcd(raw[0])
        if not civil.is_date(time[YEAR], time[MONTH], time[DAY]) or not civil.is_time(
            time[HOUR], time[MINUTE], time[SECOND]
        ):
            raise ClockError("the clock holds no valid time")
        if not 1 <= raw[3] <= _DAYS_OF_WEEK:
            raise ClockError("the clock holds no valid time")
        whole = (raw[_TEMPERATURE] ^ 0x80) - 0x80  # two's complement
        self._quarters = whole * 4 + (raw[_TEMPERATURE + 1] >> 6)
        if time[YEAR] > LAST_YEAR or raw[5] & _CENTURY:
            return
        time[WEEKDAY] = civil.weekday(civil.days(time[YEAR], time[MONTH], time[DAY]))
        for i in range(7):
            self.fields[i] = time[i]
        self.valid = not raw[_STATUS] & _OSF

    def days(self):
        """Days from 2000-01-01 to the date last read."""
        f = self.fields
        return civil.days(f[YEAR], f[MONTH], f[DAY])

    def second_of_day(self):
        """Seconds since midnight of the time last read: 0 to 86399."""
        f = self.fields
        return f[HOUR] * 3600 + f[MINUTE] * 60 + f[SECOND]

    def epoch(self):
        """Seconds from 2000-01-01 00:00:00 to the time last read.

        From January 2034 on this allocates on a 32-bit port (see civil.seconds).
        """
        return self.days() * civil.SECONDS_PER_DAY + self.second_of_day()

    def temperature_q2(self):
        """The chip's temperature at the last read, in quarters of a degree Celsius."""
        return self._quarters

    def set(self, year, month, day, hour, minute, second):
        """Set the time and mark it valid. The new second begins with the write.

        Raises ValueError for a time that does not exist and ClockError when the chip does not
        answer. OSF is cleared last: the first setting, cut short, leaves the time invalid.
        """
        if (
            year > LAST_YEAR
            or not civil.is_date(year, month, day)
            or not civil.is_time(hour, minute, second)
        ):
            raise ValueError("no such time between 2000 and 2089")
        time = self._time
        time[0] = to_bcd(second)
        time[1] = to_bcd(minute)
        time[2] = to_bcd(hour)
        time[3] = civil.weekday(civil.days(year, month, day)) + 1
        time[4] = to_bcd(day)
        time[5] = to_bcd(month)
        time[6] = to_bcd(year - civil.FIRST_YEAR)
        byte = self._byte
        try:
            self._i2c.readfrom_mem_into(ADDRESS, _STATUS, byte)
            status = byte[0]
            self._i2c.writeto_mem(ADDRESS, _SECONDS, time)
            self._write_byte(_CONTROL, _INTCN)
            self._write_byte(_STATUS, status & ~_OSF)
        except OSError as error:
            raise ClockError("the clock does not answer", error)

    def _write_byte(self, register, value):
        self._byte[0] = value
        self._i2c.writeto_mem(ADDRESS, register, self._byte)
