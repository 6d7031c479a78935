"""Decade 3, display: ST30 to 34 (layouts: high confidence, meaning medium).

A display source (ST32) says what is shown and how, in this meter's own format; a list (ST33, ST34)
names sources by their index. What an ITEM number stands for is the firmware's; 0 is nothing and
is passed over.
"""

from micropython import const

from .types import FIXED, PROGRAMMER, READER, STORED, Table

# One source: six octets.
SOURCE = const(
    (
        ("ITEM", "UINT8"),
        ("ID", "STRING", 3),  # the characters shown beside the number
        (
            "FORMAT",
            (
                "UINT8",
                (
                    ("DIGITS", 0, 3),
                    ("DECIMALS", 3, 3),
                    ("LEADING_ZEROS", 6, 1),
                    ("ROLL_OVER", 7, 1),
                ),
            ),
        ),
        ("MULTIPLIER", "UINT8"),  # the number shown stands for 10^this as much: 0 to 3
    )
)
SOURCE_WIDTH = const(6)
NOTHING = const(0)
_FEWEST_DIGITS = const(4)
_MOST_DIGITS = const(6)
_MOST_MULTIPLIER = const(3)

# DEFAULT_LIST: which list of the meter this is. A diagnostic list has no code in the standard; it
# has 0 and is a secondary list.
COMM_LINK_ONLY = const(0)
NORMAL = const(1)
ALTERNATE = const(2)
TEST = const(3)

_DISP_CTRL = const(
    ("UINT8", (("ON_TIME_FLAG", 0, 1), ("OFF_TIME_FLAG", 1, 1), ("HOLD_TIME_FLAG", 2, 1)))
)


_DIMENSIONS = (
    ("DISP_CTRL", _DISP_CTRL, 1, 7),
    ("NBR_DISP_SOURCES", "UINT16", 1, ("_limit", 0)),
    ("WIDTH_DISP_SOURCES", "UINT8", 1, SOURCE_WIDTH),
    ("NBR_PRI_DISP_LIST_ITEMS", "UINT16", 1, ("_limit", 1)),
    ("NBR_PRI_DISP_LISTS", "UINT8", 1, ("_limit", 2)),
    ("NBR_SEC_DISP_LIST_ITEMS", "UINT16", 1, ("_limit", 3)),
    ("NBR_SEC_DISP_LISTS", "UINT8", 1, ("_limit", 4)),
)


def _limit(t, i):
    return t.device.display_limits[i]


ST30 = Table(
    30,
    "DIM_DISP_TBL",
    _DIMENSIONS,
    globals(),
    read=READER,
    octets=FIXED,
    needs="display_limits",
)

# What may differ from ST30, and only to be less: the lists stay as many as they are.
_ADJUSTABLE = ("NBR_DISP_SOURCES", "NBR_PRI_DISP_LIST_ITEMS", "NBR_SEC_DISP_LIST_ITEMS")


def _are_dimensions(values, dims, tables):
    """Within ST30; sources and lists as they stand must be valid, too: see `sizes`."""
    for name, most in tables.values(ST30, dims).items():
        if values[name] > most if name in _ADJUSTABLE else values[name] != most:
            return False
    return True


ST31 = Table(
    31,
    "ACT_DISP_TBL",
    _DIMENSIONS,
    read=READER,
    write=PROGRAMMER,
    octets=STORED,
    needs="display_limits",
    check=_are_dimensions,
    sizes=(32, 33, 34),
)


def _are_sources(octets, dims, tables):
    # Of the octets: decoded, it would take a meter too long for as many.
    if dims["WIDTH_DISP_SOURCES"] != SOURCE_WIDTH:
        return False
    items = tables.device.display_items
    for at in range(0, len(octets), SOURCE_WIDTH):
        if octets[at] != NOTHING and not _is_source(octets, at, items):
            return False
        for i in range(at + 1, at + 4):  # ID; clients pad with NULs, too
            if octets[i] != 0 and not 0x20 <= octets[i] <= 0x7E:
                return False
    return True


def _is_source(octets, at, items):
    digits = octets[at + 4] & 7
    return (
        octets[at] < items
        and _FEWEST_DIGITS <= digits <= _MOST_DIGITS
        and octets[at + 4] >> 3 & 7 < digits
        and octets[at + 5] <= _MOST_MULTIPLIER
    )


ST32 = Table(
    32,
    "DISP_SOURCE_TBL",
    (("DISP_SOURCES", (("DISP_SOURCE", "BINARY", "WIDTH_DISP_SOURCES"),), "NBR_DISP_SOURCES"),),
    read=READER,
    write=PROGRAMMER,
    octets=STORED,
    needs="display_limits",
    check_octets=_are_sources,
)

# Times in seconds, HOLD_TIME in minutes (medium confidence: as termineter shows them); each can be
# programmed where DISP_CTRL has its flag.
_LIST = const(
    (
        ("ON_OFF", ("UINT8", (("ON_TIME", 0, 4), ("OFF_TIME", 4, 4)))),
        ("HOLD_DEFAULT", ("UINT8", (("HOLD_TIME", 0, 4), ("DEFAULT_LIST", 4, 4)))),
        ("NBR_LIST_ITEMS", "UINT8"),
    )
)


def _are_lists(values, dims, lists, items):
    """Lists that are shown long enough to be read, one for each purpose, of sources that exist."""
    used = 0
    purposes = set()
    for entry in values[lists]:
        used += entry["NBR_LIST_ITEMS"]
        purpose = entry["HOLD_DEFAULT"]["DEFAULT_LIST"]
        if purpose > TEST or entry["ON_OFF"]["ON_TIME"] == 0:
            return False
        if purpose != COMM_LINK_ONLY and purpose in purposes:
            return False
        purposes.add(purpose)
    if used > len(values[items]):
        return False
    for item in values[items]:
        if item >= dims["NBR_DISP_SOURCES"]:
            return False
    return True


def _are_primary(values, dims, tables):
    """Besides: a meter always has something to show."""
    shown = 0
    for entry in values["PRI_DISP_LISTS"]:
        if entry["HOLD_DEFAULT"]["DEFAULT_LIST"] == NORMAL:
            shown = entry["NBR_LIST_ITEMS"]
    return shown > 0 and _are_lists(values, dims, "PRI_DISP_LISTS", "PRI_DISP_SOURCES")


def _are_secondary(values, dims, tables):
    return _are_lists(values, dims, "SEC_DISP_LISTS", "SEC_DISP_SOURCES")


ST33 = Table(
    33,
    "PRI_DISP_LIST_TBL",
    (
        ("PRI_DISP_LISTS", _LIST, "NBR_PRI_DISP_LISTS"),
        ("PRI_DISP_SOURCES", "UINT16", "NBR_PRI_DISP_LIST_ITEMS"),
    ),
    read=READER,
    write=PROGRAMMER,
    octets=STORED,
    needs="display_limits",
    check=_are_primary,
)

ST34 = Table(
    34,
    "SEC_DISP_LIST_TBL",
    (
        ("SEC_DISP_LISTS", _LIST, "NBR_SEC_DISP_LISTS"),
        ("SEC_DISP_SOURCES", "UINT16", "NBR_SEC_DISP_LIST_ITEMS"),
    ),
    read=READER,
    write=PROGRAMMER,
    octets=STORED,
    needs="display_limits",
    check=_are_secondary,
)

TABLES = (ST30, ST31, ST32, ST33, ST34)
