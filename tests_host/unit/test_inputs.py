"""Switches count once they are steady, by time and not by samples."""

from firmware.inputs import Inputs


def state_after(levels, step_ms=100, active=b"\x00"):
    """The state after an input showed `levels`, one look each."""
    level = [1]
    inputs = Inputs([lambda: level[0]], active)
    seen = []
    for i, value in enumerate(levels):
        level[0] = value
        inputs.step(i * step_ms)
        seen.append(inputs.state[0])
    return seen


def test_a_press_counts_once_it_is_steady():
    assert state_after([1, 0, 0, 0]) == [0, 0, 1, 1]


def test_a_bounce_at_every_look_never_counts():
    assert state_after([1, 0, 1, 0, 1, 0, 1]) == [0] * 7


def test_many_quick_looks_do_not_shorten_the_time():
    assert sum(state_after([0] * 80, step_ms=1)) == 0
    assert state_after([0] * 100, step_ms=1)[-1] == 1


def test_an_input_may_be_actuated_high():
    assert state_after([0, 1, 1], active=b"\x01") == [0, 0, 1]
