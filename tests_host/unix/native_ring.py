"""Appending to a ring and reading from it allocate nothing: a locked heap would tell.

Runs on MicroPython only: CPython cannot lock its heap.
"""

from array import array

import micropython

from journal.ring import Ring

SLOTS = 5
WORDS = 8


class Memory:
    """Words in one array, moved without allocating; the word at `spoil` takes nothing."""

    def __init__(self):
        self.words = array("I", bytes(4 * WORDS * SLOTS))
        self.spoil = -1

    def write(self, address, buf):
        at = address >> 2
        for i in range(len(buf)):
            if at + i != self.spoil:
                copy(buf, i, self.words, at + i)

    def readinto(self, address, buf):
        at = address >> 2
        for i in range(len(buf)):
            copy(self.words, at + i, buf, i)


@micropython.viper
def copy(source: ptr32, i: int, to: ptr32, j: int):  # noqa: F821
    to[j] = source[i]


def run(ring, first, count):
    """Append numbers and read all there is; returns how much went wrong. Locks the heap."""
    wrong = 0
    micropython.heap_lock()
    try:
        for value in range(first, first + count):
            ring.record[1] = value
            if not ring.append():
                wrong += 1
            for i in range(ring.valid):
                if not ring.read(ring.recent(i)) or ring.newer(ring.recent(i)) != i:
                    wrong += 1
    finally:
        micropython.heap_unlock()
    return wrong


def test_nothing_is_allocated():
    memory = Memory()
    ring = Ring(memory, 0, SLOTS, array("I", bytes(4 * WORDS)))
    ring.load()
    assert run(ring, 0, 40) == 0
    assert ring.last == 40 and ring.valid == SLOTS
    memory.spoil = 2 * WORDS + 1
    assert run(ring, 40, 40) == 8  # every fifth is not taken
    assert ring.valid == SLOTS - 1 and ring.failures == 8
