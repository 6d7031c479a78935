"""An entry of the event log: 224 octets, little-endian, as the memory and MT13 have them.

    0    UINT32  number, counts on for ever
    4    6       time Y M D h m s, local; zeros while the clock was not valid
    10   UINT8   source: who, as c1219.events numbers them
    11   UINT8   access level (bits 0 and 1), clock valid (6), seal open (7)
    12   UINT16  user id of the session
    14   UINT16  what happened, as c1219.events numbers it
    16   UINT16  parameter: a table's number, a procedure's with bit 12, or 0
    18   UINT16  cycle of the log, from 1 on
    20   UINT8   place in the cycle; 0 for the entry that began it
    21   UINT8   octets of the old value
    22   UINT8   octets of the new value
    23   UINT8   zero
    24   4       version: hardware and its revision, firmware and its revision
    28   74      old value, then zeros
    102  74      new value, then zeros
    176  8       the first of the SHA-256 of the software
    184  32      chain: SHA-256 over the chain of the entry before and octets 0 to 183 of this one
    216  UINT32  CRC-32 over all before it
    220  UINT32  number again

The chain of what was before the first entry is 32 zeros.
"""

import hashlib
from struct import pack_into, unpack_from

from micropython import const

WORDS = const(56)
VALUE = const(74)  # octets, at the most
SHOWN = const(216)  # octets that MT13 shows: all before the CRC
CHAIN = const(184)
NO_CHAIN = bytes(32)

CLOCK_VALID = const(0x40)
SEAL_OPEN = const(0x80)

_TIME = const(4)
_FIRST = "<6sBBHHHH"
_PLACE = const(20)
_SECOND = "<BBBB4s74s74s8s"


def fill(record, cycle, place, facts):
    """Everything from octet 4 to the chain; ValueError for a value that is too long.

    facts  time, source, authority, user, code, parameter, old and new value, version, first octets
           of the software's SHA-256: as they lie in an entry
    """
    time, source, authority, user, code, parameter, old, new, version, digest = facts
    if len(old) > VALUE or len(new) > VALUE:
        raise ValueError("too long a value")
    pack_into(_FIRST, record, _TIME, time, source, authority, user, code, parameter, cycle)
    pack_into(_SECOND, record, _PLACE, place, len(old), len(new), 0, version, old, new, digest)


def put_chain(record, chain):
    """The chain goes in last."""
    pack_into("32s", record, CHAIN, chain)


def chain_of(before, record):
    """The chain that an entry in `record` has behind one of chain `before`."""
    total = hashlib.sha256(before)
    total.update(memoryview(record)[: CHAIN // 4])
    return total.digest()


class Entry:
    """What `record`, an array('I') of WORDS, says."""

    def __init__(self, record):
        self._record = record

    @property
    def sequence(self):
        """Its number."""
        return self._record[0]

    @property
    def time(self):
        """Y M D h m s, zeros while the clock was not valid."""
        return unpack_from("6s", self._record, _TIME)[0]

    @property
    def source(self):
        """See c1219.events."""
        return unpack_from("B", self._record, 10)[0]

    @property
    def authority(self):
        """Access level, CLOCK_VALID, SEAL_OPEN."""
        return unpack_from("B", self._record, 11)[0]

    @property
    def user(self):
        """User id of the session, 0 for nobody."""
        return unpack_from("<H", self._record, 12)[0]

    @property
    def code(self):
        """See c1219.events."""
        return unpack_from("<H", self._record, 14)[0]

    @property
    def parameter(self):
        """A table's number, a procedure's with bit 12, or 0."""
        return unpack_from("<H", self._record, 16)[0]

    @property
    def cycle(self):
        """Of the log, from 1 on."""
        return unpack_from("<H", self._record, 18)[0]

    @property
    def place(self):
        """In the cycle; 0 for the entry that began it."""
        return unpack_from("B", self._record, 20)[0]

    @property
    def old(self):
        """The value before."""
        return self._value(21, 28)

    @property
    def new(self):
        """The value after."""
        return self._value(22, 28 + VALUE)

    @property
    def version(self):
        """Of hardware and firmware: 4 octets."""
        return unpack_from("4s", self._record, 24)[0]

    @property
    def digest(self):
        """The first octets of the software's SHA-256."""
        return unpack_from("8s", self._record, 28 + 2 * VALUE)[0]

    @property
    def chain(self):
        """32 octets."""
        return unpack_from("32s", self._record, CHAIN)[0]

    @property
    def argument(self):
        """EVENT_ARGUMENT of ST76, as that of the history log: source, authority, parameter."""
        octets = self.shown
        return octets[10:12] + octets[16:18]

    @property
    def shown(self):
        """The entry as it lies, all before the CRC."""
        return unpack_from("216s", self._record, 0)[0]

    def _value(self, length_at, at):
        count = unpack_from("B", self._record, length_at)[0]
        return unpack_from("%ds" % min(count, VALUE), self._record, at)[0]
