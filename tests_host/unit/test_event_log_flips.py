"""Every bit of every entry of an event log that is full: the one that is flipped is named."""

import random

import pytest

from audit.entry import WORDS
from audit.log import CAPACITY, EventLog
from boards.pico_meter import layout
from picometer.virtual.host import ImageMemory

SIZE = 4 * WORDS
FACTS = (bytes((7, 2, 1, 12, 0, 0)), 1, 0x43, 7, 11, 53, b"\x01" * 6, b"\x02" * 6)
FACTS += (bytes((1, 0, 0, 1)), b"SOFTWARE")


def loaded(cells):
    log = EventLog(
        ImageMemory(cells), layout.EVENTS, layout.EVENT_SLOTS, layout.AUDIT, layout.AUDIT_SLOTS
    )
    log.load()
    return log


@pytest.fixture(scope="module")
def full():
    cells = bytearray(layout.PROFILE)
    log = loaded(cells)
    for _ in range(CAPACITY):
        assert log.add(CAPACITY, FACTS) == 0
    assert loaded(cells).broken == 0
    return cells


def named(cells, number, at, bit):
    """What a log says that finds this bit of an entry flipped."""
    place = layout.EVENTS + number % layout.EVENT_SLOTS * SIZE + at
    cells[place] ^= 1 << bit
    log = loaded(cells)
    cells[place] ^= 1 << bit
    return log.broken, log.total, log.used


def test_sampled_bits(full):
    draw = random.Random(5)
    for number in range(1, CAPACITY + 1):
        for _ in range(6):
            at, bit = draw.randrange(SIZE), draw.randrange(8)
            assert named(full, number, at, bit) == (number, CAPACITY, CAPACITY), (at, bit)


@pytest.mark.full
@pytest.mark.parametrize("number", range(1, CAPACITY + 1))
def test_all_bits(full, number):
    for at in range(SIZE):
        for bit in range(8):
            assert named(full, number, at, bit) == (number, CAPACITY, CAPACITY), (at, bit)
