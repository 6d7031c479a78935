"""Decade 1, data sources: ST10 to 16 (layouts: high confidence, ST13 to 15 medium).

Sources are linked by position: the n-th source that has a flag in ST16 uses the n-th entry of the
table that the flag stands for. Here each source has its own unit of measure and its own constants,
which change nothing: readings are in engineering units already.
"""

from micropython import const

from .codec import decode
from .quantities import BLOCK_DEMAND, SLIDING_DEMAND, TIME_BASE_MASK, UOM_BITS
from .sources import length_of  # noqa: F401  declarations name it
from .types import FIXED, PROGRAMMER, STORED, Table, resolve, size_of

_SOURCE_FLAGS = const(
    (
        "UINT8",
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
)
_ELECTRIC_CONSTANTS = const(2)


def _source_flags(t, n):
    if not t.demands:
        return {}
    # Both kinds of demand, as ST13 chooses: a block is a window of one sub-interval.
    return {"PF_EXCLUDE": 1, "RESET_EXCLUDE": 1, "BLOCK_DEMAND": 1, "SLIDING_DEMAND": 1}


_LIMITS = (
    ("SOURCE_FLAGS", _SOURCE_FLAGS, 1, "_source_flags"),
    ("NBR_UOM_ENTRIES", "UINT8", 1, ("length_of", "sources")),
    ("NBR_DEMAND_CTRL_ENTRIES", "UINT8", 1, ("length_of", "demands")),
    ("DATA_CTRL_LENGTH", "UINT8", 1, 1),
    ("NBR_DATA_CTRL_ENTRIES", "UINT8", 1, ("length_of", "sources")),
    ("NBR_CONSTANTS_ENTRIES", "UINT8", 1, ("length_of", "sources")),
    ("CONSTANTS_SELECTOR", "UINT8", 1, _ELECTRIC_CONSTANTS),
    ("NBR_SOURCES", "UINT8", 1, ("length_of", "sources")),
)

# The meter's sources are fixed, so its limits are its actual dimensions.
ST10 = Table(10, "DIM_SOURCES_LIM_TBL", _LIMITS, globals(), octets=FIXED)
ST11 = Table(11, "ACT_SOURCES_LIM_TBL", _LIMITS, globals(), octets=FIXED)


def _unit(t, n):
    unit = t.sources[n][2]
    if unit & TIME_BASE_MASK == BLOCK_DEMAND and _is_sliding(t):
        unit ^= BLOCK_DEMAND ^ SLIDING_DEMAND
    return unit


ST12 = Table(
    12,
    "UNIT_OF_MEASURE_ENTRY_TBL",
    (("UOM_ENTRY", ("UINT32", UOM_BITS), "NBR_UOM_ENTRIES", "_unit"),),
    globals(),
    piece=32,
)

_DEMAND_CONTROL = const(
    (
        ("SUB_INT", "UINT8", 1, None, "SLIDING_DEMAND"),  # minutes
        ("INT_MULTIPLIER", "UINT8", 1, None, "SLIDING_DEMAND"),  # sub-intervals in the window
        ("INT_LENGTH", "UINT16", 1, None, "!SLIDING_DEMAND"),  # minutes
    )
)


def _is_demand_control(values, dims, tables):
    """One interval for all demands, and one that the device may have."""
    entries = values["DEMAND_CONTROL"]
    for entry in entries:
        minutes = entry["SUB_INT"] * entry["INT_MULTIPLIER"]
        if entry != entries[0] or not tables.device.is_demand_interval(minutes, entry["SUB_INT"]):
            return False
    return True


# The units of the first four elements are of low confidence.
ST13 = Table(
    13,
    "DEMAND_CONTROL_TBL",
    (
        ("RESET_EXCLUSION", "UINT8", 1, None, "RESET_EXCLUDE"),  # minutes between demand resets
        (
            "P_FAIL_RECOGNTN_TM",
            "UINT8",
            1,
            None,
            "PF_EXCLUDE",
        ),  # seconds: a shorter outage is none
        ("P_FAIL_EXCLUSION", "UINT8", 1, None, "PF_EXCLUDE"),  # minutes without demand after one
        ("COLD_LOAD_PICKUP", "UINT8", 1, None, "PF_EXCLUDE"),  # minutes of it, 0: off
        ("DEMAND_CONTROL", _DEMAND_CONTROL, "NBR_DEMAND_CTRL_ENTRIES"),
    ),
    write=PROGRAMMER,
    octets=STORED,
    needs="maximum",
    check=_is_demand_control,
)


def _is_sliding(t):
    parts = resolve(ST13.fields, t.dims)
    image = bytearray(size_of(parts))
    t.device.read_stored(13, 0, len(image), image, 0)
    return decode(parts, image)["DEMAND_CONTROL"][0]["INT_MULTIPLIER"] > 1


_SET_CONSTANTS = const(
    (
        ("SET_FLAGS", "UINT8", 1, 0),
        ("RATIO_F1", "NI_FMAT1", 1, 1),
        ("RATIO_P1", "NI_FMAT1", 1, 1),
    )
)


def _quantity(t, n):
    return bytes((t.sources[n][0],))


# This meter's data control is one octet: the number that quantities.py gives what is measured.
ST14 = Table(
    14,
    "DATA_CONTROL_TBL",
    (
        (
            "DATA_CONTROL",
            (("SOURCE_ID", "BINARY", "DATA_CTRL_LENGTH", "_quantity"),),
            "NBR_DATA_CTRL_ENTRIES",
        ),
    ),
    globals(),
    octets=FIXED,
)

ST15 = Table(
    15,
    "CONSTANTS_TBL",
    (
        (
            "CONSTANTS",
            (
                ("MULTIPLIER", "NI_FMAT1", 1, 1),
                ("OFFSET", "NI_FMAT1", 1, 0),
                ("SET1_CONSTANTS", _SET_CONSTANTS, 1, None, "SET1_PRESENT"),
                ("SET2_CONSTANTS", _SET_CONSTANTS, 1, None, "SET2_PRESENT"),
            ),
            "NBR_CONSTANTS_ENTRIES",
        ),
    ),
    octets=FIXED,
)

_SOURCE_BITS = const(
    (
        ("UOM_ENTRY_FLAG", 0, 1),
        ("DEMAND_CTRL_FLAG", 1, 1),
        ("DATA_CTRL_FLAG", 2, 1),
        ("CONSTANTS_FLAG", 3, 1),
        ("PULSE_ENGR_FLAG", 4, 1),
        ("CONSTANT_TO_BE_APPLIED", 5, 1),
    )
)
_PLAIN = const(0x1D)  # unit of measure, data control, constants, engineering units
_CONTROLLED = const(0x02)  # demand control


def _source(t, n):
    return _PLAIN | (_CONTROLLED if n in t.demands else 0)


ST16 = Table(
    16,
    "SOURCES_TBL",
    (("SOURCE_DEFINITION", ("UINT8", _SOURCE_BITS), "NBR_SOURCES", "_source"),),
    globals(),
    octets=FIXED,
)

TABLES = (ST10, ST11, ST12, ST13, ST14, ST15, ST16)
