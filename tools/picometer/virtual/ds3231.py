"""A DS3231 clock on simulated time, with its battery.

Register map after Maxim's DS3231 data sheet (19-5170). 24-hour mode only; the alarms are
storage without effect. The century bit of the month toggles when the year goes from 99 to 00,
and every year whose two digits are divisible by four is a leap year, 2100 too.
"""

from datetime import datetime, timedelta

from .clock import NS_PER_S, SimClock

CONTROL = 0x0E
STATUS = 0x0F
AGING = 0x10
TEMPERATURE = 0x11
_REGISTERS = 0x13

STATUS_OSF = 0x80
STATUS_EN32KHZ = 0x08
CONTROL_EOSC = 0x80
_CONTROL_AT_RESET = 0x1C
_MONTH_CENTURY = 0x80
_WRITABLE = (0x7F, 0x7F, 0x3F, 0x07, 0x3F, 0x9F, 0xFF) + (0xFF,) * 9

_FIRST = datetime(2000, 1, 1)
_LAST = datetime(2199, 12, 31, 23, 59, 59)
_LAST_NS = (_LAST - _FIRST) // timedelta(seconds=1) * NS_PER_S
_DAY_S = 86400
_MONTH_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class Ds3231:
    """The chip at transaction level: `i2c_write(data)`, `i2c_read(n)` at address 0x68.

    drift_ppm       by how much the oscillator runs fast
    temperature_q2  quarter degrees Celsius, -512 to 511
    """

    i2c_address = 0x68

    def __init__(self, clock: SimClock) -> None:
        self.temperature_q2 = 4 * 25
        self._clock = clock
        self._powered = False
        self._pointer = self._first = 0
        self._written = bytearray()  # from `_first` on, in the latest write
        self._registers = bytearray(_REGISTERS)
        self._drift_ppm = 0
        self.battery_lost()

    def battery_lost(self) -> None:
        """No supply and no battery: everything back to first power-up, OSF set."""
        self._registers[:] = bytes(_REGISTERS)
        self._registers[CONTROL] = _CONTROL_AT_RESET
        self._registers[STATUS] = STATUS_OSF | STATUS_EN32KHZ
        self._stopped = False
        self._weekday = 0  # added to the days since 2000-01-01, modulo 7
        self._set_ns(0)

    def power_on(self) -> None:
        """Main supply on: the bus answers; the oscillator runs whatever EOSC says."""
        self._powered = True
        self._pointer = 0
        if self._stopped:
            self._set_ns(self._time_ns)
            self._stopped = False

    def power_off(self) -> None:
        """Main supply off: timekeeping goes on from the battery unless EOSC stops it."""
        self._powered = False
        if self._registers[CONTROL] & CONTROL_EOSC:
            self._set_ns(self._now_ns())
            self._stopped = True
            self._registers[STATUS] |= STATUS_OSF

    @property
    def drift_ppm(self) -> int:
        """How fast the oscillator is, parts per million."""
        return self._drift_ppm

    @drift_ppm.setter
    def drift_ppm(self, ppm: int) -> None:
        self._set_ns(self._now_ns())
        self._drift_ppm = ppm

    def now(self) -> datetime:
        """The time by the Gregorian calendar, with the fraction of the running second.

        That is what the registers show up to 2100-02-28; then they have a leap day, and are a
        day behind.
        """
        return _FIRST + timedelta(microseconds=self._now_ns() // 1000)

    def set(self, moment: datetime) -> None:
        """Set the clock as an installer would: OSF clear, weekday by the calendar.

        `moment` is naive local time from 2000 to 2199; ValueError otherwise.
        """
        if moment.tzinfo is not None or not _FIRST <= moment <= _LAST:
            raise ValueError(f"the clock cannot hold {moment.isoformat()}")
        self._registers[STATUS] &= ~STATUS_OSF
        self._weekday = _FIRST.isoweekday() - 1
        self._set_ns((moment - _FIRST) // timedelta(microseconds=1) * 1000)

    def dump(self) -> dict:
        """The state as a dict that JSON can hold; for `load`."""
        return {
            "time_ns": self._now_ns(),
            "weekday": self._weekday,
            "registers": self._registers[7:].hex(),
        }

    def load(self, state: dict, elapsed_s: int) -> None:
        """Take a state that `dump` gave, `elapsed_s` seconds ago. ValueError when it is none."""
        try:
            registers = bytes.fromhex(state["registers"])
            time_ns = int(state["time_ns"]) + elapsed_s * NS_PER_S
            weekday = int(state["weekday"]) % 7
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise ValueError(f"not a state of the clock: {error!r}") from error
        if len(registers) != _REGISTERS - 7 or not 0 <= time_ns <= _LAST_NS:
            raise ValueError("not a state of the clock")
        self._registers[7:] = registers
        self._weekday = weekday
        self._set_ns(time_ns)

    # The bus

    def i2c_write(self, data: bytes) -> int:
        """A write transaction: the register pointer, then registers. Returns bytes taken."""
        if not self._powered:
            return 0
        if data:
            self._first = data[0] % _REGISTERS
            self._written = bytearray()
            self._pointer = self._first
            if len(data) > 1:
                self.i2c_more(data[1:])
        return len(data)

    def i2c_more(self, data: bytes) -> int:
        """Go on with the write, whose registers count as written together."""
        if not self._powered:
            return 0
        self._written += data
        self._pointer = self._first
        self._write_registers(bytes(self._written))
        return len(data)

    def i2c_read(self, n: int) -> bytes:
        """A read transaction of `n` registers from the pointer on; the time is taken once."""
        if not self._powered:
            return b"\xff" * n
        self._refresh()
        out = bytes(self._registers[(self._pointer + i) % _REGISTERS] for i in range(n))
        self._pointer = (self._pointer + n) % _REGISTERS
        return out

    def _write_registers(self, data: bytes) -> None:
        self._refresh()
        touched = set()
        for value in data:
            register = self._pointer
            self._pointer = (register + 1) % _REGISTERS
            touched.add(register)
            if register == STATUS:
                # The flags can only be cleared; EN32kHz is free, BSY reads 0.
                kept = self._registers[STATUS] & (STATUS_OSF | 0x03)
                self._registers[STATUS] = kept & value | value & STATUS_EN32KHZ
            elif register < len(_WRITABLE):
                self._registers[register] = value & _WRITABLE[register]
            elif register == AGING:
                self._registers[AGING] = value
        if touched & set(range(7)):
            self._take_time(seconds_written=0 in touched)

    def _refresh(self) -> None:
        days, second = divmod(self._now_ns() // NS_PER_S, _DAY_S)
        century, year, month, day = _date(days)
        self._registers[0:7] = bytes(
            (
                _bcd(second % 60),
                _bcd(second // 60 % 60),
                _bcd(second // 3600),
                (days + self._weekday) % 7 + 1,
                _bcd(day),
                _bcd(month) | (_MONTH_CENTURY if century else 0),
                _bcd(year),
            )
        )
        self._registers[TEMPERATURE] = self.temperature_q2 >> 2 & 0xFF
        self._registers[TEMPERATURE + 1] = (self.temperature_q2 & 3) << 6

    def _take_time(self, seconds_written: bool) -> None:
        """Let the time registers as written run on; values out of range are clipped."""
        second, minute, hour, weekday, day, month, year = self._registers[0:7]
        fraction_ns = 0 if seconds_written else self._now_ns() % NS_PER_S
        years = _binary(year, 0, 99) + (100 if month & _MONTH_CENTURY else 0)
        months = _binary(month & 0x1F, 1, 12)
        days = _days(years, months, _binary(day, 1, _month_length(years, months)))
        seconds = _binary(hour, 0, 23) * 3600 + _binary(minute, 0, 59) * 60
        seconds += _binary(second, 0, 59)
        self._weekday = (weekday - 1 - days) % 7
        self._set_ns((days * _DAY_S + seconds) * NS_PER_S + fraction_ns)

    # Time: nanoseconds since 2000-01-01, counted from an instant of the simulation

    def _now_ns(self) -> int:
        if self._stopped:
            return self._time_ns
        elapsed = self._clock.now_ns - self._since_ns
        return self._time_ns + elapsed + elapsed * self._drift_ppm // 1_000_000

    def _set_ns(self, time_ns: int) -> None:
        self._time_ns = time_ns
        self._since_ns = self._clock.now_ns


# The calendar of the chip: years since 2000, to 199.


def _month_length(years: int, month: int) -> int:
    return 29 if month == 2 and years % 4 == 0 else _MONTH_LENGTHS[month - 1]


def _days(years: int, month: int, day: int) -> int:
    """Days since 2000-01-01."""
    whole = years * 365 + (years + 3) // 4
    return whole + sum(_month_length(years, m) for m in range(1, month)) + day - 1


def _date(days: int) -> tuple[int, int, int, int]:
    """Century (0 or 1), year, month and day of so many days since 2000-01-01."""
    fours, days = divmod(days, 4 * 365 + 1)
    years = 4 * fours
    while days >= (length := 366 if years % 4 == 0 else 365):
        days -= length
        years += 1
    month = 1
    while days >= (length := _month_length(years, month)):
        days -= length
        month += 1
    return years // 100 % 2, years % 100, month, days + 1


def _bcd(value: int) -> int:
    return value // 10 << 4 | value % 10


def _binary(bcd: int, low: int, high: int) -> int:
    return min(max((bcd >> 4) * 10 + (bcd & 0x0F), low), high)
