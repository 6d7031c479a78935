"""An image that runs is held against its manifest, whatever octet is another one."""

from hashlib import sha256

from c1219.events import ROM_FAILURE, SOFTWARE_CHANGED
from firmware.software import ALTERED, GOOD
from firmware.software_image import ImageSource
from metrology.faults import SOFTWARE_ALTERED
from tests_host.pure.memory import Memory
from tests_host.pure.software_bench import Bench, Flash

ALL_GOOD = [GOOD] * 4
# Odd bounds, a part that begins, and chunks of 1024 octets that end, anywhere.
SEGMENTS = ((3, 1), (1501, 0), (1502, 2), (4097, 1), (4100, 0), (5000, 1))


def image():
    flash = Flash(SEGMENTS)
    return flash, Bench(ImageSource(flash), Memory(256))


def test_an_image_as_it_was_built_is_good():
    flash, bench = image()
    assert bench.look() == ALL_GOOD
    assert bench.faults.word == 0 and bench.log.entries == []
    assert bench.software.computed == bench.software.expected
    octets = bytes([at * 7 & 0xFF for at in range(5000)])
    part = octets[3:1501] + octets[4097:4100]
    assert bench.software.computed[0] == sha256(part).digest()


def test_every_octet_of_an_image_is_of_one_part_whose_change_is_found():
    flash, bench = image()
    assert bench.look() == ALL_GOOD
    start = 0
    for end, part in SEGMENTS:
        for at in (start, (start + end) // 2, end - 1):
            flash.changed[at] = 0x10
            wanted = [GOOD] * 4
            wanted[1 + part] = ALTERED
            assert bench.look() == wanted, at
            assert bench.faults.word == SOFTWARE_ALTERED
            assert bench.software.computed[part] != bench.software.expected[part]
            assert bench.log.entries == [(ROM_FAILURE, 1 + part)]
            flash.changed.clear()
            bench.log.entries.clear()
            assert bench.look() == ALL_GOOD and bench.faults.word == 0
        start = end


def test_every_kind_of_octet_of_the_manifest_counts():
    flash, bench = image()
    for at in (0, 4, 5, 6, 8, 12, 44, 100, 212, 213, 235, 236, 3000, 3936, 4000, 4064, 4095):
        flash.changed[flash.manifest_at + at] = 1
        states = bench.look()
        assert states[0] == ALTERED and states[2] == ALTERED, at
        assert bench.faults.word == SOFTWARE_ALTERED
        flash.changed.clear()
    assert bench.look() == ALL_GOOD


def test_a_fault_that_was_withdrawn_stands_again_with_the_next_step():
    flash, bench = image()
    flash.changed[0] = 1
    bench.look()
    bench.faults.withdraw(SOFTWARE_ALTERED)
    bench.software.step(0)
    assert bench.faults.word == SOFTWARE_ALTERED
    assert bench.log.entries == [(ROM_FAILURE, 2)]  # once


def test_the_first_start_is_no_change_and_each_other_software_is_one():
    memory = Memory(256)
    flash = Flash(SEGMENTS)
    bench = Bench(ImageSource(flash), memory)
    bench.look()
    first = bench.software.computed
    bench.look()
    assert bench.log.changes == []
    flash = Flash(((100, 1), (5000, 0), (6000, 1)))
    bench = Bench(ImageSource(flash), memory)
    bench.look()
    code, old, new = bench.log.changes[0]
    assert (code, len(bench.log.changes), len(old), len(new)) == (SOFTWARE_CHANGED, 1, 74, 74)
    assert old[6:] == first[0] + first[1] + first[2][:4]
    computed = bench.software.computed
    assert new[6:] == computed[0] + computed[1] + computed[2][:4]
    again = Bench(ImageSource(flash), memory)
    again.look()
    assert again.log.changes == []


def test_a_change_that_could_not_be_logged_is_one_at_the_next_pass_too():
    memory = Memory(256)
    Bench(ImageSource(Flash(SEGMENTS)), memory).look()
    bench = Bench(ImageSource(Flash(((5000, 1),))), memory)
    bench.log.answer = -1
    bench.look()
    bench.look()
    assert len(bench.log.changes) == 2
    bench.log.answer = 0
    bench.look()
    bench.look()
    assert len(bench.log.changes) == 3


def test_a_restart_forgets_no_alteration_until_a_whole_pass_has_found_all_good():
    memory = Memory(256)
    flash = Flash(SEGMENTS)
    bench = Bench(ImageSource(flash), memory)
    assert not bench.software.altered
    flash.changed[2000] = 1
    while not bench.software.altered:
        bench.software.step(0)
    for _ in range(3):  # each cut off before it has looked at anything
        bench = Bench(ImageSource(flash), memory)
        assert bench.software.altered
        bench.software.step(0)
        assert bench.faults.word == SOFTWARE_ALTERED
    flash.changed.clear()
    bench = Bench(ImageSource(flash), memory)
    assert bench.software.altered
    assert bench.look() == ALL_GOOD
    assert not bench.software.altered and bench.faults.word == 0
    assert not Bench(ImageSource(flash), memory).software.altered
