"""The rules of demand, row by row: interval, windows, partial intervals, maximum, reset, test.

Rows as collected from E-34 (S-E-06 clause 5.15.3), E-30 and the documented behaviour of peers;
each is shown on the registers' owner, with a clock and a load that the test moves.
"""

import pytest

from boards.approved import RATINGS
from c1219 import events
from firmware import billing as b
from firmware.log import Actor
from firmware.program import DEMAND, TEST_MODE
from metrology import demand
from metrology import page as p
from metrology.constants import Constants
from metrology.demand_register import counts_to_watts
from tests_host.unit.billing_bench import COUNTS_PER_KWH, NEW_YEAR, Bench

LEVER = Actor(events.SOURCE_LEVER)
TEST_SWITCH = Actor(events.SOURCE_TEST_SWITCH)
LOAD = 2000  # counts a second
RATE = LOAD * 3600


def metered(sub=15, multiple=1, seconds=0, load=LOAD):
    """A bench at the full hour, demand over `multiple` subintervals of `sub` minutes."""
    bench = Bench(into_ms=3600000 - 3000)
    bench.program.change(DEMAND, bytes((1, 0, 0, 0)) + bytes((sub, multiple)) * 2)
    bench.start()
    bench.run(3, load)
    bench.run(seconds, load)
    return bench


def test_interval_1_to_60_minutes_that_divide_the_hour_and_billing_begins_with_15():
    minutes = [m for m in range(70) if demand.is_interval(m, m)]
    assert minutes == [1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60]
    page = p.new_page()
    assert page[p.DEMAND_INTERVAL] == page[p.DEMAND_SUBINTERVAL] == 15


@pytest.mark.parametrize("minutes", [1, 5, 10, 15, 30, 60])
def test_block_demand_is_the_intervals_energy_over_its_length_and_ends_by_the_clock(minutes):
    bench = metered(minutes, 1, 60 * minutes + 1)
    assert bench.page[p.DEMAND_LAST] == RATE
    assert bench.page[p.DEMAND_LAST_END] == NEW_YEAR + 60 + minutes


def test_block_without_a_clock_begins_with_the_start():
    bench = Bench()
    bench.clock.valid = False
    bench.start()
    bench.run(902, LOAD)
    assert bench.page[p.DEMAND_LAST] == RATE and bench.page[p.DEMAND_LAST_END] == 0


@pytest.mark.parametrize(("sub", "n"), [(5, 3), (3, 5), (1, 15)])
def test_sliding_a_step_of_load_is_a_ramp_of_n_steps_and_then_exactly_the_load(sub, n):
    bench = metered(sub, n, 15 * 60, 0)
    assert bench.page[p.DEMAND_LAST] == 0
    for step in range(1, n + 1):
        bench.run(60 * sub, LOAD)
        # The boundary falls on a tick: what it bills is of the subinterval before.
        assert abs(bench.page[p.DEMAND_LAST] * n - RATE * step) <= 60 // 15 * LOAD * n
    bench.run(60 * sub, LOAD)
    assert bench.page[p.DEMAND_LAST] == RATE


def test_subinterval_times_number_is_the_interval():
    for sub in range(1, 61):
        for n in range(1, 61):
            good = demand.is_interval(sub * n, sub)
            assert good == (sub * n <= 60 and 60 % (sub * n) == 0 and n <= 15)


def test_maximum_is_kept_with_the_end_of_its_interval_and_of_equals_the_earlier():
    bench = metered(15, 1, 900 + 1)
    first = bench.page[p.DEMAND_MAXIMUM_END]
    bench.run(900, LOAD)
    assert bench.page[p.DEMAND_MAXIMUM_END] == first == NEW_YEAR + 75
    bench.run(900, LOAD + 1)
    bench.run(900, LOAD)
    assert bench.page[p.DEMAND_MAXIMUM_END] == NEW_YEAR + 105


def power(bench):
    bench.storage.write()
    again = Bench(bytearray(bench.cells))
    again.clock.ms = bench.clock.ms + 60000
    return again.start(False, 60)


def clock(bench):
    bench.clock.ms += 180000
    return bench


def mode(bench):
    assert bench.billing.enter_test(TEST_SWITCH) == b.DONE
    bench.run(10, LOAD)
    assert bench.billing.leave_test(TEST_SWITCH) == b.DONE
    return bench


def program(bench):
    bench.program.change(DEMAND, bytes((1, 0, 0, 0)) + bytes((30, 1)) * 2)
    bench.billing.program_demand()
    bench.run(1, LOAD)
    bench.program.change(DEMAND, bytes((1, 0, 0, 0)) + bytes((5, 3)) * 2)
    bench.billing.program_demand()
    return bench


@pytest.mark.parametrize("disturb", [power, clock, mode, program])
def test_partial_intervals_make_no_maximum_and_a_window_fills_up_again_first(disturb):
    bench = metered(5, 3, 900 + 1)
    assert bench.page[p.DEMAND_MAXIMUM] == RATE
    bench.run(60, LOAD)
    bench = disturb(bench)
    bench.run(2, 10 * LOAD)
    left = bench.page[p.DEMAND_LEFT] // 1000
    bench.run(left + 900 - 1, 10 * LOAD)
    assert bench.page[p.DEMAND_MAXIMUM] == RATE
    bench.run(2, 10 * LOAD)
    assert bench.page[p.DEMAND_MAXIMUM] == 10 * RATE


def test_rounding_maxima_compare_in_counts_and_round_only_when_shown():
    bench = metered(15, 1, 900 + 1)
    bench.run(1, 1)  # less than a watt more
    bench.run(899, LOAD)
    before = counts_to_watts(constants_of(0), bench.page[p.DEMAND_MAXIMUM])
    bench.run(1, LOAD + 1)
    bench.run(899, LOAD)
    bench.run(1, LOAD)
    assert bench.page[p.DEMAND_MAXIMUM] == RATE + 4
    assert counts_to_watts(constants_of(0), bench.page[p.DEMAND_MAXIMUM]) == before


def constants_of(i):
    of = RATINGS[i]
    return Constants(of.coils, of.full_scale_watts, of.kh_mwh)


def test_reset_zeroes_saves_cumulates_counts_stamps_and_does_not_shift_the_interval():
    bench = metered(15, 1, 900 + 301)
    left = bench.page[p.DEMAND_LEFT]
    assert bench.billing.reset_demand(LEVER) == b.DONE
    page = bench.page
    assert page[p.DEMAND_MAXIMUM] == 0 and page[p.PREVIOUS_DEMANDS] == RATE
    assert page[p.CUMULATIVE_KW] * COUNTS_PER_KWH + page[p.CUMULATIVE_COUNTS] == RATE
    assert page[p.DEMAND_RESETS] == 1 and page[p.DEMAND_RESET_TIME] == NEW_YEAR + 80
    assert page[p.DEMAND_LEFT] == left


def test_reset_lockout_of_a_minute():
    bench = metered(15, 1, 900)
    assert bench.billing.reset_demand(LEVER) == b.DONE
    bench.run(59)
    assert bench.billing.reset_demand(LEVER) == b.LOCKED_OUT
    bench.run(2)
    assert bench.billing.reset_demand(LEVER) == b.DONE


def test_direction_delivered_and_received_have_demands_of_their_own():
    bench = metered(15, 1, 450)
    bench.run(451, -3 * LOAD)
    delivered, received = bench.page[p.DEMAND_LAST], bench.page[p.DEMAND_LAST + 1]
    assert abs(delivered - RATE // 2) <= 4 * LOAD
    assert abs(received - 3 * RATE // 2) <= 12 * LOAD


@pytest.mark.parametrize("i", range(len(RATINGS)))
def test_overflow_no_rated_load_with_half_as_much_again_wraps_or_stops_the_demand(i):
    constants = constants_of(i)
    per_hour = RATINGS[i].rated_watts * 3 // 2 * constants.counts_per_kwh // 1000
    assert per_hour < p.COUNTER_MASK
    for minutes in (1, 15, 60):
        counts = per_hour * minutes // 60
        assert abs(demand.rate(counts, minutes) - per_hour) <= 60
    assert demand.rate(p.COUNTER_MASK, 1) == p.COUNTER_MASK  # beyond that it stops


def test_cold_load_pickup_is_off_and_counts_from_the_return_of_power_when_on():
    bench = metered(15, 1, 10)
    assert power(bench).page[p.DEMAND_EXCLUDED] == 0
    bench.program.change(DEMAND, bytes((1, 30, 0, 20)) + bytes((15, 1)) * 2)
    again = power(bench)
    again.run(1)
    assert again.page[p.DEMAND_EXCLUDED] == 20 * 60000
    again.run(1200 + 900, LOAD)
    assert again.page[p.DEMAND_MAXIMUM] == 0


@pytest.mark.parametrize("minutes", [1, 5, 10, 15])
def test_test_mode_has_its_own_interval_and_registers_and_ends_the_interval_on_exit(minutes):
    bench = metered(15, 1, 900 + 301)
    bench.program.change(TEST_MODE, bytes((minutes, 99)))
    energy = bench.energy()
    assert bench.billing.enter_test(TEST_SWITCH) == b.DONE
    bench.run(60 * minutes + 1, 7 * LOAD)
    assert bench.pages.test[p.DEMAND_MAXIMUM] == 7 * RATE
    assert bench.billing.leave_test(TEST_SWITCH) == b.DONE
    assert bench.energy() == energy and bench.page[p.DEMAND_MAXIMUM] == RATE
    bench.tick(LOAD)
    last = bench.page[p.DEMAND_LAST_END]
    bench.run(bench.page[p.DEMAND_LEFT] // 1000 + 1, 7 * LOAD)
    assert bench.page[p.DEMAND_LAST_END] == last  # the interval that the test broke
