"""Decade 2, registers: ST20, 21, 22, 23, 25 to 28 (layouts: high confidence, ST25, 26 medium).

Summations are Wh, demands W and present values mostly thousandths of their unit, as their ST12
entries say. There are no tiers, seasons and coincident values; their fields are declared, so that
any meter's tables can be read.
"""

from .codec import set_of
from .lists import list_head
from .types import FIXED, NI_FMAT1, NI_FMAT2, SET, STIME_DATE, TIME, UINT8, UINT16, Table

_REG_FUNC1 = (
    UINT8,
    (
        ("SEASON_INFO_FIELD", 0, 1),
        ("DATE_TIME_FIELD", 1, 1),
        ("DEMAND_RESET_CTR", 2, 1),
        ("DEMAND_RESET_LOCK", 3, 1),
        ("CUM_DEMAND", 4, 1),
        ("CONT_CUM_DEMAND", 5, 1),
        ("TIME_REMAINING", 6, 1),
    ),
)
_REG_FUNC2 = (
    UINT8,
    (
        ("SELF_READ_INHIBIT_OVERFLOW", 0, 1),
        ("SELF_READ_SEQ_NBR", 1, 1),
        ("DAILY_SELF_READ", 2, 1),
        ("WEEKLY_SELF_READ", 3, 1),
        ("SELF_READ_DEMAND_RESET", 4, 2),
    ),
)
_SELF_READ_ON_RESET = 1  # and no reset on a self read (medium confidence)


def _functions(t, n):
    if not t.demands:
        return {}
    return {
        "DATE_TIME_FIELD": 1,
        "DEMAND_RESET_CTR": 1,
        "DEMAND_RESET_LOCK": 1,  # ST13 says for how long
        "CUM_DEMAND": 1,
        "CONT_CUM_DEMAND": 1,
        "TIME_REMAINING": 1,
    }


def _self_read_functions(t, n):
    if not hasattr(t.device, "self_reads"):
        return {}
    return {"SELF_READ_SEQ_NBR": 1, "SELF_READ_DEMAND_RESET": _SELF_READ_ON_RESET}


def _self_reads(t, n):
    return t.device.self_reads.capacity if hasattr(t.device, "self_reads") else 0


_DIMENSIONS = (
    ("REG_FUNC1_FLAGS", _REG_FUNC1, 1, _functions),
    ("REG_FUNC2_FLAGS", _REG_FUNC2, 1, _self_read_functions),
    ("NBR_SELF_READS", UINT8, 1, _self_reads),
    ("NBR_SUMMATIONS", UINT8, 1, lambda t, n: len(t.summations)),
    ("NBR_DEMANDS", UINT8, 1, lambda t, n: len(t.demands)),
    ("NBR_COIN_VALUES", UINT8, 1, 0),
    ("NBR_OCCUR", UINT8, 1, lambda t, n: 1 if t.demands else 0),
    ("NBR_TIERS", UINT8, 1, 0),
    ("NBR_PRESENT_DEMANDS", UINT8, 1, lambda t, n: len(t.demands)),
    ("NBR_PRESENT_VALUES", UINT8, 1, lambda t, n: len(t.present_values)),
)

ST20 = Table(20, "DIM_REGS_TBL", _DIMENSIONS, octets=FIXED)
ST21 = Table(21, "ACT_REGS_TBL", _DIMENSIONS, octets=FIXED)

ST22 = Table(
    22,
    "DATA_SELECTION_TBL",
    (
        ("SUMMATION_SELECT", UINT8, "NBR_SUMMATIONS", lambda t, n: t.summations[n]),
        ("DEMAND_SELECT", UINT8, "NBR_DEMANDS", lambda t, n: t.demands[n]),
        (
            "MIN_OR_MAX_FLAGS",
            SET,
            lambda d: (d["NBR_DEMANDS"] + 7) // 8,
            lambda t, n: set_of(range(len(t.demands))),  # all maxima
        ),
        ("COINCIDENT_SELECT", UINT8, "NBR_COIN_VALUES"),
        ("COIN_DEMAND_ASSOC", UINT8, "NBR_COIN_VALUES"),
    ),
    octets=FIXED,
)


_COINCIDENT = (("COINCIDENT_VALUES", NI_FMAT2, "NBR_OCCUR"),)


def _record(registers):
    """The fields of ST23, of the entry of a list that has more; there are no tiers.

    registers(tables, i)  what has the registers of entry `i` (see tables), 0 where there is one
    """

    def of_demand(member):
        # One occurrence each: the n-th element of a field is that of the n-th demand.
        def source(t, n):
            i, demand = divmod(n, len(t.demands))
            return getattr(registers(t, i), member)(t.sources[t.demands[demand]][0])

        return source

    def resets(t, n):
        return registers(t, n).demand_resets & 0xFF  # one octet: after 255 comes 0

    def summation(t, n):
        i, summation = divmod(n, len(t.summations))
        return registers(t, i).quantity(t.sources[t.summations[summation]][0])

    demand = (
        ("EVENT_TIME", STIME_DATE, "NBR_OCCUR", of_demand("maximum_time"), "DATE_TIME_FIELD"),
        ("CUM_DEMAND", NI_FMAT1, 1, of_demand("cumulative"), "CUM_DEMAND"),
        ("CONT_CUM_DEMAND", NI_FMAT1, 1, of_demand("continuous_cumulative"), "CONT_CUM_DEMAND"),
        ("DEMAND", NI_FMAT2, "NBR_OCCUR", of_demand("maximum")),
    )
    block = (
        ("SUMMATIONS", NI_FMAT1, "NBR_SUMMATIONS", summation),
        ("DEMANDS", demand, "NBR_DEMANDS"),
        ("COINCIDENTS", _COINCIDENT, "NBR_COIN_VALUES"),
    )
    return (
        ("NBR_DEMAND_RESETS", UINT8, 1, resets, "DEMAND_RESET_CTR"),
        ("TOT_DATA_BLOCK", block),
        ("TIER_DATA_BLOCK", block, "NBR_TIERS"),
    )


def _saved_record(registers):
    """That and when it was saved.

    As the standard has it, with the two elements of its REGISTER_INFO not in a record of their
    own.
    """

    def end_time(t, n):
        return registers(t, n).end_time

    return (
        ("END_DATE_TIME", STIME_DATE, 1, end_time, "DATE_TIME_FIELD"),
        ("SEASON", UINT8, 1, 0, "SEASON_INFO_FIELD"),
    ) + _record(registers)


ST23 = Table(23, "CURRENT_REG_DATA_TBL", _record(lambda t, i: t.device))

ST25 = Table(
    25,
    "PREV_DEMAND_RESET_DATA_TBL",
    _saved_record(lambda t, i: t.device.previous),
    needs="previous",
)


class _NoSelfRead:
    """An entry that is not used: zeros."""

    sequence = 0
    demand_resets = 0
    end_time = bytes(5)

    def quantity(self, which):
        return 0

    maximum = cumulative = continuous_cumulative = quantity

    def maximum_time(self, which):
        return self.end_time


_NO_SELF_READ = _NoSelfRead()


def _self_read(t, i):
    return t.device.self_reads.entry(i) or _NO_SELF_READ


_SELF_READ = (
    (
        "SELF_READ_SEQ_NBR",
        UINT16,
        1,
        lambda t, n: _self_read(t, n).sequence & 0xFFFF,
        "SELF_READ_SEQ_NBR",
    ),
) + _saved_record(_self_read)

ST26 = Table(
    26,
    "SELF_READ_DATA_TBL",
    list_head(lambda t: t.device.self_reads, UINT8, UINT16)
    + (("SELF_READS_ENTRIES", _SELF_READ, "NBR_SELF_READS"),),
    needs="self_reads",
    piece=64,
)

ST27 = Table(
    27,
    "PRESENT_REGISTER_SELECT_TBL",
    (
        ("PRESENT_DEMAND_SELECT", UINT8, "NBR_PRESENT_DEMANDS", lambda t, n: t.demands[n]),
        (
            "PRESENT_VALUE_SELECT",
            UINT8,
            "NBR_PRESENT_VALUES",
            lambda t, n: t.present_values[n],
        ),
    ),
    octets=FIXED,
)


def _time_remaining(t, n):
    seconds = t.device.seconds_remaining
    return bytes((seconds // 3600, seconds // 60 % 60, seconds % 60))


_PRESENT_DEMAND = (
    ("TIME_REMAINING", TIME, 1, _time_remaining, "TIME_REMAINING"),
    (
        "DEMAND_VALUE",
        NI_FMAT2,
        1,
        lambda t, n: t.device.quantity(t.sources[t.demands[n]][0]),
    ),
)


def _present_value(t, n):
    return t.device.quantity(t.sources[t.present_values[n]][0])


ST28 = Table(
    28,
    "PRESENT_REGISTER_DATA_TBL",
    (
        ("PRESENT_DEMANDS", _PRESENT_DEMAND, "NBR_PRESENT_DEMANDS"),
        ("PRESENT_VALUES", NI_FMAT1, "NBR_PRESENT_VALUES", _present_value),
    ),
)

TABLES = (ST20, ST21, ST22, ST23, ST25, ST26, ST27, ST28)
