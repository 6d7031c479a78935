"""A record is old or new at every byte of a cut, the newest wins, and bad is never zero."""

from array import array
from binascii import hexlify

from journal import BAD, EMPTY, FOUND, Journal
from tests_host.pure.lcg import Lcg
from tests_host.pure.memory import Cut, Memory

BASE = 16
SLOTS = 4
WORDS = 6
ALL_ONES = 0xFFFFFFFF


def journal(memory):
    return Journal(memory, BASE, SLOTS, array("I", bytes(4 * WORDS)))


def put(j, value):
    j.record[1] = value
    j.record[2] = value ^ ALL_ONES
    return j.append()


def loaded(memory):
    j = journal(memory)
    return j.load(), j.record[1], j.record[2]


def test_the_newest_record_is_loaded_also_where_the_sequence_wraps():
    random = Lcg(31)
    memory = Memory(256)
    j = journal(memory)
    j.record[0] = (1 << 30) - 6
    for _ in range(3 * SLOTS):
        value = random.extreme(32)
        assert put(j, value)
        assert loaded(memory) == (FOUND, value, value ^ ALL_ONES)


def test_a_cut_at_any_byte_leaves_the_old_or_the_new_record():
    for before in (1, SLOTS, 257):
        memory = Memory(256)
        j = journal(memory)
        for value in range(before):
            put(j, value)
        kept = bytes(memory.data)
        outcomes = set()
        for budget in range(4 * WORDS + 1):
            memory.data[:] = kept
            again = journal(memory)
            assert again.load() == FOUND
            memory.budget = budget
            try:
                put(again, before)
            except Cut:
                pass
            memory.budget = None
            outcome = loaded(memory)
            outcomes.add(outcome)
            assert outcome in (
                (FOUND, before - 1, (before - 1) ^ ALL_ONES),
                (FOUND, before, before ^ ALL_ONES),
            )
        assert len(outcomes) == 2


def test_blank_is_empty_and_garbage_is_bad():
    for fill in (0x00, 0xFF):
        memory = Memory(256)
        for i in range(256):
            memory.data[i] = fill
        j = journal(memory)
        j.record[1] = 99
        assert j.load() == EMPTY and j.record[1] == 99
    memory = Memory(256)
    memory.data[BASE + 5] = 1
    assert loaded(memory)[0] == BAD


def test_any_flipped_bit_of_the_only_record_is_damage_or_takes_nothing_from_it():
    memory = Memory(256)
    value = 0x80000001
    put(journal(memory), value)
    at = next(i for i in range(256) if memory.data[i]) // (4 * WORDS)
    for bit in range(8 * 4 * WORDS):
        index = BASE + (at * 4 * WORDS) + bit // 8
        memory.data[index] ^= 1 << bit % 8
        if bit < 8 * 4 * (WORDS - 1):
            assert loaded(memory)[0] == BAD
        else:  # the mark behind the CRC, which tells that all before it is whole
            assert loaded(memory) == (FOUND, value, value ^ ALL_ONES)
        memory.data[index] ^= 1 << bit % 8
    assert loaded(memory)[0] == FOUND


def test_writes_that_do_not_take_never_hit_the_newest_good_record():
    memory = Memory(256)
    j = journal(memory)
    assert put(j, 1)
    write = memory.write
    memory.write = lambda address, buf: write(address, array("I", bytes(4 * WORDS)))
    for failures in range(1, 3 * SLOTS):
        assert not put(j, 2) and j.failures == failures
    assert loaded(memory)[:2] == (FOUND, 1)


def outputs():
    """The bytes in the memory."""
    memory = Memory(128)
    j = journal(memory)
    for value in (0, 1, ALL_ONES, 0x40000000, 0x80000000):
        put(j, value)
    return [hexlify(memory.data).decode()]
