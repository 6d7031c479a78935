"""The service switch: each action, each fault, and power that goes at any byte and any step."""

import pytest

from boards.pico_meter import layout
from c1219 import events as e
from c1219 import service
from firmware import service_switch as s
from firmware.module_reset import HELD_MS
from metrology import faults as f
from picometer.virtual.clock import NS_PER_MS
from tests_host.unit.service_bench import LEVER, OPTICAL, ServiceBench, under_way

BY_COMMAND, BY_CONDITION = e.CONTROL_BY_COMMAND, e.CONTROL_BY_CONDITION


@pytest.fixture
def bench():
    bench = ServiceBench()
    bench.run(2000)
    return bench


def test_a_new_meter_takes_its_switch_as_it_is_and_moves_nothing():
    for closed, state in ((True, s.CLOSED), (False, s.OPENED)):
        bench = ServiceBench()
        bench.relay.closed = closed
        assert bench.switch.state == s.MOVING
        assert bench.ask(s.OPEN) == -s.BUSY  # nothing was seen yet
        bench.run(2000)
        assert bench.switch.state == state and bench.switch.closed == bench.switch.live == closed
        bench.cut()
        bench.run(10000)
        assert bench.switch.state == state
        assert not bench.relay.pulses and not bench.faults.word and not bench.entries()


@pytest.mark.parametrize("start_ms", [0, 2**30 - 2500])
def test_open_and_close_are_one_pulse_each_logged_and_counted(start_ms):
    bench = ServiceBench(start_ms)
    bench.run(2000)
    number = bench.ask(s.OPEN)
    assert bench.switch.outcome(number) == s.UNDER_WAY and bench.switch.state == s.MOVING
    assert bench.ask(s.CLOSE) == -s.BUSY
    bench.run(1000)
    assert bench.switch.outcome(number) == s.DONE and bench.switch.state == s.OPENED
    assert not bench.relay.closed
    assert bench.do(s.CLOSE) == s.DONE
    assert bench.switch.outcome(number) == s.REPLACED
    assert bench.relay.closed and bench.switch.state == s.CLOSED
    assert bench.pulses() == [("open", s.PULSE_MS), ("close", s.PULSE_MS)]
    kept = bench.switch.kept
    assert (kept.openings, kept.closings, kept.cause) == (1, 1, 1)
    assert bench.entries() == [(BY_COMMAND, 1, e.SWITCH_OPEN), (BY_COMMAND, 1, e.SWITCH_CLOSE)]
    assert bench.history.entry(0).user == 77


def test_what_is_so_already_is_done_without_pulse_or_entry(bench):
    assert bench.do(s.CLOSE) == bench.do(s.DISARM) == s.DONE
    assert not bench.entries() and not bench.relay.pulses
    bench.do(s.OPEN)
    assert bench.do(s.OPEN) == s.DONE
    assert len(bench.entries()) == len(bench.relay.pulses) == 1
    bench.do(s.ARM)
    assert bench.do(s.ARM) == s.DONE
    assert len(bench.entries()) == 2
    assert bench.do(s.OPEN) == s.DONE and bench.switch.state == s.OPENED  # and not armed
    assert len(bench.entries()) == 3 and len(bench.relay.pulses) == 1


def test_armed_the_lever_closes_it(bench):
    assert bench.do(s.ARM) == s.REFUSED  # closed
    bench.do(s.OPEN)
    assert bench.do(s.ARM) == s.DONE and bench.switch.state == s.ARMED
    bench.cut()
    bench.run(2000)
    assert bench.switch.state == s.ARMED
    assert bench.do(s.CLOSE, LEVER) == s.DONE
    assert bench.relay.closed and not bench.switch.kept.armed and bench.switch.kept.cause == 3
    assert bench.entries()[-1] == (BY_CONDITION, 3, e.SWITCH_CLOSE)
    bench.do(s.OPEN)
    assert bench.switch.state == s.OPENED
    bench.do(s.ARM)
    assert bench.do(s.DISARM) == s.DONE and bench.switch.state == s.OPENED


def test_a_close_is_refused_while_there_is_voltage_on_the_load_side(bench):
    bench.do(s.OPEN)
    bench.relay.backfed = True
    bench.run(300)
    logged = bench.entries()
    assert bench.ask(s.CLOSE) == bench.ask(s.ARM) == -s.REFUSED
    bench.run(1000)
    assert bench.entries() == logged  # nothing was done that could be said
    bench.relay.backfed = False
    bench.run(300)
    assert bench.do(s.CLOSE) == s.DONE
    assert [pulse.onto_voltage for pulse in bench.relay.pulses] == [False, False]


@pytest.mark.parametrize("steps", [0, 1])
def test_voltage_that_comes_after_the_command_stops_the_close(bench, steps):
    bench.do(s.OPEN)
    number = bench.ask(s.CLOSE)
    for _ in range(steps):
        bench.step()
    bench.relay.backfed = True
    bench.run(3000)
    assert bench.switch.outcome(number) == s.REFUSED
    assert [coil for coil, _ in bench.pulses()] == ["open"]
    assert not bench.switch.kept.close and not bench.switch.kept.pending
    if steps:
        assert bench.entries()[-1] == (BY_CONDITION, e.SOURCE_SERVICE_SWITCH, e.GIVEN_UP)
    bench.relay.backfed = False
    bench.cut()
    bench.run(8000)
    assert bench.switch.state == s.OPENED and not bench.relay.closed


def test_contacts_that_do_not_open_are_welded(bench):
    bench.relay.welded = True
    assert bench.do(s.OPEN) == s.FAILED
    assert bench.faults.word == f.SERVICE_WELDED and bench.switch.state == s.FAULTY
    assert bench.switch.fault_bits == 1
    assert bench.entries()[-1] == (BY_CONDITION, 7, e.WELDED)
    # It is tried again at each start: open is what was commanded.
    bench.cut()
    bench.run(500)
    assert bench.switch.state == s.MOVING
    bench.run(5000)
    assert bench.faults.word == f.SERVICE_WELDED
    assert len(bench.relay.pulses) == 2
    bench.relay.welded = False
    assert bench.do(s.OPEN) == s.DONE and not bench.faults.word
    assert bench.switch.kept.openings == 1


def test_voltage_that_stays_after_the_contacts_have_opened_is_welded_until_it_goes(bench):
    bench.relay.backfed = True
    assert bench.do(s.OPEN) == s.FAILED and bench.faults.word == f.SERVICE_WELDED
    bench.cut()
    bench.run(1500)
    assert bench.faults.word == f.SERVICE_WELDED  # known before it is seen again
    assert len(bench.relay.pulses) == 1
    bench.relay.backfed = False
    bench.run(3000)
    assert not bench.faults.word and bench.switch.state == s.OPENED


def test_contacts_that_do_not_close_are_stuck_and_nothing_closes_them_later_by_itself(bench):
    bench.do(s.OPEN)
    bench.relay.stuck = True
    assert bench.do(s.CLOSE) == s.FAILED
    assert bench.faults.word == f.SERVICE_STUCK and bench.switch.fault_bits == 2
    assert bench.entries()[-1] == (BY_CONDITION, 7, e.STUCK)
    bench.relay.stuck = False
    bench.cut()
    bench.run(10000)
    assert bench.faults.word == f.SERVICE_STUCK and not bench.relay.closed
    assert bench.do(s.CLOSE) == s.DONE and not bench.faults.word


def test_contacts_that_close_and_do_not_say_so_disagree(bench):
    bench.do(s.OPEN)

    def lose_the_way(closed):
        bench.relay.misled = True

    bench.relay.on_move.append(lose_the_way)
    assert bench.do(s.CLOSE) == s.FAILED
    assert bench.faults.word == f.SERVICE_DISAGREES and bench.switch.fault_bits == 4
    bench.relay.misled = False
    bench.run(2000)
    assert not bench.faults.word and bench.switch.state == s.CLOSED


@pytest.mark.parametrize("ill", ["moved", "misled", "backfed"])
def test_what_changes_without_a_command_disagrees_after_five_seconds_and_moves_nothing(bench, ill):
    if ill == "backfed":
        bench.do(s.OPEN)
    pulses = len(bench.relay.pulses)

    def disturb(on):
        if ill == "moved":
            bench.relay.move(not on)
        else:
            setattr(bench.relay, ill, on)

    bench.run(1000)
    disturb(True)
    bench.run(4500)
    disturb(False)
    bench.run(500)
    disturb(True)
    bench.run(4500)
    assert not bench.faults.word
    bench.run(1000)
    assert bench.faults.word == f.SERVICE_DISAGREES and bench.switch.state == s.FAULTY
    told = [entry for entry in bench.entries() if entry == (BY_CONDITION, 7, e.DISAGREES)]
    assert len(told) == 1
    disturb(False)
    bench.run(800)
    assert bench.faults.word
    bench.run(800)
    assert not bench.faults.word
    # One that comes and goes does not fill the log.
    for _ in range(3):
        disturb(True)
        bench.run(7000)
        assert bench.faults.word == f.SERVICE_DISAGREES
        disturb(False)
        bench.run(3000)
    assert bench.entries().count(told[0]) == 1
    assert len(bench.relay.pulses) == pulses


def test_a_fault_that_is_withdrawn_while_it_stands_comes_back(bench):
    bench.relay.welded = True
    bench.do(s.OPEN)
    for _ in range(2):
        bench.faults.withdraw(f.MANUFACTURER_FLAGS)
        bench.run(6000)
        assert bench.faults.word == f.SERVICE_WELDED
    assert bench.entries().count((BY_CONDITION, 7, e.WELDED)) == 1
    bench.faults.withdraw(f.MANUFACTURER_FLAGS)
    bench.relay.welded = False
    bench.relay.move(False)
    bench.run(6000)
    bench.cut()
    bench.run(1500)
    assert not bench.faults.word


def test_a_switch_that_was_opened_by_hand_is_not_closed_at_the_next_start(bench):
    bench.do(s.OPEN)
    bench.do(s.CLOSE)
    bench.relay.move(False)
    bench.cut()
    bench.run(10000)
    assert not bench.relay.closed and bench.faults.word == f.SERVICE_DISAGREES


def test_a_switch_that_was_closed_by_hand_while_the_power_was_off_is_opened(bench):
    bench.do(s.OPEN)
    bench.relay.move(True)
    bench.cut()
    bench.run(5000)
    assert not bench.relay.closed and bench.switch.state == s.OPENED
    assert bench.entries()[-1] == (BY_CONDITION, 7, e.RESUMED)


def test_an_expander_that_does_not_answer_is_a_fault_and_nothing_is_done(bench):
    bench.i2c.answers = False
    bench.run(300)
    assert bench.do(s.OPEN) == bench.do(s.CLOSE) == s.REFUSED
    assert bench.switch.closed is None and bench.switch.live is None
    bench.run(6000)
    assert bench.faults.word == f.SERVICE_DISAGREES
    bench.cut()
    bench.run(2000)
    assert bench.ask(s.OPEN) == -s.BUSY
    bench.run(6000)
    assert bench.switch.state == s.FAULTY and bench.ask(s.OPEN) == -s.REFUSED
    bench.i2c.answers = True
    bench.run(4000)
    assert not bench.faults.word and bench.switch.state == s.CLOSED


@pytest.mark.parametrize("after", range(6))
def test_an_expander_that_falls_silent_in_the_middle_gets_the_end_of_the_pulse_when_it_is_back(
    bench, after
):
    number = bench.ask(s.OPEN)
    for _ in range(after):
        bench.step()
    bench.i2c.answers = False
    bench.run(400)
    bench.i2c.answers = True
    silent_until = bench.now
    bench.run(4000)
    assert bench.chip.written == 0xFF
    outcome = bench.switch.outcome(number)
    assert outcome == (s.REFUSED if after == 0 else s.DONE)
    (pulse,) = bench.relay.pulses if after else [None]
    if after:
        longest = max(silent_until * NS_PER_MS - pulse.begin_ns, s.PULSE_MS * NS_PER_MS)
        assert pulse.end_ns - pulse.begin_ns <= longest + 5 * NS_PER_MS


@pytest.mark.parametrize("action", [s.OPEN, s.CLOSE])
def test_an_expander_that_falls_silent_for_long_gets_no_pulse_and_is_a_fault(action):
    bench = under_way(action)
    pulses = len(bench.relay.pulses)
    bench.step()
    bench.i2c.answers = False
    bench.run(3000)
    assert bench.switch.outcome(bench.switch._number) == s.FAILED
    assert bench.faults.word == f.SERVICE_DISAGREES
    bench.i2c.answers = True
    bench.run(10000)
    assert len(bench.relay.pulses) == pulses
    assert bench.relay.closed == (action == s.OPEN)


def test_what_the_memory_does_not_take_is_not_done(bench):
    bench.memory.deaf = True
    for action in (s.OPEN, s.CLOSE):
        outcome = bench.do(action)
        assert outcome == (s.REFUSED if action == s.OPEN else s.DONE)
    assert bench.switch.state == s.CLOSED and not bench.relay.pulses
    bench.memory.deaf = False
    assert bench.do(s.OPEN) == s.DONE


def test_a_record_that_is_lost_leaves_the_switch_as_it_is_and_says_so(bench):
    bench.do(s.OPEN)
    bench.do(s.ARM)
    end = layout.SERVICE_SWITCH + 64 * layout.SERVICE_SWITCH_SLOTS
    for at in range(layout.SERVICE_SWITCH, end, 16):
        bench.cells[at] ^= 0x55
    bench.cut()
    bench.run(3000)
    assert bench.switch.state == s.OPENED and len(bench.relay.pulses) == 1
    assert bench.faults.word == f.CONFIGURATION_BAD
    assert bench.entries()[-1] == (BY_CONDITION, 7, e.RECORD_LOST)


def test_a_module_is_held_in_reset_for_a_tenth_of_a_second_at_least(bench):
    bench.switch.module.ask()
    bench.step()
    assert bench.resets[-1][1] == 0
    bench.do(s.OPEN)
    (_, down), (_, up) = (bench.resets[0], bench.resets[-1])
    assert (down, up) == (0, 1) and len(bench.resets) == 2
    assert bench.resets[1][0] - bench.resets[0][0] >= HELD_MS
    assert bench.pulses() == [("open", s.PULSE_MS)]


def test_a_late_step_ends_the_pulse_first_of_all(bench):
    bench.lateness = lambda: 20
    assert bench.do(s.OPEN) == s.DONE
    assert bench.pulses() == [("open", s.PULSE_MS + 20)]


def test_counts_and_cause_survive(bench):
    for _ in range(3):
        assert bench.do(s.OPEN) == bench.do(s.CLOSE) == s.DONE
    bench.do(s.OPEN, OPTICAL)
    bench.cut()
    bench.run(2000)
    kept = bench.switch.kept
    assert (kept.openings, kept.closings, kept.cause, kept.close) == (4, 3, 1, False)


def test_actions_and_states_are_those_of_the_table_and_the_procedure():
    """Which would bring all declarations with them, before the meter has a port."""
    assert (s.OPEN, s.CLOSE, s.ARM, s.DISARM) == (
        service.ACTION_OPEN,
        service.ACTION_CLOSE,
        service.ACTION_ARM,
        service.ACTION_DISARM,
    )
    assert (s.OPENED, s.CLOSED, s.ARMED, s.MOVING, s.FAULTY) == (
        service.OPEN,
        service.CLOSED,
        service.ARMED,
        service.MOVING,
        service.FAULTY,
    )
