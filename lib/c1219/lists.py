"""What every list of entries begins with: ST26, ST74 (layouts: medium and high confidence).

Entries stand oldest first, those not used as zeros. A list that is full drops its oldest entry
and the others move up: sequence numbers tell an entry from another.
"""

from .types import UINT8

LIST_STATUS_BITS = (
    ("ORDER", 0, 1),  # 0: oldest first
    ("OVERFLOW", 1, 1),  # entries were dropped that nobody had read
    ("LIST_TYPE", 2, 1),  # 0: first in first out; 1: circular
    ("INHIBIT_OVERFLOW", 3, 1),  # 0: a full list drops its oldest entry
)


def list_head(of, count, sequence):
    """The fields before the entries.

    of        of(tables) is the list (see tables)
    count     type of the numbers of entries
    sequence  type of the sequence number, which is served modulo what it holds
    """
    mask = (1 << 8 * (sequence & 0xFF)) - 1

    def last_element(t, n):
        return max(0, of(t).valid - 1)

    return (
        (
            "LIST_STATUS",
            (UINT8, LIST_STATUS_BITS),
            1,
            lambda t, n: {"OVERFLOW": 1 if of(t).overflow else 0},
        ),
        ("NBR_VALID_ENTRIES", count, 1, lambda t, n: of(t).valid),
        ("LAST_ENTRY_ELEMENT", count, 1, last_element),
        ("LAST_ENTRY_SEQ_NBR", sequence, 1, lambda t, n: of(t).last_sequence & mask),
        ("NBR_UNREAD_ENTRIES", count, 1, lambda t, n: of(t).unread),
    )
