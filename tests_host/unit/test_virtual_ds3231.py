"""The DS3231 model: time on simulated time, and what its registers say of it."""

import json
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from picometer.virtual.clock import NS_PER_S, SimClock
from picometer.virtual.ds3231 import CONTROL, STATUS, STATUS_OSF, TEMPERATURE, Ds3231

MOMENT = datetime(2024, 2, 28, 23, 59, 58)


def powered():
    clock = SimClock()
    rtc = Ds3231(clock)
    rtc.power_on()
    return clock, rtc


def registers(rtc, first=0, n=7):
    assert rtc.i2c_write(bytes([first])) == 1
    return rtc.i2c_read(n)


def test_a_new_chip_says_that_its_time_is_not_valid():
    _, rtc = powered()
    assert registers(rtc, STATUS, 1)[0] & STATUS_OSF


def test_writing_the_time_alone_does_not_clear_the_flag_but_writing_zero_does():
    _, rtc = powered()
    rtc.i2c_write(bytes.fromhex("00 58 59 23 03 28 02 24"))
    assert registers(rtc, STATUS, 1)[0] & STATUS_OSF
    rtc.i2c_write(bytes([STATUS, 0]))
    assert not registers(rtc, STATUS, 1)[0] & STATUS_OSF
    rtc.i2c_write(bytes([STATUS, 0xFF]))
    assert not registers(rtc, STATUS, 1)[0] & STATUS_OSF


def test_it_counts_through_the_leap_day():
    clock, rtc = powered()
    rtc.i2c_write(bytes.fromhex("00 58 59 23 03 28 02 24"))
    clock.advance_to(2 * NS_PER_S)
    assert registers(rtc) == bytes.fromhex("00 00 00 04 29 02 24")


def test_the_century_bit_sets_when_the_year_overflows():
    clock, rtc = powered()
    rtc.i2c_write(bytes.fromhex("00 59 59 23 05 31 12 99"))
    clock.advance_to(NS_PER_S)
    assert registers(rtc) == bytes.fromhex("00 00 00 06 01 81 00")


def test_its_calendar_has_every_fourth_year_leap_and_toggles_the_century_bit():
    clock, rtc = powered()
    day = 86400 * NS_PER_S
    for text, following in (
        ("00 00 00 01 28 02 23", "00 00 00 02 01 03 23"),
        ("00 00 00 01 28 02 24", "00 00 00 02 29 02 24"),
        ("00 00 00 01 28 82 00", "00 00 00 02 29 82 00"),  # 2100 too
        ("00 00 00 01 29 82 00", "00 00 00 02 01 83 00"),
        ("00 00 00 01 28 82 99", "00 00 00 02 01 83 99"),
        ("00 00 00 07 31 12 89", "00 00 00 01 01 01 90"),
        ("00 00 00 07 31 12 99", "00 00 00 01 01 81 00"),
        ("00 00 00 07 31 92 99", "00 00 00 01 01 01 00"),
    ):
        rtc.i2c_write(b"\0" + bytes.fromhex(text))
        assert registers(rtc) == bytes.fromhex(text)
        clock.advance_to(clock.now_ns + day)
        assert registers(rtc) == bytes.fromhex(following)


def test_setting_the_seconds_restarts_the_second():
    clock, rtc = powered()
    clock.advance_to(700_000_000)
    rtc.i2c_write(bytes([0, 0x30]))
    clock.advance_to(1_600_000_000)
    assert registers(rtc, 0, 1) == b"\x30"
    clock.advance_to(1_700_000_000)
    assert registers(rtc, 0, 1) == b"\x31"


def test_it_keeps_time_while_the_supply_is_off():
    clock, rtc = powered()
    rtc.set(MOMENT)
    clock.advance_to(10 * NS_PER_S)
    rtc.power_off()
    assert rtc.i2c_write(b"\x00") == 0
    clock.advance_to(100 * NS_PER_S)
    rtc.power_on()
    assert rtc.now() == MOMENT + timedelta(seconds=100)
    assert not registers(rtc, STATUS, 1)[0] & STATUS_OSF


def test_a_lost_battery_loses_the_time_and_says_so():
    clock, rtc = powered()
    rtc.set(MOMENT)
    rtc.power_off()
    rtc.battery_lost()
    rtc.power_on()
    assert rtc.now() == datetime(2000, 1, 1)
    assert registers(rtc, STATUS, 1)[0] & STATUS_OSF


def test_eosc_stops_the_oscillator_on_battery_and_flags_it():
    clock, rtc = powered()
    rtc.set(MOMENT)
    rtc.i2c_write(bytes([CONTROL, 0x80]))
    rtc.power_off()
    clock.advance_to(50 * NS_PER_S)
    rtc.power_on()
    assert rtc.now() == MOMENT
    assert registers(rtc, STATUS, 1)[0] & STATUS_OSF


def test_drift_is_parts_per_million_from_when_it_changes():
    clock, rtc = powered()
    rtc.set(MOMENT)
    clock.advance_to(1000 * NS_PER_S)
    rtc.drift_ppm = -20
    clock.advance_to(101_000 * NS_PER_S)
    assert rtc.now() == MOMENT + timedelta(seconds=101_000 - 2)


def test_state_goes_through_json_and_time_goes_on_meanwhile():
    clock, rtc = powered()
    rtc.set(MOMENT)
    rtc.i2c_write(bytes([7, 0x12, 0x34]))
    state = json.loads(json.dumps(rtc.dump()))
    _, later = powered()
    later.load(state, 3600)
    assert later.now() == MOMENT + timedelta(hours=1)
    assert registers(later, 7, 2) == b"\x12\x34"
    assert not registers(later, STATUS, 1)[0] & STATUS_OSF


@pytest.mark.parametrize("state", [{}, {"time_ns": 0, "weekday": 0, "registers": "zz"}, 3])
def test_a_state_that_is_none_is_refused(state):
    _, rtc = powered()
    rtc.set(MOMENT)
    with pytest.raises(ValueError):
        rtc.load(state, 0)
    assert rtc.now() == MOMENT


def test_temperature_is_quarter_degrees():
    _, rtc = powered()
    rtc.temperature_q2 = -41
    assert registers(rtc, TEMPERATURE, 2) == bytes([0xF5, 0xC0])


def test_the_pointer_wraps_after_the_last_register():
    _, rtc = powered()
    rtc.set(MOMENT)
    assert registers(rtc, 0x12, 3)[1:] == registers(rtc, 0, 2)


@settings(max_examples=100, deadline=None)
@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 1)),
    st.integers(0, 30 * 86400),
)
def test_registers_follow_the_calendar(moment, seconds):
    clock, rtc = powered()
    moment = moment.replace(microsecond=0)
    rtc.set(moment)
    clock.advance_to(seconds * NS_PER_S)
    then = moment + timedelta(seconds=seconds)
    expected = then.strftime("%S%M%H0{}%d%m%y").format(then.isoweekday())
    assert registers(rtc).hex() == expected
