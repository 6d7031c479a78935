"""Append-only, commit-last records on any byte-addressable memory.

A journal is a ring of equal slots. One record is an `array('I')` that lives as long as
the journal: word 0 is the sequence number, the last but one a CRC-32 over all before it,
the last the sequence number again; the words between belong to the user. Bytes reach the
memory in address order, so a slot whose two sequence numbers agree has all its bytes
written, and the CRC then guards against a memory that has gone bad. A cut at any byte
leaves the slot either old, new, or plainly invalid; every other slot is untouched. The first
record of all goes to slot 1: cut short there, with nothing anywhere else, it is not damage.
"""

from micropython import const

from .crc import seal
from .slots import BAD as BAD
from .slots import EMPTY as EMPTY
from .slots import FOUND as FOUND
from .slots import SPOILT, TRIES, UNSURE, Slots

_SEQUENCE = const(0x3FFFFFFF)  # 30 bits, so that it stays a small integer
_HALF = const(0x20000000)
_NONE = const(-1)
_FIRST = const(1)  # slot of the first record of all


class Journal(Slots):
    """The newest state of `record`, kept through power cuts.

    `load` fills `record` with the newest valid one; with EMPTY and BAD it is left as it was.

    memory  as journal.slots.Slots has it
    base    first address of the ring
    slots   how many records the ring holds, at least 2
    record  array('I') of the user's words with one more before and two after them
    """

    def __init__(self, memory, base, slots, record):
        Slots.__init__(self, memory, base, slots, record)
        self._slot = 0  # of the newest valid record
        self._at = 0  # and while the slots are searched, of the newest so far
        self._newest = _NONE  # its number

    def append(self):
        """Seal `record` and write it to the next slot. Returns False when it does not read back.

        When it does not, it is written to the slot after that, three times in all. A slot that
        fails is passed over next time; the newest good one is never written to.
        """
        if self.sure:
            for _ in range(TRIES):
                if self._put_next():
                    return True
        self.failures += 1
        return False

    def is_also_at(self, offset):
        """Whether the record that was loaded or written last reads the same `offset` further.

        That many octets further the addresses of the memory then begin again. None when the record
        itself does not read as it was written, so that nobody knows.
        """
        tail = self._tail
        address = self._base + self._slot * self._size + 4 * self._crc
        differing = 0
        for _ in range(TRIES):
            self._memory.readinto(address, tail)
            crc = tail[0]
            sequence = tail[1]
            self._memory.readinto(address + offset, tail)
            if sequence == self.record[0]:
                if tail[0] == crc and tail[1] == sequence:
                    return True
                differing += 1
                if differing == 2:
                    return False
        return None

    def _search(self, pause):
        self._newest = _NONE
        check = self._check
        what = self._survey(check, pause)
        if what is None:
            return self._found()
        if not self.present():
            return UNSURE
        spoilt = 0
        for slot in range(self.slots):
            if what[slot]:
                what[slot] = self._look_again(slot, what[slot], check)
                spoilt += what[slot] == SPOILT
        if self._newest >= 0:
            return self._found()
        found = EMPTY
        if spoilt:
            found = BAD
            if spoilt == 1 and what[_FIRST] == SPOILT:
                found = self._first()
        return found if self.present() or found == FOUND else UNSURE

    def _take(self, slot):
        # The check buffer has the record of `slot`: note where it is if it is the newest so far.
        sequence = self._check[0]
        if self._newest < 0 or ((sequence - self._newest) & _SEQUENCE) < _HALF:
            self._newest = sequence
            self._at = slot

    def _found(self):
        if not self._read(self._at, self._check):
            return UNSURE
        return self._keep(self._at)

    def _first(self):
        # Of all slots only that of the first record is not blank, and it is not valid.
        check = self._check
        if self._fetch(_FIRST, check) or self._is_first_whole(check):
            return self._keep(_FIRST)
        return EMPTY if self._is_first_torn(check) else BAD

    def _keep(self, slot):
        # The check buffer has the newest record, of this slot.
        self.record[:] = self._check
        self._slot = slot
        return FOUND

    def _put_next(self):
        record = self.record
        sequence = (record[0] + 1) & _SEQUENCE
        slot = sequence % self.slots
        if slot == self._slot:
            sequence = (sequence + 1) & _SEQUENCE
            slot = sequence % self.slots
        record[0] = sequence
        seal(record, self._crc)
        record[self._crc + 1] = sequence
        if not self._put(slot, record):
            return False
        self._slot = slot
        return True

    def _belongs(self, sequence, slot):
        return sequence <= _SEQUENCE
