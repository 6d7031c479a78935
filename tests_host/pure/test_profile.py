"""The load profile's blocks: a cut at any octet leaves the interval before or the new one."""

from array import array
from binascii import hexlify

from firmware.profile_store import REGISTERS, ProfileStore, slot_of
from journal import BAD, FOUND
from metrology import profile as mp
from tests_host.pure.lcg import Lcg
from tests_host.pure.memory import Cut, Memory

RECORD = 0
SLOTS = 4
BASE = 512
CHECK = 0x1234
CAPACITY = 3
QUARTER = 15


class Octets(Memory):
    """A memory that takes octets, too, not only words."""

    def write(self, address, buf):
        if isinstance(buf, array):
            Memory.write(self, address, buf)
            return
        room = len(buf)
        if self.budget is not None:
            room = min(room, self.budget)
            self.budget -= room
        for i in range(room):
            self.data[address + i] = buf[i]
        if room < len(buf):
            raise Cut

    def readinto(self, address, buf):
        if isinstance(buf, array):
            Memory.readinto(self, address, buf)
            return
        for i in range(len(buf)):
            buf[i] = self.data[address + i]


def head(octets, end, registers):
    for i in range(len(octets)):
        octets[i] = (end + registers[0] + i) & 0xFF


def shape_of(channels=2, intervals=3, code=mp.UINT16):
    return mp.Shape(channels, intervals, QUARTER, code)


def store_on(memory, shape):
    store = ProfileStore(memory, BASE, RECORD, SLOTS, head)
    store.use(shape, CAPACITY)
    return store, store.load(CHECK)


def add(store, number, registers):
    """The interval of this number, and the one after it runs."""
    shape = store.shape
    end = QUARTER * (number + 1)
    registers[0] = number
    shape.encode(store.octets, 0, [100 * number + c for c in range(shape.channels)])
    store.add(end, registers)
    store.run(end, end + QUARTER, registers, 0)
    return store.commit()


def seen(store):
    """All that tables say: counts, and every octet of ST64."""
    buf = bytearray(CAPACITY * store.shape.block)
    store.read(0, len(buf), buf, 0)
    counts = (store.last, store.element, store.blocks, store.intervals, store.end, store.running)
    return counts, bytes(buf)


def test_a_cut_at_any_octet_leaves_the_old_or_the_new():
    shape = shape_of()
    memory = Octets(BASE + CAPACITY * slot_of(shape))
    registers = array("I", bytes(4 * REGISTERS))
    store, _ = store_on(memory, shape)
    outcomes = 0
    for number in range(14):
        before = bytes(memory.data)
        old = seen(store)
        assert add(store, number, registers)
        new, after = seen(store), bytes(memory.data)
        budget = early = 0
        while True:
            memory.data[:] = before
            memory.budget = budget
            cut, _ = store_on(memory, shape)
            whole = True
            try:
                add(cut, number, registers)
            except Cut:
                whole = False
            memory.budget = None
            again, found = store_on(memory, shape)
            assert found != BAD
            outcome = seen(again)
            # What was there before, to the octet, or all of what is new: from where only octets
            # are missing that are as they have to be, which the last of a record can be. The very
            # first record needs no mark behind its CRC, because there is no older one to mistake.
            if outcome == new:
                early += not whole
            else:
                assert outcome == old and not whole, (number, budget)
                assert early == 0
            outcomes += 1
            if whole:
                break
            budget += 1
        assert early < 4 or number == 0 and early == 4
        memory.data[:] = after
        store, found = store_on(memory, shape)
        assert found == FOUND and seen(store) == new
    assert outcomes > 14 * 128


def test_after_a_cut_the_same_interval_is_written_again():
    shape = shape_of()
    memory = Octets(BASE + CAPACITY * slot_of(shape))
    registers = array("I", bytes(4 * REGISTERS))
    random = Lcg(3)
    store, _ = store_on(memory, shape)
    straight = Octets(BASE + CAPACITY * slot_of(shape))
    other, _ = store_on(straight, shape)
    for number in range(20):
        memory.budget = random.below(150)
        try:
            add(store, number, registers)
        except Cut:
            pass
        memory.budget = None
        store, _ = store_on(memory, shape)
        if store.end != QUARTER * (number + 1):
            assert add(store, number, registers)
        assert add(other, number, registers)
        assert seen(store) == seen(other)


def test_parts_are_parts_of_the_whole():
    shape = shape_of(3, 4, mp.INT32)
    memory = Octets(BASE + CAPACITY * slot_of(shape))
    registers = array("I", bytes(4 * REGISTERS))
    store, _ = store_on(memory, shape)
    random = Lcg(4)
    for number in range(11):
        add(store, number, registers)
        whole = seen(store)[1]
        for _ in range(30):
            offset = random.below(len(whole))
            count = random.between(1, len(whole) - offset)
            buf = bytearray(len(whole) + 7)
            store.read(offset, count, buf, 5)
            assert bytes(buf[5 : 5 + count]) == whole[offset : offset + count]
            assert not any(buf[:5]) and not any(buf[5 + count :])


def test_gaps_are_filled_in_to_the_running_interval_or_to_the_end_of_the_block():
    shape = shape_of(1, 5)
    memory = Octets(BASE + CAPACITY * slot_of(shape))
    registers = array("I", bytes(4 * REGISTERS))
    store, _ = store_on(memory, shape)
    for gap, filled in ((0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (7, 4), (-1, 4), (-9, 4)):
        store.clear(CHECK, 0)
        add(store, 100, registers)
        begin = store.end + QUARTER * gap
        store.run(begin, begin + QUARTER, registers, 0)
        count = 0
        while store.behind:
            store.skip(mp.SKIPPED | mp.POWER_FAIL)
            store.commit()
            store, _ = store_on(memory, shape)
            count += 1
        assert count == filled, gap


def test_a_profile_of_another_program_is_not_there_any_more():
    shape = shape_of()
    memory = Octets(BASE + CAPACITY * slot_of(shape))
    registers = array("I", bytes(4 * REGISTERS))
    store, _ = store_on(memory, shape)
    for number in range(4):
        add(store, number, registers)
    other = ProfileStore(memory, BASE, RECORD, SLOTS, head)
    other.use(shape, CAPACITY)
    assert other.load(CHECK + 1) == FOUND
    assert (other.blocks, other.intervals, other.last) == (0, 0, 2)
    assert other.marks == mp.CHANGED


def test_values_beyond_a_format_are_its_limits():
    for code in mp.FORMATS:
        shape = mp.Shape(2, 1, QUARTER, code)
        octets = bytearray(shape.interval)
        shape.encode(octets, 0, (shape.largest, shape.smallest))
        inside = bytes(octets[shape.status :])
        assert not any(octets[: shape.status])
        shape.encode(octets, 0, (shape.largest + 1, shape.smallest - 1))
        assert bytes(octets[shape.status :]) == inside
        assert octets[0] == 0x01 and octets[1] == 0x10


def outputs():
    """Intervals of random values and marks, and courses of random clocks."""
    random = Lcg(5)
    lines = []
    for _ in range(60):
        code = random.choice(mp.FORMATS)
        shape = mp.Shape(random.between(1, 8), 1, random.choice((1, 5, 15, 60)), code)
        octets = bytearray(shape.interval)
        values = [random.extreme(33) - (1 << 32) for _ in range(shape.channels)]
        values[random.below(shape.channels)] = None
        shape.encode(octets, random.extreme(16), values)
        lines.append(hexlify(octets).decode())
    for _ in range(200):
        shape = mp.Shape(1, 1, random.choice((1, 5, 15, 60)), mp.UINT16)
        end = shape.end_of(3726720 + random.below(500))
        minute = max(0, end + random.below(200) - 100)
        change = random.below(20000) - 10000
        why = random.choice((0, mp.POWER_FAIL))
        turn = mp.course(shape, end - shape.length, end, minute, random.below(60000), change, why)
        lines.append(" ".join([str(part) for part in turn]))
    return lines
