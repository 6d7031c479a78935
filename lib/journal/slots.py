"""Equal slots of a memory, each for one sealed record, and reads that are not believed at once.

A bus may be disturbed for a moment, and a memory may not answer for a while. A slot that reads as
neither blank nor a whole record is read again, three times in all. A slot that reads as blank is
looked at again where a record should be. Before either, the memory must say who it is; and that
nothing was ever written is believed only if it does so afterwards, too.
"""

from micropython import const

from .crc import is_sealed

EMPTY = const(0)  # never written: every byte alike, 00 or FF, but for a first record cut short
FOUND = const(1)  # records are there
BAD = const(2)  # something was written, nothing is valid; or the memory did not answer
UNSURE = const(3)  # the memory does not answer now

# What a slot is.
VALID = const(0)
BLANK = const(1)  # every word alike, 00 or FF
SPOILT = const(2)

TRIES = const(3)
_ONES = const(0xFFFFFFFF)
_FIRST = const(1)  # sequence number, and slot, of the first record of all


def go_on():
    """Nothing else has to be done meanwhile."""


def _yes():
    return True


class Slots:
    """`slots` of them from `base` on, of the size of `record`.

    memory  has write(address, buf) and readinto(address, buf). It may also have
            present()  whether it answers as itself; without, it always does
            mend()     called after a write that did not take, to do what can be done about it
            reread()   called with each read that is a repetition, to count it

    failures  records that were not written, each tried as often as `append` says
    rereads   reads that were repeated, because what came was not what should have
    present   the memory's
    sure      whether the memory answered when it was last searched; if not, nothing is appended:
              what is there is not known
    """

    def __init__(self, memory, base, slots, record):
        self.record = record
        self.slots = slots
        self.failures = 0
        self.rereads = 0
        self.sure = True
        self._memory = memory
        self.present = getattr(memory, "present", _yes)
        self._mend = getattr(memory, "mend", go_on)
        self._reread = getattr(memory, "reread", go_on)
        self._base = base
        self._size = 4 * len(record)
        self._check = record[:]
        self._crc = len(record) - 2
        self._tail = record[:2]

    def load(self, pause=go_on):
        """Find what the memory holds: EMPTY, FOUND or BAD, which is believed the second time.

        `pause` is called after each slot, for what cannot wait until all are read. Slots that read
        well are read once.
        """
        bad = 0
        for _ in range(TRIES):
            found = self._search(pause)
            if found == FOUND or found == EMPTY:
                self.sure = True
                return found
            if found == BAD:
                bad += 1
                if bad == 2:
                    break
        self.sure = bad == 2
        return BAD

    def is_blank(self):
        """Whether no slot has anything where every record ends; one quick read each."""
        for slot in range(self.slots):
            if self._is_written(slot):
                return False
        return True

    def _survey(self, into, pause):
        # Read every slot once, and take what is valid. Returns what each of them is, one octet for
        # each; None when all are valid.
        what = bytearray(self.slots)
        odd = 0
        for slot in range(self.slots):
            if self._fetch(slot, into):
                self._take(slot)
            else:
                what[slot] = BLANK if _is_blank(into) else SPOILT
                odd += 1
            pause()
        return what if odd else None

    def _look_again(self, slot, was, into):
        # A slot was BLANK or SPOILT: take it if it is valid after all. Returns what it is.
        if was == BLANK and not self._is_written(slot):
            return BLANK
        for _ in range(TRIES - 1):
            self._count_reread()
            if self._fetch(slot, into):
                self._take(slot)
                return VALID
        return BLANK if _is_blank(into) else SPOILT

    def _read(self, slot, into):
        # A slot that was valid: whether it still is, after three reads at the most.
        for i in range(TRIES):
            if i:
                self._count_reread()
            if self._fetch(slot, into):
                return True
        return False

    def _fetch(self, slot, into):
        # Read a slot once: is it a whole record?
        self._memory.readinto(self._base + slot * self._size, into)
        return (
            into[0] == into[self._crc + 1]
            and self._belongs(into[0], slot)
            and is_sealed(into, self._crc)
        )

    def _is_written(self, slot):
        # CRC and sequence number of a record are not blank.
        tail = self._tail
        self._memory.readinto(self._base + slot * self._size + 4 * self._crc, tail)
        return tail[0] != tail[1] or tail[0] not in (0, _ONES)

    def _is_first_torn(self, record):
        # A spoilt record can be the very first, cut short while it was written: the octets behind
        # the cut are as blank as they were.
        return record[self._crc + 1] in (0, _ONES)

    def _is_first_whole(self, record):
        # Only the mark at the end of the very first record is not what it should be.
        return record[0] == _FIRST and is_sealed(record, self._crc)

    def _put(self, slot, record):
        # Write a record; whether it reads back.
        address = self._base + slot * self._size
        check = self._check
        self._memory.write(address, record)
        for i in range(TRIES):
            if i:
                self._count_reread()
            self._memory.readinto(address, check)
            if check == record:
                return True
        if self.present():  # it may have come back only now
            self._memory.readinto(address, check)
            if check == record:
                return True
            self._mend()
        return False

    def _count_reread(self):
        self.rereads += 1
        self._reread()


def _is_blank(words):
    return words[0] in (0, _ONES) and max(words) == min(words)
