"""Display items: what each number means, and its value against exact fractions."""

import math
from fractions import Fraction
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boards.approved import RATINGS
from c1219 import NotReady
from c1219 import quantities as q
from display import Item
from ds3231 import civil
from firmware import items, scaling
from firmware.values import Values
from metrology import page as p
from metrology.constants import Constants
from picometer.pictures.items import entries
from psem.link import COUNTERS

CONSTANTS = [Constants(r.coils, r.full_scale_watts, r.kh_mwh) for r in RATINGS]
NUMBERS = {entry.name: entry.number for entry in entries()}
MOST = 2**30 - 1

formats = st.builds(
    lambda digits, decimals, power, rolls: Item(
        b"", 0, (), digits, min(decimals, digits - 1), True, rolls, power
    ),
    st.integers(4, 6),
    st.integers(0, 5),
    st.integers(0, 3),
    st.booleans(),
)


def exact(value, item):
    """A Fraction in the units that the display counts."""
    return value * Fraction(10) ** (item.decimals - item.multiplier)


def check(shown, wanted, item):
    """`wanted` is what a display without an end would show."""
    if item.modulus:
        assert abs(shown) % item.modulus == abs(wanted) % item.modulus
    elif abs(wanted) < 10**item.digits:
        assert shown == wanted
    else:
        assert abs(shown) >= 10**item.digits
    assert abs(shown) < 2**30


@given(formats, st.sampled_from(CONSTANTS), st.integers(0, MOST), st.integers(0, 2**28))
def test_energy_is_cut(item, c, kwh, counts):
    counts %= c.counts_per_kwh
    value = kwh + Fraction(counts, c.counts_per_kwh)
    check(
        scaling.energy(kwh, counts, c.counts_per_kwh, item), math.floor(exact(value, item)), item
    )


@given(formats, st.sampled_from(CONSTANTS), *[st.integers(0, MOST)] * 4)
def test_net_energy_is_cut_towards_zero(item, c, kwh_a, a, kwh_b, b):
    per = c.counts_per_kwh
    a, b = a % per, b % per
    value = exact(kwh_a - kwh_b + Fraction(a - b, per), item)
    shown = scaling.net(kwh_a - kwh_b, a - b, per, item)
    check(shown, math.trunc(value), item)
    assert shown == 0 or (shown > 0) == (value > 0)


@given(formats, st.sampled_from(CONSTANTS), st.integers(0, 10**6), st.integers(0, MOST))
def test_demand_is_rounded_half_up(item, c, kw, counts):
    value = exact(kw + Fraction(counts, c.counts_per_kwh), item)
    wanted = math.floor(value + Fraction(1, 2))
    check(scaling.power(kw, counts, c.counts_per_kwh, item), wanted, item)


def test_half_a_digit_is_rounded_up_and_a_count_less_is_not():
    item = Item(b"", 0, (), 6, 3)
    assert scaling.power(0, 3891, 7782000, item) == 1
    assert scaling.power(0, 3890, 7782000, item) == 0
    assert scaling.power(9, 7782000 - 3891, 7782000, item) == 10000


@given(formats, st.integers(-(2**40), 2**40), st.integers(-6, 0))
def test_readings_are_rounded_half_away_from_zero(item, value, exponent):
    wanted = exact(Fraction(value) * Fraction(10) ** exponent, item)
    rounded = math.floor(abs(wanted) + Fraction(1, 2))
    assert scaling.decimal(value, exponent, item) == (rounded if value >= 0 else -rounded)


def test_long_division_stays_in_small_integers():
    for c in CONSTANTS:
        assert (c.counts_per_kwh - 1) * 5 < 2**30


# --- the items ---


def minutes(*moment):
    return (civil.days(*moment[:3]) * 24 + moment[3]) * 60 + moment[4]


class Readings:
    """A quantity is 1000 times its number and 7, negative where it is odd."""

    silent = False

    def quantity(self, which):
        if self.silent:
            raise NotReady("silent")
        if which > q.POWER_FACTOR_B:
            raise ValueError("no such quantity")
        return (1000 * which + 7) * (-1 if which % 2 else 1)


def a_meter():
    billing, test = p.new_page(), p.new_page()
    c = CONSTANTS[0]
    per = c.counts_per_kwh
    for page, more in ((billing, 0), (test, 500)):
        page[p.DELIVERED_KWH], page[p.DELIVERED_COUNTS] = 1234 + more, per // 2
        page[p.RECEIVED_KWH], page[p.RECEIVED_COUNTS] = 34 + more, per // 4
        for pair, kw in ((p.DEMAND_LAST, 3), (p.DEMAND_MAXIMUM, 5)):
            page[pair], page[pair + 1] = per * (kw + more // 100), per * (kw + 1 + more // 100)
        page[p.INTERVAL_DELIVERED], page[p.INTERVAL_RECEIVED] = per // 2, per // 4
        page[p.DEMAND_LEFT] = 754_001 + more * 1000 // 100
    billing[p.DEMAND_MAXIMUM_END] = minutes(2031, 12, 30, 23, 45)
    billing[p.DEMAND_MAXIMUM_END + 1] = minutes(2000, 2, 29, 0, 15)
    billing[p.CUMULATIVE_KW], billing[p.CUMULATIVE_COUNTS] = 100, per // 2
    billing[p.CUMULATIVE_KW + 1], billing[p.CUMULATIVE_COUNTS + 1] = 200, per - 1
    billing[p.DEMAND_RESETS] = 257
    billing[p.DEMAND_RESET_TIME] = minutes(2030, 1, 2, 3, 4)
    for i in range(4):
        billing[p.PREVIOUS_REGISTERS + i] = (1000, per // 5, 2000, per // 10)[i]
    values = (
        per * 7,
        per * 8,
        minutes(2029, 5, 6, 7, 8),
        minutes(2029, 6, 7, 8, 9),
        90,
        180,
        0,
        0,
    )
    for i, value in enumerate(values):
        billing[p.PREVIOUS_DEMANDS + i] = value
    for i, word in enumerate((p.CHIP_RESETS, p.TICKS, p.REJECTED, p.STARTS, p.CRASHES, p.ERRORS)):
        billing[word] = 11 + i
    billing[p.LAST_ERROR] = 4 << 8 | 3
    billing[p.TESTS], billing[p.TEST_SECONDS] = 21, 22
    for i, word in enumerate((23, 0, 24, per // 2)):
        billing[p.TEST_REGISTERS + i] = word
    return SimpleNamespace(
        pages=SimpleNamespace(billing=billing, test=test, shown=billing),
        constants=c,
        clock=SimpleNamespace(valid=True, fields=[2056, 2, 9, 4, 5, 6, 0], drift_ppb=-1234),
        readings=Readings(),
        storage=SimpleNamespace(faults=SimpleNamespace(word=0o5030010)),
        link_counters=list(range(100, 100 + COUNTERS)),
        history_total=77,
        test_left_s=1799,
        lockout_s=42,
        service_switch=SimpleNamespace(state=2),
        event_log=SimpleNamespace(
            used=12, cycle=3, total=99, breaks=2, broken=0, chain=bytes(range(0xFC, 0x100)) * 8
        ),
        version=(1, 2, 3, 45),
        digest=bytes(range(0xE0, 0x100)),
        software=SimpleNamespace(
            passes=1,
            versions=((3, 4), (5, 6), (7, 8)),
            computed=[bytes(range(at, at + 32)) for at in (0x10, 0x50, 0x90)],
        ),
    )


def value(meter, number, digits=6, decimals=0):
    """What is shown for an ITEM, drawn as the built-in lists would."""
    item = looks(number)
    item.form(item.digits or digits, decimals, True, False)
    return Values(meter).value(item)


def looks(number):
    """An Item with kind, digits and annunciators of an ITEM number."""
    item = Item(b"", number)
    assert items.present(item)
    return item


# Numbers as they were given, once and for all; decimals and the value of the meter above.
_ITEMS = """
1 SEGMENT_TEST 0 0
2 DATE 0 560209
3 TIME 0 40506
4 KWH_DELIVERED 1 12345
5 KWH_RECEIVED 2 3425
6 KWH_NET 2 120025
7 PRESENT_DELIVERED 3 2000
8 PRESENT_RECEIVED 3 1000
9 LAST_DELIVERED 1 30
10 LAST_RECEIVED 1 40
11 MAXIMUM_DELIVERED 1 50
12 MAXIMUM_RECEIVED 1 60
13 MAXIMUM_DATE_DELIVERED 0 311230
14 MAXIMUM_DATE_RECEIVED 0 229
15 MAXIMUM_TIME_DELIVERED 0 2345
16 MAXIMUM_TIME_RECEIVED 0 15
17 CUMULATIVE_DELIVERED 1 1005
18 CUMULATIVE_RECEIVED 2 20100
19 CONTINUOUS_DELIVERED 1 1055
20 CONTINUOUS_RECEIVED 2 20700
21 RESETS 0 257
22 RESET_DATE 0 300102
23 RESET_TIME 0 304
24 INTERVAL_LEFT 0 1235
25 INTERVAL 0 15
26 SUBINTERVAL 0 15
27 PREVIOUS_KWH_DELIVERED 1 10002
28 PREVIOUS_KWH_RECEIVED 1 20001
29 PREVIOUS_KWH_NET 1 -9999
30 PREVIOUS_MAXIMUM_DELIVERED 0 7
31 PREVIOUS_MAXIMUM_RECEIVED 0 8
32 PREVIOUS_DATE_DELIVERED 0 290506
33 PREVIOUS_DATE_RECEIVED 0 290607
34 PREVIOUS_TIME_DELIVERED 0 708
35 PREVIOUS_TIME_RECEIVED 0 809
36 PREVIOUS_CUMULATIVE_DELIVERED 0 90
37 PREVIOUS_CUMULATIVE_RECEIVED 0 180
38 PREVIOUS_CONTINUOUS_DELIVERED 0 97
39 PREVIOUS_CONTINUOUS_RECEIVED 0 188
40 TEST_KWH_DELIVERED 1 17345
41 TEST_KWH_RECEIVED 2 53425
42 TEST_KWH_NET 2 120025
43 TEST_PRESENT_DELIVERED 1 20
44 TEST_PRESENT_RECEIVED 1 10
45 TEST_LAST_DELIVERED 0 8
46 TEST_LAST_RECEIVED 0 9
47 TEST_MAXIMUM_DELIVERED 0 10
48 TEST_MAXIMUM_RECEIVED 0 11
49 TEST_INTERVAL_LEFT 0 1240
50 TEST_LEFT 0 2959
51 FIRMWARE_VERSION 0 3045
52 HARDWARE_VERSION 0 1002
53 HASH 0 14737890
64 HISTORY 0 77
65 FAULTS 0 12296
66 KH 3 1000
67 VOLTS 1 40
68 AMPS_A 2 -501
69 AMPS_B 2 601
70 WATTS 6 -3007
71 WATTS_A 3 18
72 WATTS_B 3 -19
73 VARS 3 -13
74 VOLT_AMPS 3 14
75 POWER_FACTOR 3 -7007
76 POWER_FACTOR_A 3 20007
77 POWER_FACTOR_B 3 -21007
78 ANGLE_A 1 -150
79 ANGLE_B 1 160
80 HERTZ 2 801
81 TEMPERATURE 1 -170
82 CLOCK_DRIFT 2 -123
83 CHIP_RESETS 0 11
84 TICKS 0 12
85 REJECTED 0 13
86 STARTS 0 14
87 CRASHES 0 15
88 ERRORS 0 16
89 LAST_ERROR 0 403
90 LINK_RECEIVED 0 100
91 LINK_SENT 0 101
92 LINK_CRC_ERRORS 0 102
93 LINK_INCOMPLETE 0 103
94 LINK_REJECTED 0 104
95 LINK_DUPLICATES 0 105
96 LINK_NAKS_SENT 0 106
97 LINK_NAKS_RECEIVED 0 107
98 LINK_RETRIES 0 108
99 LINK_LOST 0 109
100 LINK_TIMEOUTS 0 110
101 LOCKOUT 0 42
102 MORE_FAULTS 0 5
103 SERVICE_SWITCH 0 2
104 MEASUREMENT_HASH 0 1052946
115 LEGAL_HASH 0 5263698
126 REST_HASH 0 9474450
137 MEASUREMENT_VERSION 0 3004
138 LEGAL_VERSION 0 5006
139 REST_VERSION 0 7008
140 LOG_USED 0 12050
141 LOG_CYCLE 0 3
142 LOG_TOTAL 0 99
143 SEAL_OPENINGS 0 2
144 LOG_BROKEN 0 0
145 LOG_CHAIN 0 16580094
146 TESTS 0 21
147 TESTS_SECONDS 0 22
148 TESTS_DELIVERED 1 230
149 TESTS_RECEIVED 1 245
"""
HASHES = (53, 104, 115, 126)
ITEMS = [line.split() for line in _ITEMS.strip().splitlines()]


@pytest.mark.parametrize(("number", "name", "decimals", "wanted"), ITEMS)
def test_each_item_means_what_it_always_meant(number, name, decimals, wanted):
    assert entries()[int(number) - 1].name == name
    assert value(a_meter(), int(number), decimals=int(decimals)) == int(wanted)


@pytest.mark.parametrize("first", HASHES)
def test_a_hash_goes_on_over_eleven_items(first):
    meter = a_meter()
    shown = ""
    for i in range(11):
        shown += f"{value(meter, first + i):0{looks(first + i).digits}x}"
    wanted = dict(zip(HASHES, [meter.digest, *meter.software.computed], strict=True))
    assert shown == wanted[first].hex()


def test_the_hash_of_a_part_is_dashes_until_it_has_been_computed():
    meter = a_meter()
    meter.software.passes = 0
    assert [value(meter, first) for first in HASHES[1:]] == [None] * 3
    meter.software = None
    assert [value(meter, number) for number in range(104, 140)] == [None] * 36


def test_every_item_is_in_the_table_above_and_in_the_documented_one():
    numbers = [int(number) for number, *_ in ITEMS]
    numbers += [first + i for first in HASHES for i in range(1, 11)]
    assert sorted(numbers) == list(range(1, items.COUNT))
    assert [entry.number for entry in entries()] == list(range(1, items.COUNT))
    assert not any(items.present(Item(b"", number)) for number in (0, items.COUNT, 255, -1))


def test_time_has_seconds_where_there_is_room():
    assert value(a_meter(), NUMBERS["TIME"], digits=4) == 405


def test_what_is_not_known_is_none():
    meter = a_meter()
    meter.clock.valid = False
    meter.clock.drift_ppb = meter.digest = meter.software = None
    meter.history_total = meter.test_left_s = meter.lockout_s = meter.service_switch = None
    meter.pages.billing = p.new_page()
    meter.readings.silent = True
    unknown = {entry.name for entry in entries() if value(meter, entry.number) is None}
    known = {entry.name for entry in entries()} - unknown
    dated = {name for name in NUMBERS if "_DATE" in name or "_TIME" in name and "OUT" not in name}
    present = {entry.name for entry in entries() if 67 <= entry.number <= 82}
    others = {"DATE", "TIME", "HASH", "HISTORY", "TEST_LEFT", "LOCKOUT", "SERVICE_SWITCH"}
    others |= {entry.name for entry in entries() if 104 <= entry.number < 140}
    assert unknown == others | present | {name for name in dated if name != "LINK_TIMEOUTS"}
    assert {"KWH_DELIVERED", "MAXIMUM_DELIVERED", "FAULTS", "INTERVAL_LEFT"} <= known


def test_a_meter_with_one_coil_has_no_second():
    meter = a_meter()
    meter.constants = CONSTANTS[3]
    for number in range(67, 82):
        assert (value(meter, number) is None) == entries()[number - 1].name.endswith("_B")


@pytest.mark.parametrize("index", range(len(RATINGS)))
def test_kh_is_the_rating_s(index):
    meter = a_meter()
    meter.constants = CONSTANTS[index]
    assert value(meter, NUMBERS["KH"], decimals=3) == RATINGS[index].kh_mwh
