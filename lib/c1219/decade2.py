"""Decade 2, registers: ST20, 21, 22, 23, 27, 28 (layouts: high confidence).

Summations are Wh and present values thousandths of their unit, as their ST12 entries say. There
are no demands and no tiers yet; their fields are declared, so that any meter's tables can be read.
"""

from .quantities import PRESENT_VALUE, SOURCES, SUMMATION, selectors
from .types import FIXED, NI_FMAT1, NI_FMAT2, SET, STIME_DATE, TIME, UINT8, Table

_SUMMATIONS = selectors(SUMMATION)
_PRESENT_VALUES = selectors(PRESENT_VALUE)

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

_DIMENSIONS = (
    ("REG_FUNC1_FLAGS", _REG_FUNC1, 1, {}),
    ("REG_FUNC2_FLAGS", _REG_FUNC2, 1, {}),
    ("NBR_SELF_READS", UINT8, 1, 0),
    ("NBR_SUMMATIONS", UINT8, 1, len(_SUMMATIONS)),
    ("NBR_DEMANDS", UINT8, 1, 0),
    ("NBR_COIN_VALUES", UINT8, 1, 0),
    ("NBR_OCCUR", UINT8, 1, 0),
    ("NBR_TIERS", UINT8, 1, 0),
    ("NBR_PRESENT_DEMANDS", UINT8, 1, 0),
    ("NBR_PRESENT_VALUES", UINT8, 1, len(_PRESENT_VALUES)),
)

ST20 = Table(20, "DIM_REGS_TBL", _DIMENSIONS, octets=FIXED)
ST21 = Table(21, "ACT_REGS_TBL", _DIMENSIONS, octets=FIXED)

ST22 = Table(
    22,
    "DATA_SELECTION_TBL",
    (
        ("SUMMATION_SELECT", UINT8, "NBR_SUMMATIONS", _SUMMATIONS),
        ("DEMAND_SELECT", UINT8, "NBR_DEMANDS"),
        ("MIN_OR_MAX_FLAGS", SET, lambda d: (d["NBR_DEMANDS"] + 7) // 8),
        ("COINCIDENT_SELECT", UINT8, "NBR_COIN_VALUES"),
        ("COIN_DEMAND_ASSOC", UINT8, "NBR_COIN_VALUES"),
    ),
    octets=FIXED,
)


def _summation(t, n):
    return t.device.quantity(SOURCES[_SUMMATIONS[n]][0])


def _present_value(t, n):
    return t.device.quantity(SOURCES[_PRESENT_VALUES[n]][0])


_DEMAND = (
    ("EVENT_TIME", STIME_DATE, "NBR_OCCUR", None, "DATE_TIME_FIELD"),
    ("CUM_DEMAND", NI_FMAT1, 1, None, "CUM_DEMAND"),
    ("CONT_CUM_DEMAND", NI_FMAT1, 1, None, "CONT_CUM_DEMAND"),
    ("DEMAND", NI_FMAT2, "NBR_OCCUR"),
)
_COINCIDENT = (("COINCIDENT_VALUES", NI_FMAT2, "NBR_OCCUR"),)


def _data_block(summation):
    return (
        ("SUMMATIONS", NI_FMAT1, "NBR_SUMMATIONS", summation),
        ("DEMANDS", _DEMAND, "NBR_DEMANDS"),
        ("COINCIDENTS", _COINCIDENT, "NBR_COIN_VALUES"),
    )


ST23 = Table(
    23,
    "CURRENT_REG_DATA_TBL",
    (
        ("NBR_DEMAND_RESETS", UINT8, 1, None, "DEMAND_RESET_CTR"),
        ("TOT_DATA_BLOCK", _data_block(_summation)),
        ("TIER_DATA_BLOCK", _data_block(None), "NBR_TIERS"),
    ),
)

ST27 = Table(
    27,
    "PRESENT_REGISTER_SELECT_TBL",
    (
        ("PRESENT_DEMAND_SELECT", UINT8, "NBR_PRESENT_DEMANDS"),
        ("PRESENT_VALUE_SELECT", UINT8, "NBR_PRESENT_VALUES", _PRESENT_VALUES),
    ),
    octets=FIXED,
)

_PRESENT_DEMAND = (
    ("TIME_REMAINING", TIME, 1, None, "TIME_REMAINING"),
    ("DEMAND_VALUE", NI_FMAT2),
)

ST28 = Table(
    28,
    "PRESENT_REGISTER_DATA_TBL",
    (
        ("PRESENT_DEMANDS", _PRESENT_DEMAND, "NBR_PRESENT_DEMANDS"),
        ("PRESENT_VALUES", NI_FMAT1, "NBR_PRESENT_VALUES", _present_value),
    ),
)

TABLES = (ST20, ST21, ST22, ST23, ST27, ST28)
