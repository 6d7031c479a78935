"""The demand of a whole meter: the household's maximum, resets, test mode, cuts, a clock set."""

import csv
from fractions import Fraction

import pytest

from c1219 import procedures
from metrology import demand, demand_register
from metrology import page as p
from metrology.faults import CONFIGURATION_BAD
from picometer.paths import HOUSEHOLD
from picometer.proof import oracle
from picometer.proof.household import Maximum, prove_household, recorded_maximum
from picometer.proof.meters import kept
from picometer.proof.month import prove_month
from picometer.reader.errors import ServiceError
from picometer.virtual.host import provision
from picometer.virtual.load_file import LoadFile
from picometer.virtual.mains import ConstantLoad
from psem import codes
from tests_host.meter.demand_meter import (
    DemandMeter,
    at,
    minute,
    reset_demand,
    run_procedure,
)

WATTS = 7200.0
NONE = {"EVENT_TIME": [None], "CUM_DEMAND": 0, "CONT_CUM_DEMAND": 0, "DEMAND": [0]}
FROZEN = (
    *range(p.DELIVERED_KWH, p.RECEIVED_COUNTS + 1),
    *range(p.DEMAND_LAST, p.PREVIOUS_DEMANDS + 9),
)


def demands(fields):
    return fields["TOT_DATA_BLOCK"]["DEMANDS"]


def recorded(subinterval):
    """Greatest mean of 15 minutes of the recording, W, and when it ended; from its rows."""
    with HOUSEHOLD.open(newline="") as file:
        rows = [Fraction(row["active_kw"]) for row in csv.DictReader(file)]
    ends = range(15 + subinterval, len(rows) + 1, subinterval)
    kw, end = max((sum(rows[end - 15 : end]) / 15, -end) for end in ends)
    return round(kw * 1000), -end


def frozen(page):
    return [page[i] for i in FROZEN]


# The household's maximum


@pytest.mark.parametrize(
    ("subinterval", "watts", "clock"),
    [(15, 4542, "08:45"), (5, 4542, "08:45"), (1, 4669, "08:43")],
)
def test_the_households_maximum_is_the_recordings_to_the_watt_and_the_minute(
    subinterval, watts, clock
):
    assert recorded(subinterval) == (watts, at(clock).hour * 60 + at(clock).minute)
    meter = DemandMeter("08:24:30", demand=(15, subinterval))
    meter.run_to("08:47")
    (registers,) = meter.read(23)
    delivered, received = demands(registers)
    assert delivered["EVENT_TIME"] == [f"2007-02-01T{clock}"]
    assert abs(delivered["DEMAND"][0] - watts) <= 1
    assert received == NONE


@pytest.mark.parametrize("subinterval", [15, 5, 3, 1])
def test_the_proof_holds_the_maximum_against_what_the_rows_say(subinterval):
    watts, end = recorded(subinterval)
    found = recorded_maximum(LoadFile.read(HOUSEHOLD), 172800, 15, subinterval)
    assert round(found.kw * 1000) == watts
    assert found.end == at(f"{end // 60}:{end % 60}")


def test_the_proof_of_the_household_finds_a_maximum_that_is_not_the_recordings():
    result = prove_household(1860)
    assert result.good
    right = result.maximum
    for kw, end in ((right.kw + Fraction(2, 1000), right.end), (right.kw, at("00:15"))):
        result.maximum = Maximum(kw, end)
        assert not result.good


@pytest.mark.full
@pytest.mark.parametrize("subinterval", [15, 5])
def test_the_maximum_of_the_households_two_days_is_that_of_the_first_morning(subinterval):
    result = prove_household(172800, demand=(15, subinterval))
    assert result.good
    assert abs(result.maximum.kw - Fraction("4.542")) < Fraction(1, 1000)
    assert result.maximum.end == at("08:45")


# Intervals


def _programmed(meter, sub, multiple):
    """The response code to a write of ST13."""
    with meter.client() as client:
        try:
            client.write(13, bytes((1, 0, 0, 0)) + bytes((sub, multiple)) * 2)
        except ServiceError as error:
            return error.code
    return codes.OK


def test_an_approved_meter_bills_over_15_20_30_or_60_minutes_and_refuses_the_rest():
    meter = DemandMeter("08:29", 0.0)
    meter.run(3)
    for bad in ((1, 1), (5, 1), (1, 5), (10, 1), (2, 6), (1, 60), (1, 20), (45, 1), (0, 0)):
        assert _programmed(meter, *bad) == codes.ONP
        assert meter.page[p.DEMAND_INTERVAL] == meter.page[p.DEMAND_SUBINTERVAL] == 15
    for sub, multiple in ((5, 3), (1, 15), (15, 1), (20, 1), (2, 10), (30, 1), (60, 1), (4, 15)):
        assert _programmed(meter, sub, multiple) == codes.OK
        assert meter.page[p.DEMAND_SUBINTERVAL] == sub
        assert meter.page[p.DEMAND_INTERVAL] == sub * multiple


def test_a_meter_that_becomes_approved_forgets_an_interval_that_it_may_not_have():
    meter = DemandMeter("08:29", 0.0, demand=(5, 5))
    meter.run(3)
    assert meter.page[p.DEMAND_INTERVAL] == 5 and not meter.host.meter.storage.faults.word
    provision(meter.board.fram, service=b"2S-240-200")
    meter.cut(1)
    meter.run(5)
    assert meter.page[p.DEMAND_INTERVAL] == 15
    assert meter.host.meter.storage.faults.word == CONFIGURATION_BAD


# Demand reset


def test_the_lever_resets_the_demand_and_everything_is_kept():
    meter = DemandMeter("08:28:30")
    meter.run_to("08:45:02")
    meter.press()
    now, previous, self_reads = meter.read(23, 25, 26)
    maximum = demands(previous)[0]["DEMAND"][0]
    kept_before = {
        "EVENT_TIME": ["2007-02-01T08:45"],
        "CUM_DEMAND": 0,
        "CONT_CUM_DEMAND": maximum,
        "DEMAND": [maximum],
    }
    assert abs(maximum - 4542) <= 1
    assert demands(now) == [{**NONE, "CUM_DEMAND": maximum, "CONT_CUM_DEMAND": maximum}, NONE]
    assert now["NBR_DEMAND_RESETS"] == 1
    assert demands(previous) == [kept_before, NONE]
    assert (previous["NBR_DEMAND_RESETS"], previous["END_DATE_TIME"]) == (0, "2007-02-01T08:45")
    (entry,) = self_reads["SELF_READS_ENTRIES"]
    assert demands(entry) == [kept_before, NONE]
    assert entry["TOT_DATA_BLOCK"]["SUMMATIONS"] == previous["TOT_DATA_BLOCK"]["SUMMATIONS"]


def test_a_minute_must_pass_between_two_resets_by_lever_or_client():
    meter = DemandMeter("08:28:30", WATTS)
    meter.run(5)
    meter.press()
    meter.run(30)
    meter.press()
    with meter.client() as client:
        assert reset_demand(client)[0] != procedures.COMPLETED
    meter.run(20)
    assert meter.page[p.DEMAND_RESETS] == 1
    meter.run(10)
    meter.press()
    assert meter.page[p.DEMAND_RESETS] == 2
    meter.run(61)
    with meter.client() as client:
        assert reset_demand(client) == (procedures.COMPLETED, b"\1")
    assert meter.page[p.DEMAND_RESETS] == 3


# Test mode


def _by_switch(meter, on):
    meter.test_switch(on)


def _by_port(meter, on):
    with meter.client() as client:
        mode = b"\2" if on else b"\1"
        assert run_procedure(client, procedures.CHANGE_MODE, mode)[0] == procedures.COMPLETED


@pytest.mark.slow
@pytest.mark.parametrize(
    "turn", [_by_switch, pytest.param(_by_port, marks=pytest.mark.full)], ids=["switch", "port"]
)
def test_in_test_mode_billing_stands_still_and_its_interval_is_no_maximum(turn):
    meter = DemandMeter("08:29", WATTS)
    meter.run_to("08:47")
    turn(meter, True)
    before = frozen(meter.page)
    test = meter.host.meter.pages.test
    meter.board.mains.change(ConstantLoad(5 * WATTS))
    meter.run(301)
    assert test[p.DEMAND_MAXIMUM] > 4 * before[FROZEN.index(p.DEMAND_MAXIMUM)]
    meter.press()  # of the test alone
    assert frozen(meter.page) == before
    turn(meter, False)
    assert frozen(meter.page)[4:] == before[4:]
    meter.run_to("09:00:01")
    assert frozen(meter.page)[4:] == before[4:]
    meter.run_to("09:15:01")
    assert meter.page[p.DEMAND_MAXIMUM_END] == minute(at("09:15"))


# Power cuts


@pytest.mark.slow
def test_an_interval_that_a_cut_has_touched_makes_no_maximum():
    meter = DemandMeter("08:29", 5 * WATTS)
    meter.run_to("08:37")
    meter.cut(60)
    meter.run_to("08:59:59")
    assert kept(meter.board, p.DEMAND_MAXIMUM) == kept(meter.board, p.DEMAND_LAST_END) == 0
    meter.run_to("09:00:01")
    assert kept(meter.board, p.DEMAND_MAXIMUM_END) == minute(at("09:00"))
    assert kept(meter.board, p.DEMAND_MAXIMUM) > 0


# The clock


def _by_table(client, octets):
    client.write(52, octets + b"\0")


def _by_procedure(client, octets):
    parameters = b"\3" + octets + b"\0"
    code, _ = run_procedure(client, procedures.SET_DATE_TIME, parameters)
    assert code == procedures.COMPLETED


def clock_octets(clock):
    moment = at(clock)
    return bytes((7, moment.month, moment.day, moment.hour, moment.minute, moment.second))


@pytest.mark.parametrize("set_clock", [_by_table, _by_procedure], ids=["ST52", "procedure"])
@pytest.mark.parametrize(
    ("to", "ends"), [pytest.param("08:41", "08:45", marks=pytest.mark.full), ("08:33", "08:45")]
)
def test_an_interval_in_which_the_clock_was_set_makes_no_maximum(set_clock, to, ends):
    meter = DemandMeter("08:29", WATTS)
    meter.run_to("08:37")
    with meter.client() as client:
        set_clock(client, clock_octets(to))
    assert 0 <= (meter.board.rtc.now() - at(to)).total_seconds() < 2
    meter.run_to(ends)
    meter.run(1)
    assert meter.page[p.DEMAND_MAXIMUM] == meter.page[p.DEMAND_LAST_END] == 0
    meter.run_to("09:00:01")
    assert meter.page[p.DEMAND_MAXIMUM_END] == minute(at("09:00"))


@pytest.mark.parametrize("set_clock", [_by_table, _by_procedure], ids=["ST52", "procedure"])
@pytest.mark.parametrize("hours", [1, -1])
def test_summer_time_does_not_touch_the_running_interval(set_clock, hours):
    meter = DemandMeter("08:29", WATTS)
    meter.run_to("08:37")
    hour = 8 + hours
    with meter.client() as client:
        now = meter.board.rtc.now()
        set_clock(client, clock_octets(f"{hour}:{now.minute}:{now.second + 1}"))
    meter.run_to(f"{hour}:45:02")
    assert meter.page[p.DEMAND_MAXIMUM_END] == minute(at(f"{hour}:45"))
    kw = Fraction(meter.page[p.DEMAND_MAXIMUM], meter.host.meter.constants.counts_per_kwh)
    assert float(kw) == pytest.approx(WATTS / 1000, rel=0.002)


# A month


@pytest.mark.slow
@pytest.mark.parametrize(
    ("interval", "subinterval"), [pytest.param(1, 1, marks=pytest.mark.full), (3, 1)]
)
def test_hours_with_cuts_and_resets_are_the_oracles_to_the_count(interval, subinterval):
    result = prove_month(3600, 20070201, interval, subinterval, 900, 1200)
    assert result.good, result
    assert result.intervals > 25 and result.losses.cuts == 4 and result.resets == 3


@pytest.mark.full
def test_a_month_with_daily_cuts_and_weekly_resets_is_the_oracles_to_the_count():
    result = prove_month(30 * 86400, 1)
    assert result.good, result
    assert result.intervals > 2700 and result.losses.cuts == 30 and result.resets == 4


def _one_more(function):
    return lambda *arguments: function(*arguments) + 1


def _cut_goes_unnoticed(page, *arguments):
    page[p.DEMAND_STATE] = 2


def _reset_forgets_the_cumulative(function):
    def reset(page, constants, minute):
        function(page, constants, minute)
        page[p.CUMULATIVE_COUNTS] = 0

    return reset


@pytest.mark.parametrize(
    ("module", "name", "wrong"),
    [
        (demand, "rate", _one_more(demand.rate)),
        pytest.param(demand, "running", _one_more(demand.running), marks=pytest.mark.full),
        pytest.param(
            demand, "_nearest_end", _one_more(demand._nearest_end), marks=pytest.mark.full
        ),
        (demand, "power_return", _cut_goes_unnoticed),
        (demand_register, "reset", _reset_forgets_the_cumulative(demand_register.reset)),
    ],
)
def test_the_oracle_finds_what_is_not_right(monkeypatch, module, name, wrong):
    monkeypatch.setattr(module, name, wrong)
    result = prove_month(2000, 3, 1, 1, 900, 1000)
    assert result.errors and not result.good


def test_the_oracle_finds_an_end_that_is_not_the_clocks(monkeypatch):
    begin = demand._begin

    def late(page, clock):
        begin(page, clock)
        page[p.DEMAND_LEFT] += 300

    monkeypatch.setattr(demand, "_begin", late)
    result = prove_month(1800, 3, 1, 1, 900, 1200)
    assert oracle.FARTHEST_MS < 300 and not result.good
