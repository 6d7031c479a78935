"""Decade 1, data sources: ST10, 11, 12, 15, 16 (layouts: high confidence, ST15 medium).

Sources are linked by position: the n-th source that has a flag in ST16 uses the n-th entry of the
table that the flag stands for. Here each source has its own unit of measure and its own constants,
which change nothing: readings are in engineering units already.
"""

from .quantities import SOURCES, UOM_BITS
from .types import FIXED, NI_FMAT1, UINT8, UINT32, Table

_SOURCE_FLAGS = (
    UINT8,
    (
        ("PF_EXCLUDE", 0, 1),
        ("RESET_EXCLUDE", 1, 1),
        ("BLOCK_DEMAND", 2, 1),
        ("SLIDING_DEMAND", 3, 1),
        ("THERMAL_DEMAND", 4, 1),
        ("SET1_PRESENT", 5, 1),
        ("SET2_PRESENT", 6, 1),
        ("CONVERSION_ALG", 7, 1),
    ),
)
_ELECTRIC_CONSTANTS = 2

_LIMITS = (
    ("SOURCE_FLAGS", _SOURCE_FLAGS, 1, {}),
    ("NBR_UOM_ENTRIES", UINT8, 1, len(SOURCES)),
    ("NBR_DEMAND_CTRL_ENTRIES", UINT8, 1, 0),
    ("DATA_CTRL_LENGTH", UINT8, 1, 0),
    ("NBR_DATA_CTRL_ENTRIES", UINT8, 1, 0),
    ("NBR_CONSTANTS_ENTRIES", UINT8, 1, len(SOURCES)),
    ("CONSTANTS_SELECTOR", UINT8, 1, _ELECTRIC_CONSTANTS),
    ("NBR_SOURCES", UINT8, 1, len(SOURCES)),
)

# The meter's sources are fixed, so its limits are its actual dimensions.
ST10 = Table(10, "DIM_SOURCES_LIM_TBL", _LIMITS, octets=FIXED)
ST11 = Table(11, "ACT_SOURCES_LIM_TBL", _LIMITS, octets=FIXED)

ST12 = Table(
    12,
    "UNIT_OF_MEASURE_ENTRY_TBL",
    (("UOM_ENTRY", (UINT32, UOM_BITS), "NBR_UOM_ENTRIES", lambda t, n: SOURCES[n][2]),),
    octets=FIXED,
)

_SET_CONSTANTS = (
    ("SET_FLAGS", UINT8, 1, 0),
    ("RATIO_F1", NI_FMAT1, 1, 1),
    ("RATIO_P1", NI_FMAT1, 1, 1),
)

ST15 = Table(
    15,
    "CONSTANTS_TBL",
    (
        (
            "CONSTANTS",
            (
                ("MULTIPLIER", NI_FMAT1, 1, 1),
                ("OFFSET", NI_FMAT1, 1, 0),
                ("SET1_CONSTANTS", _SET_CONSTANTS, 1, None, "SET1_PRESENT"),
                ("SET2_CONSTANTS", _SET_CONSTANTS, 1, None, "SET2_PRESENT"),
            ),
            "NBR_CONSTANTS_ENTRIES",
        ),
    ),
    octets=FIXED,
)

_SOURCE_BITS = (
    ("UOM_ENTRY_FLAG", 0, 1),
    ("DEMAND_CTRL_FLAG", 1, 1),
    ("DATA_CTRL_FLAG", 2, 1),
    ("CONSTANTS_FLAG", 3, 1),
    ("PULSE_ENGR_FLAG", 4, 1),
    ("CONSTANT_TO_BE_APPLIED", 5, 1),
)

ST16 = Table(
    16,
    "SOURCES_TBL",
    (
        (
            "SOURCE_DEFINITION",
            (UINT8, _SOURCE_BITS),
            "NBR_SOURCES",
            {"UOM_ENTRY_FLAG": 1, "CONSTANTS_FLAG": 1, "PULSE_ENGR_FLAG": 1},
        ),
    ),
    octets=FIXED,
)

TABLES = (ST10, ST11, ST12, ST15, ST16)
