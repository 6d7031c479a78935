"""Append-only records kept one after the other, the oldest overwritten when the ring is full.

A slot is laid out and written as a journal's (see journal): sequence number, the user's words,
CRC-32, sequence number again. A cut at any byte of an append leaves every record readable but
the one whose place the new one takes, and the new one whole or absent. A record that has gone
bad is left out; older and newer ones stay readable.

Sequence numbers begin at 1 and only count up: modulo the greatest multiple of the slots below
2^30, so that a record's slot is always its number modulo the slots. After the greatest comes 0.
"""

from micropython import const

from . import BAD, EMPTY, FOUND
from .crc import is_sealed, seal

_RANGE = const(0x3FFFFFFF)  # sequence numbers stay small integers
_ONES = const(0xFFFFFFFF)
_TRIES = const(3)


def go_on():
    """Nothing else has to be done meanwhile."""


class Ring:
    """The latest records on `memory`.

    memory  has write(address, buf) and readinto(address, buf)
    base    first address of the ring
    slots   how many records the ring holds, at least 2
    record  array('I') of the user's words with one more before and two after them; `append`
            takes its words and `read` fills it

    last      sequence number given last, also when that record did not read back; 0 for none
    valid     records that can be read
    failures  writes that did not read back
    """

    def __init__(self, memory, base, slots, record):
        self.record = record
        self.slots = slots
        self.last = 0
        self.valid = 0
        self.failures = 0
        self._memory = memory
        self._base = base
        self._size = 4 * len(record)
        self._check = record[:]
        self._crc = len(record) - 2
        self._modulus = _RANGE // slots * slots
        self._good = bytearray((slots + 7) // 8)  # a bit for each slot whose record can be read
        self._span = 0  # numbers from the oldest record to the last
        self._newest = -1  # number of the newest record that did read back, or was loaded

    @property
    def bad(self):
        """Numbers up to the last, still in their place in the ring, that cannot be read."""
        return self._span - self.valid

    def load(self, pause=go_on):
        """Find what the memory holds: EMPTY, FOUND, or BAD when nothing that was written is valid.

        `pause` is called after each slot, for what cannot wait until all are read.

        A single slot that was written to and is not valid does not make it BAD: it may be the
        first record of all, cut short. Reads every slot once, and those of a ring whose memory
        did not take all writes once more.
        """
        self.last = self.valid = self._span = 0
        self._newest = -1
        for i in range(len(self._good)):
            self._good[i] = 0
        written = self._scan(pause)
        if self.valid == 0:
            return BAD if written > 1 else EMPTY
        if self._span > self.slots:
            self._drop_stale(pause)
        self._newest = self.last
        return FOUND

    def following(self):
        """The number that the next record will have."""
        if self._wraps():
            return (self._newest + 1) % self._modulus
        return (self.last + 1) % self._modulus

    def append(self):
        """Seal `record` and write it to the next slot. Returns False when it does not read back.

        The next one goes to the next slot either way, so a bad slot is passed over. The newest
        good record is never written to: where its turn comes, the numbers that failed since are
        given again.
        """
        record = self.record
        self._step()
        sequence = self.last
        slot = sequence % self.slots
        self._drop(slot)
        record[0] = sequence
        seal(record, self._crc)
        record[self._crc + 1] = sequence
        address = self._base + slot * self._size
        self._memory.write(address, record)
        self._memory.readinto(address, self._check)
        if self._check != record:
            self.failures += 1
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
        for _ in range(_TRIES):
            if self._fetch(slot) and self.record[0] == sequence:
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

    def _scan(self, pause):
        # Mark what is valid, find the newest and how far back the oldest is. Returns how many
        # slots are neither valid nor blank.
        written = 0
        oldest = -1
        for slot in range(self.slots):
            if self._fetch(slot) or (self.record[0] not in (0, _ONES) and self._fetch(slot)):
                sequence = self.record[0]
                if oldest < 0:
                    self.last = oldest = sequence
                elif self._is_later(sequence, self.last):
                    self.last = sequence
                elif self._is_later(oldest, sequence):
                    oldest = sequence
                self._keep(slot)
            elif self.record[0] not in (0, _ONES):
                written += 1
            pause()
        if oldest >= 0:
            self._span = self.since(oldest) + 1
        return written

    def _drop_stale(self, pause):
        # Where the memory did not take a write, a record stands that is a turn too old.
        span = 0
        for slot in range(self.slots):
            if self._has(slot) and self._fetch(slot):
                back = self.since(self.record[0])
                if back >= self.slots:
                    self._drop(slot)
                elif back >= span:
                    span = back + 1
            pause()
        self._span = span

    def _is_later(self, sequence, than):
        return (sequence - than) % self._modulus < self._modulus // 2

    def _fetch(self, slot):
        # Read a slot into `record`: is it a whole one, and where it belongs?
        record = self.record
        self._memory.readinto(self._base + slot * self._size, record)
        return (
            record[0] == record[self._crc + 1]
            and record[0] < self._modulus
            and record[0] % self.slots == slot
            and is_sealed(record, self._crc)
        )

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
