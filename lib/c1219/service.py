"""The service switch and the module slot: a table and two procedures of this meter's own, and the
standard's procedure for load control.
"""

from micropython import const

from .procedures import Procedure
from .types import MANUFACTURER, Table

# States, and what ACTION is.
OPEN = const(0)
CLOSED = const(1)
ARMED = const(2)  # open; the customer's lever may close it
MOVING = const(3)  # or not looked at yet
FAULTY = const(4)

ACTION_OPEN = const(0)
ACTION_CLOSE = const(1)
ACTION_ARM = const(2)
ACTION_DISARM = const(3)

# Elements of ED_MFG_STATUS in ST3.
_STATUS_OPEN = const(0x01)  # by its position contact
_STATUS_ARMED = const(0x02)
_STATUS_FAULT = const(0x04)


def status(switch):
    """ED_MFG_STATUS of a meter with this service switch, as a device has it (see tables)."""
    word = _STATUS_OPEN if switch.closed is False else 0
    if switch.kept.armed:
        word |= _STATUS_ARMED
    return word | _STATUS_FAULT if switch.fault_bits else word


def _of_switch(t, name):
    return getattr(t.device.service_switch, name)


def _kept(t, name):
    return getattr(t.device.service_switch.kept, name)


def _commanded(t, n):
    return CLOSED if t.device.service_switch.kept.close else OPEN


def _sensed(t, n):
    switch = t.device.service_switch
    if switch.closed is None:
        return 0x04
    return (0x01 if switch.closed else 0) | (0x02 if switch.live else 0)


SERVICE_SWITCH = Table(
    MANUFACTURER | 3,
    "SERVICE_SWITCH_TBL",
    (
        # 0 open, 1 closed, 2 armed: open, and the lever closes it, 3 moving, 4 a fault stands
        ("STATE", "UINT8", 1, ("_of_switch", "state")),
        ("COMMANDED", "UINT8", 1, "_commanded"),  # 0 open, 1 closed
        (
            "SENSED",
            (
                "UINT8",
                (
                    ("CLOSED", 0, 1),  # by the position contact
                    ("LOAD_VOLTAGE", 1, 1),  # there is voltage on the load side
                    ("NOT_KNOWN", 2, 1),  # neither: the I/O expander does not answer
                ),
            ),
            1,
            "_sensed",
        ),
        (
            "FAULTS",
            (
                "UINT8",
                (
                    ("WELDED", 0, 1),  # it was opened, and position or voltage stays
                    ("STUCK", 1, 1),  # it was closed, and is open
                    ("DISAGREES", 2, 1),  # position, voltage and command contradict each other
                ),
            ),
            1,
            ("_of_switch", "fault_bits"),
        ),
        # who commanded it last: 0 nobody, 1 optical port, 2 communication port, 3 lever
        ("CAUSE", "UINT8", 1, ("_kept", "cause")),
        ("OPENINGS", "UINT32", 1, ("_kept", "openings")),  # that were commanded, and done
        ("CLOSINGS", "UINT32", 1, ("_kept", "closings")),  # likewise
    ),
    globals(),
    needs="service_switch",
)


def _is_action(parameters):
    return parameters["ACTION"] <= ACTION_DISARM


OPERATE = Procedure(
    MANUFACTURER | 0,
    "SERVICE_SWITCH",
    parameters=(("ACTION", "UINT8"),),
    response=(("STATE", "UINT8"),),  # once it has been done, or has failed
    check=_is_action,
)
MODULE_RESET = Procedure(MANUFACTURER | 1, "MODULE_RESET")

LEVEL_OFF = const(0)
LEVEL_ON = const(100)


def _is_control(parameters):
    if parameters["MINUTE"] > 59 or parameters["SECOND"] > 59:
        return False
    return parameters["CONTROL_POINTS"] == b"\1" and parameters["LEVEL"] <= LEVEL_ON


# Parameters: low confidence. The switch is control point 0; it has no levels between, and stays
# until the next command: a level for some time is a conflict with how this meter is set up.
DIRECT_LOAD_CONTROL = Procedure(
    21,
    "DIRECT_LOAD_CONTROL",
    parameters=(
        ("LEVEL", "UINT8"),  # percent of the load that is let through
        ("CONTROL_POINTS", "SET", 1),
        ("HOUR", "UINT8"),  # for how long; zeros: until the next command
        ("MINUTE", "UINT8"),
        ("SECOND", "UINT8"),
    ),
    check=_is_control,
)

TABLES = (SERVICE_SWITCH,)
PROCEDURES = (DIRECT_LOAD_CONTROL, OPERATE, MODULE_RESET)
