"""The native tick does to the count what `judge` and `bill` do, over the range of inputs.

Runs on MicroPython only: this is native code against its plain twin.
"""

from array import array

import micropython

from ade7953.driver import judge
from ade7953.errors import FAULT_BUS, FAULT_NOISE, FAULT_RESET, OK
from boards.ratings import RATINGS
from metrology import page as p
from metrology import tick_viper as t
from metrology.constants import Constants
from metrology.tick import BILLED, IMPOSSIBLE, bill
from metrology.ticker import ticker
from tests_host.pure.lcg import Lcg

MASK = 0xFFFFFF
ALIVE = 1 << 17
TOP = 1 << 23


class Afe:
    """A driver whose next sample, verdict included, is what the test says."""

    def __init__(self):
        self.suspect = False
        self.counts = array("I", (0, 0))
        self.code = OK

    def sample(self):
        self.suspect = self.code != OK
        return self.code


def work_block(coils, counts_per_kwh):
    work = array("i", bytes(4 * t.WORDS))
    work[t.COILS] = coils
    work[t.COUNTS_PER_KWH] = counts_per_kwh
    return work


def put(work, raw):
    for i in range(5):
        work[t.RAW + i] = raw[i]


def twin(work, page, net):
    """What the tick has to do, in plain Python."""
    raw = work[t.RAW : t.RAW + 5]
    code = judge(raw[0], raw[1], raw[2], raw[3], raw[4])
    if code:
        return code
    return bill(page, raw, net, work[t.COILS], work[t.LIMIT], work[t.COUNTS_PER_KWH])


def both(work, page):
    """Take one tick both ways and compare everything; returns the code."""
    plain_page = page[:]
    plain_work = work[:]
    net = array("i", (work[t.NET],))
    expected = twin(work, plain_page, net)
    assert t.tick(work, page) == expected
    assert page == plain_page
    plain_work[t.NET] = net[0]
    assert work == plain_work
    return expected


def test_status_words_are_judged_alike():
    random = Lcg(11)
    work, page = work_block(2, 7782000), p.new_page()
    work[t.LIMIT] = TOP - 1
    seen = set()
    for _ in range(3000):
        status = random.extreme(24)
        if random.below(2):
            status &= ~(3 << 22)
        put(work, (1, 1, status, 1, 1))
        seen.add(both(work, page))
    for bit in range(24):
        for other in (0, ALIVE, MASK):
            put(work, (1, 1, other ^ (1 << bit), 1, 1))
            seen.add(both(work, page))
    assert seen == {OK, FAULT_BUS, FAULT_RESET}


def test_disagreeing_reads_are_judged_alike():
    random = Lcg(12)
    work, page = work_block(2, 7782000), p.new_page()
    work[t.LIMIT] = TOP - 1
    seen = set()
    for _ in range(4000):
        a, b = random.extreme(24), random.extreme(24)
        again = [a, b]
        again[random.below(2)] += random.choice((0, 1, 63, 64, 65, 66, -1, -63, -64, -65, -66))
        put(work, (a, b, ALIVE, again[0] & MASK, again[1] & MASK))
        page[p.LAST_A] = (a + random.between(-500, 500)) & MASK
        page[p.LAST_B] = (b + random.between(-500, 500)) & MASK
        seen.add(both(work, page))
    assert seen == {OK, FAULT_NOISE}


def test_every_rating_is_billed_alike_wraps_signs_and_refusals_included():
    random = Lcg(13)
    seen = set()
    for rating in RATINGS:
        c = Constants(rating.coils, rating.full_scale_watts, rating.rated_watts, rating.kh_mwh)
        work, page = work_block(c.coils, c.counts_per_kwh), p.new_page()
        for _ in range(800):
            limit = random.choice((0, 64, 1000, 1 << 20, TOP - 1))
            work[t.LIMIT] = limit
            reach = random.choice((limit, limit + 2, TOP - 1))
            a = (page[p.LAST_A] + random.between(-reach, reach)) & MASK
            b = (page[p.LAST_B] + random.between(-reach, reach)) & MASK
            put(work, (a, b, ALIVE, a, b))
            for index in (p.DELIVERED_COUNTS, p.RECEIVED_COUNTS):
                if random.below(8) == 0:
                    page[index] = c.counts_per_kwh - 1 - random.below(3)
            for index in (p.INTERVAL_DELIVERED, p.INTERVAL_RECEIVED):
                if random.below(8) == 0:
                    page[index] = (1 << 30) - 1 - random.below(1000)
            seen.add(both(work, page))
    assert seen == {BILLED, IMPOSSIBLE}


def test_edges_of_the_difference_and_of_the_limit():
    for limit in (0, 1, TOP - 2, TOP - 1):
        for last in (0, 1, TOP - 1, TOP, MASK):
            for step in (0, 1, 2, limit - 1, limit, limit + 1, TOP - 1, TOP, TOP + 1):
                for sign in (1, -1):
                    for coil in (0, 1):
                        work, page = work_block(2, 7782000), p.new_page()
                        work[t.LIMIT] = limit
                        page[p.LAST_A] = page[p.LAST_B] = last
                        raw = [last, last]
                        raw[coil] = (last + sign * step) & MASK
                        put(work, (raw[0], raw[1], ALIVE, raw[0], raw[1]))
                        both(work, page)


def test_a_kwh_turns_over_as_often_as_it_takes():
    work, page = work_block(2, 1000), p.new_page()
    work[t.LIMIT] = TOP - 1
    put(work, (TOP - 1, TOP - 1, ALIVE, TOP - 1, TOP - 1))
    assert both(work, page) == BILLED
    assert page[p.DELIVERED_KWH] == 2 * (TOP - 1) // 1000
    put(work, (0, 0, ALIVE, 0, 0))
    assert both(work, page) == BILLED
    assert page[p.RECEIVED_KWH] == 2 * (TOP - 1) // 1000


def test_a_tick_allocates_nothing():
    work, page = work_block(2, 7782000), p.new_page()
    work[t.LIMIT] = TOP - 1
    page[p.INTERVAL_DELIVERED] = (1 << 30) - 1
    tick = t.tick
    failed = 0
    micropython.heap_lock()
    try:
        for i in range(1000):
            work[t.RAW] = work[t.RAW + 3] = i * 5000
            work[t.RAW + 2] = ALIVE
            failed |= tick(work, page)
    finally:
        micropython.heap_unlock()
    assert failed == 0 and page[p.DELIVERED_COUNTS] == 999 * 5000


def test_the_ticker_leaves_doubt_to_the_plain_way():
    page = p.new_page()
    rating = RATINGS[0]
    c = Constants(rating.coils, rating.full_scale_watts, rating.rated_watts, rating.kh_mwh)
    afe = Afe()
    fast = ticker(afe, page, c, (0, 0))
    put(fast.work, (500, 300, ALIVE, 500, 300))
    assert fast.tick(1000) == BILLED and fast.net[0] == 800
    put(fast.work, (600, 300, ALIVE, 900, 300))
    assert fast.tick(1000) == FAULT_NOISE and afe.suspect
    afe.code = FAULT_BUS  # the driver asks the chip
    assert fast.tick(1000) == FAULT_BUS and afe.suspect
    afe.code = OK
    afe.counts[0], afe.counts[1] = 1500, 300
    assert fast.tick(1000) == BILLED and fast.net[0] == 1000
    put(fast.work, (1400, 300, ALIVE, 1400, 300))
    assert fast.tick(1000) == BILLED and fast.net[0] == -100
    put(fast.work, (5000, 300, ALIVE, 5000, 300))
    assert fast.tick(1000) == IMPOSSIBLE and not afe.suspect
    assert (page[p.DELIVERED_COUNTS], page[p.RECEIVED_COUNTS]) == (1800, 100)


def test_its_own_constants_are_those_of_the_page_and_the_frames():
    page = p.new_page()
    c = Constants(2, 480 * 400, 48000, 1000)
    fast = ticker(Afe(), page, c, (0, 0))
    assert [fast.work[t.HEADER + i] for i in range(5)] == [
        0x021E80,
        0x021F80,
        0x022D80,
        0x021E80,
        0x021F80,
    ]
    assert len(fast.work) == t.WORDS and t.NET == 0
