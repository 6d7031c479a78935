"""A record is old or new at every byte of a cut, the newest wins, and bad is never zero."""

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journal import BAD, EMPTY, FOUND, Journal

SLOTS = 4
WORDS = 6


class Cut(Exception):
    pass


class Memory:
    """Bytes that stop taking writes after `budget` of them."""

    def __init__(self, size=256):
        self.data = bytearray(size)
        self.budget = None

    def write(self, address, buf):
        data = bytes(memoryview(buf).cast("B"))
        room = len(data) if self.budget is None else min(len(data), self.budget)
        self.data[address : address + room] = data[:room]
        if self.budget is not None:
            self.budget -= room
            if room < len(data):
                raise Cut

    def readinto(self, address, buf):
        view = memoryview(buf).cast("B")
        view[:] = self.data[address : address + len(view)]


def journal(memory):
    return Journal(memory, 16, SLOTS, array("I", bytes(4 * WORDS)))


def written(memory, values):
    j = journal(memory)
    for value in values:
        j.record[1] = value
        j.record[2] = value ^ 0xFFFFFFFF
        assert j.append()
    return j


def loaded(memory):
    j = journal(memory)
    return j.load(), j.record[1], j.record[2]


@given(st.lists(st.integers(0, 0xFFFFFFFF), min_size=1, max_size=3 * SLOTS))
def test_the_newest_record_is_loaded(values):
    memory = Memory()
    written(memory, values)
    assert loaded(memory) == (FOUND, values[-1], values[-1] ^ 0xFFFFFFFF)


def test_the_newest_record_is_loaded_where_the_sequence_number_wraps():
    memory = Memory()
    j = journal(memory)
    j.record[0] = (1 << 30) - 3
    for value in range(1, 8):
        j.record[1] = value
        j.append()
        assert loaded(memory)[:2] == (FOUND, value)


@pytest.mark.parametrize("before", [1, 2, SLOTS, SLOTS + 1, 257, 2 * 256 * SLOTS - 1])
def test_a_cut_at_any_byte_leaves_the_old_or_the_new_record(before):
    base = Memory()
    j = written(base, range(before))
    outcomes = set()
    for budget in range(4 * WORDS + 1):
        memory = Memory()
        memory.data[:] = base.data
        again = journal(memory)
        assert again.load() == FOUND
        again.record[1] = before
        again.record[2] = before ^ 0xFFFFFFFF
        memory.budget = budget
        try:
            again.append()
        except Cut:
            pass
        memory.budget = None
        outcome = loaded(memory)
        old, new = before - 1, before
        assert outcome in ((FOUND, old, old ^ 0xFFFFFFFF), (FOUND, new, new ^ 0xFFFFFFFF))
        outcomes.add(outcome)
    assert len(outcomes) == 2
    assert j.failures == 0


@pytest.mark.parametrize("fill", [0x00, 0xFF])
def test_a_blank_memory_is_empty_and_leaves_the_record_alone(fill):
    memory = Memory()
    memory.data[:] = bytes([fill]) * len(memory.data)
    j = journal(memory)
    j.record[1] = 99
    assert j.load() == EMPTY
    assert j.record[1] == 99


@given(st.data())
def test_flipped_bits_lose_only_their_own_slot(data):
    memory = Memory()
    written(memory, range(10, 10 + 2 * SLOTS))
    size = 4 * WORDS
    hit = data.draw(st.sets(st.integers(0, SLOTS - 1), min_size=1))
    for slot in hit:
        bit = data.draw(st.integers(0, 8 * size - 1))
        memory.data[16 + slot * size + bit // 8] ^= 1 << bit % 8
    alive = [v for v in range(10 + SLOTS, 10 + 2 * SLOTS) if (v - 9) % SLOTS not in hit]
    if alive:
        assert loaded(memory)[:2] == (FOUND, max(alive))
    else:
        assert loaded(memory)[0] == BAD


def test_a_memory_that_does_not_take_the_write_is_noticed_and_the_good_record_kept():
    memory = Memory()
    j = written(memory, range(5))
    memory.write = lambda address, buf: None
    for _ in range(3 * SLOTS):
        j.record[1] += 1
        assert not j.append()
    assert j.failures == 3 * SLOTS
    assert loaded(memory)[:2] == (FOUND, 4)


def test_a_bad_slot_is_passed_over_and_the_newest_good_one_never_written_to():
    memory = Memory()
    j = written(memory, range(5))
    good = j.record[0] % SLOTS
    targets = []
    memory.write = lambda address, buf: targets.append((address - 16) // (4 * WORDS))
    for _ in range(3 * SLOTS):
        j.append()
    assert good not in targets and set(targets) == set(range(SLOTS)) - {good}
