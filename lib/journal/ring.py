"""Append-only records kept one after the other, the oldest overwritten when the ring is full.

A slot is laid out and written as a journal's (see journal): sequence number, the user's words,
CRC-32, sequence number again. A cut at any byte of an append leaves every record readable but
the one whose place the new one takes, and the new one whole or absent. A record that has gone
bad is left out; older and newer ones stay readable.

Sequence numbers begin at 1 and only count up: modulo the greatest multiple of the slots below
2^30, so that a record's slot is always its number modulo the slots. After the greatest comes 0.
"""

from micropython import const

from .crc import seal
from .slots import BAD, BLANK, EMPTY, FOUND, SPOILT, UNSURE, VALID, Slots
from .slots import go_on as go_on

_RANGE = const(0x3FFFFFFF)  # sequence numbers stay small integers
_NONE = const(-1)


class Ring(Slots):
    """The latest records on `memory`.

    `load` finds them. A single slot that was written to and is not valid does not make it BAD: it
    may be the first record of all, cut short.

    memory  as journal.slots.Slots has it
    base    first address of the ring
    slots   how many records the ring holds, at least 2
    record  array('I') of the user's words with one more before and two after them; `append`
            takes its words and `read` fills it

    last      sequence number given last, also when that record did not read back; 0 for none
    valid     records that can be read
    """

    def __init__(self, memory, base, slots, record):
        Slots.__init__(self, memory, base, slots, record)
        self.last = 0
        self.valid = 0
        self._modulus = _RANGE // slots * slots
        self._good = bytearray((slots + 7) // 8)  # a bit for each slot whose record can be read
        self._span = 0  # numbers from the oldest record to the last
        self._newest = -1  # number of the newest record that did read back, or was loaded

    @property
    def bad(self):
        """Numbers up to the last, still in their place in the ring, that cannot be read."""
        return self._span - self.valid

    def following(self):
        """The number that the next record will have."""
        if self._wraps():
            return (self._newest + 1) % self._modulus
        return (self.last + 1) % self._modulus

    def append(self):
        """Seal `record` and write it to the next slot. Returns False when it does not read back.

        The next one goes to the next slot either way, so a bad slot is passed over, and the caller
        may append the same again, which then has another number. But what a memory that does not
        answer was given may be written all the same: the next one takes its place and its number.
        The newest good record is never written to: where its turn comes, the numbers that failed
        since are given again.
        """
        record = self.record
        if not self.sure:
            self.failures += 1
            return False
        last = self.last
        span = self._span
        self._step()
        sequence = self.last
        slot = sequence % self.slots
        self._drop(slot)
        record[0] = sequence
        seal(record, self._crc)
        record[self._crc + 1] = sequence
        if not self._put(slot, record):
            self.failures += 1
            if not self.present():
                self.last = last
                self._span = span
            return False
        self._keep(slot)
        self._newest = sequence
        return True

    def give(self, sequence):
        """Numbers up to `sequence`, later than the last, were given to records that are lost."""
        if (sequence - self.last) % self._modulus > self.slots:
            self.last = (sequence - self.slots) % self._modulus
        while self.last != sequence:
            self._step()
            self._drop(self.last % self.slots)

    def read(self, sequence):
        """Read a record into `record`: False when it is overwritten, bad, or was never there.

        One that is found bad is read again before that is believed, and then left out until the
        next load.
        """
        slot = sequence % self.slots
        if self.since(sequence) >= self.slots or not self._has(slot):
            return False
        if self._read(slot, self.record) and self.record[0] == sequence:
            return True
        self._drop(slot)
        return False

    def recent(self, i):
        """Sequence number of the i-th newest record that can be read; 0 is the newest.

        Raises IndexError when there are not as many.
        """
        if not 0 <= i < self.valid:
            raise IndexError(i)
        if self._span == self.valid:
            return self.back(i)
        back = 0
        while True:
            if self._has(self.back(back) % self.slots):
                if i == 0:
                    return self.back(back)
                i -= 1
            back += 1

    def newer(self, sequence):
        """How many records that can be read came after `sequence`."""
        if self._span == self.valid:
            return min(self.since(sequence), self.valid)
        count = 0
        for back in range(min(self.since(sequence), self.slots)):
            if self._has(self.back(back) % self.slots):
                count += 1
        return count

    def since(self, sequence):
        """How many numbers were given after `sequence`."""
        return (self.last - sequence) % self._modulus

    def back(self, count):
        """The number that was given `count` before the last."""
        return (self.last - count) % self._modulus

    def _step(self):
        if self._wraps():
            self.last = self._newest
            self._span = 1
        self.last = (self.last + 1) % self._modulus
        if self._span < self.slots:
            self._span += 1

    def _wraps(self):
        # The next slot is that of the newest record that did read back.
        return self._newest >= 0 and self.since(self._newest) == self.slots - 1

    def _search(self, pause):
        # Mark what is valid, find the newest and how far back the oldest is.
        self.last = self.valid = self._span = 0
        self._newest = _NONE
        for i in range(len(self._good)):
            self._good[i] = 0
        what = self._survey(self.record, pause)
        if what is not None:
            if not self.present():
                return UNSURE
            spoilt = self._look_at_odd(what, pause)
        if self.valid == 0:
            if not self.present():
                return UNSURE
            return BAD if spoilt > 1 else EMPTY
        if self._span > self.slots:
            self._drop_stale(pause)
        self._newest = self.last
        return FOUND

    def _look_at_odd(self, what, pause):
        # Again at what was spoilt; and where a record should be at what was blank: after the last,
        # in between, and before the oldest. Everywhere, when there is no record at all. Returns
        # how many are spoilt.
        spoilt = 0
        for slot in range(self.slots):
            if what[slot] == SPOILT or what[slot] == BLANK and self.valid == 0:
                what[slot] = self._look_again(slot, what[slot], self.record)
                spoilt += what[slot] == SPOILT
                pause()
        if self.valid == 0:
            return spoilt
        while self._finds(1, what):
            pause()
        if self.valid < self._span:
            for back in range(min(self._span, self.slots)):
                self._finds(-back, what)
                pause()
        while self._span < self.slots and self._finds(-self._span, what):
            pause()
        return spoilt

    def _finds(self, after, what):
        # A slot so many after the last looked blank, and has a record after all.
        slot = (self.last + after) % self.slots
        if what[slot] != BLANK:
            return False
        what[slot] = self._look_again(slot, BLANK, self.record)
        return what[slot] == VALID

    def _take(self, slot):
        # A record of this slot is valid: is it the newest so far, or the oldest?
        sequence = self.record[0]
        if self.valid == 0:
            self.last = sequence
            self._span = 1
        elif self._is_later(sequence, self.last):
            self._span += (sequence - self.last) % self._modulus
            self.last = sequence
        else:
            self._span = max(self._span, self.since(sequence) + 1)
        self._keep(slot)

    def _drop_stale(self, pause):
        # Where the memory did not take a write, a record stands that is a turn too old.
        span = 0
        for slot in range(self.slots):
            if self._has(slot) and self._read(slot, self.record):
                back = self.since(self.record[0])
                if back >= self.slots:
                    self._drop(slot)
                elif back >= span:
                    span = back + 1
            pause()
        self._span = span

    def _is_later(self, sequence, than):
        return (sequence - than) % self._modulus < self._modulus // 2

    def _belongs(self, sequence, slot):
        return sequence < self._modulus and sequence % self.slots == slot

    def _has(self, slot):
        return self._good[slot >> 3] >> (slot & 7) & 1

    def _keep(self, slot):
        if not self._has(slot):
            self._good[slot >> 3] |= 1 << (slot & 7)
            self.valid += 1

    def _drop(self, slot):
        if self._has(slot):
            self._good[slot >> 3] ^= 1 << (slot & 7)
            self.valid -= 1
