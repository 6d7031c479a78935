"""The service switch of a whole meter, from both ports, the lever and the command line."""

import json

import pytest

from c1219 import procedures as c
from c1219 import service as s
from firmware.log import Actor
from firmware.service_switch import PULSE_MS
from metrology.page import DEMAND_RESETS
from picometer.proof.household import finish_tick
from picometer.proof.meters import PASSWORD, counted, registers, settle
from picometer.reader.errors import ServiceError
from picometer.virtual.clock import NS_PER_MS
from picometer.virtual.controls import ControlError, Controls
from picometer.virtual.lcd import decode
from picometer.virtual.options import LoadChoice
from tests_host.meter.process import RunningMeter, picometer
from tests_host.meter.switched_meter import FIELD, READER, SwitchedMeter
from tests_host.meter.test_module_port import MODULE


@pytest.fixture
def meter():
    return SwitchedMeter()


def entries(meter):
    """(event, source, argument's detail, user, level) of all that the switch has logged."""
    with meter.client(READER) as client:
        found = client.fields(74)["ENTRIES"]
    return [
        (
            entry["HISTORY_CODE"]["NUMBER"],
            entry["SOURCE"],
            entry["HISTORY_ARGUMENT"]["DETAIL"],
            entry["USER_ID"],
            entry["HISTORY_ARGUMENT"]["AUTHORITY"]["LEVEL"],
        )
        for entry in found
        if "control point" in entry["EVENT"]
    ]


def shown(meter):
    """OPEN and CLOSED as they are on the display within two seconds."""
    seen = set()
    for _ in range(20):
        meter.run(0.1)
        lit = decode(meter.board.lcd.ram).annunciators & {"OPEN", "CLOSED"}
        seen.add(frozenset(lit))
    return seen


def test_a_module_disconnects_the_house_and_the_optical_port_and_the_display_see_it(meter):
    meter.run(7)
    finish_tick(meter.host)
    before = registers(meter.board).net
    assert before == counted(meter.board) > 0
    with meter.client(MODULE, "module") as module:
        assert module.do(s.ACTION_OPEN) == (c.COMPLETED, {"STATE": s.OPEN})
    assert not meter.relay.closed and meter.board.mains.present().milliwatts == 0
    finish_tick(meter.host)
    stopped = registers(meter.board).net
    assert stopped == counted(meter.board) > before
    assert shown(meter) == {frozenset({"OPEN"})}
    status = meter.status()
    assert (status["STATE"], status["COMMANDED"], status["CAUSE"]) == (s.OPEN, s.OPEN, 2)
    assert not any(status["SENSED"].values()) and not any(status["FAULTS"].values())
    with meter.client(None) as optical:
        assert optical.fields(3)["ED_MFG_STATUS"] == [0]
    # Not a count more while it is open; the meter itself goes on.
    meter.run(60)
    assert registers(meter.board).net == stopped == counted(meter.board)
    assert meter.do(s.ACTION_CLOSE) == (c.COMPLETED, {"STATE": s.CLOSED})
    assert shown(meter) == {frozenset({"CLOSED"})}
    meter.run(10)
    settle(meter.host)
    assert registers(meter.board).net == counted(meter.board) > stopped
    assert entries(meter) == [
        (49, "communication port", s.ACTION_OPEN, 7, 2),
        (49, "optical port", s.ACTION_CLOSE, 7, 3),
    ]
    assert [coil for coil, _ in meter.pulse_ms()] == ["open", "close"]


def test_an_armed_switch_is_closed_by_the_lever_which_resets_no_demand_then(meter):
    assert meter.do(s.ACTION_ARM)[0] == c.CONFLICT  # it is closed
    meter.do(s.ACTION_OPEN)
    meter.press()
    assert not meter.relay.closed  # not armed, the lever resets the demand
    meter.run(7)  # every segment is lit for a while
    before = list(meter.host.meter.pages.billing)
    assert meter.do(s.ACTION_ARM) == (c.COMPLETED, {"STATE": s.ARMED})
    assert shown(meter) == {frozenset({"OPEN"}), frozenset()}
    with meter.client(None) as client:
        assert client.fields(3)["ED_MFG_STATUS"] == [0, 1]
    meter.cut()
    assert meter.status()["STATE"] == s.ARMED
    meter.press()
    assert meter.relay.closed and meter.status()["STATE"] == s.CLOSED
    after = meter.host.meter.pages.billing
    assert after[DEMAND_RESETS] == before[DEMAND_RESETS] == 1
    assert entries(meter)[-1] == (51, "lever", s.ACTION_CLOSE, 0, 0)
    assert [coil for coil, _ in meter.pulse_ms()] == ["open", "close"]


def test_disarmed_the_lever_closes_nothing(meter):
    meter.do(s.ACTION_OPEN)
    meter.do(s.ACTION_ARM)
    assert meter.do(s.ACTION_DISARM) == (c.COMPLETED, {"STATE": s.OPEN})
    meter.press()
    assert not meter.relay.closed


def test_nothing_closes_while_there_is_voltage_on_the_load_side(meter):
    meter.do(s.ACTION_OPEN)
    meter.do(s.ACTION_ARM)
    meter.relay.backfed = True
    meter.run(0.5)
    assert meter.do(s.ACTION_CLOSE) == (c.CONFLICT, {})
    meter.press()
    meter.run(6)
    status = meter.status()
    assert status["STATE"] == s.FAULTY and status["FAULTS"]["DISAGREES"]
    assert [coil for coil, _ in meter.pulse_ms()] == ["open"]
    meter.relay.backfed = False
    meter.run(3)
    assert meter.status()["STATE"] == s.ARMED
    meter.press()
    assert meter.relay.closed


@pytest.mark.parametrize(
    ("ill", "action", "fault", "code"),
    [
        ("welded", s.ACTION_OPEN, "WELDED", "000001"),
        ("stuck", s.ACTION_CLOSE, "STUCK", "000002"),
        ("misled", s.ACTION_CLOSE, "DISAGREES", "000004"),
    ],
)
def test_a_fault_is_told_by_the_procedure_the_table_the_status_the_display_and_the_log(
    meter, ill, action, fault, code
):
    if action == s.ACTION_CLOSE:
        meter.do(s.ACTION_OPEN)
    controls = Controls(meter.board, LoadChoice())
    if ill == "misled":  # the contact loses its way while they close
        meter.relay.on_move.append(lambda closed: controls.do("service misled"))
    else:
        controls.do(f"service {ill}")
    assert meter.do(action) == (c.CONFLICT, {"STATE": s.FAULTY})
    status = meter.status()
    assert status["STATE"] == s.FAULTY
    assert [name for name, bit in status["FAULTS"].items() if bit] == [fault]
    with meter.client(None) as client:
        st3 = client.fields(3)
        assert 2 in st3["ED_MFG_STATUS"] and st3["ED_STD_STATUS1"]["SELF_CHK_ERROR_FLAG"]
    for _ in range(600):
        meter.run(0.1)
        reading = decode(meter.board.lcd.ram)
        if reading.code_text == "Er2":
            break
    assert reading.text == code and reading.annunciators >= {"OPEN", "CLOSED", "ERR"}
    told = {"WELDED": 4, "STUCK": 5, "DISAGREES": 6}[fault]
    assert entries(meter)[-1] == (51, "service switch", told, 0, 0)
    meter.cut()
    assert meter.status()["STATE"] == s.FAULTY
    meter.relay.on_move.pop()
    controls.do("service good")
    assert meter.do(action) == (c.COMPLETED, {"STATE": action})
    meter.run(3)
    assert not any(meter.status()["FAULTS"].values())


def test_who_may(meter):
    for password, uart, result in (
        (None, "optical", c.NO_AUTHORISATION),
        (READER, "optical", c.NO_AUTHORISATION),
        (None, "module", c.NO_AUTHORISATION),
        (FIELD, "optical", c.COMPLETED),
        (MODULE, "module", c.COMPLETED),
        (PASSWORD.decode(), "optical", c.COMPLETED),
    ):
        closed = meter.relay.closed
        action = s.ACTION_OPEN if closed else s.ACTION_CLOSE
        assert meter.do(action, password=password, uart=uart)[0] == result
        assert meter.relay.closed == (closed != (result == c.COMPLETED))


def controlled(meter, parameters, **where):
    """The result code of direct load control, once it is done or has failed."""
    with meter.client(**where) as client:
        client.client.write(7, b"\x15\0\7" + bytes(parameters))
        for _ in range(10):
            answer = client.client.read(8)
            assert answer[:3] == b"\x15\0\7" and len(answer) == 4
            if answer[3] != c.ACCEPTED:
                break
            meter.run(0.5)
        return answer[3]


OFF, ON = (0, 1, 0, 0, 0), (100, 1, 0, 0, 0)


def test_direct_load_control_opens_and_closes_as_this_meter_s_own_procedure_does(meter):
    for parameters, closed in ((OFF, False), (OFF, False), (ON, True), (ON, True)):
        assert controlled(meter, parameters) == c.COMPLETED
        assert meter.relay.closed == closed
    assert [coil for coil, _ in meter.pulse_ms()] == ["open", "close"]
    assert entries(meter) == [
        (49, "optical port", s.ACTION_OPEN, 7, 3),
        (49, "optical port", s.ACTION_CLOSE, 7, 3),
    ]
    meter.do(s.ACTION_OPEN)
    meter.relay.backfed = True
    meter.run(0.5)
    assert controlled(meter, ON) == c.CONFLICT and not meter.relay.closed


def test_direct_load_control_takes_the_same_rights(meter):
    for password, uart, result in (
        (None, "optical", c.NO_AUTHORISATION),
        (READER, "optical", c.NO_AUTHORISATION),
        (None, "module", c.NO_AUTHORISATION),
        (FIELD, "optical", c.COMPLETED),
        (MODULE, "module", c.COMPLETED),
    ):
        closed = meter.relay.closed
        parameters = OFF if closed else ON
        assert controlled(meter, parameters, password=password, uart=uart) == result
        assert meter.relay.closed == (closed != (result == c.COMPLETED))


@pytest.mark.parametrize(
    ("parameters", "result"),
    [
        ((50, 1, 0, 0, 0), c.CONFLICT),  # there is no half of a switch
        ((0, 1, 1, 0, 0), c.CONFLICT),  # nor one that closes by itself
        ((0, 1, 0, 30, 0), c.CONFLICT),
        ((0, 1, 0, 0, 1), c.CONFLICT),
        ((101, 1, 0, 0, 0), c.INVALID_PARAMETER),
        ((0, 0, 0, 0, 0), c.INVALID_PARAMETER),
        ((0, 2, 0, 0, 0), c.INVALID_PARAMETER),
        ((0, 3, 0, 0, 0), c.INVALID_PARAMETER),
        ((0, 1, 0, 60, 0), c.INVALID_PARAMETER),
        ((0, 1, 0, 0, 60), c.INVALID_PARAMETER),
        ((0, 1, 0, 0), c.INVALID_PARAMETER),
    ],
)
def test_direct_load_control_of_what_the_switch_cannot_moves_nothing(meter, parameters, result):
    assert controlled(meter, parameters) == result
    assert meter.relay.closed and meter.pulse_ms() == []


def test_a_procedure_is_accepted_first_and_completed_later(meter):
    with meter.client() as client:
        client.client.write(7, b"\0\x08\x09\0")
        assert client.client.read(8) == b"\0\x08\x09" + bytes((c.ACCEPTED,))
        client.client.write(7, b"\0\x08\x0a\1")  # one at a time
        assert client.client.read(8) == b"\0\x08\x0a" + bytes((c.TIMING,))
        meter.run(2)
        assert not meter.relay.closed
        client.client.write(7, b"\0\x08\x0b\4")  # no such action
        assert client.client.read(8) == b"\0\x08\x0b" + bytes((c.INVALID_PARAMETER,))


def test_a_response_is_completed_when_it_is_read_later(meter):
    with meter.client() as client:
        client.client.write(7, b"\0\x08\x09\0")
        meter.run(2)
        assert client.client.read(8) == b"\0\x08\x09" + bytes((c.COMPLETED, s.OPEN))


def test_the_module_is_reset_by_procedure_and_only_then(meter):
    slot = meter.board.slot
    with meter.client() as client:
        assert slot.resets == 0
        assert client.call(s.MODULE_RESET) == (c.COMPLETED, {})
        meter.run(0.05)
        assert slot.in_reset and slot.resets == 1
        meter.run(0.5)
        assert not slot.in_reset
        # Coils and reset share a chip; neither disturbs the other.
        client.call(s.MODULE_RESET)
        assert client.do(s.ACTION_OPEN)[0] == c.COMPLETED
        meter.run(1)
    assert (slot.resets, slot.in_reset) == (2, False)
    assert [(coil, ms) for coil, ms in meter.pulse_ms()] == [("open", PULSE_MS)]


@pytest.mark.parametrize("model", ["AX", "AX-SD"])
def test_the_module_hears_of_a_power_failure_at_its_instant(model):
    meter = SwitchedMeter(model=model, seconds=3)
    clock = meter.board.clock
    controls = Controls(meter.board, LoadChoice())
    begin = clock.now_ns + 123_456_789
    clock.call_at(begin, lambda: controls.do("power fail"))
    clock.call_at(begin + 7 * NS_PER_MS, lambda: controls.do("power good"))
    meter.run(0.5)
    assert meter.board.slot.told == [(begin, True), (begin + 7 * NS_PER_MS, False)]


def test_a_meter_without_a_switch_has_nothing_of_it():
    meter = SwitchedMeter(model="AX", seconds=8)
    asked = meter.board.i2c(0).addressed
    assert meter.do(s.ACTION_OPEN)[0] == c.UNRECOGNISED
    with meter.client() as client:
        assert client.call(s.MODULE_RESET)[0] == c.UNRECOGNISED
        assert s.DIRECT_LOAD_CONTROL.number not in client.fields(0)["STD_PROC_USED"]
        assert client.fields(3)["ED_MFG_STATUS"] == []
        assert not set(client.fields(0)["MFG_PROC_USED"]) & {0, 1}
        with pytest.raises(ServiceError):
            client.client.read(s.SERVICE_SWITCH.number)
    meter.cut()
    assert set(asked) == {0x68}
    assert shown(meter) == {frozenset()}
    with pytest.raises(ControlError, match="no service switch"):
        Controls(meter.board, LoadChoice()).do("service welded")


def test_an_expander_that_is_gone_is_a_fault_and_stops_neither_meter_nor_start():
    meter = SwitchedMeter(seconds=3)
    meter.board.expander.power_off()
    meter.board.expander.i2c_write = lambda data: 0
    meter.board.i2c(0).detach(0x20)
    meter.run(8)
    assert meter.status()["STATE"] == s.FAULTY
    assert meter.status()["SENSED"] == {"CLOSED": 0, "LOAD_VOLTAGE": 0, "NOT_KNOWN": 1}
    assert meter.do(s.ACTION_OPEN) == (c.CONFLICT, {})
    finish_tick(meter.host)
    before = registers(meter.board).net
    assert before == counted(meter.board) > 0
    meter.cut()
    meter.run(6)
    assert meter.status()["STATE"] == s.FAULTY
    assert registers(meter.board).net > before


def test_a_processor_that_is_reset_in_the_middle_of_a_pulse_lets_the_coil_go_and_resumes(meter):
    import machine

    def during(closed):
        meter.relay.on_move.remove(during)
        meter.board.clock.call_at(meter.board.clock.now_ns + NS_PER_MS, machine.reset)

    meter.relay.on_move.append(during)
    meter.host.meter.service_switch.ask(s.ACTION_OPEN, Actor(1))
    meter.run(4)
    assert [coil for coil, _ in meter.pulse_ms()] == ["open"]
    assert meter.pulse_ms()[0][1] < PULSE_MS
    assert meter.status()["STATE"] == s.OPEN
    assert meter.status()["OPENINGS"] == 1


def test_the_command_line_operates_it_and_its_state_file_keeps_it(tmp_path):
    state, control = tmp_path / "state", tmp_path / "control"
    options = ("--model", "AX-SD", "--watts", "1000", "--tcp", "127.0.0.1:0", "--state", state)
    with RunningMeter(*options, "--control", control) as meter:
        url = meter.urls[0]

        def do(*words):
            done = picometer("do", url, "--password", "PICOMETER", *words)
            return done.returncode, (done.stdout + done.stderr).strip().splitlines()

        for _ in range(20):  # it is looked at for a second before it does anything
            if "STATE: 1" in picometer("read", url, "2051").stdout:
                break
        assert do("service", "open") == (0, ["service open: completed, open"])
        assert do("service", "arm") == (0, ["service arm: completed, open, armed"])
        status = json.loads(picometer("control", control, "status").stdout)
        assert status["service"] == {"contacts": "open", "live": False, "ills": []}
        assert picometer("control", control, "service", "stuck").returncode == 0
        code, lines = do("service", "close")
        assert code == 2 and lines[-1].endswith("conflicts with how the meter is set up, fault")
        assert picometer("control", control, "service", "good").returncode == 0
        assert do("module-reset") == (0, ["module-reset: completed"])
        assert do("service", "ajar")[0] == 2
        meter.kill()
    with RunningMeter(*options, "--control", control) as meter:
        status = json.loads(picometer("control", control, "status").stdout)
        assert status["service"]["contacts"] == "open"
        for _ in range(20):  # until it has looked at the switch
            read = picometer("read", meter.urls[0], "2051")
            if "STATE: 3" not in read.stdout:
                break
        assert "OPENINGS: 1" in read.stdout, read
