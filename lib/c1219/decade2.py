"""Decade 2, registers: ST20, 21, 22, 23, 25 to 28 (layouts: high confidence, ST25, 26 medium).

Summations are Wh, demands W and present values mostly thousandths of their unit, as their ST12
entries say. There are no tiers, seasons and coincident values; their fields are declared, so that
any meter's tables can be read.
"""

from micropython import const

from .codec import set_of
from .lists import (  # noqa: F401  declarations name them
    LIST_STATUS,
    last_element,
    last_sequence,
    status,
    unread,
    valid,
)
from .sources import length_of  # noqa: F401  declarations name it
from .types import FIXED, Table

_REG_FUNC1 = const(
    (
        "UINT8",
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
)
_REG_FUNC2 = const(
    (
        "UINT8",
        (
            ("SELF_READ_INHIBIT_OVERFLOW", 0, 1),
            ("SELF_READ_SEQ_NBR", 1, 1),
            ("DAILY_SELF_READ", 2, 1),
            ("WEEKLY_SELF_READ", 3, 1),
            ("SELF_READ_DEMAND_RESET", 4, 2),
        ),
    )
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
    daily = 1 if hasattr(t.device, "daily_self_read") else 0
    return {
        "SELF_READ_SEQ_NBR": 1,
        "DAILY_SELF_READ": daily,  # where this meter's own table asks for it
        "SELF_READ_DEMAND_RESET": _SELF_READ_ON_RESET,
    }


def _self_reads(t, n):
    return t.device.self_reads.capacity if hasattr(t.device, "self_reads") else 0


def _occurrences(t, n):
    return 1 if t.demands else 0


_DIMENSIONS = (
    ("REG_FUNC1_FLAGS", _REG_FUNC1, 1, "_functions"),
    ("REG_FUNC2_FLAGS", _REG_FUNC2, 1, "_self_read_functions"),
    ("NBR_SELF_READS", "UINT8", 1, "_self_reads"),
    ("NBR_SUMMATIONS", "UINT8", 1, ("length_of", "summations")),
    ("NBR_DEMANDS", "UINT8", 1, ("length_of", "demands")),
    ("NBR_COIN_VALUES", "UINT8", 1, 0),
    ("NBR_OCCUR", "UINT8", 1, "_occurrences"),
    ("NBR_TIERS", "UINT8", 1, 0),
    ("NBR_PRESENT_DEMANDS", "UINT8", 1, ("length_of", "demands")),
    ("NBR_PRESENT_VALUES", "UINT8", 1, ("length_of", "present_values")),
)

ST20 = Table(20, "DIM_REGS_TBL", _DIMENSIONS, globals(), octets=FIXED)
ST21 = Table(21, "ACT_REGS_TBL", _DIMENSIONS, globals(), octets=FIXED)


def _summation_index(t, n):
    return t.summations[n]


def _demand_index(t, n):
    return t.demands[n]


def _present_value_index(t, n):
    return t.present_values[n]


def _all_maxima(t, n):
    return set_of(range(len(t.demands)))


ST22 = Table(
    22,
    "DATA_SELECTION_TBL",
    (
        ("SUMMATION_SELECT", "UINT8", "NBR_SUMMATIONS", "_summation_index"),
        ("DEMAND_SELECT", "UINT8", "NBR_DEMANDS", "_demand_index"),
        ("MIN_OR_MAX_FLAGS", "SET", ("NBR_DEMANDS", 7, 8), "_all_maxima"),
        ("COINCIDENT_SELECT", "UINT8", "NBR_COIN_VALUES"),
        ("COIN_DEMAND_ASSOC", "UINT8", "NBR_COIN_VALUES"),
    ),
    globals(),
    octets=FIXED,
)


# Summations, and demands with one occurrence each: the n-th element of a field is that of the
# n-th demand.
_DEMAND = const(
    (
        ("EVENT_TIME", "STIME_DATE", "NBR_OCCUR", "_maximum_time", "DATE_TIME_FIELD"),
        ("CUM_DEMAND", "NI_FMAT1", 1, "_cumulative", "CUM_DEMAND"),
        ("CONT_CUM_DEMAND", "NI_FMAT1", 1, "_continuous", "CONT_CUM_DEMAND"),
        ("DEMAND", "NI_FMAT2", "NBR_OCCUR", "_maximum"),
    )
)
_BLOCK = const(
    (
        ("SUMMATIONS", "NI_FMAT1", "NBR_SUMMATIONS", "_summation"),
        ("DEMANDS", _DEMAND, "NBR_DEMANDS"),
        ("COINCIDENTS", (("COINCIDENT_VALUES", "NI_FMAT2", "NBR_OCCUR"),), "NBR_COIN_VALUES"),
    )
)
_RECORD = (
    ("NBR_DEMAND_RESETS", "UINT8", 1, "_resets", "DEMAND_RESET_CTR"),
    ("TOT_DATA_BLOCK", _BLOCK),
    ("TIER_DATA_BLOCK", _BLOCK, "NBR_TIERS"),
)
# The two elements of the standard's REGISTER_INFO, not in a record of their own, and a record.
_SAVED_RECORD = (
    ("END_DATE_TIME", "STIME_DATE", 1, "_end_time", "DATE_TIME_FIELD"),
    ("SEASON", "UINT8", 1, 0, "SEASON_INFO_FIELD"),
) + _RECORD


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


def _registers(t, i):
    """What has the registers of entry `i`, 0 where there is one: see tables."""
    if t.reading == 25:
        return t.device.previous
    if t.reading == 26:
        return t.device.self_reads.entry(i) or _NO_SELF_READ
    return t.device


def _of_demand(t, n):
    i, demand = divmod(n, len(t.demands))
    return _registers(t, i), t.sources[t.demands[demand]][0]


def _maximum_time(t, n):
    registers, quantity = _of_demand(t, n)
    return registers.maximum_time(quantity)


def _cumulative(t, n):
    registers, quantity = _of_demand(t, n)
    return registers.cumulative(quantity)


def _continuous(t, n):
    registers, quantity = _of_demand(t, n)
    return registers.continuous_cumulative(quantity)


def _maximum(t, n):
    registers, quantity = _of_demand(t, n)
    return registers.maximum(quantity)


def _summation(t, n):
    i, summation = divmod(n, len(t.summations))
    return _registers(t, i).quantity(t.sources[t.summations[summation]][0])


def _resets(t, n):
    return _registers(t, n).demand_resets & 0xFF  # one octet: after 255 comes 0


def _end_time(t, n):
    return _registers(t, n).end_time


def _sequence(t, n):
    return _registers(t, n).sequence & 0xFFFF


ST23 = Table(23, "CURRENT_REG_DATA_TBL", _RECORD, globals())

ST25 = Table(25, "PREV_DEMAND_RESET_DATA_TBL", _SAVED_RECORD, globals(), needs="previous")

ST26 = Table(
    26,
    "SELF_READ_DATA_TBL",
    (
        ("LIST_STATUS", LIST_STATUS, 1, "status"),
        ("NBR_VALID_ENTRIES", "UINT8", 1, "valid"),
        ("LAST_ENTRY_ELEMENT", "UINT8", 1, "last_element"),
        ("LAST_ENTRY_SEQ_NBR", "UINT16", 1, ("last_sequence", 0xFFFF)),
        ("NBR_UNREAD_ENTRIES", "UINT8", 1, "unread"),
        (
            "SELF_READS_ENTRIES",
            (("SELF_READ_SEQ_NBR", "UINT16", 1, "_sequence", "SELF_READ_SEQ_NBR"),)
            + _SAVED_RECORD,
            "NBR_SELF_READS",
        ),
    ),
    globals(),
    needs="self_reads",
    piece=64,
)

ST27 = Table(
    27,
    "PRESENT_REGISTER_SELECT_TBL",
    (
        ("PRESENT_DEMAND_SELECT", "UINT8", "NBR_PRESENT_DEMANDS", "_demand_index"),
        ("PRESENT_VALUE_SELECT", "UINT8", "NBR_PRESENT_VALUES", "_present_value_index"),
    ),
    globals(),
    octets=FIXED,
)


def _time_remaining(t, n):
    seconds = t.device.seconds_remaining
    return bytes((seconds // 3600, seconds // 60 % 60, seconds % 60))


def _present_demand(t, n):
    return t.device.quantity(t.sources[t.demands[n]][0])


def _present_value(t, n):
    return t.device.quantity(t.sources[t.present_values[n]][0])


ST28 = Table(
    28,
    "PRESENT_REGISTER_DATA_TBL",
    (
        (
            "PRESENT_DEMANDS",
            (
                ("TIME_REMAINING", "TIME", 1, "_time_remaining", "TIME_REMAINING"),
                ("DEMAND_VALUE", "NI_FMAT2", 1, "_present_demand"),
            ),
            "NBR_PRESENT_DEMANDS",
        ),
        ("PRESENT_VALUES", "NI_FMAT1", "NBR_PRESENT_VALUES", "_present_value"),
    ),
    globals(),
)

TABLES = (ST20, ST21, ST22, ST23, ST25, ST26, ST27, ST28)
