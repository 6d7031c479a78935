"""Append-only, commit-last records on any byte-addressable memory.

A journal is a ring of equal slots. One record is an `array('I')` that lives as long as
the journal: word 0 is the sequence number, the last but one a CRC-32 over all before it,
the last the sequence number again; the words between belong to the user. Bytes reach the
memory in address order, so a slot whose two sequence numbers agree has all its bytes
written, and the CRC then guards against a memory that has gone bad. A cut at any byte
leaves the slot either old, new, or plainly invalid; every other slot is untouched.
"""

from micropython import const

from .crc import is_sealed, seal

EMPTY = const(0)  # never written: every byte alike, 00 or FF
FOUND = const(1)  # the newest valid record is loaded
BAD = const(2)  # something was written, nothing is valid

_SEQUENCE = const(0x3FFFFFFF)  # 30 bits, so that it stays a small integer
_HALF = const(0x20000000)


class Journal:
    """The newest state of `record`, kept through power cuts.

    memory  has write(address, buf) and readinto(address, buf)
    base    first address of the ring
    slots   how many records the ring holds, at least 2
    record  array('I') of the user's words with one more before and two after them
    """

    def __init__(self, memory, base, slots, record):
        self.record = record
        self.failures = 0  # writes that did not read back
        self._memory = memory
        self._base = base
        self._slots = slots
        self._size = 4 * len(record)
        self._check = record[:]
        self._crc = len(record) - 2
        self._slot = 0  # of the newest valid record

    def load(self):
        """Load the newest valid record into `record`. Returns EMPTY, FOUND or BAD.

        With EMPTY and BAD the record is left as it was.
        """
        newest = -1
        slot = 0
        blank = True
        check = self._check
        for i in range(self._slots):
            if self._read(i):
                if newest < 0 or ((check[0] - newest) & _SEQUENCE) < _HALF:
                    newest = check[0]
                    slot = i
            elif blank:
                blank = max(check) == min(check) and check[0] in (0, 0xFFFFFFFF)
        if newest < 0:
            return EMPTY if blank else BAD
        self._read(slot)
        self.record[:] = check
        self._slot = slot
        return FOUND

    def append(self):
        """Seal `record` and write it to the next slot. Returns False when it does not read back.

        A slot that fails is passed over next time; the newest good one is never written to.
        """
        record = self.record
        sequence = (record[0] + 1) & _SEQUENCE
        slot = sequence % self._slots
        if slot == self._slot:
            sequence = (sequence + 1) & _SEQUENCE
            slot = sequence % self._slots
        record[0] = sequence
        seal(record, self._crc)
        record[self._crc + 1] = sequence
        address = self._base + slot * self._size
        self._memory.write(address, record)
        self._memory.readinto(address, self._check)
        if self._check != record:
            self.failures += 1
            return False
        self._slot = slot
        return True

    def _read(self, slot):
        """Read `slot` into the check buffer; is it a whole record?"""
        check = self._check
        self._memory.readinto(self._base + slot * self._size, check)
        return (
            check[0] == check[self._crc + 1]
            and check[0] <= _SEQUENCE
            and is_sealed(check, self._crc)
        )
