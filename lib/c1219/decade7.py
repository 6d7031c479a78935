"""Decade 7, logs: ST70 to ST74, of the history log (layouts: high confidence, ST73 medium).

ST70 and ST71 are those of the 2008 edition where ST0 says that the meter follows it; meters of
before are read too. There is no event log.
"""

from struct import calcsize, pack

from .codec import set_of
from .events import ARGUMENT_LENGTH
from .lists import list_head
from .types import BINARY, FIXED, LTIME_DATE, SET, UINT8, UINT16, UINT32, Table

_LOG_FLAGS = (
    UINT8,
    (
        ("EVENT_NUMBER", 0, 1),
        ("HIST_DATE_TIME", 1, 1),
        ("HIST_SEQ_NBR", 2, 1),
        ("HIST_INHIBIT_OVF", 3, 1),
        ("EVENT_INHIBIT_OVF", 4, 1),
    ),
)


def _is_2008(dims):
    return dims["STD_VERSION_NO"] > 1


def _events(t, n):
    return set_of(t.device.history.events)


_DIMENSIONS = (
    ("LOG_FLAGS", _LOG_FLAGS, 1, {"HIST_DATE_TIME": 1, "HIST_SEQ_NBR": 1}),
    ("NBR_STD_EVENTS", UINT8, 1, lambda t, n: len(_events(t, n))),  # octets
    ("NBR_MFG_EVENTS", UINT8, 1, 0),  # octets
    ("HIST_DATA_LENGTH", UINT8, 1, ARGUMENT_LENGTH),
    ("EVENT_DATA_LENGTH", UINT8, 1, 0),
    ("NBR_HISTORY_ENTRIES", UINT16, 1, lambda t, n: t.device.history.capacity),
    ("NBR_EVENT_ENTRIES", UINT16, 1, 0),
    ("EXT_LOG_FLAGS", UINT8, 1, 0, _is_2008),
    ("NBR_PROGRAM_TABLES", UINT16, 1, 0, _is_2008),
)

ST70 = Table(70, "DIM_LOG_TBL", _DIMENSIONS, octets=FIXED, needs="history")
ST71 = Table(71, "ACT_LOG_TBL", _DIMENSIONS, octets=FIXED, needs="history")

ST72 = Table(
    72,
    "EVENTS_ID_TBL",
    (
        ("STD_EVENTS_SUPPORTED", SET, "NBR_STD_EVENTS", _events),
        ("MFG_EVENTS_SUPPORTED", SET, "NBR_MFG_EVENTS", b""),
    ),
    octets=FIXED,
    needs="history",
)


def _none(dimension):
    return lambda t, n: bytes(t.dims[dimension])


def _monitored(name, dimension):
    return (name, SET, dimension, _none(dimension))


# Of tables and procedures, the log has no events of their own (codes 7 to 10).
ST73 = Table(
    73,
    "HISTORY_LOG_CTRL_TBL",
    (
        ("STD_EVENTS_MONITORED", SET, "NBR_STD_EVENTS", _events),
        ("MFG_EVENTS_MONITORED", SET, "NBR_MFG_EVENTS", b""),
        _monitored("STD_TBLS_MONITORED", "DIM_STD_TBLS_USED"),
        _monitored("MFG_TBLS_MONITORED", "DIM_MFG_TBLS_USED"),
        _monitored("STD_PROC_MONITORED", "DIM_STD_PROC_USED"),
        _monitored("MFG_PROC_MONITORED", "DIM_MFG_PROC_USED"),
    ),
    octets=FIXED,
    needs="history",
)


_ENTRY = (
    ("HISTORY_TIME", LTIME_DATE, 1, None, "HIST_DATE_TIME"),
    ("EVENT_NUMBER", UINT16, 1, None, "EVENT_NUMBER"),
    ("HISTORY_SEQ_NBR", UINT16, 1, None, "HIST_SEQ_NBR"),
    ("USER_ID", UINT16),
    ("HISTORY_CODE", (UINT16, (("NUMBER", 0, 11), ("MFG_FLAG", 11, 1), ("SELECTOR", 12, 4)))),
    ("HISTORY_ARGUMENT", BINARY, "HIST_DATA_LENGTH"),
)
_OCTETS = "<6sHHH4s"  # those of _ENTRY that LOG_FLAGS has
_UNUSED = bytes(calcsize(_OCTETS))


def _entry(t, n):
    # All of it at once: field by field takes a meter too long for as many entries.
    entry = t.device.history.entry(n)
    if entry is None:
        return _UNUSED
    sequence = entry.sequence & 0xFFFF
    return pack(_OCTETS, entry.time, sequence, entry.user, entry.code, entry.argument)


ST74 = Table(
    74,
    "HISTORY_LOG_DATA_TBL",
    list_head(lambda t: t.device.history, UINT16, UINT32)
    + (("ENTRIES", _ENTRY, "NBR_HISTORY_ENTRIES", _entry),),
    needs="history",
    piece=128,
)

TABLES = (ST70, ST71, ST72, ST73, ST74)
