"""The storage duty on a memory that lies for a while: what is loaded, lost, or new."""

from array import array

import pytest

from firmware.storage import Storage
from fram import FramError, FramProtected
from journal import Journal
from metrology import faults as f
from metrology import page as p

FIRST, RESERVE, WITNESS = 0x1000, 0x2000, 0x3000
SLOTS = 8
PAGE = 512
IDENTITY = b"\x04\x7f\x48\x03"


class Memory:
    """Octets that answer as `self.disturb(read, octets, address)` says; None: the identity.

    reads  of records, identities not counted
    """

    size = 1 << 15

    def __init__(self):
        self.data = bytearray(self.size)
        self.disturb = lambda number, octets, address: octets
        self.reads = 0
        self.starting = None  # an error that `start` raises

    def start(self):
        if self.starting is not None:
            raise self.starting
        if not self.present():
            raise FramError

    def present(self):
        return self.disturb(self.reads, IDENTITY, None) == IDENTITY

    def write(self, address, buf):
        data = bytes(memoryview(buf).cast("B"))
        self.data[address : address + len(data)] = data

    def readinto(self, address, buf):
        view = memoryview(buf).cast("B")
        octets = bytes(self.data[address : address + len(view)])
        view[:] = self.disturb(self.reads, octets, address)
        self.reads += 1


def storage(memory):
    return Storage(memory, (FIRST, RESERVE), SLOTS, (WITNESS, WITNESS + 64))


def started(memory):
    made = storage(memory)
    made.start()
    return made


def with_registers(kwh=7, base=FIRST, count=3):
    """A memory with pages in one of the rings, and a witness of a run."""
    memory = Memory()
    memory.data[WITNESS + 64] = 1
    page = p.new_page()
    journal = Journal(memory, base, SLOTS, page)
    for i in range(count):
        page[p.DELIVERED_KWH] = kwh - count + 1 + i
        assert journal.append()
    return memory


def test_a_bus_that_is_noisy_for_all_of_the_first_look_loses_no_registers():
    memory = with_registers()
    looks = 2 * 3 * SLOTS  # each slot three times, and what is bad is looked at twice

    def noise(number, octets, address):
        return octets if address is None or number >= looks else b"\x5a" * len(octets)

    memory.disturb = noise
    made = started(memory)
    assert memory.reads > looks
    assert made.page[p.DELIVERED_KWH] == 7 and not made.absent and made.faults.word == 0


@pytest.mark.parametrize("octet", [0x00, 0xFF])
def test_a_memory_that_reads_as_blank_for_any_while_is_never_a_new_meter(octet):
    for first in range(40):
        for count in (1, 2, 5, 20, 60, 10**6):
            memory = with_registers()
            calls = [0]

            def disturb(number, octets, address, first=first, count=count, calls=calls):
                calls[0] += 1
                constant = first <= calls[0] - 1 < first + count
                return bytes((octet,)) * len(octets) if constant else octets

            memory.disturb = disturb
            made = started(memory)
            if made.absent:
                assert made.faults.word == f.MEMORY_ABSENT
                assert made.page == absent_page()
                assert not made.write()
            else:
                assert made.page[p.DELIVERED_KWH] == 7, (first, count)
                assert made.faults.word == 0


def absent_page():
    page = p.new_page()
    page[p.FAULTS] = f.MEMORY_ABSENT
    return page


def test_blank_registers_beside_anything_that_only_a_meter_writes_are_lost():
    for at in (WITNESS, WITNESS + 64 + 7):
        memory = Memory()
        memory.data[at] = 1
        made = started(memory)
        assert made.faults.word == f.MEMORY_LOST and made.page[p.STARTS] == 1
        assert made.write()
        again = started(memory)
        assert again.faults.word == f.MEMORY_LOST and again.page[p.STARTS] == 2


@pytest.mark.parametrize("fill", [0x00, 0xFF])
def test_a_blank_memory_is_a_new_meter_also_when_its_first_write_was_torn(fill):
    for torn in (None, 0, 1, 5, 100, 500, 507):
        memory = Memory()
        memory.data[:] = bytes((fill,)) * memory.size
        if torn is not None:
            whole = with_registers(count=1).data[FIRST + PAGE : FIRST + PAGE + torn]
            memory.data[FIRST + PAGE : FIRST + PAGE + torn] = whole
            memory.data[FIRST + PAGE + torn] = 0x5A
        made = started(memory)
        assert made.faults.word == 0 and made.page[p.STARTS] == 1
        assert made.page[p.DELIVERED_KWH] == 0


def test_registers_in_the_reserve_are_found_when_the_first_ring_is_blank_or_bad():
    for spoil in (False, True):
        memory = with_registers(base=RESERVE)
        if spoil:
            for slot in range(SLOTS):
                memory.data[FIRST + slot * PAGE + 9] = 1
        made = started(memory)
        assert made.page[p.DELIVERED_KWH] == 7 and made.faults.word == f.MEMORY_LOST
        made.page[p.DELIVERED_KWH] = 8
        assert made.write()
        assert started(memory).page[p.DELIVERED_KWH] == 8


def test_a_page_of_another_layout_is_lost_and_left_alone():
    memory = with_registers()
    page = p.new_page()
    page[p.LAYOUT] = 99
    journal = Journal(memory, FIRST, SLOTS, page)
    for _ in range(SLOTS + 3):
        journal.append()
    kept = bytes(memory.data[FIRST:RESERVE])
    made = started(memory)
    assert made.faults.word == f.MEMORY_LOST and made.page[p.LAYOUT] == p.LAYOUT_VERSION
    assert made.write() and bytes(memory.data[FIRST:RESERVE]) == kept


def test_a_memory_that_cannot_be_written_to_is_loaded_all_the_same():
    memory = with_registers()
    memory.starting = FramProtected("write protected")
    made = started(memory)
    assert made.page[p.DELIVERED_KWH] == 7 and not made.absent
    memory.write = lambda address, buf: None
    assert not made.write() and made.faults.word == f.MEMORY_WRITE


def test_a_page_that_a_slot_does_not_take_is_in_the_next_one_within_the_same_step():
    memory = with_registers()
    made = started(memory)
    write = memory.write
    deaf = FIRST + 4 * PAGE
    memory.write = lambda address, buf: None if address == deaf else write(address, buf)
    made.page[p.DELIVERED_KWH] = 9
    made.request()
    made.step(0)
    assert made.faults.word == 0 and started(memory).page[p.DELIVERED_KWH] == 9
    memory.write = lambda address, buf: None
    made.request()
    made.step(100)
    assert made.faults.word == f.MEMORY_WRITE
    memory.write = write
    made.request()
    made.step(200)
    assert made.faults.word == 0


def test_the_size_is_judged_by_a_page_that_reads_and_by_nothing_else():
    memory = with_registers()
    made = started(memory)
    made.write()
    made.measure()
    assert not made.small and made.faults.word == 0

    class Wrapped(Memory):
        def readinto(self, address, buf):
            Memory.readinto(self, address % (self.size // 2), buf)

    half = Wrapped()
    made = started(half)
    made.write()
    made.page[p.DELIVERED_COUNTS] += 5  # ticks go on
    made.measure()
    assert made.small and made.faults.word == f.MEMORY_WRITE
    assert made.write() and made.faults.word == f.MEMORY_WRITE


@pytest.mark.parametrize("nth", range(12))
def test_no_single_flipped_bit_makes_a_memory_smaller_or_larger(nth):
    for half in (False, True):
        memory = Memory()
        made = started(memory)
        made.write()
        readinto = memory.readinto
        if half:
            memory.readinto = lambda a, b, r=readinto: r(a % (Memory.size // 2), b)
        memory.reads = 0

        def flip(number, octets, address):
            return octets if number != nth else bytes((octets[0] ^ 4,)) + octets[1:]

        memory.disturb = flip
        made.measure()
        assert made.small is half


def test_words_of_a_page_are_kept_as_they_are():
    memory = with_registers()
    made = started(memory)
    made.page[20:100] = array("I", range(80))
    assert made.write()
    assert started(memory).page[20:100] == array("I", range(80))
