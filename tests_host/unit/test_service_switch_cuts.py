"""The service switch when power or processor goes in the middle of an action."""

import pytest

from firmware import service_switch as s
from tests_host.unit.service_bench import PowerGone, under_way


def assert_whole(bench, action, before):
    """After the start everything agrees: what was before, or what was commanded."""
    bench.run(6000)
    switch = bench.switch
    assert not bench.faults.word and bench.chip.written == 0xFF
    assert switch.kept.close == bench.relay.closed and not switch.kept.pending
    after = {s.OPEN: s.OPENED, s.CLOSE: s.CLOSED, s.ARM: s.ARMED}[action]
    assert switch.state in (before, after)
    started = any(entry[2] == action for entry in bench.entries())
    assert started or switch.state == before
    moved = [pulse.coil for pulse in bench.relay.pulses]
    assert switch.kept.closings + switch.kept.openings <= len(moved)
    assert not bench.relay.both
    return switch.state == after


@pytest.mark.parametrize("action", [s.OPEN, s.CLOSE, s.ARM])
def test_power_that_goes_at_any_byte_leaves_it_as_it_was_or_as_it_was_commanded(action):
    whole = under_way(action)
    first = whole.memory.written
    whole.run(3000)
    total = whole.memory.written - first
    assert total >= 2 * 32
    brought_about = 0
    for count in range(total):
        bench = under_way(action)
        before = s.CLOSED if action == s.OPEN else s.OPENED
        bench.memory.left = count
        with pytest.raises(PowerGone):
            bench.run(3000)
        bench.cut()
        brought_about += assert_whole(bench, action, before)
    assert 0 < brought_about < total


@pytest.mark.parametrize("action", [s.OPEN, s.CLOSE, s.ARM])
@pytest.mark.parametrize("how", ["cut", "reset"])
def test_power_or_processor_that_goes_after_any_step(action, how):
    for steps in range(12):
        bench = under_way(action)
        before = s.CLOSED if action == s.OPEN else s.OPENED
        for _ in range(steps):
            bench.step()
        getattr(bench, how)()
        assert assert_whole(bench, action, before) == (steps > 0)


@pytest.mark.parametrize("steps", range(2, 8))
def test_a_close_that_was_cut_off_is_not_resumed_onto_voltage(steps):
    bench = under_way(s.CLOSE, "stuck")
    for _ in range(steps):
        bench.step()
    bench.relay.stuck = False
    bench.relay.backfed = True
    pulses = len(bench.relay.pulses)
    bench.cut()
    bench.run(3000)
    assert len(bench.relay.pulses) == pulses and not bench.relay.closed
    assert bench.switch.kept.close is False
    bench.relay.backfed = False
    bench.run(10000)
    bench.cut()
    bench.run(10000)
    assert not bench.relay.closed and bench.switch.state == s.OPENED
