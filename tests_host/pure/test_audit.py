"""The event log: no entry is lost or altered, and no cycle begins, without a trace."""

from struct import pack_into, unpack_from

from audit import rights
from audit.entry import CHAIN, NO_CHAIN, VALUE, WORDS, Entry, chain_of
from audit.log import CAPACITY, FULL, NO_LIMIT, NOT_KEPT, RESERVED, EventLog
from journal.crc import seal
from tests_host.pure.lcg import Lcg
from tests_host.pure.memory import Cut, Memory

SLOTS = 64
SIZE = 4 * WORDS
HEAD = SLOTS * SIZE
HEADS = 4
HEAD_SIZE = 64
WHOLE = SIZE - 3  # the last octets of a small number are zeros already
TIME = bytes((36, 11, 25, 23, 59, 58))
SOFTWARE = (bytes((1, 0, 2, 3)), b"ABCDEFGH")


def facts(number, old=b"\x01", new=b"\x02"):
    return (TIME, 1, 0x43, 7, 11, number) + (old, new) + SOFTWARE


def loaded(memory):
    log = EventLog(memory, 0, SLOTS, HEAD, HEADS)
    log.load()
    return log


def new_memory():
    return Memory(HEAD + HEADS * HEAD_SIZE)


def add_cut_off(memory, log, budget):
    """Add an entry, whose writes the power cuts off after `budget` octets."""
    memory.budget = budget
    try:
        log.add(NO_LIMIT, facts(77))
    except Cut:
        pass
    memory.budget = None


def filled(count, limit=NO_LIMIT):
    memory = new_memory()
    log = loaded(memory)
    for i in range(count):
        assert log.add(limit, facts(i)) == 0
    return memory, log


def parameters(log):
    """Of the entries that can be read, by number."""
    found = {}
    for number in range(1, log.ring.last + 1):
        if log.ring.read(number):
            found[number] = log.view.parameter
    return found


def slot_of(number):
    return number % SLOTS * SIZE


def test_an_entry_says_what_it_was_given():
    random = Lcg(3)
    for _ in range(30):
        old = random.octets(random.between(0, VALUE))
        new = random.octets(random.between(0, VALUE))
        given = (random.octets(6), 8, 0xC2, random.extreme(16), 0x807, 0x100A, old, new) + SOFTWARE
        memory = new_memory()
        assert loaded(memory).add(NO_LIMIT, given) == 0
        log = loaded(memory)
        assert log.ring.read(1)
        entry = log.view
        assert (entry.sequence, entry.cycle, entry.place) == (1, 1, 1)
        said = (entry.time, entry.source, entry.authority, entry.user, entry.code, entry.parameter)
        said += (entry.old, entry.new, entry.version, entry.digest)
        assert said == given
        assert entry.argument == bytes((8, 0xC2, 0x0A, 0x10))
        shown = entry.shown
        assert shown == bytes(memory.data[slot_of(1) : slot_of(1) + len(shown)])


def test_a_value_that_does_not_fit_is_no_entry():
    log = loaded(new_memory())
    for old, new in ((bytes(VALUE + 1), b""), (b"", bytes(VALUE + 1))):
        try:
            log.add(NO_LIMIT, facts(1, old, new))
        except ValueError:
            continue
        raise AssertionError("it was taken")
    assert loaded(log._journal._memory).total == 0


def test_each_entry_is_chained_to_the_one_before():
    _, log = filled(5)
    before = NO_CHAIN
    for number in range(1, 6):
        assert log.ring.read(number)
        assert log.view.chain == chain_of(before, log.ring.record)
        before = log.view.chain
    assert log.chain == before


def test_a_cut_at_any_byte_leaves_the_log_as_it_was_or_with_the_entry_whole():
    memory, log = filled(3)
    kept = bytes(memory.data)
    ends = set()
    for budget in range(SIZE + HEAD_SIZE + 1):
        memory.data[:] = kept
        memory.budget = None
        log = loaded(memory)
        add_cut_off(memory, log, budget)
        log = loaded(memory)
        assert log.broken == 0 and log.total == log.used
        assert log.total == (4 if budget >= WHOLE else 3)
        ends.add(log.total)
        assert log.add(NO_LIMIT, facts(78)) == 0
        expected = [0, 1, 2] + ([77] if budget >= WHOLE else []) + [78]
        log = loaded(memory)
        assert [parameters(log)[n] for n in sorted(parameters(log))] == expected
        assert log.broken == 0 and log.total == len(expected)
    assert ends == {3, 4}


def test_a_cut_while_a_cycle_begins_leaves_the_old_one_or_the_new():
    memory, log = filled(CAPACITY, CAPACITY)
    kept = bytes(memory.data)
    for budget in range(0, SIZE + HEAD_SIZE + 1, 3):
        memory.data[:] = kept
        memory.budget = None
        log = loaded(memory)
        memory.budget = budget
        try:
            log.begin_cycle(facts(0))
        except Cut:
            pass
        memory.budget = None
        log = loaded(memory)
        assert log.broken == 0
        assert (log.cycle, log.used) == ((2, 0) if budget >= WHOLE else (1, CAPACITY))


def test_any_flipped_bit_of_any_entry_is_named():
    random = Lcg(11)
    memory, log = filled(7)
    for number in range(1, 8):
        for at in range(0, SIZE, 5):
            bit = 1 << random.below(8)
            memory.data[slot_of(number) + at] ^= bit
            log = loaded(memory)
            assert log.broken == number, (number, at)
            assert log.total == 7
            memory.data[slot_of(number) + at] ^= bit
    assert loaded(memory).broken == 0


def test_what_is_altered_with_a_right_crc_is_named():
    for number in (1, 3, 7):
        memory, log = filled(7)
        assert log.ring.read(number)
        record = log.ring.record
        pack_into("<H", record, 16, 0x0999)
        seal(record, WORDS - 2)
        memory.write(slot_of(number), record)
        assert loaded(memory).broken == number


def test_an_entry_whose_chain_was_made_anew_breaks_at_the_next_or_at_the_head():
    for number, named in ((3, 4), (7, 7)):
        memory, log = filled(7)
        assert log.ring.read(number - 1)
        before = log.view.chain
        assert log.ring.read(number)
        record = log.ring.record
        pack_into("<H", record, 16, 0x0999)
        pack_into("32s", record, CHAIN, chain_of(before, record))
        seal(record, WORDS - 2)
        memory.write(slot_of(number), record)
        assert loaded(memory).broken == named


def test_a_number_is_never_given_twice():
    memory, log = filled(7)
    for number in (7, 6):
        at = slot_of(number)
        memory.data[at : at + SIZE] = bytes(SIZE)
    log = loaded(memory)
    assert log.broken == 6 and log.total == 7
    assert log.add(NO_LIMIT, facts(8)) == 0
    assert log.total == 8
    log = loaded(memory)
    assert log.total == 8 and log.broken == 6


def test_a_damaged_head_costs_nothing():
    random = Lcg(2)
    memory, log = filled(9)
    kept = bytes(memory.data)
    for _ in range(60):
        memory.data[:] = kept
        memory.data[HEAD + random.below(HEADS * HEAD_SIZE)] ^= 1 << random.below(8)
        log = loaded(memory)
        assert (log.total, log.used, log.cycle, log.first, log.broken) == (9, 9, 1, 1, 0)
        assert log.add(NO_LIMIT, facts(10)) == 0
        assert loaded(memory).total == 10


def test_without_its_head_the_log_is_taken_up_and_told_to_be_broken():
    memory, log = filled(9)
    for i in range(HEADS):
        at = HEAD + i * HEAD_SIZE
        memory.data[at + 8] ^= 1
    log = loaded(memory)
    assert (log.total, log.used, log.first) == (9, 9, 1)
    assert log.broken == 9


class Faulty(Memory):
    """Does not keep what is written to slot `bad`."""

    bad = None

    def write(self, address, buf):
        Memory.write(self, address, buf)
        if address == self.bad:
            self.data[address + 5] ^= 4


def test_what_the_memory_does_not_take_is_no_change_and_breaks_nothing():
    memory = new_memory()
    log = loaded(memory)
    assert log.add(NO_LIMIT, facts(1)) == 0
    write = memory.write
    memory.write = lambda address, buf: None
    assert log.add(NO_LIMIT, facts(2)) == NOT_KEPT
    assert (log.total, log.used) == (1, 1)
    memory.write = write
    assert log.add(NO_LIMIT, facts(3)) == 0
    for each in (log, loaded(memory)):
        assert (each.total, each.used, each.broken) == (5, 2, 0)
        assert parameters(each) == {1: 1, 5: 3}


def test_an_entry_that_its_place_does_not_take_is_in_the_next_one_at_once():
    memory = Faulty(HEAD + HEADS * HEAD_SIZE)
    log = loaded(memory)
    assert log.add(NO_LIMIT, facts(1)) == 0
    memory.bad = slot_of(2)
    assert log.add(NO_LIMIT, facts(2)) == 0
    assert log.add(NO_LIMIT, facts(3)) == 0
    for each in (log, loaded(memory)):
        assert (each.total, each.used, each.broken) == (4, 3, 0)
        assert parameters(each) == {1: 1, 3: 2, 4: 3}


def test_a_full_log_takes_nothing_but_what_has_places_kept_for_it():
    memory, log = filled(CAPACITY, CAPACITY)
    for each in (log, loaded(memory)):
        assert each.add(CAPACITY, facts(1)) == FULL
        assert each.used == CAPACITY
    for used in range(CAPACITY + 1, RESERVED + 1):
        assert log.add(RESERVED, facts(used)) == 0
        assert log.used == used
    assert log.add(RESERVED, facts(1)) == FULL
    assert sorted(parameters(log)) == list(range(1, RESERVED + 1))
    assert log.begin_cycle(facts(0)) == 0
    log = loaded(memory)
    assert (log.cycle, log.used, log.total, log.first) == (2, 0, RESERVED + 1, RESERVED + 1)
    assert log.broken == 0
    # Until a new entry takes its place, an old one can still be read.
    assert sorted(parameters(log)) == list(range(1, RESERVED + 2))


def test_numbers_and_chain_go_on_through_cycles_and_starts():
    memory = new_memory()
    random = Lcg(7)
    number = 0
    for cycle in range(2, 9):
        log = loaded(memory)
        assert log.begin_cycle(facts(cycle)) == 0
        number += 1
        for place in range(1, 1 + random.below(CAPACITY)):
            if random.below(4) == 0:
                log = loaded(memory)
            assert log.add(CAPACITY, facts(place)) == 0
            number += 1
            assert (log.total, log.cycle, log.used, log.broken) == (number, cycle, place, 0)


def test_a_log_without_limit_keeps_its_latest_entries():
    memory, log = filled(200)
    for each in (log, loaded(memory)):
        assert each.total == 200 and each.broken == 0
        assert parameters(each) == {n: n - 1 for n in range(137, 201)}


def test_seal_and_refusals_are_kept():
    memory = new_memory()
    log = loaded(memory)
    for is_open in (True, True, False, True):
        assert log.note_seal(is_open)
    assert log.note_refused()
    log = loaded(memory)
    assert (log.breaks, log.seal_open, log.refused) == (2, True, 1)


def test_what_no_table_of_rights_names_is_sealed():
    named = rights.numbers()
    assert named == sorted(set(named))
    for number in (4, 0x0FFF, 0x17FF):
        assert number not in named and rights.class_of(number) == rights.SEALED
    assert rights.class_of(13) == rights.SEALED and rights.class_of(6) == rights.OPEN
    assert rights.class_of(42) == rights.class_of(52) == rights.LOGGED


def test_an_entry_can_be_read_from_its_octets():
    memory, log = filled(1)
    entry = Entry(bytes(memory.data[slot_of(1) : slot_of(2)]))
    assert entry.chain == log.chain and entry.user == 7
    assert unpack_from("<I", memory.data, slot_of(1) + SIZE - 4)[0] == 1


def test_a_write_that_is_cut_off_spoils_the_oldest_entry_and_is_no_damage_however_many_there_are():
    """From exactly 64 entries on, the next one is written over the oldest."""
    for count in (SLOTS - 2, SLOTS - 1, SLOTS, SLOTS + 1, 2 * SLOTS - 1, 2 * SLOTS, 2 * SLOTS + 1):
        for budget in (1, 3, SIZE // 2, WHOLE - 1):
            memory, log = filled(count)
            add_cut_off(memory, log, budget)
            steps = [0]

            def pause(steps=steps):
                steps[0] += 1
                assert steps[0] < 1000, "a check without an end"

            log = EventLog(memory, 0, SLOTS, HEAD, HEADS)
            log.load(pause)
            assert (log.total, log.broken) == (count, 0), (count, budget)
