"""What every list of entries begins with: ST26, ST74 (layouts: medium and high confidence).

Entries stand oldest first, those not used as zeros. A list that is full drops its oldest entry
and the others move up: sequence numbers tell an entry from another.
"""

from micropython import const

LIST_STATUS = const(
    (
        "UINT8",
        (
            ("ORDER", 0, 1),  # 0: oldest first
            ("OVERFLOW", 1, 1),  # entries were dropped that nobody had read
            ("LIST_TYPE", 2, 1),  # 0: first in first out; 1: circular
            ("INHIBIT_OVERFLOW", 3, 1),  # 0: a full list drops its oldest entry
        ),
    )
)
_OVERFLOW = const(0x02)

# Members of the device, by the tables that serve them.
_LISTS = {26: "self_reads", 74: "history", 76: "events"}


def list_of(t):
    """The list whose table is being read."""
    return getattr(t.device, _LISTS[t.reading])


# What a list's declaration names as its sources.


def status(t, n):
    return _OVERFLOW if list_of(t).overflow else 0


def valid(t, n):
    return list_of(t).valid


def last_element(t, n):
    return max(0, list_of(t).valid - 1)


def last_sequence(t, mask):
    return list_of(t).last_sequence & mask


def unread(t, n):
    return list_of(t).unread
