"""Which parameter of the meter is open, event-protected, sealed or read-only: the one table.

A meter is *protected* while its firmware security setting is on and its seal is closed.

    OPEN        changes for whoever has the access level; the history log tells
    LOGGED      event-protected: with an entry of the event log, written before; while the meter
                is protected, not when that is full
    SEALED      as LOGGED, and not at all while the meter is protected
    READ_ONLY   no port changes it

Whatever is not in the table is SEALED when it can be written at all: nothing is open by mistake.
"""

from micropython import const

OPEN = const(0)
LOGGED = const(1)
SEALED = const(2)
READ_ONLY = const(3)

NAMES = const(("open", "event-protected", "sealed", "read-only"))

MANUFACTURER = const(0x0800)
PROCEDURE = const(0x1000)  # added to a procedure's number

# Number of a table, or of a procedure, and its class.
_CLASSES = const(
    (
        (5, SEALED),  # identification
        (6, OPEN),  # the utility's own texts
        (7, OPEN),  # asks for a procedure, which has a class of its own
        (13, SEALED),  # demand set-up
        (31, SEALED),  # display lists
        (32, SEALED),
        (33, SEALED),
        (34, SEALED),
        (42, LOGGED),  # passwords
        (52, LOGGED),  # the clock, but for what demand follows slowly (demand.CLOCK_SLEW_MS)
        (53, LOGGED),  # its offset
        (61, LOGGED),  # set-up of the load profile
        (62, LOGGED),
        (0x0800, LOGGED),  # MT0: test mode's interval and time-out
        (0x0808, LOGGED),  # MT8: whether there are daily self reads
        (0x0809, SEALED),  # MT9: the security setting
        (0x080B, SEALED),  # MT11: model, service and serial number
        (0x1000, SEALED),  # cold start
        (0x1001, OPEN),  # warm start
        (0x1002, OPEN),  # save configuration
        (0x1003, SEALED),  # clear data
        (0x1004, OPEN),  # list pointers
        (0x1005, OPEN),
        (0x1006, OPEN),  # mode
        (0x1007, OPEN),  # status flags
        (0x1008, OPEN),
        (0x1009, OPEN),  # demand reset
        (0x100A, LOGGED),  # date and time, as table 52
        (0x100B, OPEN),  # diagnostics
        (0x100C, OPEN),  # activate pending tables: each table has its own class
        (0x100E, OPEN),  # clear pending tables
        (0x1010, OPEN),  # start and stop of the load profile
        (0x1011, OPEN),
        (0x1015, OPEN),  # direct load control: as MP0
        (0x1800, OPEN),  # MP0: service switch
        (0x1801, OPEN),  # MP1: reset of the module
        (0x1802, SEALED),  # MP2: clear the event log
    )
)


def class_of(number):
    """The class of a table that can be written, or with PROCEDURE of a procedure."""
    for each, its in _CLASSES:
        if each == number:
            return its
    return SEALED


def numbers():
    """Of all that the table names, ascending."""
    return [each for each, _ in _CLASSES]
