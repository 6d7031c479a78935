"""This meter's own tables and procedure of its seal and its event log."""

from micropython import const

from .procedures import Procedure
from .sources import of_device  # noqa: F401  declarations name it
from .types import MANUFACTURER, MASTER, READER, STORED, Table


def _is_setting(values, dims, tables):
    return values["SECURITY"] <= 1


SECURITY = Table(
    MANUFACTURER | 9,
    "SECURITY_SETTING_TBL",
    # 1: the meter is set to be sealed. Whoever sets it begins a new cycle of the event log; it is
    # withdrawn only while the seal is open.
    (("SECURITY", "UINT8"),),
    write=MASTER,
    octets=STORED,
    needs="audit",
    check=_is_setting,
)

_SEAL_BITS = const((("SET", 0, 1), ("SEAL_OPEN", 1, 1), ("PROTECTED", 2, 1)))


def _flags(t, n):
    return t.device.audit.flags


def _number(t, name):
    return t.device.audit.number(name)


def _capacity(t, n):
    return t.device.audit.capacity


def _chain(t, n):
    return t.device.audit.chain


def _chain_before(t, n):
    return t.device.audit.chain_before


ACCOUNTABILITY = Table(
    MANUFACTURER | 12,
    "ACCOUNTABILITY_TBL",
    (
        ("SEAL_STATUS", ("UINT8", _SEAL_BITS), 1, "_flags"),
        ("SEAL_OPENINGS", "UINT32", 1, ("_number", "breaks")),  # ever
        ("REFUSED_BY_SEAL", "UINT32", 1, ("_number", "refused")),  # procedures, ever
        ("EVENT_CAPACITY", "UINT8", 1, "_capacity"),  # changes that a cycle takes
        ("EVENTS_USED", "UINT8", 1, ("_number", "used")),  # of this cycle's
        ("CYCLE", "UINT16", 1, ("_number", "cycle")),
        ("EVENTS_TOTAL", "UINT32", 1, ("_number", "total")),  # number of the newest
        ("BROKEN_ENTRY", "UINT32", 1, ("_number", "broken")),  # number of the first, 0 for none
        ("CHAIN", "BINARY", 32, "_chain"),  # of the newest entry
        ("CHAIN_BEFORE", "BINARY", 32, "_chain_before"),  # of the one before the cycle's first
    ),
    globals(),
    needs="audit",
)

_ENTRIES = const(61)  # of ST76
_RECORD = const(216)


def _valid(t, n):
    return t.device.events.valid


def _record(t, n):
    entry = t.device.events.entry(n)
    return bytes(_RECORD) if entry is None else entry.shown


# The entries of ST76 as they lie, in the same order: audit.entry says what is in them.
EVENT_RECORDS = Table(
    MANUFACTURER | 13,
    "EVENT_RECORDS_TBL",
    (
        ("NBR_VALID_ENTRIES", "UINT16", 1, "_valid"),
        ("RECORDS", (("RECORD", "BINARY", _RECORD),), _ENTRIES, "_record"),
    ),
    globals(),
    read=READER,
    needs="audit",
    piece=216,
)

CLEAR_EVENT_LOG = Procedure(MANUFACTURER | 2, "CLEAR_EVENT_LOG", level=MASTER)

TABLES = (SECURITY, ACCOUNTABILITY, EVENT_RECORDS)
