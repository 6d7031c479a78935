"""Events of the history log: codes of the standard, and what this meter says besides.

Codes: high confidence. The argument is each manufacturer's own.
"""

from micropython import const

POWER_DOWN = const(1)
POWER_UP = const(2)
TIME_CHANGED_OLD = const(3)  # stamped with the time before
TIME_CHANGED_NEW = const(4)  # stamped with the time after
PROCEDURE_INVOKED = const(9)
PROGRAMMED = const(11)
LIST_POINTERS_RESET = const(14)
LIST_POINTERS_UPDATED = const(15)
HISTORY_POINTERS_UPDATED = const(17)  # this meter has had it in its log
DEMAND_RESET = const(20)
SELF_READ = const(21)
PENDING_ACTIVATED = const(28)
PENDING_CLEARED = const(29)
TEST_MODE_START = const(32)
TEST_MODE_STOP = const(33)
# A fault was raised; the detail is its bit in metrology.faults, 0 to 29.
CONFIGURATION_ERROR = const(37)
SELF_CHECK_ERROR = const(38)
ROM_FAILURE = const(40)  # what runs is not what was built, or its manifest is damaged
MEMORY_FAILURE = const(41)
CLOCK_ERROR = const(42)
MEASUREMENT_ERROR = const(43)
LOW_BATTERY = const(44)
DEMAND_OVERLOAD = const(46)  # detail 0: it begins; else it ends, with its energy in 10 Wh
CONTROL_BY_COMMAND = const(49)  # of the service switch
CONTROL_BY_CONDITION = const(51)  # by the customer's lever, or what the switch itself came to

# This meter's own, beside the standard's.
MANUFACTURER = const(0x800)
PROCEDURE_REFUSED = const(0x801)
WRITE_REFUSED = const(0x802)
LOCKED_OUT = const(0x803)  # wrong passwords in a row: the port takes none for a while
SEAL_OPENED = const(0x804)  # the seal of a meter that is set to be sealed
SOFTWARE_CHANGED = const(0x805)  # since the last start
LOG_CLEARED = const(0x806)  # the event log: a new cycle begins
SECURITY = const(0x807)  # the meter was set to be sealed: a new cycle begins; or to be unsealed
PROVISIONED = const(0x808)  # identity or passwords were stored over USB
SEAL_CLOSED = const(0x809)

# All that the history log of this meter has.
HISTORY = (
    PROCEDURE_INVOKED,
    PENDING_ACTIVATED,
    PENDING_CLEARED,
    PROCEDURE_REFUSED,
    POWER_DOWN,
    POWER_UP,
    TIME_CHANGED_OLD,
    TIME_CHANGED_NEW,
    PROGRAMMED,
    LIST_POINTERS_RESET,
    LIST_POINTERS_UPDATED,
    DEMAND_RESET,
    SELF_READ,
    TEST_MODE_START,
    TEST_MODE_STOP,
    CONFIGURATION_ERROR,
    SELF_CHECK_ERROR,
    ROM_FAILURE,
    MEMORY_FAILURE,
    CLOCK_ERROR,
    MEASUREMENT_ERROR,
    LOW_BATTERY,
    DEMAND_OVERLOAD,
    WRITE_REFUSED,
    LOCKED_OUT,
    SEAL_OPENED,
    SEAL_CLOSED,
    SOFTWARE_CHANGED,
    LOG_CLEARED,
    SECURITY,
    PROVISIONED,
    CONTROL_BY_COMMAND,
    CONTROL_BY_CONDITION,
)

# What the event log has: changes of what is legally relevant, seals and software.
EVENT_LOG = (
    PROCEDURE_INVOKED,
    PROGRAMMED,
    SEAL_OPENED,
    SOFTWARE_CHANGED,
    LOG_CLEARED,
    SECURITY,
    PROVISIONED,
)

SECURITY_TABLE = const(0x809)  # MT9

# What an event came from.
SOURCE_OPTICAL = const(1)  # the optical port
SOURCE_MODULE = const(2)  # the communication port
SOURCE_LEVER = const(3)
SOURCE_TEST_SWITCH = const(4)
SOURCE_CLOCK = const(5)
SOURCE_POWER = const(6)
SOURCE_SERVICE_SWITCH = const(7)
SOURCE_USB = const(8)
SOURCE_SEAL = const(9)
SOURCE_METERING = const(10)

# Details of the service switch: what it was to do, and what else there is to say.
SWITCH_OPEN = const(0)
SWITCH_CLOSE = const(1)
SWITCH_ARM = const(2)
SWITCH_DISARM = const(3)
WELDED = const(4)  # opened, and position or load-side voltage stays
STUCK = const(5)  # closed, and stays open
DISAGREES = const(6)  # position, load-side voltage and command have not agreed for long
RESUMED = const(7)  # brought about at the start what was commanded before
GIVEN_UP = const(8)  # not closed: voltage had come to the load side
RECORD_LOST = const(9)  # nothing tells what it was to be: it stays as it is

# The fields of an argument.
ARGUMENT = const(
    (
        ("SOURCE", "UINT8"),
        ("AUTHORITY", ("UINT8", (("LEVEL", 0, 2), ("SEAL_OPEN", 7, 1)))),
        # Of PROGRAMMED and pending ones the table; of list pointers the list; of procedures
        # their number; of what was refused as `refusal` gives it; of LOCKED_OUT how many wrong
        # passwords in a row; of ROM_FAILURE what is altered, 0 the manifest, 1 to 3 a part of the
        # software; of the service switch a detail as above; else 0.
        ("DETAIL", "UINT16"),
    )
)
ARGUMENT_LENGTH = const(4)


def argument(source, detail=0, level=0, seal_open=False):
    """The octets of an argument.

    source     SOURCE_OPTICAL to SOURCE_METERING
    detail     0 to 65535, as ARGUMENT says
    level      access level of whoever did it, 0 to 3; 0 also for who needs none
    seal_open  whether the seal over lever and test switch was open
    """
    return bytes((source, authority(level, seal_open), detail & 0xFF, detail >> 8))


def authority(level, seal_open):
    """The octet AUTHORITY of an argument."""
    return level | (0x80 if seal_open else 0)


def refusal(number, why):
    """The detail of what was refused.

    number  of a table or procedure, with MANUFACTURER for a manufacturer's; bit 12 is dropped
    why     response code of the service or result code of the procedure, 1 to 15
    """
    return why << 12 | number & 0x0FFF
