"""Self reads and history log: a cut at any byte spares what was there, and tables agree."""

from binascii import hexlify

from c1219 import events
from c1219.tables import Tables
from firmware.history import History
from firmware.record_list import ReadMarks
from firmware.self_reads import COMMAND, SelfReads
from metrology import page as p
from metrology.constants import Constants
from tests_host.pure.device import Device
from tests_host.pure.lcg import Lcg
from tests_host.pure.memory import Cut, Memory

SELF_READ_SLOTS = 13
HISTORY_SLOTS = 50
MARKS = SELF_READ_SLOTS * 128
HISTORY = MARKS + 256
ROOM = 1024
LEVEL = 1


class Recorder(Device):
    """A device that has both lists on `memory`."""

    measured = tuple(range(11))
    demand_resets = 0

    def __init__(self, memory):
        Device.__init__(self)
        r = self.rating
        constants = Constants(r.coils, r.full_scale_watts, r.kh_mwh)
        self.marks = ReadMarks(memory, MARKS, 4)
        self.marks.load()
        self.self_reads = SelfReads(memory, 0, SELF_READ_SLOTS, self.marks, constants)
        self.self_reads.load()
        self.history = History(memory, HISTORY, HISTORY_SLOTS, self.marks)
        self.history.load()


def page_of(random):
    page = p.new_page()
    for index in range(p.DELIVERED_KWH, p.RECEIVED_COUNTS + 1):
        page[index] = random.below(7000000)
    for index in range(p.DEMAND_MAXIMUM, p.DEMAND_RESETS + 1):
        page[index] = random.below(40000000)
    return page


def filled(random, count):
    """A memory with so many records of both kinds."""
    memory = Memory(HISTORY + HISTORY_SLOTS * 32)
    device = Recorder(memory)
    for _ in range(count):
        assert device.self_reads.take(page_of(random), random.below(47000000), COMMAND)
        argument = events.argument(random.between(1, 6), random.extreme(16), random.below(4))
        code = random.choice(events.HISTORY)
        assert device.history.add(code, argument, random.extreme(16), random.octets(6))
    return memory


def whole(tables, number):
    buf = bytearray(ROOM)
    count = tables.read(number, 0, -1, buf, 0, LEVEL)
    assert count > 0, (number, count)
    return bytes(buf[:count])


def test_a_cut_in_a_self_read_or_an_event_spares_the_others():
    memory = filled(Lcg(5), 20)
    kept = bytes(memory.data)
    device = Recorder(memory)
    before = whole(Tables(device), 26), whole(Tables(device), 74)
    page = page_of(Lcg(6))
    for budget in range(0, 128):
        memory.budget = budget
        try:
            device.self_reads.take(page, 1, COMMAND)
        except Cut:
            pass
        memory.budget = budget % 32
        try:
            device.history.add(events.POWER_UP, b"\6\0\0\0")
        except Cut:
            pass
        memory.budget = None
        device = Recorder(memory)
        after = whole(Tables(device), 26), whole(Tables(device), 74)
        if device.self_reads.last_sequence == 20:
            assert after[0] == before[0]
        if device.history.last_sequence == 20:
            assert after[1] == before[1]
        assert device.self_reads.last_sequence in (20, 21)
        assert device.history.last_sequence in (20, 21)
        memory.data[:] = kept
        device = Recorder(memory)


def test_parts_are_parts_of_the_whole():
    random = Lcg(8)
    tables = Tables(Recorder(filled(random, 60)))
    for number in (21, 26, 70, 71, 72, 73, 74):
        octets = whole(tables, number)
        assert len(octets) == tables.size(number)
        for _ in range(40):
            offset = random.below(len(octets))
            count = random.between(1, len(octets) - offset)
            buf = bytearray(ROOM)
            assert tables.read(number, offset, count, buf, 3, LEVEL) == count
            assert buf[3 : 3 + count] == octets[offset : offset + count]


def test_marks_are_kept():
    memory = filled(Lcg(9), 30)
    device = Recorder(memory)
    assert device.self_reads.unread == 12 and device.self_reads.overflow
    device.self_reads.mark_read(5)
    device.history.mark_all_read()
    assert device.marks.save()
    device = Recorder(memory)
    assert device.self_reads.unread == 7 and not device.self_reads.overflow
    assert device.history.unread == 0 and device.history.valid == 30


def outputs():
    """The octets of the tables, with none, some and too many records."""
    random = Lcg(10)
    lines = []
    for count in (0, 7, 70):
        tables = Tables(Recorder(filled(random, count)))
        for number in (20, 21, 26, 70, 71, 72, 73, 74):
            lines.append(f"{number} {hexlify(whole(tables, number)).decode()}")
    return lines
