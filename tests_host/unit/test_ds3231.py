"""The clock driver against the chip's model, and the calendar against datetime."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ds3231 import ADDRESS, ClockError, Ds3231, civil, from_bcd, to_bcd
from picometer.virtual.clock import NS_PER_S, SimClock
from picometer.virtual.ds3231 import Ds3231 as Chip

EPOCH = datetime(2000, 1, 1)
MOMENTS = st.datetimes(EPOCH, datetime(2099, 12, 31, 23, 59, 59)).map(
    lambda moment: moment.replace(microsecond=0)
)
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
    if later.year > 2099:
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
        (5, 0x81),
        (6, 0xA0),
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
    for parts in ((2023, 2, 29, 0, 0, 0), (2024, 1, 1, 24, 0, 0), (2100, 1, 1, 0, 0, 0)):
        with pytest.raises(ValueError):
            rtc.set(*parts)
    assert chip.now().year == 2000
