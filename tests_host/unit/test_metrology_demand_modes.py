"""Test mode: billing stands still to the bit, and nothing of the test gets into it."""

from array import array

import pytest

from metrology import demand, modes
from metrology import page as p
from metrology.demand import BEGUN, ENDED, PUBLISHED
from metrology.tick import BILLED, bill, new_net
from tests_host.unit.demand_bench import COUNTS_PER_KWH, LIMIT, NOT_VALID, Bench

LOAD = 20000


@pytest.fixture
def bench():
    made = Bench(15, 5, clock=3600000 - 4000)
    made.run(2000, LOAD)
    return made


def metered(page, bench, seconds):
    """Bill and step `page` alone for so long; the answers but RUNNING."""
    answers = []
    for _ in range(seconds // 2):
        bench.now += 2000
        bench.clock += 2000
        bench._counter[0] = (bench._counter[0] + LOAD) & 0xFFFFFF
        net = new_net()
        assert bill(page, bench._counter, net, 1, LIMIT, COUNTS_PER_KWH) == BILLED
        answers.append(demand.step(page, 2000, array("i", (NOT_VALID, 0))))
    return [a for a in answers if a]


@pytest.mark.parametrize(("interval", "sub"), [(1, 1), (5, 5), (10, 10), (15, 15), (15, 5)])
def test_a_test_starts_from_zero_and_billing_stands_still_bit_for_bit(bench, interval, sub):
    page, test = bench.page, p.new_page()
    test[p.DELIVERED_KWH] = test[p.DEMAND_MAXIMUM] = test[p.DEMAND_WINDOW] = 77
    before = page[:]
    modes.enter_test(page, test, interval, sub)
    answers = metered(test, bench, interval * 60 + 2)
    assert answers[0] == BEGUN and answers[-1] & PUBLISHED
    assert test[p.DEMAND_LAST] == LOAD * 1800
    steps = interval * 30 + 1
    assert test[p.DELIVERED_KWH] * COUNTS_PER_KWH + test[p.DELIVERED_COUNTS] == steps * LOAD
    before[p.MODE] = modes.TEST
    before[p.TESTS] = 1
    assert page == before


def test_after_the_test_billing_goes_on_with_a_new_interval_and_no_energy_of_the_test(bench):
    page, test = bench.page, p.new_page()
    page[p.LAST_B] = 5
    before = page[:]
    modes.enter_test(page, test, 1, 1)
    assert test[p.LAST_B] == 5
    metered(test, bench, 600)
    test[p.LAST_B] = 6
    modes.leave_test(page, test)
    assert page[p.LAST_B] == 6
    assert page[p.MODE] == test[p.MODE] == modes.METERING
    assert page[p.LAST_A] == bench._counter[0]
    for index in range(p.DELIVERED_KWH, p.RECEIVED_COUNTS + 1):
        assert page[index] == before[index]
    assert bench.step(LOAD) == BEGUN
    answers = bench.run(1500, LOAD)
    assert [a & PUBLISHED for a in answers[:3]] == [0, 0, 0]
    assert bench.last() == (LOAD * 1800, 0)
    delivered = page[p.DELIVERED_KWH] * COUNTS_PER_KWH + page[p.DELIVERED_COUNTS]
    assert delivered == bench.total[0]


def test_the_lever_restarts_the_tests_interval(bench):
    page, test = bench.page, p.new_page()
    modes.enter_test(page, test, 1, 1)
    metered(test, bench, 40)
    demand.restart(test)
    assert metered(test, bench, 60) == [BEGUN]
    assert metered(test, bench, 2)[0] & ENDED


@pytest.mark.parametrize("interval", [0, 7, 61])
def test_a_test_with_an_impossible_interval_is_refused_and_changes_nothing(bench, interval):
    page, test = bench.page, p.new_page()
    pages = page[:], test[:]
    with pytest.raises(ValueError):
        modes.enter_test(page, test, interval, interval)
    assert (page, test) == pages


def test_power_that_goes_in_a_test_ends_it_and_start_is_told(bench):
    page = bench.page
    assert not modes.was_testing(page)
    modes.enter_test(page, p.new_page(), 1, 1)
    journaled = page[:]
    assert modes.was_testing(journaled)
    modes.take_over(journaled, 11, 22)
    assert (journaled[p.LAST_A], journaled[p.LAST_B]) == (11, 22)
    assert not modes.was_testing(journaled)
