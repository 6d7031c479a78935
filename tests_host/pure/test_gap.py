"""The energy of a gap without good samples fits the power before and after it, or does not."""

from array import array

from firmware.gap import Gap


def net(a, b=0):
    return array("i", (a + b, a, b))


def fits(before, gap, after, ms=1000, before_ms=100, after_ms=100):
    judged = Gap()
    judged.begin(net(*before), before_ms)
    assert not judged.open
    judged.end(net(*gap), ms)
    assert judged.open and judged.ms == ms
    result = judged.fits(net(*after), after_ms)
    assert not judged.open
    return result


def test_a_steady_load_fits_in_either_direction_and_to_two_ticks():
    for load in (0, 7, 5000, -20000):
        for ticks in (8, 10, 12):
            assert fits((load, -load), (ticks * load, -ticks * load), (load, -load))


def test_a_load_that_changed_once_fits_whenever_that_was():
    for share in range(11):
        gap = share * 2000 + (10 - share) * -300
        assert fits((2000,), (gap,), (-300,))
        assert fits((-300,), (gap,), (2000,))


def test_more_than_either_power_explains_does_not_fit_in_any_coil():
    assert not fits((20,), (1000,), (30,))
    assert not fits((20,), (-1000,), (30,))
    assert not fits((20, 5000), (200, 50000 + 32768), (20, 5000))
    assert not fits((5000,), (10000,), (5000,))


def test_ticks_of_any_length_are_compared_by_their_power():
    assert fits((16000,), (20000,), (1000,), ms=500, before_ms=400, after_ms=100)
    assert not fits((16000,), (20000,), (1000,), ms=500, before_ms=1000, after_ms=100)


def test_the_longest_gap_at_full_scale_fits():
    full = 208 * 35000
    assert fits((20800,), (full,), (20800,), ms=35000)
    assert fits((-62400,), (-full,), (-62400,), ms=35000, before_ms=300, after_ms=300)
