"""A register page that was stored whole and says what cannot be is put right, word by word."""

from array import array

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from metrology import demand, demand_register
from metrology import page as p
from metrology.clear import clear
from metrology.page_check import repair
from metrology.tick import BILLED, bill, new_net

PER_KWH = 7782000
SMALL = (1 << 30) - 1
LAST_MINUTE = 100 * 525600 + 25 * 1440 - 1  # of 2099: 25 leap days in the century
USER_WORDS = range(1, 126)
EXTREMES = (0, 1, 2, 15, 60, PER_KWH - 1, PER_KWH, SMALL, SMALL + 1, (1 << 32) - 1)

MINUTES = (32, 35, 36, 42, 49, 50)
COUNTS = (p.DELIVERED_COUNTS, p.RECEIVED_COUNTS, 39, 40, 44, 46, 53, 54, 63, 65, 85, 87)
REGISTERS = range(p.DELIVERED_KWH, p.RECEIVED_COUNTS + 1)
DEMAND = range(p.DEMAND_INTERVAL, p.DEMAND_SLOT + 1)
# By the words' own meaning: what each can be, where it is less than 2^30 - 1.
MOST = {word: LAST_MINUTE for word in MINUTES} | {word: PER_KWH - 1 for word in COUNTS}
MOST |= {p.LAST_A: 0xFFFFFF, p.LAST_B: 0xFFFFFF, p.MODE: 1, p.OVERLOAD_RUNS: 1}
MOST |= {p.TEST_LAST_A: 0xFFFFFF, p.TEST_LAST_B: 0xFFFFFF, p.TEST_LOGGED: 1, p.MISSING: 1}
MOST |= {p.DEMAND_EXCLUDED: 255 * 60000, p.RESET_LOCKOUT: 255 * 60000}
MOST |= {p.CLOCK: (LAST_MINUTE + 1) * 30 - 1, p.OVERLOAD_SINCE: (LAST_MINUTE + 1) * 30 - 1}


def lived():
    """A page of a meter that has metered, with a demand reset."""
    page = p.new_page()
    for word in REGISTERS:
        page[word] = 1000 + word
    page[p.CLOCK] = SMALL + 1000  # after 2034
    demand.program(page, 15, 5)
    clock = array("i", (20_000_000, 0))
    for ms in range(100, 3_600_000, 1000):
        clock[0], clock[1] = 20_000_000 + ms // 60000, ms % 60000
        bill(page, ((ms // 10) & 0xFFFFFF, 0), new_net(), 1, 1 << 23, PER_KWH)
        demand.step(page, 1000, clock)
    demand_register.reset(page, Constants, 20_000_060)
    return page


class Constants:
    counts_per_kwh = PER_KWH


def test_a_page_that_a_meter_has_written_stays_as_it_is():
    for page in (p.new_page(), lived()):
        before = page[:]
        assert not repair(page, PER_KWH)
        assert page == before


@pytest.mark.parametrize("word", USER_WORDS)
def test_a_word_that_cannot_be_is_zero_and_the_others_stay(word):
    for value in EXTREMES:
        page = lived()
        page[word] = value
        before = page[:]
        bad = repair(page, PER_KWH)
        if word in DEMAND and word != p.DEMAND_EXCLUDED:
            continue
        wrong = value > MOST.get(word, SMALL)
        assert bad == wrong, value
        before[word] = 0 if wrong else value
        assert page == before


@pytest.mark.parametrize("word", [word for word in DEMAND if word != p.DEMAND_EXCLUDED])
def test_a_demand_interval_that_cannot_be_begins_again_and_the_registers_stay(word):
    begun = 0
    for value in EXTREMES:
        page = lived()
        page[word] = value
        before = page[:]
        if repair(page, PER_KWH):
            begun += 1
            assert page[p.DEMAND_STATE] == page[p.DEMAND_FULL] == page[p.DEMAND_SLOT] == 0
            assert page[p.DEMAND_INTERVAL] == page[p.DEMAND_SUBINTERVAL] == 15
        for other in (*REGISTERS, *range(p.DEMAND_LAST, p.DEMAND_WINDOW)):
            assert page[other] == before[other]
        assert not repair(page, PER_KWH)
    assert begun >= 3


@pytest.mark.parametrize("word", REGISTERS)
def test_a_register_that_cannot_be_is_zero_before_the_first_tick_and_the_others_stay(word):
    for value in EXTREMES:
        page = lived()
        page[word] = value
        before = page[:]
        wrong = value > MOST.get(word, SMALL)
        assert p.zero_registers(page, PER_KWH) == wrong
        before[word] = 0 if wrong else value
        assert page == before


word = st.one_of(st.sampled_from(EXTREMES), st.integers(0, (1 << 32) - 1), st.integers(0, 70))


@given(st.lists(word, min_size=125, max_size=125))
@example([(1 << 32) - 1] * 125)
@example([0] * 125)
def test_whatever_a_page_says_it_meters_after_the_repair(words):
    page = p.new_page()
    page[1:126] = array("I", words)
    repair(page, PER_KWH)
    assert not repair(page, PER_KWH)
    began = page[p.DELIVERED_KWH] * PER_KWH + page[p.DELIVERED_COUNTS]
    counted = new_net()
    page[p.LAST_A] = 0
    clock = array("i", (LAST_MINUTE - 20, 0))
    for second in range(1, 1000):
        assert bill(page, (second * 500, 0), counted, 1, 1 << 23, PER_KWH) == BILLED
        clock[0], clock[1] = LAST_MINUTE - 20 + second // 60, second % 60 * 1000
        demand.step(page, 1000, clock)
    assert page[p.DELIVERED_KWH] * PER_KWH + page[p.DELIVERED_COUNTS] - began == 999 * 500
    for direction in range(2):
        demand_register.present(page, direction)
        demand_register.cumulative_watts(page, Constants, direction)
    assert 0 <= demand_register.remaining_s(page) <= 3600
    demand_register.reset(page, Constants, LAST_MINUTE)
    clear(page, 1)
    assert max(page[word] for word in USER_WORDS if word != p.CLOCK and word != 61) <= SMALL
