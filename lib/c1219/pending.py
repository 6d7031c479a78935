"""What a pending table begins with: the event that has it take its place (low confidence).

A client writes EVENT_SELECTOR and EVENT_STORAGE, then the table, all of it at once. This meter
knows an absolute time, and none, where it waits for procedure 12.
"""

from micropython import const

from . import dates

EVENT = const(6)  # octets of both
SELECTOR_BITS = const(
    (("EVENT_CODE", 0, 4), ("SELF_READ_FLAG", 4, 1), ("DEMAND_RESET_FLAG", 5, 1))
)
ABSOLUTE_TIME = const(0)
NON_TIME = const(2)


def is_event(octets):
    """Whether `octets` begin with an event of this meter."""
    if len(octets) < EVENT or octets[0] & 0xC0:
        return False
    code = octets[0] & 0x0F
    if code == ABSOLUTE_TIME:
        return dates.is_date(octets[1:4]) and octets[4] < 24 and octets[5] < 60
    return code == NON_TIME
