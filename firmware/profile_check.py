"""Checks the complete blocks of the load profile again and again, some octets at a time."""

from micropython import const

from firmware.profile_store import FRESH
from psem.crc import crc16

_CHUNK = const(64)
_CHUNKS = const(4)  # of a step: a block of a day and eight channels takes eight steps
_NUMBER = const(4)  # octets of the sequence number, which the CRC covers too


class ProfileCheck:
    """Of the blocks of `store`, a firmware.profile_store.ProfileStore, on `memory`."""

    def __init__(self, store, memory):
        self._store = store
        self._memory = memory
        self._chunk = bytearray(_CHUNK)
        self._element = self._number = 0
        self._at = 0  # octets of it that the CRC is over
        self._crc = FRESH

    def step(self):
        """Go on, and condemn a block that is found bad. Allocates nothing."""
        store = self._store
        if self._element >= store.capacity or not store.is_complete(self._element):
            self._next()
            return
        if self._at == 0:
            self._number = store.number_of(self._element)
        whole = store.shape.block + _NUMBER
        for _ in range(_CHUNKS):
            if self._at < whole:
                self._take_in()
        if self._at >= whole:
            self._judge()
            self._next()

    def _next(self):
        self._element += 1
        if self._element >= self._store.capacity:
            self._element = 0
        self._at = 0
        self._crc = FRESH

    def _take_in(self):
        # In the order in which they were written: intervals, head, number.
        shape = self._store.shape
        intervals = shape.block - shape.head
        at = self._at
        if at < intervals:
            count = intervals - at
            place = shape.head + at
        elif at < shape.block:
            count = shape.block - at
            place = at - intervals
        else:
            count = shape.block + _NUMBER - at
            place = at
        count = min(count, _CHUNK)
        self._fetch(place)
        self._crc = crc16(self._chunk, 0, count, self._crc)
        self._at = at + count

    def _fetch(self, place):
        self._memory.readinto(self._store.address_of(self._element) + place, self._chunk)

    def _judge(self):
        number = self._number
        if number != self._store.number_of(self._element):
            return  # overwritten meanwhile
        self._fetch(self._store.shape.block)
        chunk = self._chunk
        good = self._crc == chunk[_NUMBER] | chunk[_NUMBER + 1] << 8
        for i in range(_NUMBER):
            good = good and chunk[i] == number >> 8 * i & 0xFF
        if not good:
            self._store.condemn(self._element)
