"""A value that is too long for an entry of the event log, in as many octets as there are.

0   UINT16  first octet that differs between the old value and the new one
2   32      SHA-256 of all of the value
34  40      the value from that octet on, then zeros
"""

import hashlib
from struct import pack

from micropython import const

HEAD = const(34)
SHOWN = const(40)
_FORMAT = "<H32s40s"


def excerpts(old, new):
    """Of both values, which differ."""
    at = 0
    while old[at : at + 1] == new[at : at + 1]:
        at += 1
    return _excerpt(old, at), _excerpt(new, at)


def _excerpt(value, at):
    return pack(_FORMAT, at, hashlib.sha256(value).digest(), bytes(value[at : at + SHOWN]))
