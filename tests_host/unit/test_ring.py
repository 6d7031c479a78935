"""A ring against its layout alone: appends, power cuts at any byte, flipped bits, restarts."""

from array import array
from binascii import crc32
from struct import unpack_from

from hypothesis import given, settings
from hypothesis import strategies as st

from journal.ring import Ring
from tests_host.pure.memory import Cut, Memory

BASE = 8
WORDS = 6
SIZE = 4 * WORDS

APPEND = st.tuples(st.just("append"), st.integers(0, 0xFFFFFFFF))
CUT = st.tuples(st.just("cut"), st.integers(0, SIZE - 1))
FLIP = st.tuples(st.just("flip"), st.integers(0, 1 << 16))
RESTART = st.tuples(st.just("restart"), st.just(0))


def start(memory, slots):
    ring = Ring(memory, BASE, slots, array("I", bytes(SIZE)))
    ring.load()
    return ring


def records(ring):
    found = []
    for i in reversed(range(ring.valid)):
        assert ring.read(ring.recent(i))
        assert list(ring.record[2:4]) == [7, ring.record[1] ^ 7]
        found.append((ring.record[0], ring.record[1]))
    return found


def put(ring, value):
    ring.record[1:4] = array("I", (value, 7, value ^ 7))
    return ring.append()


def whole_slots(memory, slots):
    """Number and value of what is whole and not a turn too old, read by the layout alone."""
    whole = []
    for slot in range(slots):
        octets = bytes(memory.data[BASE + slot * SIZE :][:SIZE])
        words = unpack_from(f"<{WORDS}I", octets)
        if words[0] == words[-1] and words[-2] == crc32(octets[: SIZE - 8]):
            whole.append((words[0], words[1]))
    newest = max((number for number, _ in whole), default=0)
    return sorted((number, value) for number, value in whole if number > newest - slots)


@settings(max_examples=300, deadline=None)
@given(
    st.integers(2, 9),
    st.lists(st.one_of(APPEND, APPEND, APPEND, CUT, FLIP, RESTART), max_size=40),
)
def test_what_is_whole_can_be_read_and_nothing_else(slots, steps):
    memory = Memory(BASE + slots * SIZE)
    ring = start(memory, slots)
    for step, argument in steps:
        if step == "append":
            before = whole_slots(memory, slots)
            assert put(ring, argument)
            spared = [record for record in before if record[0] > ring.last - slots]
            assert whole_slots(memory, slots) == spared + [(ring.last, argument)]
        elif step == "cut":
            memory.budget = argument
            try:
                put(ring, 0xA5A5A5A5)
            except Cut:
                pass
            memory.budget = None
        elif step == "flip":
            bit = argument % (8 * SIZE * slots)
            memory.data[BASE + bit // 8] ^= 1 << bit % 8
        if step != "append":
            ring = start(memory, slots)
        expected = whole_slots(memory, slots)
        assert records(ring) == expected
        assert ring.valid == len(expected)
        if expected:
            assert ring.last == expected[-1][0]
            holes = ring.last - expected[0][0] + 1 - len(expected)
            assert start(memory, slots).bad == holes <= ring.bad
            for number, _ in expected:
                assert ring.newer(number) == len([n for n, _ in expected if n > number])
