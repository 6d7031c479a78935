"""The load profile's arithmetic: ends, values and statuses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrology import profile as mp

LENGTHS = (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60)
# Names of the marks, by the status that a channel shows.
MARKS = {
    1: mp.OVERFLOW,
    2: mp.PARTIAL,
    3: mp.LONG,
    4: mp.SKIPPED,
    5: mp.TEST,
    6: mp.CHANGED,
    7: mp.STOPPED,
}
shapes = st.builds(
    mp.Shape,
    st.integers(1, 8),
    st.integers(1, 1440),
    st.sampled_from(LENGTHS),
    st.sampled_from(mp.FORMATS),
)
minutes = st.integers(1, 50_000_000)


def test_lengths_are_those_that_divide_the_hour():
    assert tuple(m for m in range(-5, 200) if mp.is_length(m)) == LENGTHS


@pytest.mark.parametrize(("status", "mark"), MARKS.items())
def test_a_mark_is_shown_as_its_status(status, mark):
    assert mp.status(mark) == status
    assert mp.status(mark | mp.POWER_FAIL | mp.FORWARD | mp.BACKWARD) == status


@given(st.sets(st.sampled_from(sorted(MARKS)), min_size=1))
def test_of_several_marks_the_first_in_the_order_is_shown(statuses):
    marks = sum(MARKS[status] for status in statuses)
    order = (4, 1, 7, 6, 5, 3, 2)
    assert mp.status(marks) == next(status for status in order if status in statuses)


@given(shapes, st.data())
def test_an_interval_is_decoded_to_what_was_encoded(shape, data):
    values = [
        data.draw(st.none() | st.integers(shape.smallest - 2, shape.largest + 2))
        for _ in range(shape.channels)
    ]
    marks = data.draw(st.sampled_from((0, mp.PARTIAL, mp.LONG | mp.BACKWARD, mp.POWER_FAIL)))
    octets = bytearray(b"\xa5" * shape.interval)
    shape.encode(octets, marks, values)
    assert octets[0] & 0xF0 == marks >> 8
    for channel, value in enumerate(values, start=1):
        nibble = octets[channel // 2] >> (0 if channel % 2 else 4) & 0x0F
        at = shape.status + (channel - 1) * shape.width
        signed = shape.smallest < 0
        kept = int.from_bytes(octets[at : at + shape.width], "little", signed=signed)
        if value is None:
            assert (kept, nibble) == (0, 4)
        elif shape.smallest <= value <= shape.largest:
            assert (kept, nibble) == (value, mp.status(marks))
        else:
            assert kept == min(max(value, shape.smallest), shape.largest)
            assert nibble == 1


@given(
    st.lists(st.integers(0, 10**9), min_size=2),
    st.integers(1, 65535),
    st.integers(1, 65535),
)
def test_intervals_add_up_to_what_the_register_has_counted(steps, scalar, divisor):
    readings = [sum(steps[:i]) for i in range(len(steps) + 1)]
    scaled = [mp.scaled(reading, scalar, divisor) for reading in readings]
    values = [after - before for before, after in zip(scaled, scaled[1:], strict=False)]
    assert sum(values) == mp.scaled(readings[-1], scalar, divisor)
    assert all(value >= 0 for value in values)


@given(
    shapes,
    minutes,
    st.integers(-3000, 3000),
    st.integers(0, 59999),
    st.integers(-(10**8), 10**8),
    st.sampled_from((0, mp.POWER_FAIL)),
)
def test_whatever_the_clock_shows_the_next_interval_is_the_one_it_is_in(
    shape, at, ahead, ms, change_ms, why
):
    end = shape.end_of(at)
    minute = max(1, end + ahead)
    ended, marks, gap, opening, following = mp.course(
        shape, end - shape.length, end, minute, ms, change_ms, why
    )
    assert following - shape.length <= minute < following
    assert following % shape.length == 0
    assert ended == (following != end)
    was_set = abs(change_ms) >= mp.CHANGE_MS
    if why:
        assert marks & mp.POWER_FAIL
        assert not ended or gap & mp.POWER_FAIL and opening & mp.POWER_FAIL
    if was_set:
        assert marks & (mp.FORWARD if change_ms > 0 else mp.BACKWARD)
    if not was_set and not why and minute < end and minute >= end - shape.length:
        assert marks == 0
    if marks & mp.SKIPPED or opening & mp.SKIPPED:
        raise AssertionError("what ran was not skipped")
    if minute < end - shape.length:
        assert marks & mp.BACKWARD and gap & mp.BACKWARD


@given(shapes, minutes, st.integers(0, mp.LATE_MS))
def test_an_interval_that_ends_in_time_has_no_marks(shape, at, late_ms):
    end = shape.end_of(at)
    turn = mp.course(shape, end - shape.length, end, end, late_ms, late_ms)
    assert turn == (True, 0, 0, 0, end + shape.length)
