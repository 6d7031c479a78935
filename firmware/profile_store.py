"""Blocks of the load profile in the FRAM, as ST64 serves them, and the record that counts them.

The memory is cut into equal slots, one for each block of a circular list: a block keeps its
element until it is overwritten. A slot is the block's octets, then its sequence number and a
CRC-16 over everything: intervals first, as they come, then the head, then the number.

What the record does not count is not there. An interval, and with the last one of a block its
head and the check, are written first, then the record: power that goes at any octet leaves the
interval before or the new one. The record that completes a block also gives up the oldest one,
into whose slot the next interval goes. Of the block that still grows, the head is in the record.

A block that firmware.profile_check finds bad reads as zeros.
"""

from array import array

from micropython import const

from journal import BAD, FOUND, Journal
from metrology.profile import CHANGED
from psem.crc import crc16

_WORDS = const(32)
_VERSION = const(1)
_TRAILER = const(6)  # sequence number and CRC
FRESH = const(0xFFFF)  # a CRC over nothing

# Words of the record; the first and the last two are the journal's.
_LAYOUT = const(1)
_CHECK = const(2)  # of the program that the profile was recorded with
_SEQUENCE = const(3)  # of the last block
_ELEMENT = const(4)
_BLOCKS = const(5)
_INTERVALS = const(6)  # of the last block
_END = const(7)  # of its last interval
_CRC = const(8)  # over its intervals
_STOPPED = const(9)
_RUNNING = const(10)  # end of the running interval, 0 for none
_BEGIN = const(11)  # and where it began
_MARKS = const(12)  # of it so far
_GAP = const(13)  # marks of intervals that are to be filled in before it
_BASE = const(14)  # four words: the registers where it began
_LAST = const(18)  # and at the end of the last interval

REGISTERS = const(4)  # words of the registers that are kept
LIST = const(3)  # number of the list in procedures 4 and 5

_ZEROS = bytes(64)
_SEQUENCES = const(0x3FFFFFFF)
_MOST_MARKS = const(0xFFFF)
_MINUTES = const(52596000)  # since 2000, at the end of 2099


def slot_of(shape):
    """Octets that a block takes in the memory."""
    return shape.block + _TRAILER


class ProfileStore:
    """The blocks on `memory` from `base` on, and the record in a journal of `slots` at `record`.

    head      head(octets, end, registers): puts BLK_END_TIME and the end readings of a block there
    shape     metrology.profile.Shape
    capacity  blocks of the list: the oldest is given up when there are as many
    octets    of the next interval; put there by the caller
    last      sequence number of the last block, 0 for none so far
    failures  writes that did not read back, and blocks that were found bad
    """

    def __init__(self, memory, base, record, slots, head):
        self.failures = 0
        self._memory = memory
        self._base = base
        self._head = head
        self._record = array("I", bytes(4 * _WORDS))
        self._journal = Journal(memory, record, slots, self._record)
        self._trailer = bytearray(_TRAILER)

    def use(self, shape, capacity):
        """What is read and written from now on has this shape."""
        self.shape = shape
        self.capacity = capacity
        self.octets = bytearray(shape.interval)
        self._top = bytearray(shape.head)
        self._check = bytearray(max(shape.interval, shape.head))
        self._bad = bytearray((capacity + 7) // 8)  # a bit for each element that is not to be read

    def load(self, check):
        """Take up what is there: EMPTY, FOUND, or BAD if no copy of the record is valid or the
        newest says what cannot be.

        check  of the program; what was recorded with another one is not there any more
        """
        found = self._journal.load()
        record = self._record
        if found == FOUND and not self._counts():
            found = BAD
        if found != FOUND:
            for i in range(_WORDS):
                record[i] = 0
            self.clear(check, 0)
        elif record[_CHECK] != check:  # the power went before it was cleared
            self.clear(check, CHANGED)
        elif not self._is_sane():
            record[_STOPPED] = 0
            self.clear(check, 0)
            found = BAD
        return found

    def _counts(self):
        # Whether the record is one of this layout, whatever it was recorded with.
        record = self._record
        return record[_LAYOUT] == _VERSION and record[_SEQUENCE] <= _SEQUENCES

    def _is_sane(self):
        # Whether the record says what a store of this shape and capacity can have written.
        record = self._record
        if max(record[_STOPPED : _WORDS - 2]) > _SEQUENCES or record[_ELEMENT] >= self.capacity:
            return False
        if record[_BLOCKS] > self.capacity or record[_INTERVALS] > self.shape.intervals:
            return False
        if (record[_BLOCKS] == 0) != (record[_INTERVALS] == 0) or record[_STOPPED] > 1:
            return False
        if max(record[_MARKS], record[_GAP], record[_CRC]) > _MOST_MARKS:
            return False
        return self._is_end(_END, record[_BLOCKS]) and self._is_running()

    def _is_end(self, word, needed):
        # An interval ends where the clock's minute is a multiple of its length; 0: none has ended.
        minute = self._record[word]
        return (
            minute % self.shape.length == 0 and minute <= _MINUTES and (minute > 0 or not needed)
        )

    def _is_running(self):
        # The beginning is that of the interval or, where it has been lengthened, before.
        record = self._record
        begin, end = record[_BEGIN], record[_RUNNING]
        if end == 0:
            return True
        longest = 2 * self.shape.length
        return self._is_end(_RUNNING, True) and begin < end <= begin + longest

    def clear(self, check, marks):
        """Begin anew, with an interval of these marks; numbers go on. Not before `commit`."""
        record = self._record
        for i in (_BLOCKS, _INTERVALS, _END, _RUNNING, _BEGIN, _GAP):
            record[i] = 0
        record[_LAYOUT] = _VERSION
        record[_CHECK] = check
        record[_ELEMENT] = self.capacity - 1
        record[_MARKS] = marks
        for i in range(_BASE, _LAST + REGISTERS):
            record[i] = 0

    def commit(self):
        """Make everything so that was done; False when it does not read back."""
        if self._journal.append():
            return True
        self.failures += 1
        return False

    # The list

    @property
    def last(self):
        """Number of the last block; they begin at 1 and go on for ever, modulo 2^30."""
        return self._record[_SEQUENCE]

    @property
    def element(self):
        """Where in the list the last block is; 0 for none."""
        return self._record[_ELEMENT] if self._record[_BLOCKS] else 0

    @property
    def blocks(self):
        """How many there are."""
        return self._record[_BLOCKS]

    @property
    def intervals(self):
        """Intervals in the last block."""
        return self._record[_INTERVALS]

    @property
    def complete(self):
        """Number of the last block that is complete."""
        record = self._record
        if record[_BLOCKS] and record[_INTERVALS] < self.shape.intervals:
            return (record[_SEQUENCE] - 1) & _SEQUENCES
        return record[_SEQUENCE]

    def since(self, sequence):
        """How many blocks came after a number."""
        return (self._record[_SEQUENCE] - sequence) & _SEQUENCES

    # The running interval

    @property
    def stopped(self):
        """Whether nothing is recorded."""
        return self._record[_STOPPED] != 0

    @stopped.setter
    def stopped(self, value):
        self._record[_STOPPED] = 1 if value else 0

    @property
    def end(self):
        """Of the last interval; 0 when there is none."""
        return self._record[_END]

    @property
    def running(self):
        """The end of the running interval, 0 for none."""
        return self._record[_RUNNING]

    @property
    def begin(self):
        """And its beginning."""
        return self._record[_BEGIN]

    @property
    def marks(self):
        """And what is to be said of it so far."""
        return self._record[_MARKS]

    @marks.setter
    def marks(self, marks):
        self._record[_MARKS] = marks

    @property
    def gap(self):
        """What is to be said of those that are missing before it."""
        return self._record[_GAP]

    @gap.setter
    def gap(self, marks):
        self._record[_GAP] = marks

    def base(self, registers):
        """Copy the registers where the running interval began."""
        self._copy(_BASE, registers)

    def run(self, begin, end, registers, marks):
        """Another interval runs: between two minutes, from these registers on."""
        record = self._record
        record[_BEGIN] = begin
        record[_RUNNING] = end
        record[_MARKS] = marks
        for i in range(REGISTERS):
            record[_BASE + i] = registers[i]

    def halt(self):
        """No interval runs."""
        self._record[_RUNNING] = 0
        self._record[_MARKS] = 0

    @property
    def behind(self):
        """Whether the last block misses intervals before the running one.

        A block that has been begun goes on without a gap, or is filled up to its end.
        """
        record = self._record
        if record[_RUNNING] == 0 or record[_BLOCKS] == 0:
            return False
        if record[_INTERVALS] >= self.shape.intervals:
            return False
        return record[_END] + self.shape.length != record[_RUNNING]

    # Writing

    def add(self, end, registers):
        """Write `octets` as the interval that ends at minute `end` with these registers."""
        record = self._record
        shape = self.shape
        sequence, element, blocks = record[_SEQUENCE], record[_ELEMENT], record[_BLOCKS]
        place, crc = record[_INTERVALS], record[_CRC]
        if blocks == 0 or place == shape.intervals:
            sequence = (sequence + 1) & _SEQUENCES
            element = (element + 1) % self.capacity
            blocks += 1
            place, crc = 0, FRESH
        address = self.address_of(element)
        if place == 0:
            self._bad[element >> 3] &= ~(1 << (element & 7))
        self._write(address + shape.head + place * shape.interval, self.octets)
        crc = crc16(self.octets, 0, shape.interval, crc)
        place += 1
        if place == shape.intervals:
            self._close(address, end, registers, sequence, crc)
            blocks = min(blocks, self.capacity - 1)
        record[_SEQUENCE], record[_ELEMENT], record[_BLOCKS] = sequence, element, blocks
        record[_INTERVALS], record[_CRC], record[_END] = place, crc, end
        for i in range(REGISTERS):
            record[_LAST + i] = registers[i]

    def skip(self, marks):
        """Fill in the interval after the last one, without values."""
        shape = self.shape
        registers = array("I", bytes(4 * REGISTERS))
        self._copy(_LAST, registers)
        shape.encode(self.octets, marks, _ZEROS)
        self.add(self._record[_END] + shape.length, registers)

    def _close(self, address, end, registers, sequence, crc):
        self._head(self._top, end, registers)
        self._write(address, self._top)
        trailer = self._trailer
        for i in range(4):
            trailer[i] = sequence >> 8 * i & 0xFF
        crc = crc16(trailer, 0, 4, crc16(self._top, 0, len(self._top), crc))
        trailer[4] = crc & 0xFF
        trailer[5] = crc >> 8
        self._write(address + self.shape.block, trailer)

    def _write(self, address, octets):
        self._memory.write(address, octets)
        check = memoryview(self._check)[: len(octets)]
        self._memory.readinto(address, check)
        if check != octets:
            self.failures += 1

    # Elements of the list, for who checks them

    def address_of(self, element):
        """Where its slot begins."""
        return self._base + element * slot_of(self.shape)

    def number_of(self, element):
        """The sequence number that its block has."""
        return (self._record[_SEQUENCE] - self._age(element)) & _SEQUENCES

    def is_complete(self, element):
        """Whether there is a complete block in it, and it is not condemned."""
        record = self._record
        age = self._age(element)
        if age >= record[_BLOCKS] or self._is_bad(element):
            return False
        return age > 0 or record[_INTERVALS] >= self.shape.intervals

    def condemn(self, element):
        """Its block has gone bad: nobody reads it any more."""
        self._bad[element >> 3] |= 1 << (element & 7)
        self.failures += 1

    def _age(self, element):
        # How many blocks came after the one in `element`.
        return (self._record[_ELEMENT] - element) % self.capacity

    def _is_bad(self, element):
        return self._bad[element >> 3] >> (element & 7) & 1

    # Reading

    def read(self, offset, count, buf, at):
        """Copy octets of ST64 to buf[at...]: zeros where there is no block, or no interval yet."""
        size = self.shape.block
        while count:
            into = offset % size
            part = min(count, size - into)
            self._read(offset // size, into, part, buf, at)
            offset += part
            at += part
            count -= part

    def _read(self, element, into, count, buf, at):
        shape = self.shape
        record = self._record
        here = 0
        if self._age(element) < record[_BLOCKS] and not self._is_bad(element):
            here = shape.block
            if element == record[_ELEMENT]:
                here = shape.head + record[_INTERVALS] * shape.interval
        part = max(0, min(count, here - into))
        if part:
            address = self.address_of(element) + into
            self._memory.readinto(address, memoryview(buf)[at : at + part])
            if here < shape.block and into < shape.head:
                self._read_top(into, min(part, shape.head - into), buf, at)
        while part < count:
            zeros = min(count - part, len(_ZEROS))
            buf[at + part : at + part + zeros] = _ZEROS[:zeros]
            part += zeros

    def _read_top(self, into, count, buf, at):
        registers = array("I", bytes(4 * REGISTERS))
        self._copy(_LAST, registers)
        top = bytearray(self.shape.head)
        self._head(top, self._record[_END], registers)
        buf[at : at + count] = top[into : into + count]

    def _copy(self, word, registers):
        for i in range(REGISTERS):
            registers[i] = self._record[word + i]
