"""The recorder, deed by deed: start and stop, what it records, blocks and their memory."""

import pytest

from boards.pico_meter import layout
from c1219 import NotReady
from c1219.procedures import ACCEPTED, COMPLETED
from firmware import profile_program as pp
from firmware.lists import ListProcedures
from metrology import faults as f
from metrology import page as p
from metrology import profile as mp
from metrology.clear import clear
from picometer.proof.profile_oracle import DELIVERED, DEMAND_DELIVERED, NET, RECEIVED
from tests_host.unit import billing_bench
from tests_host.unit.recorder_bench import (
    SOURCES,
    program,
)
from tests_host.unit.recorder_deeds import (
    CHANGED,
    LONG,
    OVERFLOW,
    PARTIAL,
    PLAIN,
    SKIPPED,
    STOPPED,
    WH,
    run,
    shown,
    started,
)

# Start and stop


def ask(made, what):
    """Run procedure 16 or 17 to its end; how often the client had to ask."""
    run_it = dict((p.number, run) for p, run in made.profile.offered())[what]
    assert run_it({}, {}) == ACCEPTED
    made.serve()
    assert run_it(None, {}) == COMPLETED


def test_stopping_ends_the_running_interval_and_what_is_missed_is_stopped():
    made = started(intervals=8)
    run(made, 20, 60)
    ask(made, 17)
    assert not made.profile.active
    run(made, 40, 60)
    ask(made, 16)
    run(made, 15.1, 60)
    assert [(end, status) for end, _, status, _ in shown(made)[0]] == [
        ("00:15", PLAIN),
        ("00:30", STOPPED),
        ("00:45", STOPPED),
        ("01:00", STOPPED),
        ("01:15", PLAIN),
    ]
    values = [value for _, value, _, _ in shown(made)[0]]
    assert values == pytest.approx([900, 300, 0, 0, 900], abs=3)
    assert values[2:4] == [0, 0]


def test_a_start_in_the_interval_of_the_stop_records_on_with_the_next_one():
    made = started(intervals=8)
    run(made, 5, 60)
    ask(made, 17)
    run(made, 5, 60)
    ask(made, 16)
    run(made, 21, 60)
    assert [(end, status) for end, _, status, _ in shown(made)[0]] == [
        ("00:15", STOPPED),
        ("00:30", LONG),
    ]


def test_a_stopped_recorder_stays_stopped_through_a_power_cut():
    made = started()
    run(made, 5)
    ask(made, 17)
    made = made.again(60000, False)
    run(made, 40)
    assert not made.profile.active
    assert len(shown(made)[0]) == 1


def test_stopping_twice_is_stopping_once():
    made = started()
    run(made, 5)
    ask(made, 17)
    ask(made, 17)
    assert len(shown(made)[0]) == 1


# Values


def test_a_value_beyond_the_format_is_the_largest_and_says_so():
    made = started(code=mp.UINT16, channels=((DELIVERED, 100, 1), (DELIVERED, 1, 1)))
    run(made, 15.1, 600)
    interval = made.blocks()[0].intervals[0]
    assert (interval.values, interval.statuses) == (
        [65535, pytest.approx(8990, abs=20)],
        [OVERFLOW, PLAIN],
    )


def test_a_value_below_the_format_is_the_smallest_and_says_so():
    made = started(code=mp.INT16, channels=((NET, 100, 1), (RECEIVED, 1, 1)))
    run(made, 15.1, -600)
    interval = made.blocks()[0].intervals[0]
    assert (interval.values[0], interval.statuses) == (-32768, [OVERFLOW, PLAIN])


def present_channels(source):
    limits, _ = program(((DELIVERED, 1, 1),), 15, 4, 5, mp.INT32)
    return limits, pp.control_of(((source, pp.NO_SOURCE, 1, 1),), mp.INT32)


def test_a_present_value_is_that_at_the_end_of_the_interval_or_unknown():
    made = started(code=mp.INT32)
    made.recorder.write(pp.CONTROL, present_channels(4)[1][:8])
    made.serve()
    run(made, 16)
    made = made.again(20 * 60000, False)
    run(made, 15)
    assert [(i[1], i[2]) for i in shown(made)[0]] == [
        (400, CHANGED),
        (0, SKIPPED),
        (400, PARTIAL),
    ]


def test_a_present_value_that_the_chip_does_not_give_is_skipped(monkeypatch):
    made = started(code=mp.INT32)
    made.recorder.write(pp.CONTROL, present_channels(4)[1][:8])

    def fail(which):
        raise NotReady("no chip")

    monkeypatch.setattr(made.recorder._channels._readings, "quantity", fail)
    run(made, 16)
    assert [(i[1], i[2]) for i in shown(made)[0]] == [(0, SKIPPED)]


def test_a_demand_that_ends_a_little_after_the_interval_is_the_one_that_is_recorded():
    made = started(channels=((DEMAND_DELIVERED, 1, 1),), code=mp.INT32)
    run(made, 16, 0)
    made.page[billing_bench.p.DEMAND_LEFT] += 300  # the time base is behind the clock
    run(made, 13.9, 600)
    for _ in range(200):
        made.tick(WH, 100)
    # One minute of it without a load.
    assert shown(made)[0][1][1] == pytest.approx(36000 * 14 / 15, rel=0.01)


# Programming


def test_a_change_of_the_program_begins_the_profile_anew():
    made = started()
    run(made, 50)
    made.profile.mark_all_read()
    before = made.profile.last_sequence
    limits, control = program(((DELIVERED, 1, 1), (RECEIVED, 1, 1)), 5, 12, 9)
    assert made.recorder.write(pp.LIMITS, limits)
    assert made.profile.blocks == 0
    octets = bytearray(b"x" * 500)
    made.profile.read(0, 500, octets, 0)
    assert not any(octets)
    run(made, 11)
    assert [status for _, _, status, _ in shown(made)[0]] == [CHANGED, PLAIN]
    assert made.profile.last_sequence == before + 1
    assert not made.profile.overflow


def test_the_same_program_again_changes_nothing():
    made = started()
    run(made, 50)
    before = shown(made)
    assert made.recorder.write(pp.LIMITS, made.program.get(pp.LIMITS))
    assert shown(made) == before


def test_a_program_of_which_the_power_was_cut_before_the_profile_was_cleared_clears_it():
    made = started()
    run(made, 50)
    limits, _ = program(((DELIVERED, 1, 1),), 5, 12, 9)
    assert made.recorder.write(pp.LIMITS, limits)
    made = made.again(1000, False)
    assert made.profile.blocks == 0
    run(made, 6)
    assert [status for _, _, status, _ in shown(made)[0]] == [CHANGED]


def test_there_are_never_more_blocks_than_there_is_room_for():
    made = started()
    limits, _ = program(((DELIVERED, 1, 1),), 15, 96, 0xFFFF)
    made.recorder.write(pp.LIMITS, limits)
    room = pp.blocks_of(made.program.get(pp.LIMITS))
    slot = made.store.shape.block + 6
    assert room == made.profile.most[0] // slot
    limits, _ = program(((DELIVERED, 1, 1),) * 8, 15, 96, 0xFFFF)
    made.recorder.write(pp.LIMITS, limits)
    assert 2 < pp.blocks_of(made.program.get(pp.LIMITS)) < room


def test_eight_channels_have_room_for_a_hundred_complete_days():
    made = started()
    limits, _ = program(((DELIVERED, 1, 1),) * 8, 15, 96, 0xFFFF)
    made.recorder.write(pp.LIMITS, limits)
    # One block grows, and when it is complete the oldest is given up.
    assert made.store.shape.block == 5 + 8 * 6 + 96 * (5 + 8 * 2)
    assert pp.blocks_of(made.program.get(pp.LIMITS)) - 1 >= 100


def test_new_channels_record_what_the_first_does():
    made = started()
    limits, _ = program(((DELIVERED, 1, 1),) * 3, 15, 4, 5)
    made.recorder.write(pp.LIMITS, limits)
    channels = pp.channels_of(made.program.get(pp.CONTROL), 3)
    assert channels == ((SOURCES[DELIVERED], SOURCES[DELIVERED], 1, 1),) * 3


def test_a_program_that_the_memory_does_not_take_leaves_everything_as_it_was(monkeypatch):
    made = started()
    run(made, 20)
    before = shown(made), made.program.get(pp.LIMITS)
    monkeypatch.setattr(made.program, "save", lambda: False)
    assert not made.recorder.write(pp.LIMITS, program(((DELIVERED, 1, 1),) * 3, 15, 4, 5)[0])
    assert (shown(made), made.program.get(pp.LIMITS)) == before


def test_a_stored_program_that_cannot_be_is_a_fault_and_what_is_out_of_the_box_holds():
    made = started()
    made.program.put(pp.LIMITS, bytes(7) + b"\xff" * 6)
    made.program.save()
    made = made.again(1000, False)
    assert made.storage.faults.word & f.CONFIGURATION_BAD
    assert made.program.get(pp.LIMITS) == pp.default_limits(made.profile.most[0])


def test_what_is_to_be_forgotten_is_gone_at_once_and_begins_anew():
    made = started()
    run(made, 50, 60)
    made.recorder.forget()
    assert (made.profile.blocks, made.profile.unread, made.profile.overflow) == (0, 0, False)
    made = made.again(1000, False)
    assert made.profile.blocks == 0
    run(made, 11, 60)
    assert [(i[1], i[2]) for i in shown(made)[0]] == [(pytest.approx(600, abs=5), PARTIAL)]


def test_registers_that_were_cleared_before_a_cut_make_no_negative_interval():
    made = started()
    run(made, 50, 60)
    clear(made.page, 1)
    made = made.again(1000, False)
    assert made.profile.blocks == 0
    run(made, 11, 60)
    assert [i[1] for i in shown(made)[0]] == [pytest.approx(600, abs=5)]


@pytest.mark.parametrize("word", [p.DELIVERED_COUNTS, p.RECEIVED_COUNTS])
@pytest.mark.parametrize("back", [1, 2, WH, 500 * WH])
def test_registers_that_went_back_by_less_than_a_kwh_begin_the_profile_anew(word, back):
    made = started()
    run(made, 14, 60)
    run(made, 14, -60)
    run(made, 4)  # an interval runs that began with what stands in the registers
    assert made.profile.blocks == 1 and made.page[word] > 700 * WH
    made.page[word] -= back
    made = made.again(1000, False)
    assert made.profile.blocks == 0


def test_registers_that_stand_still_through_a_cut_keep_the_profile():
    made = started()
    run(made, 14, 60)
    run(made, 14, -60)
    run(made, 4)
    assert made.again(1000, False).profile.blocks == 1


# The list


def test_blocks_are_read_and_unread():
    made = started(intervals=2, blocks=5)
    run(made, 125)
    noted = []
    lists = ListProcedures((made.profile,), made.marks, lambda *what: noted.append(what))
    assert (made.profile.blocks, made.profile.unread) == (4, 4)
    assert lists.update({"LIST": 3, "ENTRIES_READ": 2}, {}) == COMPLETED
    assert made.profile.unread == 2
    assert lists.reset({"LIST": 7}, {}) == COMPLETED
    assert made.profile.unread == 0
    run(made, 20)
    assert lists.reset({"LIST": 255}, {}) == COMPLETED
    assert (made.profile.unread, made.profile.intervals) == (1, 1)  # a block that grows
    assert [detail for _, detail in noted] == [3, 7, 255]


def test_a_block_that_grows_stays_unread():
    made = started(intervals=4)
    run(made, 20)
    made.profile.mark_all_read()
    assert made.profile.unread == 1
    made.profile.mark_read(1)
    assert made.profile.unread == 1
    run(made, 60)
    assert made.profile.unread == 2


def test_blocks_that_are_overwritten_unread_are_an_overflow():
    made = started(intervals=1, blocks=3)
    run(made, 45)
    made.profile.mark_read(1)
    assert not made.profile.overflow
    run(made, 45)
    assert made.profile.overflow
    made.profile.mark_all_read()
    assert not made.profile.overflow


# Faults


def test_a_record_of_which_no_copy_is_valid_is_a_fault_and_the_profile_begins_anew():
    made = started()
    run(made, 50)
    for at in range(layout.RECORDER, layout.RECORDER + layout.RECORDER_SLOTS * 128, 16):
        made.cells[at] ^= 0x10
    made = made.again(1000, False)
    assert made.storage.faults.word & f.PROFILE_BAD
    assert (made.profile.blocks, made.profile.unread, made.profile.overflow) == (0, 0, False)
    run(made, 20)
    assert made.profile.blocks == 1


@pytest.mark.parametrize("at", [0, 7, 30, -7, -5, -1])
def test_a_block_that_has_gone_bad_is_found_and_reads_as_zeros(at):
    made = started(intervals=4, blocks=5)
    run(made, 200)
    before = shown(made)
    for _ in range(100):
        made.recorder.step(made.now)
    assert shown(made) == before and not made.storage.faults.word & f.PROFILE_BAD
    slot = made.store.shape.block + 6
    made.cells[layout.PROFILE + slot + at % slot] ^= 0x04
    for _ in range(100):
        made.recorder.step(made.now)
    assert made.storage.faults.word & f.PROFILE_BAD
    octets = bytearray(made.store.shape.block)
    made.profile.read(len(octets), len(octets), octets, 0)
    assert not any(octets)
    made.profile.read(0, len(octets), octets, 0)
    assert any(octets)
    run(made, 240)  # it is overwritten
    made.profile.read(made.store.shape.block, 50, octets, 0)
    assert any(octets)
    for _ in range(100):
        made.recorder.step(made.now)
    assert len(made.blocks()) == made.profile.blocks
    assert all(block.end is not None for block in made.blocks())


def test_an_interval_that_does_not_read_back_is_a_fault():
    made = started()
    run(made, 10)
    assert not made.storage.faults.word & f.PROFILE_BAD

    class Deaf:
        def write(self, address, buf):
            pass

        def readinto(self, address, buf):
            buf[:] = b"\xff" * len(buf)

    made.store._memory = Deaf()
    run(made, 10)
    assert made.storage.faults.word & f.PROFILE_BAD
