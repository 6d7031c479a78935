"""Events of the history log: codes of the standard, and what this meter says besides.

Codes: high confidence. The argument is each manufacturer's own.
"""

from .types import UINT8, UINT16

POWER_DOWN = 1
POWER_UP = 2
TIME_CHANGED_OLD = 3  # stamped with the time before
TIME_CHANGED_NEW = 4  # stamped with the time after
PROGRAMMED = 11
LIST_POINTERS_RESET = 14
LIST_POINTERS_UPDATED = 15
HISTORY_POINTERS_UPDATED = 17
DEMAND_RESET = 20
SELF_READ = 21
TEST_MODE_START = 32
TEST_MODE_STOP = 33

# All that the history log of this meter has.
HISTORY = (
    POWER_DOWN,
    POWER_UP,
    TIME_CHANGED_OLD,
    TIME_CHANGED_NEW,
    PROGRAMMED,
    LIST_POINTERS_RESET,
    LIST_POINTERS_UPDATED,
    HISTORY_POINTERS_UPDATED,
    DEMAND_RESET,
    SELF_READ,
    TEST_MODE_START,
    TEST_MODE_STOP,
)

# What an event came from.
SOURCE_OPTICAL = 1  # the optical port
SOURCE_MODULE = 2  # the communication port
SOURCE_LEVER = 3
SOURCE_TEST_SWITCH = 4
SOURCE_CLOCK = 5
SOURCE_POWER = 6

# The fields of an argument.
ARGUMENT = (
    ("SOURCE", UINT8),
    ("AUTHORITY", (UINT8, (("LEVEL", 0, 2), ("SEAL_OPEN", 7, 1)))),
    ("DETAIL", UINT16),  # PROGRAMMED: the table; list pointers: the list; else 0
)
ARGUMENT_LENGTH = 4


def argument(source, detail=0, level=0, seal_open=False):
    """The octets of an argument.

    source     SOURCE_OPTICAL to SOURCE_POWER
    detail     0 to 65535, as ARGUMENT says
    level      access level of whoever did it, 0 to 3; 0 also for who needs none
    seal_open  whether the seal over lever and test switch was open
    """
    authority = level | (0x80 if seal_open else 0)
    return bytes((source, authority, detail & 0xFF, detail >> 8))
