"""Procedures that take longer than a session's step, pending tables, and what the clock starts."""

import pytest

from c1219 import procedures
from metrology.page import DEMAND_RESETS, STARTS
from picometer.proof.meters import counted, registers, settle
from picometer.reader.errors import ServiceError
from picometer.virtual.simport import SimPort
from tests_host.meter.demand_meter import DemandMeter, run_procedure
from tests_host.meter.test_module_port import session

IMAGE = bytes((1, 0, 0, 0, 5, 3, 5, 3))  # ST13: a window of 15 minutes by 5
ST13, PENDING_ST13 = 13, 0x100D
NON_TIME = bytes((2, 0, 0, 0, 0, 0))


@pytest.fixture
def meter():
    meter = DemandMeter("08:00", load=36000.0)
    meter.run_to("08:01")
    return meter


def ask(meter, procedure, parameters=b"", seconds=1.0):
    """Result codes of a procedure at once, and after a while in the same session."""
    with meter.client() as client:
        first = run_procedure(client, procedure, parameters)[0]
        if first != procedures.ACCEPTED:
            return first, first
        meter.run(seconds)
        return first, client.read(8)[3]


def entries(meter, table):
    return meter.read(table)[0]["ENTRIES"]


def named(meter, table=74):
    return [entry["EVENT"] for entry in entries(meter, table)]


def test_cleared_registers_leave_a_self_read_of_what_they_were(meter):
    meter.run_to("08:20")
    before = meter.read(23)[0]["TOT_DATA_BLOCK"]["SUMMATIONS"][0]
    assert before > 11_000
    assert ask(meter, procedures.CLEAR_DATA)[1] == procedures.COMPLETED
    st23, st26, st13 = meter.read(23, 26, 13)
    assert 0 < st23["TOT_DATA_BLOCK"]["SUMMATIONS"][0] < 100
    assert st23["TOT_DATA_BLOCK"]["DEMANDS"][0]["DEMAND"] == [0]
    saved = st26["SELF_READS_ENTRIES"][-1]["TOT_DATA_BLOCK"]["SUMMATIONS"][0]
    assert before <= saved <= before + 100
    assert "procedure invoked" in named(meter, 76)
    kept = registers(meter.board).net
    meter.run(60)
    settle(meter.host)
    assert registers(meter.board).net - kept > 0
    assert named(meter).count("procedure invoked") == 1


def test_a_cold_start_is_a_meter_out_of_the_box(meter):
    with meter.client() as client:
        client.write(ST13, IMAGE)
        run_procedure(client, procedures.REMOTE_RESET, b"\1")
    starts = meter.page[STARTS]
    assert ask(meter, procedures.COLD_START)[1] == procedures.COMPLETED
    meter.run(5)
    assert meter.page[STARTS] == starts + 1
    assert meter.page[DEMAND_RESETS] == 0
    st13, st23 = meter.read(13, 23)
    assert st13["DEMAND_CONTROL"][0] == {"SUB_INT": 15, "INT_MULTIPLIER": 1}
    assert st23["TOT_DATA_BLOCK"]["SUMMATIONS"][0] < 200
    assert "procedure invoked" in named(meter)


def test_a_cold_start_is_done_once_while_its_client_stays(meter):
    meter.run_to("08:20")
    reads = meter.host.meter.self_reads.total
    with meter.client() as client:
        client.write(PENDING_ST13, NON_TIME + IMAGE)
        run_procedure(client, procedures.COLD_START, b"")
        meter.run(5)
        assert client.read(8)[3] == procedures.COMPLETED
        assert meter.host.meter.self_reads.total == reads + 1
        assert refusal(client.read, PENDING_ST13) == 4
    meter.run(5)
    assert meter.host.meter.self_reads.total == reads + 1
    assert meter.read(13)[0]["DEMAND_CONTROL"][0]["SUB_INT"] == 15


def test_a_warm_start_loses_nothing(meter):
    starts = meter.page[STARTS]
    assert ask(meter, procedures.WARM_START)[1] == procedures.COMPLETED
    meter.run(20)
    assert meter.page[STARTS] == starts + 1
    settle(meter.host)
    assert registers(meter.board).net == counted(meter.board)
    assert meter.read(3)[0]["ED_STD_STATUS1"]["SELF_CHK_ERROR_FLAG"] == 0


@pytest.mark.parametrize("procedure", [procedures.WARM_START, procedures.COLD_START])
@pytest.mark.parametrize("ends", ["by Terminate", "by its time-out"])
def test_a_restart_is_completed_first_and_comes_when_the_session_ends(meter, procedure, ends):
    starts = meter.page[STARTS]
    with meter.client() as client:
        run_procedure(client, procedure, b"")
        for _ in range(12):  # a client that goes on for a minute
            meter.run(5)
            assert client.read(8)[3] == procedures.COMPLETED
        assert meter.page[STARTS] == starts
        if ends == "by its time-out":
            meter.run(5)
            assert meter.page[STARTS] == starts
            meter.run(4)
            assert meter.page[STARTS] == starts + 1
            return
    meter.run(2)
    assert meter.page[STARTS] == starts + 1


def test_a_session_at_the_other_port_does_not_hold_a_restart(meter):
    starts = meter.page[STARTS]
    module = session(SimPort(meter.host, meter.board.module))
    assert module.read(1)
    assert ask(meter, procedures.WARM_START)[1] == procedures.COMPLETED
    meter.run(1)
    assert meter.page[STARTS] == starts + 1


def test_who_stays_for_ever_does_not_hold_a_restart_for_ever(meter):
    starts = meter.page[STARTS]
    with pytest.raises(ServiceError), meter.client() as client:
        run_procedure(client, procedures.WARM_START, b"")
        for _ in range(70):
            meter.run(5)
            client.read(8)
    assert meter.page[STARTS] == starts + 1


@pytest.mark.parametrize(
    "procedure", [procedures.SAVE_CONFIGURATION, procedures.EXECUTE_DIAGNOSTICS]
)
def test_what_is_accepted_completes_later(meter, procedure):
    assert ask(meter, procedure, seconds=3.0) == (procedures.ACCEPTED, procedures.COMPLETED)


def test_diagnostics_of_a_meter_with_a_fault_do_not_complete(meter):
    meter.cut(1)
    meter.board.rtc.battery_lost()
    meter.run(5)
    assert ask(meter, procedures.EXECUTE_DIAGNOSTICS, seconds=3.0)[1] == procedures.CONFLICT


def test_one_at_a_time(meter):
    with meter.client() as client:
        first = run_procedure(client, procedures.WARM_START, b"")[0]
        assert first in (procedures.ACCEPTED, procedures.COMPLETED)
        assert run_procedure(client, procedures.SAVE_CONFIGURATION, b"")[0] == procedures.TIMING


# --- pending tables ---


def test_a_pending_table_holds_from_its_time_on(meter):
    event = bytes((0, 7, 2, 1, 8, 30))
    with meter.client() as client:
        client.write(PENDING_ST13, event + IMAGE)
        assert client.read(PENDING_ST13) == event + IMAGE
        assert client.read(ST13) != IMAGE
    (st4,) = meter.read(4)
    assert st4["STANDARD_PENDING"] == [13] and st4["NBR_PENDING_ACTIVATION"] == 1
    assert st4["PENDING_TABLES"][0]["TABLE_SELECTOR"] == 13
    meter.cut(60)
    meter.run_to("08:29")
    assert meter.read(13)[0]["DEMAND_CONTROL"][0]["SUB_INT"] == 15
    meter.run_to("08:30")
    meter.run(2)
    st13, st4 = meter.read(13, 4)
    assert st13["DEMAND_CONTROL"][0] == {"SUB_INT": 5, "INT_MULTIPLIER": 3}
    assert st4["NBR_PENDING_ACTIVATION"] == 0
    assert st4["LAST_ACTIVATION_DATE_TIME"].startswith("2007-02-01T08:30")
    log = entries(meter, 74)
    assert [(e["EVENT"], e["SOURCE"]) for e in log][-2:] == [
        ("end device programmed", "clock"),
        ("pending table activated", "clock"),
    ]


def test_a_pending_table_waits_for_the_procedure_and_resets_demand_first(meter):
    meter.run_to("08:16")
    event = bytes((0x22, 0, 0, 0, 0, 0))
    with meter.client() as client:
        client.write(PENDING_ST13, event + IMAGE)
    meter.run(120)
    assert meter.page[DEMAND_RESETS] == 0
    first, last = ask(meter, procedures.ACTIVATE_ALL_PENDING)
    assert (first, last) == (procedures.ACCEPTED, procedures.COMPLETED)
    assert meter.page[DEMAND_RESETS] == 1
    assert meter.read(13)[0]["DEMAND_CONTROL"][0]["SUB_INT"] == 5
    log = entries(meter, 74)
    assert log[-1]["EVENT"] == "pending table activated"
    assert log[-1]["HISTORY_ARGUMENT"]["AUTHORITY"]["LEVEL"] == 3


def test_cleared_pending_tables_never_hold(meter):
    with meter.client() as client:
        client.write(PENDING_ST13, NON_TIME + IMAGE)
        assert run_procedure(client, procedures.CLEAR_ALL_PENDING, b"")[0] == procedures.COMPLETED
        assert refusal(client.read, PENDING_ST13) == 4
        assert run_procedure(client, procedures.ACTIVATE_ALL_PENDING, b"")[0] == 1
    meter.run(2)
    assert meter.read(13)[0]["DEMAND_CONTROL"][0]["SUB_INT"] == 15
    assert "pending table activation cleared" in named(meter)


def refusal(call, *arguments):
    with pytest.raises(ServiceError) as refused:
        call(*arguments)
    return refused.value.code


@pytest.mark.parametrize(
    "octets",
    [
        IMAGE,
        NON_TIME,
        NON_TIME + IMAGE[:-1],
        NON_TIME + IMAGE + b"\0",
        NON_TIME + bytes((1, 0, 0, 0, 7, 3, 7, 3)),  # no interval
        bytes((1, 0, 0, 0, 1, 0)) + IMAGE,  # a relative time
        bytes((0, 7, 13, 1, 8, 30)) + IMAGE,  # no date
        bytes((0x42, 0, 0, 0, 0, 0)) + IMAGE,
    ],
)
def test_a_pending_table_that_cannot_be_is_refused_as_a_whole(meter, octets):
    with meter.client() as client:
        assert refusal(client.write, PENDING_ST13, octets) == 4
        assert refusal(client.read, PENDING_ST13) == 4


def test_only_some_tables_may_be_pending(meter):
    with meter.client() as client:
        assert refusal(client.write, 0x1005, NON_TIME + b" " * 20) == 5
        assert refusal(client.read, 0x1005) == 5


# --- the clock ---


def test_each_day_begins_with_a_self_read_if_so_programmed():
    meter = DemandMeter("23:58", load=36000.0)

    def causes():
        reads = meter.host.meter.self_reads
        return [reads.entry(i).cause for i in range(reads.valid)]

    meter.run_to("23:59")
    assert causes() == []
    meter.run_to("00:01", day=2)
    assert causes() == [3]
    (st26,) = meter.read(26)
    assert st26["SELF_READS_ENTRIES"][0]["END_DATE_TIME"] == "2007-02-02T00:00"
    with meter.client() as client:
        client.write(0x0808, b"\0")
    meter.board.rtc.set(meter.board.rtc.now().replace(hour=23, minute=59))
    meter.run(120)
    assert causes() == [3]
