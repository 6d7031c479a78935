"""The modelled relay: what its coils do, what stays, and what is wrong when it is told to be."""

import pytest

from boards.pico_meter import pins, power_fail
from picometer.virtual import mocks
from picometer.virtual.board import VirtualBoard
from picometer.virtual.clock import NS_PER_MS, NS_PER_S, SimClock
from picometer.virtual.controls import DONE, ControlError, Controls
from picometer.virtual.mains import ConstantLoad
from picometer.virtual.options import LoadChoice
from picometer.virtual.service_switch import TRAVEL_NS, ServiceSwitch
from picometer.virtual.state import StateFile


@pytest.fixture
def relay():
    return ServiceSwitch(SimClock(), lambda: True)


def pulse(relay, coil, ns):
    line = relay.open_coil if coil == "open" else relay.close_coil
    line(0)
    relay._clock.advance_to(relay._clock.now_ns + ns)
    line(1)


def test_contacts_move_when_the_coil_has_had_current_for_long_enough_and_stay(relay):
    moves = []
    relay.on_move.append(moves.append)
    assert (relay.closed, relay.position(), relay.load_voltage()) == (True, 0, 0)
    pulse(relay, "open", TRAVEL_NS - 1)
    assert relay.closed
    pulse(relay, "open", TRAVEL_NS)
    assert (relay.closed, relay.position(), relay.load_voltage()) == (False, 1, 1)
    pulse(relay, "open", TRAVEL_NS)
    assert moves == [False]
    pulse(relay, "close", TRAVEL_NS)
    assert relay.closed and moves == [False, True]
    assert [(p.coil, p.end_ns - p.begin_ns) for p in relay.pulses] == [
        ("open", TRAVEL_NS - 1),
        ("open", TRAVEL_NS),
        ("open", TRAVEL_NS),
        ("close", TRAVEL_NS),
    ]
    assert not relay.both


def test_ills(relay):
    relay.welded = True
    pulse(relay, "open", TRAVEL_NS)
    assert relay.closed
    relay.misled = True
    assert relay.position() == 1 and relay.load_voltage() == 0
    relay.welded = relay.misled = False
    pulse(relay, "open", TRAVEL_NS)
    relay.stuck = True
    pulse(relay, "close", TRAVEL_NS)
    assert not relay.closed and not relay.pulses[-1].onto_voltage
    relay.backfed = True
    assert relay.is_live() and relay.position() == 1
    pulse(relay, "close", TRAVEL_NS)
    assert relay.pulses[-1].onto_voltage


def test_both_coils_at_once_are_noted(relay):
    relay.open_coil(0)
    relay.close_coil(0)
    relay.open_coil(1)
    relay.close_coil(1)
    assert relay.both


def test_no_supply_no_voltage():
    relay = ServiceSwitch(SimClock(), lambda: False)
    assert relay.closed and not relay.is_live()


def test_open_it_takes_the_load_from_the_mains_and_leaves_the_voltage():
    board = VirtualBoard(load=ConstantLoad(2400.0), switched=True)
    board.power_on()
    board.clock.advance_to(NS_PER_S)
    before = board.mains.delivered_uwh
    assert before > 0
    board.service_switch.move(False)
    point = board.mains.present()
    assert (point.volts, point.amps_1, point.milliwatts) == (240.0, 0.0, 0)
    board.mains.change(ConstantLoad(1200.0, volts=230.0))
    board.clock.advance_to(5 * NS_PER_S)
    assert board.mains.delivered_uwh == before
    assert board.mains.present().volts == 230.0
    board.service_switch.move(True)
    assert board.mains.present().milliwatts == 1_200_000
    board.clock.advance_to(6 * NS_PER_S)
    assert board.mains.delivered_uwh == (2400 + 1200) * 1_000_000 // 3600


def test_contacts_outlive_a_power_cut_and_are_in_the_state_file(tmp_path):
    path = str(tmp_path / "state")
    for closed in (True, False, True):
        state = StateFile(path)
        board = VirtualBoard(switched=True)
        state.connect(board)
        board.power_on()
        assert board.service_switch.closed == closed
        board.service_switch.move(not closed)
        board.power_off()
        board.power_on()
        assert board.service_switch.closed != closed
        state.close()  # without save_clock: as a process that was killed


def test_every_line_of_the_control_port_does_what_it_says():
    board = VirtualBoard(switched=True)
    board.power_on()
    relay = board.service_switch
    controls = Controls(board, LoadChoice())
    for line, holds in (
        ("service open", lambda: not relay.closed),
        ("service close", lambda: relay.closed),
        ("service welded", lambda: relay.welded),
        ("service stuck", lambda: relay.stuck and relay.welded),
        ("service misled", lambda: relay.misled),
        ("backfeed on", lambda: relay.backfed),
        ("service good", lambda: not (relay.welded or relay.stuck or relay.misled)),
        ("backfeed off", lambda: not relay.backfed),
    ):
        assert not holds() or line == "service close"
        assert controls.do(line) == DONE and holds(), line
    for line in ("service", "service ajar", "service open now", "backfeed", "backfeed toggle"):
        with pytest.raises(ControlError):
            controls.do(line)
    status = controls.status()
    assert status["service"] == {"contacts": "closed", "live": True, "ills": []}
    assert status["module"] == {"power_fail": False, "resets": 0}
    plain = Controls(VirtualBoard(), LoadChoice())
    assert "service" not in plain.status()
    with pytest.raises(ControlError, match="no service switch"):
        plain.do("backfeed on")


@pytest.mark.parametrize("failing", [False, True])
def test_the_line_to_the_module_follows_the_comparator_also_when_it_starts_low(failing):
    import machine

    board = VirtualBoard()
    mocks.bind(board)
    board.power_on()
    board.switch(pins.POWER_FAIL, failing)
    power_fail.tell(machine.Pin(pins.POWER_FAIL), machine.Pin(pins.MODULE_POWER_FAIL))
    assert board.slot.power_fail == failing
    for _ in range(5):
        board.clock.advance_to(board.clock.now_ns + NS_PER_MS)
        failing = not failing
        board.switch(pins.POWER_FAIL, failing)
        assert board.slot.power_fail == failing
    mocks.bind(None)
