"""Decade 7, logs: ST70 to ST76 (layouts: high confidence, ST73, 75 and 76 medium).

ST70 and ST71 are those of the 2008 edition where ST0 says that the meter follows it; meters of
before are read too.
"""

from struct import calcsize, pack

from micropython import const

from .codec import set_of
from .events import ARGUMENT_LENGTH
from .lists import (  # noqa: F401  declarations name them
    LIST_STATUS,
    last_element,
    last_sequence,
    list_of,
    status,
    unread,
    valid,
)
from .types import FIXED, READER, Table

_LOG_FLAGS = const(
    (
        "UINT8",
        (
            ("EVENT_NUMBER", 0, 1),
            ("HIST_DATE_TIME", 1, 1),
            ("HIST_SEQ_NBR", 2, 1),
            ("HIST_INHIBIT_OVF", 3, 1),
            ("EVENT_INHIBIT_OVF", 4, 1),
        ),
    )
)
_TIME_AND_NUMBER = const(0x06)  # HIST_DATE_TIME, HIST_SEQ_NBR

# Of two editions: where ST0 says that the meter follows that of 2008, there is more.
_DIMENSIONS = (
    ("LOG_FLAGS", _LOG_FLAGS, 1, _TIME_AND_NUMBER),
    ("NBR_STD_EVENTS", "UINT8", 1, "_std_length"),  # octets
    ("NBR_MFG_EVENTS", "UINT8", 1, "_mfg_length"),  # octets
    ("HIST_DATA_LENGTH", "UINT8", 1, ARGUMENT_LENGTH),
    ("EVENT_DATA_LENGTH", "UINT8", 1, "_event_data_length"),
    ("NBR_HISTORY_ENTRIES", "UINT16", 1, "_history_entries"),
    ("NBR_EVENT_ENTRIES", "UINT16", 1, "_event_entries"),
    ("EXT_LOG_FLAGS", "UINT8", 1, 0, ("STD_VERSION_NO", 2)),
    ("NBR_PROGRAM_TABLES", "UINT16", 1, 0, ("STD_VERSION_NO", 2)),
)


def _codes(t, mfg, length=0):
    # Of all events of a log, the standard's or the manufacturer's.
    log = t.device.events if t.reading == 75 else t.device.history
    return set_of([code & 0x7FF for code in log.events if code & 0x800 == mfg], length)


def _std_length(t, n):
    return len(_codes(t, 0))


def _mfg_length(t, n):
    return len(_codes(t, 0x800))


def _history_entries(t, n):
    return t.device.history.capacity


def _event_entries(t, n):
    return t.device.events.capacity if hasattr(t.device, "events") else 0


def _event_data_length(t, n):
    return ARGUMENT_LENGTH if hasattr(t.device, "events") else 0


def _std_codes(t, n):
    return _codes(t, 0, t.dims["NBR_STD_EVENTS"])


def _mfg_codes(t, n):
    return _codes(t, 0x800, t.dims["NBR_MFG_EVENTS"])


ST70 = Table(70, "DIM_LOG_TBL", _DIMENSIONS, globals(), read=READER, octets=FIXED, needs="history")
ST71 = Table(71, "ACT_LOG_TBL", _DIMENSIONS, globals(), read=READER, octets=FIXED, needs="history")

ST72 = Table(
    72,
    "EVENTS_ID_TBL",
    (
        ("STD_EVENTS_SUPPORTED", "SET", "NBR_STD_EVENTS", "_std_codes"),
        ("MFG_EVENTS_SUPPORTED", "SET", "NBR_MFG_EVENTS", "_mfg_codes"),
    ),
    globals(),
    octets=FIXED,
    read=READER,
    needs="history",
)

# What a log has events of. Of tables and procedures by themselves (codes 7 to 10) there are none.
_CONTROL = (
    ("STD_EVENTS_MONITORED", "SET", "NBR_STD_EVENTS", "_std_codes"),
    ("MFG_EVENTS_MONITORED", "SET", "NBR_MFG_EVENTS", "_mfg_codes"),
    ("STD_TBLS_MONITORED", "SET", "DIM_STD_TBLS_USED", 0),
    ("MFG_TBLS_MONITORED", "SET", "DIM_MFG_TBLS_USED", 0),
    ("STD_PROC_MONITORED", "SET", "DIM_STD_PROC_USED", 0),
    ("MFG_PROC_MONITORED", "SET", "DIM_MFG_PROC_USED", 0),
)

ST73 = Table(
    73, "HISTORY_LOG_CTRL_TBL", _CONTROL, globals(), read=READER, octets=FIXED, needs="history"
)

_CODE = const(("UINT16", (("NUMBER", 0, 11), ("MFG_FLAG", 11, 1), ("SELECTOR", 12, 4))))
_OCTETS = "<6sHHH4s"  # those of an entry that LOG_FLAGS has
_UNUSED = bytes(calcsize(_OCTETS))


def _entry(t, n):
    # All of it at once: field by field takes a meter too long for as many entries.
    entry = list_of(t).entry(n)
    if entry is None:
        return _UNUSED
    sequence = entry.sequence & 0xFFFF
    return pack(_OCTETS, entry.time, sequence, entry.user, entry.code, entry.argument)


# Of both logs, before their entries.
_HEAD = (
    ("LIST_STATUS", LIST_STATUS, 1, "status"),
    ("NBR_VALID_ENTRIES", "UINT16", 1, "valid"),
    ("LAST_ENTRY_ELEMENT", "UINT16", 1, "last_element"),
    ("LAST_ENTRY_SEQ_NBR", "UINT32", 1, ("last_sequence", 0xFFFFFFF)),
    ("NBR_UNREAD_ENTRIES", "UINT16", 1, "unread"),
)

ST74 = Table(
    74,
    "HISTORY_LOG_DATA_TBL",
    _HEAD
    + (
        (
            "ENTRIES",
            (
                ("HISTORY_TIME", "LTIME_DATE", 1, None, "HIST_DATE_TIME"),
                ("EVENT_NUMBER", "UINT16", 1, None, "EVENT_NUMBER"),
                ("HISTORY_SEQ_NBR", "UINT16", 1, None, "HIST_SEQ_NBR"),
                ("USER_ID", "UINT16"),
                ("HISTORY_CODE", _CODE),
                ("HISTORY_ARGUMENT", "BINARY", "HIST_DATA_LENGTH"),
            ),
            "NBR_HISTORY_ENTRIES",
            "_entry",
        ),
    ),
    globals(),
    read=READER,
    needs="history",
    piece=128,
)

ST75 = Table(
    75, "EVENT_LOG_CTRL_TBL", _CONTROL, globals(), read=READER, octets=FIXED, needs="events"
)

ST76 = Table(
    76,
    "EVENT_LOG_DATA_TBL",
    _HEAD
    + (
        (
            "ENTRIES",
            (
                ("EVENT_TIME", "LTIME_DATE"),
                ("EVENT_NUMBER", "UINT16", 1, None, "EVENT_NUMBER"),
                ("EVENT_SEQ_NBR", "UINT16"),
                ("USER_ID", "UINT16"),
                ("EVENT_CODE", _CODE),
                ("EVENT_ARGUMENT", "BINARY", "EVENT_DATA_LENGTH"),
            ),
            "NBR_EVENT_ENTRIES",
            "_entry",
        ),
    ),
    globals(),
    read=READER,
    needs="events",
    piece=128,
)

TABLES = (ST70, ST71, ST72, ST73, ST74, ST75, ST76)
