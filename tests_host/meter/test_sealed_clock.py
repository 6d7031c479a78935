"""Clients that move the clock of a sealed meter: slowly, or with an entry of the event log."""

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.log import CAPACITY
from c1219 import events
from c1219 import procedures as c
from metrology import page as p
from psem import codes
from tests_host.meter.rights_bench import PORTS
from tests_host.meter.sealed_bench import SealedBench, fill

CLOCK = 52
SLEW_S = 30
WAYS = ("table", "procedure")


@pytest.fixture
def bench():
    return SealedBench()


def now(bench):
    year, *rest = bench.host.meter.log.date_time()
    return datetime(2000 + year, *rest)


def octets(when):
    return bytes((when.year - 2000, when.month, when.day, when.hour, when.minute, when.second))


def set_table(bench, port, wanted):
    """The response code to a write of ST52, whose last octet says of what kind the time is."""
    return bench.write(port, CLOCK, wanted + bench.octets(CLOCK)[6:])


def move(bench, seconds, port="optical", way="table"):
    """Move the clock by whole seconds at its second's beginning; whether the meter took it."""
    meter = bench.host.meter
    meter.log.date_time()
    bench.run((1000 - meter.clock.now[1] % 1000) / 1000)
    wanted = octets(now(bench) + timedelta(seconds=seconds))
    if way == "table":
        code = set_table(bench, port, wanted)
        assert code in (codes.OK, codes.DLK)
        return code == codes.OK
    result = bench.run_procedure(port, c.SET_DATE_TIME.number, b"\x03" + wanted + b"\x00")
    assert result in (c.COMPLETED, c.CONFLICT)
    return result == c.COMPLETED


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("port", PORTS)
@pytest.mark.parametrize("seconds", [31, -31, 60, -3600, 90000, 10_000_000])
def test_a_change_beyond_the_slew_has_an_entry_with_both_times(bench, seconds, port, way):
    before = now(bench)
    assert move(bench, seconds, port, way)
    (entry,) = bench.entries()
    assert (entry.code, entry.parameter) == (events.PROGRAMMED, CLOCK)
    source = {"optical": events.SOURCE_OPTICAL, "module": events.SOURCE_MODULE}[port]
    assert entry.source == source
    assert entry.new == octets(now(bench)) and entry.old[:5] == octets(before)[:5]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("port", PORTS)
def test_with_a_full_log_the_clock_is_refused_beyond_the_slew_and_not_within(bench, port, way):
    fill(bench, CAPACITY)
    page = bench.host.meter.storage.page
    for seconds in (-31, 31, 900, 86400):
        before = now(bench)
        assert not move(bench, seconds, port, way)
        assert before <= now(bench) <= before + timedelta(seconds=2)
        assert page[p.CLOCK_MOVED] == 0
    assert move(bench, 25, port, way)
    assert not move(bench, 10, port, way)
    assert bench.log.total == CAPACITY


def test_a_clock_that_has_no_time_is_set_with_an_entry(bench):
    bench.host.cut()
    bench.host.board.rtc.battery_lost()
    bench.host.boot()
    bench.run(3)
    for port in PORTS:
        bench.log_on(port)
    assert bench.host.meter.log.date_time() == bytes(6)
    assert set_table(bench, "module", octets(datetime(2007, 2, 1, 0, 0, 5))) == codes.OK
    (entry,) = bench.entries()
    assert (entry.parameter, entry.old) == (CLOCK, bytes(6))


@pytest.mark.parametrize("cut", [False, True])
def test_small_changes_add_up_over_days_and_power_cuts_and_their_excess_has_an_entry(bench, cut):
    for step in range(1, 13):
        assert move(bench, 5, PORTS[step % 2])
        assert bench.log.total == step // 7
        if cut:
            bench.off()


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(
        st.tuples(
            st.integers(-40, 40), st.sampled_from(PORTS), st.sampled_from(WAYS), st.booleans()
        ),
        min_size=3,
        max_size=10,
    )
)
def test_however_a_clock_is_moved_it_is_never_further_than_the_slew_without_an_entry(moves):
    bench = SealedBench()
    began = now(bench) - timedelta(seconds=bench.now_s)
    known, total = 0.0, 0
    for seconds, port, way, waits in moves:
        move(bench, seconds, port, way)
        if waits:
            bench.run(40)
        off = (now(bench) - began).total_seconds() - bench.now_s
        if bench.log.total > total:
            total, known = bench.log.total, off
        assert abs(off - known) <= SLEW_S + 1  # times are whole seconds here


def shown_again(bench, port):
    """Set the clock to the second that it shows, late in it, which takes it back by a fraction."""
    meter = bench.host.meter
    meter.log.date_time()
    bench.run((1900 - meter.clock.now[1] % 1000) % 1000 / 1000)
    return set_table(bench, port, octets(now(bench)))


@pytest.mark.parametrize("full", [False, True])
def test_a_clock_that_is_set_to_the_second_it_shows_again_and_again_has_its_entry(bench, full):
    if full:
        fill(bench, CAPACITY)
    before = bench.log.total
    began = now(bench) - timedelta(seconds=bench.now_s)
    codes_seen = {shown_again(bench, PORTS[n % 2]) for n in range(45)}
    off = (now(bench) - began).total_seconds() - bench.now_s
    if full:
        assert codes_seen == {codes.OK, codes.DLK} and bench.log.total == before
        assert -SLEW_S - 1 <= off <= 0
    else:
        assert codes_seen == {codes.OK} and bench.log.total == before + 1
        assert off < -SLEW_S


def test_two_changes_between_two_ticks_are_held_against_each_other(bench):
    """Demand sees the clock at the next tick only; the second port need not wait for it."""
    assert move(bench, -30)
    page = bench.host.meter.storage.page
    page[p.CLOCK_MOVED] = 0x100000 - 30000
    page[p.DEMAND_LATE] = 0x100000  # as after hours, in which demand has followed
    wanted = now(bench) + timedelta(seconds=29)
    assert set_table(bench, "optical", octets(wanted)) == codes.OK
    assert bench.log.total == 0
    assert set_table(bench, "module", octets(wanted + timedelta(seconds=20))) == codes.OK
    assert bench.log.total == 1
