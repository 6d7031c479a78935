"""A DS3231 clock on simulated time, with its battery.

Register map after Maxim's DS3231 data sheet (19-5170). 24-hour mode only; the alarms are
storage without effect. The chip calls every year divisible by four a leap year and is
specified to 2099, as here.
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
        self._pointer = 0
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
        """What the registers show, with the fraction of the running second."""
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
            self._pointer = data[0] % _REGISTERS
            if len(data) > 1:
                self._write_registers(data[1:])
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
        now = self.now()
        century, year = divmod(now.year - 2000, 100)
        days = (now - _FIRST).days
        self._registers[0:7] = bytes(
            (
                _bcd(now.second),
                _bcd(now.minute),
                _bcd(now.hour),
                (days + self._weekday) % 7 + 1,
                _bcd(now.day),
                _bcd(now.month) | (_MONTH_CENTURY if century else 0),
                _bcd(year),
            )
        )
        self._registers[TEMPERATURE] = self.temperature_q2 >> 2 & 0xFF
        self._registers[TEMPERATURE + 1] = (self.temperature_q2 & 3) << 6

    def _take_time(self, seconds_written: bool) -> None:
        """Let the time registers as written run on; values out of range are clipped."""
        second, minute, hour, weekday, day, month, year = self._registers[0:7]
        fraction_ns = 0 if seconds_written else self._now_ns() % NS_PER_S
        first_of_month = datetime(
            2000 + _binary(year, 0, 99) + (100 if month & _MONTH_CENTURY else 0),
            _binary(month & 0x1F, 1, 12),
            1,
        )
        next_month = (first_of_month + timedelta(days=31)).replace(day=1)
        moment = first_of_month + timedelta(
            days=_binary(day, 1, (next_month - first_of_month).days) - 1,
            hours=_binary(hour, 0, 23),
            minutes=_binary(minute, 0, 59),
            seconds=_binary(second, 0, 59),
        )
        self._weekday = (weekday - 1 - (moment - _FIRST).days) % 7
        self._set_ns((moment - _FIRST) // timedelta(seconds=1) * NS_PER_S + fraction_ns)

    # Time: nanoseconds since 2000-01-01, counted from an instant of the simulation

    def _now_ns(self) -> int:
        if self._stopped:
            return self._time_ns
        elapsed = self._clock.now_ns - self._since_ns
        return self._time_ns + elapsed + elapsed * self._drift_ppm // 1_000_000

    def _set_ns(self, time_ns: int) -> None:
        self._time_ns = time_ns
        self._since_ns = self._clock.now_ns


def _bcd(value: int) -> int:
    return value // 10 << 4 | value % 10


def _binary(bcd: int, low: int, high: int) -> int:
    return min(max((bcd >> 4) * 10 + (bcd & 0x0F), low), high)
