"""The native tick does to the count what `judge` and `bill` do, over the range of inputs.

Runs on MicroPython only: this is native code against its plain twin.
"""

from array import array

import micropython

from ade7953.errors import FAULT_BUS, FAULT_NOISE, FAULT_RESET, OK
from ade7953.vote import judge
from boards.approved import RATINGS
from metrology import page as p
from metrology import tick_viper as t
from metrology.constants import Constants
from metrology.tick import BILLED, IMPOSSIBLE, MOVED, NET, UNKNOWN, UNUSUAL, bill, is_unusual
from metrology.ticker import ticker
from tests_host.pure.lcg import Lcg

MASK = 0xFFFFFF
ALIVE = 1 << 17
TOP = 1 << 23


class Afe:
    """A driver whose next careful sample, verdict included, is what the test says."""

    def __init__(self):
        self.suspect = False
        self.wary = 0
        self.counts = array("I", (0, 0))
        self.careful = (0, 0)
        self.code = OK

    def sample(self):
        raise NotImplementedError  # the quick sample is native

    def doubt(self):
        self.suspect = True

    def sample_carefully(self):
        self.suspect = self.code != OK
        if self.code == OK:
            self.counts[0], self.counts[1] = self.careful
        return self.code


def work_block(coils, counts_per_kwh):
    work = array("i", bytes(4 * t.WORDS))
    work[t.MOVED] = work[t.MOVED + 1] = UNKNOWN
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
    if is_unusual(page, raw, net, work[t.COILS]):
        return UNUSUAL
    return bill(page, raw, net, work[t.COILS], work[t.LIMIT], work[t.COUNTS_PER_KWH])


def both(work, page):
    """Take one tick both ways and compare everything; returns the code."""
    plain_page = page[:]
    plain_work = work[:]
    net = work[t.NET : t.LIMIT]
    expected = twin(work, plain_page, net)
    assert t.tick(work, page) == expected
    assert page == plain_page
    plain_work[t.NET : t.LIMIT] = net
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
        work[t.MOVED] = work[t.MOVED + 1] = UNKNOWN
        seen.add(both(work, page))
    assert seen == {OK, FAULT_NOISE}


def test_every_rating_is_billed_alike_wraps_signs_and_refusals_included():
    random = Lcg(13)
    seen = set()
    for rating in RATINGS:
        c = Constants(rating.coils, rating.full_scale_watts, rating.kh_mwh)
        work, page = work_block(c.coils, c.counts_per_kwh), p.new_page()
        for _ in range(800):
            limit = random.choice((0, 64, 1000, 1 << 20, TOP - 1))
            work[t.LIMIT] = limit
            reach = random.choice((limit, limit + 2, TOP - 1))
            a = (page[p.LAST_A] + random.between(-reach, reach)) & MASK
            b = (page[p.LAST_B] + random.between(-reach, reach)) & MASK
            put(work, (a, b, ALIVE, a, b))
            for coil in range(2):
                near = (raw_moved(page, coil, (a, b)) + random.between(-40, 40)) * 8 // 7
                work[t.MOVED + coil] = random.choice((UNKNOWN, near, near, -near, 0))
            for index in (p.DELIVERED_COUNTS, p.RECEIVED_COUNTS):
                if random.below(8) == 0:
                    page[index] = c.counts_per_kwh - 1 - random.below(3)
            for index in (p.INTERVAL_DELIVERED, p.INTERVAL_RECEIVED):
                if random.below(8) == 0:
                    page[index] = (1 << 30) - 1 - random.below(1000)
            seen.add(both(work, page))
    assert seen == {BILLED, IMPOSSIBLE, UNUSUAL}


def raw_moved(page, coil, raw):
    """Signed counts since a coil was last billed."""
    moved = (raw[coil] - page[p.LAST_A + coil]) & MASK
    return moved - ((moved & TOP) << 1)


def test_edges_of_what_is_unusual():
    for before in (0, 1, 3, 4, 31, 1000, -1, -4, -1000, (1 << 22)):
        for coil in (0, 1):
            for by in range(-40, 41):
                for quarter in (0, abs(before) // 4, -(abs(before) // 4)):
                    work, page = work_block(2, 7782000), p.new_page()
                    work[t.LIMIT] = TOP - 1
                    work[t.MOVED + coil] = before
                    raw = [0, 0]
                    raw[coil] = (before + by + quarter) & MASK
                    put(work, (raw[0], raw[1], ALIVE, raw[0], raw[1]))
                    both(work, page)


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
    assert both(work, page) == UNUSUAL
    work[t.MOVED] = work[t.MOVED + 1] = UNKNOWN
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
            work[t.RAW] = work[t.RAW + 3] = (i + 1) * 5000
            work[t.RAW + 2] = ALIVE
            failed |= tick(work, page)
    finally:
        micropython.heap_unlock()
    assert failed == 0 and page[p.DELIVERED_COUNTS] == 1000 * 5000


def test_the_ticker_leaves_doubt_to_careful_samples():
    page = p.new_page()
    rating = RATINGS[0]
    c = Constants(rating.coils, rating.full_scale_watts, rating.kh_mwh)
    afe = Afe()
    fast = ticker(afe, page, c, (0, 0))
    put(fast.net, (500, 300, ALIVE, 500, 300))
    assert fast.tick(1000) == BILLED and fast.net[0] == 800
    put(fast.net, (600, 300, ALIVE, 900, 300))
    assert fast.tick(1000) == FAULT_NOISE and afe.suspect
    afe.code = FAULT_BUS  # the driver asks the chip
    assert fast.tick(1000) == FAULT_BUS and afe.suspect
    afe.code = OK
    afe.careful = (1500, 300)
    assert fast.tick(1000) == BILLED and fast.net[0] == 1000
    put(fast.net, (1400, 300, ALIVE, 1400, 300))
    afe.careful = (1400, 300)  # another direction
    assert fast.tick(1000) == BILLED and fast.net[0] == -100
    put(fast.net, (5000, 300, ALIVE, 5000, 300))
    afe.careful = (5000, 300)
    assert fast.tick(1000) == IMPOSSIBLE and not afe.suspect
    afe.careful = (1380, 300)
    assert fast.tick(1000) == BILLED and fast.net[0] == -20
    assert (page[p.DELIVERED_COUNTS], page[p.RECEIVED_COUNTS]) == (1800, 120)


def test_its_own_constants_are_those_of_the_page_and_the_frames():
    page = p.new_page()
    c = Constants(2, 480 * 400, 1000)
    fast = ticker(Afe(), page, c, (0, 0))
    assert [fast.net[t.HEADER + i] for i in range(5)] == [
        0x021E80,
        0x021F80,
        0x022D80,
        0x021E80,
        0x021F80,
    ]
    assert len(fast.net) == t.WORDS and (t.NET, t.MOVED) == (NET, MOVED)
