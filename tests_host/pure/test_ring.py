"""Records kept one after the other: cuts, flipped bits and stuck memories lose only their own."""

from array import array
from binascii import hexlify

from journal import BAD, EMPTY, FOUND
from journal.crc import seal
from journal.ring import Ring
from tests_host.pure.lcg import Lcg
from tests_host.pure.memory import Cut, Memory

BASE = 16
WORDS = 5
SIZE = 4 * WORDS
ALL_ONES = 0xFFFFFFFF


def ring(memory, slots):
    return Ring(memory, BASE, slots, array("I", bytes(SIZE)))


def put(r, value):
    r.record[1] = value
    r.record[2] = value ^ ALL_ONES
    return r.append()


def loaded(memory, slots):
    r = ring(memory, slots)
    r.load()
    return r


def values(r):
    """Of all records that can be read, oldest first."""
    found = []
    for i in range(r.valid - 1, -1, -1):
        sequence = r.recent(i)
        assert r.read(sequence) and r.record[0] == sequence
        assert r.record[2] == r.record[1] ^ ALL_ONES
        found.append(r.record[1])
    return found


def test_the_latest_records_are_there_oldest_first():
    for slots in (2, 3, 4, 7):
        memory = Memory(256)
        r = ring(memory, slots)
        assert r.load() == EMPTY and r.valid == r.last == 0
        for value in range(1, 4 * slots):
            assert put(r, value)
            expected = list(range(max(1, value - slots + 1), value + 1))
            for each in (r, loaded(memory, slots)):
                assert each.last == value and each.bad == 0
                assert values(each) == expected


def test_where_the_numbers_wrap_nothing_is_lost():
    for slots in (2, 3, 4, 7):
        greatest = 0x3FFFFFFF // slots * slots - 1
        memory = Memory(256)
        r = ring(memory, slots)
        r.last = greatest - slots - 1
        for value in range(3 * slots):
            assert put(r, value)
            again = loaded(memory, slots)
            assert values(again) == list(range(max(0, value - slots + 1), value + 1))
            assert again.last == r.last <= greatest
            assert again.since(greatest - slots - 1) == value + 1
        assert r.last < greatest


def test_a_cut_at_any_byte_spares_all_but_the_oldest():
    slots = 4
    for before in (0, 1, slots - 1, slots, 257, 4 * 255):
        memory = Memory(256)
        r = ring(memory, slots)
        for value in range(1, before + 1):
            put(r, value)
        kept = bytes(memory.data)
        outcomes = set()
        for budget in range(SIZE + 1):
            memory.data[:] = kept
            again = loaded(memory, slots)
            memory.budget = budget
            try:
                put(again, before + 1)
            except Cut:
                pass
            memory.budget = None
            after = loaded(memory, slots)
            found = values(after)
            spared = list(range(max(1, before - slots + 2), before + 1))
            new = before + 1 in found
            assert found[-len(spared) - new :] == spared + [before + 1] * new
            assert len(found) - len(spared) - new in (0, 1)
            assert after.bad == 0
            outcomes.add(new)
            assert put(after, 9999)  # and it goes on from there
            assert values(loaded(memory, slots))[-1] == 9999
        assert outcomes == {False, True}


def test_any_flipped_bit_takes_its_own_record_and_no_other():
    slots = 5
    memory = Memory(256)
    r = ring(memory, slots)
    for value in range(1, 10):
        put(r, value)
    for bit in range(8 * SIZE * slots):
        memory.data[BASE + bit // 8] ^= 1 << bit % 8
        lost = [v for v in range(5, 10) if v % slots == bit // 8 // SIZE][0]
        again = loaded(memory, slots)
        assert values(again) == [v for v in range(5, 10) if v != lost]
        assert again.bad == (1 if 5 < lost < 9 else 0)
        memory.data[BASE + bit // 8] ^= 1 << bit % 8
    assert values(loaded(memory, slots)) == [5, 6, 7, 8, 9]


def test_a_record_that_goes_bad_while_the_meter_runs_is_left_out_once_it_is_noticed():
    memory = Memory(256)
    r = ring(memory, 4)
    for value in range(1, 7):
        put(r, value)
    memory.data[BASE + 4] ^= 1  # of record 4, whose slot is 0
    assert r.valid == 4 and r.bad == 0
    assert not r.read(4)
    assert r.valid == 3 and r.bad == 1
    assert values(r) == [3, 5, 6]
    assert r.newer(3) == 2 and r.newer(2) == 3 and r.newer(5) == 1 and r.newer(6) == 0
    put(r, 7)
    put(r, 8)
    assert values(r) == [5, 6, 7, 8] and r.bad == 0


def test_a_disturbed_read_is_tried_again():
    memory = Memory(256)
    r = ring(memory, 4)
    put(r, 1)
    put(r, 2)
    good = memory.readinto
    disturbed = []

    def readinto(address, buf):
        good(address, buf)
        disturbed.append(address)
        if len(disturbed) % 2:
            buf[1] ^= 1

    memory.readinto = readinto
    assert r.read(1) and r.record[1] == 1
    assert values(loaded(memory, 4)) == [1, 2]


def test_what_was_never_there_or_is_overwritten_cannot_be_read():
    memory = Memory(256)
    r = ring(memory, 4)
    for sequence in (0, 1, 5, 0x3FFFFFFF):
        assert not r.read(sequence)
    for value in range(1, 7):
        put(r, value)
    assert [n for n in range(12) if r.read(n)] == [3, 4, 5, 6]
    for i in (-1, 4):
        try:
            r.recent(i)
        except IndexError:
            pass
        else:
            raise AssertionError(i)


def test_garbage_is_bad_and_one_torn_record_is_not():
    for fill, spoilt, expected in ((0, 0, EMPTY), (0xFF, 0, EMPTY), (0, 1, EMPTY), (0, 2, BAD)):
        memory = Memory(256)
        for i in range(256):
            memory.data[i] = fill
        for slot in range(spoilt):
            memory.data[BASE + slot * SIZE] = 0x11
        r = ring(memory, 4)
        assert r.load() == expected
        assert put(r, 5) and r.last == 1
        assert loaded(memory, 4).load() == FOUND and values(r) == [5]


def test_a_sealed_record_in_another_s_place_or_beyond_the_numbers_is_none():
    memory = Memory(256)
    r = ring(memory, 3)
    put(r, 1)
    put(r, 2)
    at = BASE + SIZE
    memory.data[BASE : BASE + SIZE] = memory.data[at : at + SIZE]  # record 1, in slot 0
    assert values(loaded(memory, 3)) == [1, 2]
    for beyond in (0x3FFFFFFF, 0xC0000000):
        assert beyond % 3 == 0
        r.record[0] = r.record[WORDS - 1] = beyond
        seal(r.record, WORDS - 2)
        memory.write(BASE, r.record)
        again = loaded(memory, 3)
        assert values(again) == [1, 2] and again.last == 2


def test_a_slot_that_does_not_take_writes_is_passed_over():
    memory = Memory(256)
    r = ring(memory, 4)
    write = memory.write
    stuck = BASE + 2 * SIZE
    memory.write = lambda address, buf: None if address == stuck else write(address, buf)
    good = [value for value in range(1, 20) if put(r, value)]
    assert good == [value for value in range(1, 20) if value % 4 != 2]
    assert r.failures == 5 and r.bad == 1
    for each in (r, loaded(memory, 4)):
        assert values(each) == good[-3:] and each.last == 19


def refused(garbage):
    """A ring of four with records 3 to 6 whose memory takes no write, or garbage instead."""
    memory = Memory(256)
    r = ring(memory, 4)
    for value in range(1, 7):
        put(r, value)
    write = memory.write
    lost = array("I", bytes(SIZE))
    memory.write = lambda address, buf: write(address, lost) if garbage else None
    for failures in range(1, 12):
        assert not put(r, 100) and r.failures == failures
        assert values(r)[-1] == 6 and r.bad == (failures - 1) % 3 + 1
        assert values(loaded(memory, 4))[-1] == 6
    memory.write = write
    assert put(r, 7)
    assert values(r) == [6, 7]
    return values(loaded(memory, 4))


def test_a_memory_that_takes_nothing_keeps_the_newest_good_record():
    assert refused(garbage=True) == [6, 7]
    assert refused(garbage=False)[-2:] == [6, 7]


def test_old_records_that_a_lost_write_left_behind_are_not_taken_for_new_ones():
    memory = Memory(256)
    r = ring(memory, 4)
    for value in range(1, 7):
        put(r, value)
    write = memory.write
    memory.write = lambda address, buf: None
    assert not put(r, 7)  # slot 3 still has record 3
    memory.write = write
    assert put(r, 8)
    again = loaded(memory, 4)
    assert values(again) == values(r) == [5, 6, 8]
    assert again.bad == r.bad == 1


def outputs():
    """The bytes in the memory, and what is found after bits have flipped in it."""
    random = Lcg(77)
    memory = Memory(256)
    lines = []
    for _ in range(20):
        r = loaded(memory, 6)
        for _ in range(random.below(5)):
            put(r, random.extreme(32))
        if random.below(3) == 0:
            memory.data[BASE + random.below(6 * SIZE)] ^= 1 << random.below(8)
        again = loaded(memory, 6)
        lines.append(f"{again.last} {again.valid} {again.bad} {values(again)}")
    lines.append(hexlify(memory.data).decode())
    return lines
