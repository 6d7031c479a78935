"""The clock driver against the chip's model, and the calendar against datetime."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ds3231 import ADDRESS, ClockError, Ds3231, civil, from_bcd, to_bcd
from picometer.virtual.clock import NS_PER_S, SimClock
from picometer.virtual.ds3231 import Ds3231 as Chip

EPOCH = datetime(2000, 1, 1)
MOMENTS = st.datetimes(EPOCH, datetime(2089, 12, 31, 23, 59, 59)).map(
    lambda moment: moment.replace(microsecond=0)
)
CENTURY = [EPOCH + timedelta(days=day) for day in range(36525)]  # 2000 to 2099
MANY = settings(max_examples=200, deadline=None)


class Bus:
    """machine.I2C with the chip's model on it."""

    def __init__(self, chip):
        self.chip = chip
        self.broken = False
        self.writes_left = 1000

    def readfrom_mem_into(self, address, register, buffer):
        self._address(address)
        self.chip.i2c_write(bytes((register,)))
        buffer[:] = self.chip.i2c_read(len(buffer))

    def writeto_mem(self, address, register, data):
        self._address(address)
        self.writes_left -= 1
        if self.writes_left < 0:
            raise OSError(5)
        self.chip.i2c_write(bytes((register,)) + bytes(data))

    def _address(self, address):
        if self.broken or address != ADDRESS:
            raise OSError(5)


@pytest.fixture
def clock():
    return SimClock()


@pytest.fixture
def chip(clock):
    chip = Chip(clock)
    chip.power_on()
    return chip


@pytest.fixture
def bus(chip):
    return Bus(chip)


def poke(chip, register, *values):
    chip._registers[register : register + len(values)] = bytes(values)
    chip._refresh = lambda: None  # keep what is poked into the time registers


@MANY
@given(MOMENTS)
def test_the_calendar_agrees_with_datetime(moment):
    days = civil.days(moment.year, moment.month, moment.day)
    assert days == (moment.date() - EPOCH.date()).days
    assert civil.weekday(days) == moment.isoweekday() % 7
    out = [0, 0, 0]
    civil.date(days, out)
    assert date(*out) == moment.date()
    seconds = civil.seconds(*moment.timetuple()[:6])
    assert EPOCH + timedelta(seconds=seconds) == moment


def test_every_day_of_the_century_converts_both_ways():
    out = [0, 0, 0]
    for day in range(36525):
        civil.date(day, out)
        assert civil.is_date(*out)
        assert civil.days(*out) == day


@pytest.mark.parametrize(
    "parts",
    [(1999, 12, 31), (2100, 1, 1), (2023, 2, 29), (2024, 13, 1), (2024, 0, 1), (2024, 4, 31)],
)
def test_dates_that_do_not_exist_are_told(parts):
    assert not civil.is_date(*parts)


def test_bcd_goes_both_ways_and_refuses_what_is_no_digit():
    for value in range(100):
        assert from_bcd(to_bcd(value)) == value
        assert f"{to_bcd(value):02x}" == f"{value:02d}"
    assert from_bcd(0x1A) == -1
    assert from_bcd(0xA1) == -1


@settings(max_examples=50, deadline=None)
@given(MOMENTS, st.integers(0, 200_000))
def test_the_time_that_was_set_runs_on(moment, seconds):
    clock = SimClock()
    chip = Chip(clock)
    chip.power_on()
    rtc = Ds3231(Bus(chip))
    rtc.set(*moment.timetuple()[:6])
    later = moment + timedelta(seconds=seconds)
    if later.year > 2089:
        return
    clock.advance_to(seconds * NS_PER_S)
    rtc.read()
    assert rtc.valid
    assert tuple(rtc.fields) == (*later.timetuple()[:6], later.isoweekday() % 7)
    assert rtc.epoch() == (later - EPOCH) // timedelta(seconds=1)
    assert rtc.days() * 86400 + rtc.second_of_day() == rtc.epoch()


def test_a_clock_that_was_never_set_or_lost_its_battery_is_not_valid(chip, bus):
    rtc = Ds3231(bus)
    rtc.read()
    assert not rtc.valid
    rtc.set(2026, 2, 28, 23, 59, 58)
    rtc.read()
    assert rtc.valid
    chip.battery_lost()
    rtc.read()
    assert not rtc.valid


@pytest.mark.parametrize("writes", [0, 1, 2])
def test_a_first_setting_that_is_cut_short_leaves_the_clock_not_valid(bus, writes):
    rtc = Ds3231(bus)
    bus.writes_left = writes
    with pytest.raises(ClockError):
        rtc.set(2026, 2, 28, 23, 59, 58)
    rtc.read()
    assert not rtc.valid


def test_a_silent_chip_is_a_clock_error_with_its_cause(bus):
    rtc = Ds3231(bus)
    rtc.set(2026, 7, 1, 12, 0, 0)
    rtc.read()
    before = list(rtc.fields)
    bus.broken = True
    with pytest.raises(ClockError, match="does not answer") as caught:
        rtc.read()
    assert isinstance(caught.value.cause, OSError)
    assert not rtc.valid
    assert list(rtc.fields) == before
    with pytest.raises(ClockError):
        rtc.set(2026, 7, 1, 12, 0, 0)


@pytest.mark.parametrize(
    "register, value",
    [
        (0, 0x60),
        (0, 0x0A),
        (1, 0x7A),
        (2, 0x24),
        (4, 0x00),
        (4, 0x32),
        (5, 0x13),
        (5, 0x93),
        (6, 0xA0),
        (3, 0),
        (3, 8),
        (2, 0xC1),
    ],
)
def test_what_is_no_time_is_refused_and_the_last_good_one_kept(chip, bus, register, value):
    rtc = Ds3231(bus)
    rtc.set(2026, 1, 15, 8, 30, 0)
    rtc.read()
    before = list(rtc.fields)
    poke(chip, register, value)
    with pytest.raises(ClockError, match="no valid time"):
        rtc.read()
    assert list(rtc.fields) == before
    assert not rtc.valid


@pytest.mark.parametrize(
    "register, hour", [(0x52, 0), (0x41, 1), (0x51, 11), (0x72, 12), (0x61, 13), (0x71, 23)]
)
def test_a_clock_left_in_12_hour_mode_is_understood(chip, bus, register, hour):
    rtc = Ds3231(bus)
    rtc.set(2026, 1, 15, 8, 30, 0)
    poke(chip, 2, register)
    rtc.read()
    assert rtc.fields[3] == hour


@pytest.mark.parametrize("quarters", [-512, -161, -1, 0, 3, 101, 511])
def test_temperature_is_signed_quarter_degrees(chip, bus, quarters):
    chip.temperature_q2 = quarters
    rtc = Ds3231(bus)
    rtc.read()
    assert rtc.temperature_q2() == quarters


def test_a_time_that_does_not_exist_is_not_set(chip, bus):
    rtc = Ds3231(bus)
    for parts in ((2023, 2, 29, 0, 0, 0), (2024, 1, 1, 24, 0, 0), (2090, 1, 1, 0, 0, 0)):
        with pytest.raises(ValueError):
            rtc.set(*parts)
    assert chip.now().year == 2000


def test_every_day_to_2089_is_set_and_read_and_every_later_one_is_not(chip, bus):
    bus.writes_left = 4 * len(CENTURY)
    for moment in CENTURY:
        rtc = Ds3231(bus)
        parts = moment.timetuple()[:3]
        if moment.year <= 2089:
            rtc.set(*parts, 23, 59, 59)
            assert chip.now().replace(microsecond=0) == moment + timedelta(seconds=86399)
            rtc.read()
            assert rtc.valid and tuple(rtc.fields) == (*parts, 23, 59, 59, rtc.fields[6])
            assert rtc.fields[6] == moment.isoweekday() % 7
        else:
            with pytest.raises(ValueError, match="2089"):
                rtc.set(*parts, 23, 59, 59)


def test_a_chip_that_holds_2090_to_2199_is_not_set_and_what_was_read_before_stays(chip, bus):
    rtc = Ds3231(bus)
    rtc.set(2089, 12, 31, 0, 0, 0)
    rtc.read()
    before = tuple(rtc.fields)
    last = datetime(2199, 12, 31)
    moment = datetime(2090, 1, 1)
    while moment <= last:
        chip.set(moment)
        rtc.read()
        assert not rtc.valid and tuple(rtc.fields) == before
        moment += timedelta(days=1)
    rtc.set(2089, 12, 31, 0, 0, 0)  # which takes the century bit back
    rtc.read()
    assert rtc.valid and tuple(rtc.fields) == before


def test_the_clock_ceases_to_be_set_with_the_turn_of_the_year_2090(clock, chip, bus):
    rtc = Ds3231(bus)
    rtc.set(2089, 12, 31, 23, 59, 59)
    rtc.read()
    assert rtc.valid
    clock.advance_to(clock.now_ns + NS_PER_S)
    rtc.read()
    assert not rtc.valid


def as_time(raw):
    """What seven registers say, read by the data sheet; None for what they cannot say."""
    digits = [f"{octet:02x}" for octet in raw]
    hour = raw[2]
    if hour & 0x40:
        twelve = f"{hour & 0x9F:02x}"
        if not twelve.isdigit() or not 1 <= int(twelve) <= 12:
            return None
        digits[2] = str(int(twelve) % 12 + (12 if hour & 0x20 else 0))
    digits[5] = f"{raw[5] & 0x7F:02x}"
    if not all(text.isdigit() for text in digits) or not 1 <= raw[3] <= 7:
        return None
    second, minute, hour, _, day, month, year = map(int, digits)
    try:
        return datetime(2000 + year, month, day, hour, minute, second)
    except ValueError:
        return None


def judge(chip, bus, raw):
    """Read a chip that holds `raw`, and hold what the driver makes of it against `as_time`."""
    rtc = Ds3231(bus)
    poke(chip, 0, *raw)
    time = as_time(raw)
    try:
        rtc.read()
    except ClockError:
        assert time is None and not rtc.valid
        return
    assert time is not None
    assert rtc.valid == (time.year <= 2089 and not raw[5] & 0x80)
    if rtc.valid:
        assert tuple(rtc.fields) == (*time.timetuple()[:6], time.isoweekday() % 7)


def test_every_value_of_every_register_is_a_time_or_refused(chip, bus):
    Ds3231(bus).set(2024, 2, 29, 23, 59, 59)
    for good in ("59 59 23 05 29 02 24", "00 00 00 07 01 01 00", "00 00 52 01 31 12 89"):
        for register in range(7):
            for value in range(256):
                raw = bytearray.fromhex(good)
                raw[register] = value
                judge(chip, bus, raw)


@settings(max_examples=500, deadline=None)
@given(st.binary(min_size=7, max_size=7))
def test_whatever_the_registers_hold_is_a_time_or_refused(raw):
    chip = Chip(SimClock())
    chip.power_on()
    bus = Bus(chip)
    Ds3231(bus).set(2024, 2, 29, 23, 59, 59)
    judge(chip, bus, raw)


@pytest.mark.parametrize("octet", [0x00, 0xFF, 0x7F, 0x80, 0xAA, 0x55])
def test_a_chip_that_answers_the_same_octet_throughout_holds_no_time(bus, octet):
    bus.chip.i2c_read = lambda n: bytes((octet,)) * n
    rtc = Ds3231(bus)
    with pytest.raises(ClockError, match="no valid time"):
        rtc.read()
    assert not rtc.valid
