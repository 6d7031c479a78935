"""Names of the standard's events, and the words of our own meter's history log."""

from c1219 import events, procedures
from picometer.build import parts

from .errors import code_name
from .procedure import result_words

_MANUFACTURER_TABLE = 0x0800
_PENDING_TABLE = 0x1000
_PROCEDURES = {each.number: each.name for each in procedures.PROCEDURES}
_LISTS = {1: "event log", 2: "self reads", 8: "history log", 255: "all lists"}
_SOURCES = {
    events.SOURCE_OPTICAL: "optical port",
    events.SOURCE_MODULE: "communication port",
    events.SOURCE_LEVER: "lever",
    events.SOURCE_TEST_SWITCH: "test switch",
    events.SOURCE_CLOCK: "clock",
    events.SOURCE_POWER: "power",
    events.SOURCE_SERVICE_SWITCH: "service switch",
    events.SOURCE_USB: "USB",
    events.SOURCE_SEAL: "seal",
}
_SERVICE_SWITCH = {
    events.SWITCH_OPEN: "open",
    events.SWITCH_CLOSE: "close",
    events.SWITCH_ARM: "arm",
    events.SWITCH_DISARM: "disarm",
    events.WELDED: "welded",
    events.STUCK: "stuck",
    events.DISAGREES: "contacts, voltage and command disagree",
    events.RESUMED: "resumed what was commanded",
    events.GIVEN_UP: "not closed, voltage on the load side",
    events.RECORD_LOST: "its record is lost",
}
_OF_LISTS = (
    events.LIST_POINTERS_RESET,
    events.LIST_POINTERS_UPDATED,
    events.HISTORY_POINTERS_UPDATED,
)
_OF_TABLES = (events.PROGRAMMED, events.PENDING_ACTIVATED, events.PENDING_CLEARED)
_PROCEDURE = 0x1000  # added to its number in the event log
_SOFTWARE = dict(enumerate(["manifest", *(f"{name} software" for name in parts.NAMES)]))
_SECURITY = {0: "not to be sealed", 1: "to be sealed", events.SECURITY_TABLE: "MT9"}
_DETAILS = {
    events.CONTROL_BY_COMMAND: _SERVICE_SWITCH,
    events.CONTROL_BY_CONDITION: _SERVICE_SWITCH,
    events.ROM_FAILURE: _SOFTWARE,
    events.SECURITY: _SECURITY,
}
_UNDER_SEAL = (events.SOURCE_LEVER, events.SOURCE_TEST_SWITCH)

NAMES = {
    0: "no event",
    1: "power down",
    2: "power up",
    3: "time changed, stamp is the old time",
    4: "time changed, stamp is the new time",
    5: "time changed, stamp is the old time (STIME)",
    6: "time changed, stamp is the new time (STIME)",
    7: "accessed for read",
    8: "accessed for write",
    9: "procedure invoked",
    10: "table written",
    11: "end device programmed",
    12: "communication ended normally",
    13: "communication ended abnormally",
    14: "list pointers reset",
    15: "list pointers updated",
    16: "history log cleared",
    17: "history log pointers updated",
    18: "event log cleared",
    19: "event log pointers updated",
    20: "demand reset",
    21: "self read",
    22: "daylight saving time on",
    23: "daylight saving time off",
    24: "season change",
    25: "rate change",
    26: "special schedule",
    27: "tier switch",
    28: "pending table activated",
    29: "pending table activation cleared",
    30: "metering mode started",
    31: "metering mode stopped",
    32: "test mode started",
    33: "test mode stopped",
    34: "meter shop mode started",
    35: "meter shop mode stopped",
    36: "end device reprogrammed",
    37: "configuration error",
    38: "self check error",
    39: "RAM failure",
    40: "ROM failure",
    41: "non-volatile memory failure",
    42: "clock error",
    43: "measurement error",
    44: "low battery",
    45: "low loss potential",
    46: "demand overload",
    47: "tamper",
    48: "reverse rotation",
    49: "control point changed by command",
    50: "control point changed by schedule",
    51: "control point changed by condition",
    52: "control point changed by prepayment",
    53: "credit added",
    54: "credit subtracted",
    55: "credit adjusted",
    56: "sealed",
    57: "unsealed",
}


# Our own meter's manufacturer events.
OWN_NAMES = {
    events.PROCEDURE_REFUSED: "procedure refused",
    events.WRITE_REFUSED: "write refused",
    events.LOCKED_OUT: "locked out after wrong passwords",
    events.SEAL_OPENED: "seal opened",
    events.SEAL_CLOSED: "seal closed",
    events.SOFTWARE_CHANGED: "software changed",
    events.LOG_CLEARED: "new cycle of the event log",
    events.SECURITY: "security set",
    events.PROVISIONED: "provisioned",
}


def event_code(code: dict[str, int]) -> int:
    """The number of a decoded code, with the manufacturer's flag in its place."""
    return code["NUMBER"] | code["MFG_FLAG"] * events.MANUFACTURER


def event_name(code: dict[str, int], ours: bool = False) -> str:
    """The words of a decoded code; one not known is named by its number."""
    number = event_code(code)
    if ours or not number & events.MANUFACTURER:
        return name_of(number)
    return _unknown(number)


def name_of(number: int) -> str:
    """The words of an event of our own meter."""
    names = OWN_NAMES if number & events.MANUFACTURER else NAMES
    return names.get(number, _unknown(number))


def _unknown(number: int) -> str:
    if number & events.MANUFACTURER:
        return f"manufacturer's event {number & ~events.MANUFACTURER}"
    return f"event {number}"


def source_name(source: int) -> str:
    """What an event of our meter came from."""
    return _SOURCES.get(source, f"source {source}")


def argument_words(code: int, argument: dict) -> list[str]:
    """What the argument of our meter's event `code` says, decoded by c1219.events.ARGUMENT.

    `code` as `event_code` gives it.
    """
    source, authority, detail = argument["SOURCE"], argument["AUTHORITY"], argument["DETAIL"]
    words = [source_name(source)]
    if authority["LEVEL"]:
        words.append(f"level {authority['LEVEL']}")
    if authority["SEAL_OPEN"]:
        words.append("seal open")
    elif source in _UNDER_SEAL:
        words.append("seal closed")
    return words + _detail_words(code, detail)


def _detail_words(code: int, detail: int) -> list[str]:
    if code in _OF_TABLES:
        return [_table(detail)]
    if code == events.PROCEDURE_INVOKED:
        return [_procedure(detail & ~_PROCEDURE)]
    if code == events.WRITE_REFUSED:
        return [f"{_table(detail & 0x0FFF)}: {code_name(detail >> 12)}"]
    if code == events.PROCEDURE_REFUSED:
        return [f"{_procedure(detail & 0x0FFF)}: {result_words(detail >> 12)}"]
    if code == events.LOCKED_OUT:
        return [f"{detail} in a row"]
    words = _LISTS if code in _OF_LISTS else _DETAILS.get(code, {})
    return [words[detail]] if detail in words else _plain(code, detail)


def _plain(code: int, detail: int) -> list[str]:
    if code in _OF_LISTS:
        return [f"list {detail}"]
    return [f"detail {detail}"] if detail else []


def _table(number: int) -> str:
    pending = "pending " if number & _PENDING_TABLE else ""
    kind = "MT" if number & _MANUFACTURER_TABLE else "ST"
    return f"{pending}{kind}{number & (_MANUFACTURER_TABLE - 1)}"


def _procedure(number: int) -> str:
    return _PROCEDURES.get(number, f"procedure {number}")
