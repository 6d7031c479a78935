"""Reads that are disturbed take nothing away: not the newest record, and not all of them."""

import random
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.log import NO_LIMIT, NOT_KEPT, EventLog
from boards.pico_meter import layout
from firmware.record import Record
from journal import BAD, EMPTY, FOUND
from journal.ring import Ring
from tests_host.unit.rings import KINDS, Octets, filled, held, load, opened, put

_NAMES = [kind.name for kind in KINDS]


def counts_of(kind):
    return (0, 1, 2, kind.slots - 1, kind.slots, kind.slots + 1)


def undisturbed(kind, count):
    memory = filled(kind, count)
    memory.reads = 0
    ring = opened(kind, memory)
    found = ring.load()
    return memory, held(ring, found), memory.reads


def flip(draw, nth):
    """One bit of the read number `nth`."""

    def disturb(number, octets, slot):
        if number != nth:
            return octets
        arrived = bytearray(octets)
        bit = draw.randrange(8 * len(octets))
        arrived[bit // 8] ^= 1 << bit % 8
        return bytes(arrived)

    return disturb


def window(first, count, octet):
    """From read number `first` on, `count` reads give nothing but `octet`; None: random ones."""
    draw = random.Random(first)

    def disturb(number, octets, slot):
        if not first <= number < first + count:
            return octets
        if octet is None:
            return draw.randbytes(len(octets))
        return bytes((octet,)) * len(octets)

    return disturb


@pytest.mark.parametrize("kind", KINDS, ids=_NAMES)
def test_one_flipped_bit_of_any_read_of_any_ring_changes_nothing(kind):
    draw = random.Random(kind.name)
    for count in counts_of(kind):
        memory, expected, reads = undisturbed(kind, count)
        assert memory.repeated == 0
        for nth in range(reads):
            memory.reads = 0
            memory.disturb = flip(draw, nth)
            ring = opened(kind, memory)
            assert held(ring, ring.load()) == expected, (count, nth)
            assert ring.sure
            memory.disturb = None
        assert memory.repeated >= kind.slots if count else True


@pytest.mark.parametrize("octet", [0x00, 0xFF, None], ids=["zeros", "ones", "noise"])
@pytest.mark.parametrize("kind", KINDS, ids=_NAMES)
def test_a_memory_that_reads_as_nothing_for_any_while_is_never_an_older_or_a_new_one(kind, octet):
    draw = random.Random(f"{kind.name} {octet}")
    for count in counts_of(kind):
        memory, expected, reads = undisturbed(kind, count)
        for _ in range(60):
            memory.reads = 0
            first = draw.randrange(reads)
            memory.disturb = window(first, draw.choice((1, 2, draw.randrange(1, 400))), octet)
            ring = opened(kind, memory)
            blank = bytes(ring.record)
            found = ring.load()
            memory.disturb = None
            if ring.sure:
                assert held(ring, found) == expected, (count, first)
            else:
                assert found == BAD
                assert isinstance(ring, Ring) or bytes(ring.record) == blank
                before = bytes(memory.data)
                assert not put(ring, 99) and ring.failures == 1
                assert bytes(memory.data) == before


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(KINDS),
    st.integers(1, 70),
    st.integers(0, 0xFFFF),
    st.floats(0, 0.2),
)
def test_bit_errors_in_some_of_the_reads_take_no_record_away(kind, count, seed, share):
    memory = filled(kind, min(count, kind.slots + 3))
    expected = load(kind, memory)
    draw = random.Random(seed)
    hits = {}

    def disturb(number, octets, slot):
        # At most two of the three reads that a slot has.
        if draw.random() >= share or hits.get(slot, 0) == 2:
            return octets
        hits[slot] = hits.get(slot, 0) + 1
        return flip(draw, number)(number, octets, slot)

    memory.disturb = disturb
    ring = opened(kind, memory)
    found = ring.load()
    memory.disturb = None
    assert held(ring, found) == expected


@pytest.mark.parametrize("kind", KINDS, ids=_NAMES)
def test_a_ring_that_reads_well_is_read_once_and_a_new_one_quickly(kind):
    memory, _, reads = undisturbed(kind, kind.slots + 1)
    assert reads <= kind.slots + (kind.slots if kind.keeps is Ring else 1)
    memory, expected, _ = undisturbed(kind, 0)
    memory.reads = 0
    assert load(kind, memory) == expected == (EMPTY, [])
    assert memory.reads == 2 * kind.slots + 2


@pytest.mark.parametrize("kind", KINDS, ids=_NAMES)
def test_a_write_whose_check_is_disturbed_is_checked_again(kind):
    memory = filled(kind, 3)
    ring = opened(kind, memory)
    ring.load()
    for nth in range(2):
        memory.reads = 0
        memory.disturb = window(0, nth + 1, None)
        assert put(ring, 10 + nth)
        assert ring.failures == 0 and ring.rereads == 1 + nth + nth * (nth + 1) // 2
        memory.disturb = None
        assert load(kind, memory)[1][-1] == 10 + nth


def test_a_journal_whose_slot_takes_nothing_writes_to_the_next_one_at_once():
    kind = KINDS[4]
    memory = filled(kind, 3)
    ring = opened(kind, memory)
    ring.load()
    write = memory.write
    stuck = 64 + 4 * kind.size
    tried = []

    def deaf(address, buf):
        tried.append(address)
        if address != stuck:
            write(address, buf)

    memory.write = deaf
    assert put(ring, 4)
    assert tried == [stuck, stuck + kind.size] and ring.failures == 0
    assert load(kind, memory) == (FOUND, [4])


def test_a_memory_that_mends_itself_takes_the_record_that_it_did_not_take():
    for kind in KINDS:
        memory = filled(kind, 2)
        write = memory.write
        protected = [True]
        memory.write = lambda a, b, p=protected, w=write: None if p[0] else w(a, b)
        memory.mend = lambda p=protected: p.__setitem__(0, False)
        ring = opened(kind, memory)
        ring.load()
        assert put(ring, 3) or put(ring, 3)  # a ring of entries leaves it to its owner to repeat
        assert load(kind, memory)[1][-1] == 3


def test_a_memory_that_stops_answering_is_told_from_a_new_one():
    for kind in KINDS:
        for octet in (0x00, 0xFF):
            memory = Octets(kind)
            memory.disturb = window(0, 10**6, octet)
            ring = opened(kind, memory)
            assert ring.load() == BAD and not ring.sure
            memory.disturb = None
            assert ring.load() == EMPTY and ring.sure
            assert put(ring, 1)


class Silent:
    """A memory whose reads give nothing while it is told so; writes are taken all the same."""

    def __init__(self, size):
        self.data = bytearray(size)
        self.silent = False

    def write(self, address, buf):
        data = bytes(memoryview(buf).cast("B"))
        self.data[address : address + len(data)] = data

    def readinto(self, address, buf):
        view = memoryview(buf).cast("B")
        view[:] = bytes(len(view)) if self.silent else self.data[address : address + len(view)]

    def present(self):
        return not self.silent


FACTS = (bytes(6), 1, 3, 7, 2057, 1, b"\0", b"\1", bytes(4), bytes(8))


@pytest.mark.parametrize("before", [0, 1, 63, 64, 70])
def test_an_entry_that_was_taken_though_it_did_not_read_back_never_breaks_the_event_log(before):
    memory = Silent(layout.PROFILE)

    def loaded():
        log = EventLog(memory, layout.EVENTS, layout.EVENT_SLOTS, layout.AUDIT, layout.AUDIT_SLOTS)
        log.load()
        return log

    log = loaded()
    for _ in range(before):
        assert log.add(NO_LIMIT, FACTS) == 0
    for silences in range(3):
        memory.silent = True
        for _ in range(silences):
            assert log.add(NO_LIMIT, FACTS) == NOT_KEPT
        memory.silent = False
        assert log.broken == 0 and loaded().broken == 0
        assert loaded().total in (log.total, log.total + 1)  # the entry, without its change
        assert log.add(NO_LIMIT, FACTS) == 0
        again = loaded()
        assert again.broken == 0 and (again.total, again.chain) == (log.total, log.chain)
        log = again
    assert log.total == before + 3


@pytest.mark.parametrize("before", [0, 1, 15, 16, 40])
def test_an_entry_of_a_ring_that_was_taken_unnoticed_has_no_double(before):
    memory = Silent(4096)

    def loaded():
        ring = Ring(memory, 0, 16, array("I", bytes(32)))
        ring.load()
        return ring

    ring = loaded()
    for value in range(before):
        assert put(ring, value)
    memory.silent = True
    for _ in range(3):
        assert not put(ring, 1000)
    memory.silent = False
    assert put(ring, 1001)
    for each in (ring, loaded()):
        values = held(each, FOUND)[1]
        assert values[-1] == 1001 and 1000 not in values
        assert values[:-1] == list(range(before))[-15:]
        assert each.last == before + 1


def test_a_change_that_was_refused_does_not_come_with_the_next_start():
    memory = Silent(4096)

    def loaded():
        record = Record(memory, 0, 4, 16, (("one", 4), ("two", 4)), b" ")
        record.load()
        return record

    record = loaded()
    assert record.change("one", b"old")
    memory.silent = True
    assert not record.change("one", b"new")
    memory.silent = False
    assert record.get("one") == loaded().get("one") == b"old "
