"""Energy is exact against big integers, refused samples change nothing, constants are small."""

from array import array

from boards.approved import RATINGS
from metrology import faults as f
from metrology import page as p
from metrology.absorb import absorb
from metrology.constants import LONGEST_GAP_MS, Constants, coil_limit
from metrology.tick import BILLED, IMPOSSIBLE, bill, new_net
from metrology.ticker import ticker
from tests_host.pure.lcg import Lcg

SMALL = 1 << 30


def constants(rating):
    return Constants(rating.coils, rating.full_scale_watts, rating.kh_mwh)


def test_registers_equal_exact_sums_over_wraps_and_directions():
    random = Lcg(1)
    for rating in RATINGS:
        c = constants(rating)
        page = p.new_page()
        net = new_net()
        a, b = random.below(1 << 24), random.below(1 << 24)
        page[p.LAST_A], page[p.LAST_B] = a, b
        exact = [0, 0]
        for _ in range(200):
            limit = random.choice((1000, 1 << 20, (1 << 23) - 1))
            da, db = random.between(-limit, limit), random.between(-limit, limit)
            a, b = (a + da) & 0xFFFFFF, (b + db) & 0xFFFFFF
            counters = array("I", (a, b))
            assert bill(page, counters, net, c.coils, limit, c.counts_per_kwh) == BILLED
            counts = da + (db if c.coils == 2 else 0)
            assert net[0] == counts
            exact[counts < 0] += abs(counts)
        for kwh, rest, interval, sum_ in (
            (p.DELIVERED_KWH, p.DELIVERED_COUNTS, p.INTERVAL_DELIVERED, exact[0]),
            (p.RECEIVED_KWH, p.RECEIVED_COUNTS, p.INTERVAL_RECEIVED, exact[1]),
        ):
            assert page[rest] < c.counts_per_kwh
            assert page[kwh] * c.counts_per_kwh + page[rest] == sum_
            assert page[interval] == sum_ % SMALL


def test_intervals_wrap_at_the_end_of_the_small_integers():
    page = p.new_page()
    net = new_net()
    page[p.INTERVAL_DELIVERED] = page[p.INTERVAL_RECEIVED] = SMALL - 1
    bill(page, array("I", (3, 0)), net, 1, 10, 7782000)
    assert (page[p.INTERVAL_DELIVERED], page[p.INTERVAL_RECEIVED]) == (2, SMALL - 1)
    bill(page, array("I", (0, 0)), net, 1, 10, 7782000)
    assert (page[p.INTERVAL_DELIVERED], page[p.INTERVAL_RECEIVED]) == (2, 2)


def test_a_refused_sample_changes_nothing_and_the_next_bills_all():
    page = p.new_page()
    net = new_net()
    net[0] = 7
    before = bytes(page)
    for jump in (101, 0xFFFFFF - 100, 0x800000):
        assert bill(page, array("I", (jump, 0)), net, 2, 100, 7782000) == IMPOSSIBLE
        assert bill(page, array("I", (0, jump)), net, 2, 100, 7782000) == IMPOSSIBLE
    assert bytes(page) == before and net[0] == 7
    assert bill(page, array("I", (60, 40)), net, 2, 100, 7782000) == BILLED
    assert page[p.DELIVERED_COUNTS] == 100


def test_what_the_tick_handles_stays_small():
    for rating in RATINGS:
        c = constants(rating)
        assert coil_limit(10**9) == coil_limit(LONGEST_GAP_MS) < 1 << 23
        assert c.counts_per_kwh + 2 * (1 << 23) < SMALL


class Afe:
    """A driver whose next sample is `counts`, or a fault."""

    def __init__(self):
        self.counts = array("I", (0, 0))
        self.code = 0
        self.quick = (0, 0)
        self.careful = (0, 0)
        self.suspect = False
        self.wary = 0
        self.asked = 0

    def sample(self):
        if self.code:
            self.wary = 2
        return self._read(self.quick)

    def sample_carefully(self):
        self.asked += 1
        return self._read(self.careful)

    def _read(self, raw):
        if not self.code:
            self.counts[0], self.counts[1] = raw
        return self.code


def test_a_plain_tick_bills_what_was_sampled_and_nothing_after_a_fault():
    afe, page = Afe(), p.new_page()
    plain = ticker(afe, page, constants(RATINGS[0]))
    afe.quick = afe.careful = (500, 300)
    assert plain.tick(1000) == BILLED and plain.net[0] == 800 and not afe.asked
    afe.quick = afe.careful = (900, 600)
    afe.code = 3
    assert plain.tick(1000) == 3
    afe.quick = afe.careful = (5000, 0)
    afe.code = 0
    assert plain.tick(1000) == IMPOSSIBLE
    assert tuple(afe.counts) == (5000, 0)
    assert page[p.DELIVERED_COUNTS] == 800 and plain.net[0] == 800


def test_a_load_that_changes_is_billed_as_a_careful_sample_says():
    afe, page = Afe(), p.new_page()
    plain = ticker(afe, page, constants(RATINGS[0]))
    afe.quick = (500, 300)
    assert plain.tick(30000) == BILLED
    afe.quick = (1000, 600)
    assert plain.tick(30000) == BILLED and not afe.asked
    for bit in range(8, 15):
        afe.quick, afe.careful = (1500 ^ 1 << bit, 900), (1500, 900)
        before = page[p.DELIVERED_COUNTS] - page[p.RECEIVED_COUNTS], afe.asked
        page[p.LAST_A], page[p.LAST_B] = 1000, 600
        assert plain.tick(30000) == BILLED
        assert afe.asked == before[1] + 1
        assert page[p.DELIVERED_COUNTS] - page[p.RECEIVED_COUNTS] == before[0] + 800
    assert page[p.RECEIVED_COUNTS] == 0


def test_after_a_disturbed_sample_each_one_is_careful():
    afe, page = Afe(), p.new_page()
    plain = ticker(afe, page, constants(RATINGS[0]))
    afe.quick = (400, 400)
    afe.careful = (7, 8)
    afe.wary = 1
    assert plain.tick(1000) == BILLED and plain.net[0] == 15
    afe.wary, afe.suspect = 0, True
    afe.careful = (9, 9)
    assert plain.tick(1000) == BILLED and plain.net[0] == 3


def test_counters_wrap_at_the_end_of_the_small_integers():
    page = p.new_page()
    page[p.TICKS] = SMALL - 1
    p.count(page, p.TICKS)
    assert page[p.TICKS] == 0


def test_latched_faults_survive_in_the_page_and_others_do_not():
    page = p.new_page()
    faults = f.FaultSet(page, p.FAULTS)
    faults.set(f.MEMORY_LOST | f.CHIP_SILENT)
    faults.clear(f.MEMORY_LOST | f.CHIP_SILENT)
    assert faults.word == f.MEMORY_LOST == page[p.FAULTS]
    again = f.FaultSet(page, p.FAULTS)
    again.recall()
    assert again.word == f.MEMORY_LOST


def outputs():
    """Constants of every rating, values of registers, status words."""
    lines = []
    for rating in RATINGS:
        c = constants(rating)
        lines.append(f"{rating.name} {c.cf1den} {c.counts_per_kwh}")
        for kwh, counts in ((0, 1), (1073741823, c.counts_per_kwh - 1)):
            lines.append(f"{c.watthours(kwh, counts)} {c.microwatthours(kwh, counts)}")
    for bit in range(18):
        lines.append(hex(f.status1(1 << bit)))
    return lines


def test_what_was_metered_without_the_memory_is_added_to_the_count_whatever_the_ratings():
    random = Lcg(11)
    for rating in RATINGS:
        for other in RATINGS:
            mine, its = constants(rating).counts_per_kwh, constants(other).counts_per_kwh
            page, run = p.new_page(), p.new_page()
            sums, befores = [], []
            for kwh in (p.DELIVERED_KWH, p.RECEIVED_KWH):
                page[kwh], page[kwh + 1] = random.below(10**6), random.below(mine)
                run[kwh], run[kwh + 1] = random.below(50), random.below(its)
                befores.append(page[kwh] * mine + page[kwh + 1])
                sums.append(befores[-1] + run[kwh] * its + run[kwh + 1])
            page[p.TICKS], run[p.TICKS] = SMALL - 2, 5
            page[p.FAULTS], run[p.FAULTS] = f.MEMORY_LOST, f.MEMORY_ABSENT
            page[p.CLOCK], run[p.CLOCK] = 1000, random.choice((0, 2000))
            run[p.LAST_A], run[p.LAST_B], run[p.MODE] = 11, 12, 1
            demand = page[p.DEMAND_INTERVAL : p.UNSURE_EVENTS]
            absorb(page, mine, run, its)
            for i in range(2):
                kwh = p.DELIVERED_KWH + 2 * i
                assert page[kwh + 1] < mine
                assert page[kwh] * mine + page[kwh + 1] == sums[i]
                began = p.OVERLOAD_REGISTERS + 2 * i
                assert page[began] * mine + page[began + 1] == sums[i] - befores[i]
            assert (page[p.LAST_A], page[p.LAST_B], page[p.MODE]) == (11, 12, 1)
            assert page[p.TICKS] == 3
            assert page[p.FAULTS] == f.MEMORY_LOST | f.MEMORY_ABSENT
            assert page[p.CLOCK] == (run[p.CLOCK] or 1000)
            assert (page[p.LATE_RUN], page[p.LATE_CLOCK]) == (1, 1000)
            page[p.LATE_RUN] = page[p.LATE_CLOCK] = 0
            assert page[p.DEMAND_INTERVAL : p.UNSURE_EVENTS] == demand


def test_what_was_tested_without_the_memory_is_added_to_what_was_tested_before():
    mine, its = 1000, 700
    page, run = p.new_page(), p.new_page()
    for i, word in enumerate((3, 999, 0, 500)):
        page[p.TEST_REGISTERS + i] = word
    for i, word in enumerate((2, 650, 1, 0)):
        run[p.TEST_REGISTERS + i] = word
    page[p.TESTS], run[p.TESTS] = 5, 2
    page[p.TEST_SECONDS], run[p.TEST_SECONDS] = 60, 7
    run[p.TEST_LAST_A], run[p.TEST_LAST_B], run[p.MODE] = 11, 12, 1
    absorb(page, mine, run, its)
    registers = list(page[p.TEST_REGISTERS : p.TEST_REGISTERS + 4])
    assert registers[0] * mine + registers[1] == 3999 + 2 * its + 650
    assert registers[2] * mine + registers[3] == 500 + its
    assert (page[p.TESTS], page[p.TEST_SECONDS]) == (7, 67)
    assert (page[p.TEST_LAST_A], page[p.TEST_LAST_B], page[p.MODE]) == (11, 12, 1)
