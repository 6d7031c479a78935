"""Power that goes at any octet of any write, the octet under way garbled, leaves old or new."""

import random

import pytest

from journal import BAD, EMPTY, FOUND
from tests_host.unit.rings import BASE, KINDS, filled, load, opened, put

_NAMES = [kind.name for kind in KINDS]


def sweep(kind, before, fill, draw, step=1):
    """Tear the write that follows `before` records at every `step`-th octet: what is found."""
    memory = filled(kind, before, fill)
    ring = opened(kind, memory)
    old = load(kind, memory)
    was = bytes(memory.data)
    ring.load()
    assert put(ring, before + 1)
    will = bytes(memory.data)
    new = load(kind, memory)
    start = BASE + (before + 1) % kind.slots * kind.size
    assert was[:start] == will[:start]
    assert was[start + kind.size :] == will[start + kind.size :]
    outcomes = []
    for k in range(draw.randrange(step), kind.size + 1, step):
        memory.data[:] = will[: start + k] + was[start + k :]
        if k < kind.size:
            memory.data[start + k] = draw.choice((draw.randrange(256), 0x00, 0xFF))
        outcome = load(kind, memory)
        assert outcome in allowed(kind, old, new, before), (kind.name, before, fill, k)
        outcomes.append(outcome)
    assert outcomes[-1] == new or step > 1
    # The meter goes on from there.
    again = opened(kind, memory)
    again.load()
    assert put(again, before + 2) and load(kind, memory)[1][-1] == before + 2
    return outcomes


def allowed(kind, old, new, before):
    """The old and the new state, and of a ring of entries also the old one without its oldest."""
    spared = (FOUND, old[1][1:]) if before >= kind.slots and len(old[1]) > 1 else old
    return old, new, spared


@pytest.mark.parametrize("fill", [0x00, 0xFF])
@pytest.mark.parametrize("kind", KINDS, ids=_NAMES)
def test_a_garbled_first_write_of_any_ring_leaves_an_empty_ring_or_the_record(kind, fill):
    draw = random.Random(f"{kind.name} {fill}")
    outcomes = sweep(kind, 0, fill, draw)
    assert {found for found, _ in outcomes} == {EMPTY, FOUND}


@pytest.mark.parametrize("kind", KINDS, ids=_NAMES)
def test_a_garbled_later_write_of_any_ring_leaves_the_old_record_or_the_new(kind):
    draw = random.Random(kind.name)
    big = kind.slots > 16
    writes = range(1, kind.slots + 3)
    if big:  # all of them in the full sweep
        writes = (1, 2, kind.slots - 1, kind.slots, kind.slots + 1)
    for before in writes:
        sweep(kind, before, 0, draw, 5 if big else 1)


@pytest.mark.full
@pytest.mark.parametrize("fill", [0x00, 0xFF])
@pytest.mark.parametrize("kind", KINDS, ids=_NAMES)
def test_every_octet_of_every_write_up_to_a_turn_and_more(kind, fill):
    draw = random.Random(f"full {kind.name} {fill}")
    for before in range(kind.slots + 3):
        sweep(kind, before, fill, draw)


@pytest.mark.parametrize("kind", KINDS, ids=_NAMES)
def test_a_first_write_that_is_torn_again_and_again_leaves_an_empty_ring(kind):
    draw = random.Random(f"again {kind.name}")
    for fill in (0x00, 0xFF):
        memory = filled(kind, 0, fill)
        for attempt in range(12):
            was = bytes(memory.data)
            ring = opened(kind, memory)
            found = ring.load()
            if found == FOUND:  # it was torn at its very end
                break
            assert found == EMPTY, (kind.name, fill, attempt)
            put(ring, attempt + 1)
            k = draw.randrange(kind.size)
            at = BASE + kind.size + k
            memory.data[at:] = was[at:]
            memory.data[at] = draw.randrange(256)


@pytest.mark.parametrize("kind", [k for k in KINDS if k.name == "configuration"], ids=str)
def test_the_only_record_damaged_is_not_taken_for_a_new_meter(kind):
    memory = filled(kind, 1)
    was = load(kind, memory)
    mark = 8 * (kind.size - 4)
    for bit in range(8 * kind.size):
        at = BASE + kind.size + bit // 8
        memory.data[at] ^= 1 << bit % 8
        assert load(kind, memory) == (was if bit >= mark else (BAD, [])), bit
        memory.data[at] ^= 1 << bit % 8
