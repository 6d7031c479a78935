"""Procedures of C12.19 as data: number, parameters, response data, who may run one.

Which of them a meter has, and what runs them, its device says (see tables). A manufacturer's
procedure is declared in the same way and has MANUFACTURER in its number.

What runs a procedure is called as run(parameters, response) and returns a result code:

    parameters  its declared parameters by name, decoded and checked; None to ask again how it
                goes, when it answered ACCEPTED before and a client now reads ST8
    response    an empty dict, to be filled with the declared response data by name; or left
                empty when there is nothing to say, as with a refusal

It may raise NotReady, which the client is told as TIMING.

Names and numbers are of high confidence, parameters of medium unless said otherwise.
"""

from micropython import const

from . import dates
from .decade0 import ED_MODE_BITS
from .decade5 import TIME_DATE_QUAL_BITS
from .types import MASTER, PROGRAMMER, READER

# Result codes of ST8 (high confidence).
COMPLETED = const(0)
ACCEPTED = const(1)  # not completed yet
INVALID_PARAMETER = const(2)
CONFLICT = const(3)  # with how the meter is set up
TIMING = const(4)
NO_AUTHORISATION = const(5)
UNRECOGNISED = const(6)


class Procedure:
    """One procedure. What is not given is as below.

    number      0..2047, plus MANUFACTURER for a manufacturer's
    name        the standard's name
    parameters  fields, as types says, of fixed size
    response    fields of the response data, of fixed size
    level       lowest access level that may run it
    check       whether decoded parameters may stand: check(parameters); None when it is enough
                that each field holds a value of its type
    """

    parameters = ()
    response = ()
    level = PROGRAMMER
    check = None

    def __init__(self, number, name, **more):
        self.number = number
        self.name = name
        for key in more:
            if not hasattr(self, key):
                raise TypeError(key)
            setattr(self, key, more[key])


# 1 event log, 2 self reads, 3 load profile set 1; 8 history log and 255 all (low confidence).
_LIST = const(("LIST", "UINT8"))

COLD_START = Procedure(0, "COLD_START", level=MASTER)
WARM_START = Procedure(1, "WARM_START", level=MASTER)
SAVE_CONFIGURATION = Procedure(2, "SAVE_CONFIGURATION")
CLEAR_DATA = Procedure(3, "CLEAR_DATA", level=MASTER)
RESET_LIST_POINTERS = Procedure(4, "RESET_LIST_POINTERS", parameters=(_LIST,))
UPDATE_LAST_READ = Procedure(
    5,
    "UPDATE_LAST_READ_ENTRY",
    parameters=(_LIST, ("ENTRIES_READ", "UINT16")),
    level=READER,
)


def _is_one_mode(parameters):
    return sum(parameters["ED_MODE"].values()) == 1


CHANGE_MODE = Procedure(
    6,
    "CHANGE_END_DEVICE_MODE",
    parameters=(("ED_MODE", ("UINT8", ED_MODE_BITS)),),
    check=_is_one_mode,
)
CLEAR_STD_STATUS = Procedure(7, "CLEAR_STANDARD_STATUS_FLAGS")
CLEAR_MFG_STATUS = Procedure(8, "CLEAR_MANUFACTURER_STATUS_FLAGS")

# Seasons (low confidence) are not declared, so a request for one is an invalid parameter.
_RESET_BITS = const((("DEMAND_RESET", 0, 1), ("SELF_READ", 1, 1)))

REMOTE_RESET = Procedure(
    9,
    "REMOTE_RESET",
    parameters=(("ACTION", ("UINT8", _RESET_BITS)),),
    response=(("SUCCESS", ("UINT8", _RESET_BITS)),),
)


def _is_settable(parameters):
    octets = parameters["DATE_TIME"]
    mask = parameters["SET_MASK"]
    return (not mask["SET_DATE"] or dates.is_date(octets)) and (
        not mask["SET_TIME"] or dates.is_time(octets[3:])
    )


# Of DATE_TIME and TIME_DATE_QUAL only what SET_MASK names is meant, and checked.
SET_DATE_TIME = Procedure(
    10,
    "SET_DATE_TIME",
    parameters=(
        ("SET_MASK", ("UINT8", (("SET_TIME", 0, 1), ("SET_DATE", 1, 1), ("SET_QUAL", 2, 1)))),
        ("DATE_TIME", "LTIME_DATE"),
        ("TIME_DATE_QUAL", ("UINT8", TIME_DATE_QUAL_BITS)),
    ),
    response=(("BEFORE", "LTIME_DATE"), ("AFTER", "LTIME_DATE")),
    check=_is_settable,
)
EXECUTE_DIAGNOSTICS = Procedure(11, "EXECUTE_DIAGNOSTICS")
ACTIVATE_ALL_PENDING = Procedure(12, "ACTIVATE_ALL_PENDING_TABLES")
CLEAR_ALL_PENDING = Procedure(14, "CLEAR_ALL_PENDING_TABLES")
START_LOAD_PROFILE = Procedure(16, "START_LOAD_PROFILE")
STOP_LOAD_PROFILE = Procedure(17, "STOP_LOAD_PROFILE")

PROCEDURES = (
    COLD_START,
    WARM_START,
    SAVE_CONFIGURATION,
    CLEAR_DATA,
    RESET_LIST_POINTERS,
    UPDATE_LAST_READ,
    CHANGE_MODE,
    CLEAR_STD_STATUS,
    CLEAR_MFG_STATUS,
    REMOTE_RESET,
    SET_DATE_TIME,
    EXECUTE_DIAGNOSTICS,
    ACTIVATE_ALL_PENDING,
    CLEAR_ALL_PENDING,
    START_LOAD_PROFILE,
    STOP_LOAD_PROFILE,
)
