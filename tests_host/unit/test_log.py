"""The history log's caps: what anybody can cause pushes nothing else out within a day."""

import random
from array import array

import pytest

from boards.pico_meter import layout
from c1219 import events
from firmware.history import SERVED, History
from firmware.log import Actor, Log
from firmware.record_list import ReadMarks
from metrology import page as p
from picometer.virtual.host import ImageMemory

DAY = 864000  # ticks
OPTICAL, MODULE = Actor(events.SOURCE_OPTICAL, 7, 3), Actor(events.SOURCE_MODULE, 8, 2)
LEVER, POWER = Actor(events.SOURCE_LEVER), Actor(events.SOURCE_POWER)
CLOCK = Actor(events.SOURCE_CLOCK)
REFUSALS = (
    events.WRITE_REFUSED,
    events.PROCEDURE_REFUSED,
    events.LOCKED_OUT,
    events.LIST_POINTERS_RESET,
    events.LIST_POINTERS_UPDATED,
)
DONE = (events.PROGRAMMED, events.SELF_READ, events.DEMAND_RESET, events.PROCEDURE_INVOKED)


class Clock:
    now = array("i", (-1, 0))

    def update(self, now_ms):
        """No time."""


class Storage:
    """A page, and what of it would outlive a power cut."""

    def __init__(self):
        self.page = p.new_page()
        self.kept = self.page[:]

    def write(self):
        self.kept = self.page[:]


class Desk:
    """A log over the history of a meter; time goes by in ticks."""

    def __init__(self, ticks=0):
        memory = ImageMemory(bytearray(1 << 16))
        self.marks = ReadMarks(memory, layout.READ_MARKS, layout.READ_MARK_SLOTS)
        self.history = History(memory, layout.HISTORY, layout.HISTORY_SLOTS, self.marks)
        self.history.load(lambda: None)
        self.storage = Storage()
        self.storage.page[p.TICKS] = ticks
        for word in (p.LOG_FREE_CLOCK, *range(p.LOG_FREE, p.LOG_FREE + 4)):
            self.storage.page[word] = ticks
        self.start()

    def start(self):
        self.log = Log(self.history, Clock(), lambda: 0, self.storage)
        self.log.protected = True

    def cut(self):
        """The power fails, before the tick's write of the page, and comes back."""
        self.storage.page[:] = self.storage.kept
        self.start()
        if self.log.add(events.POWER_DOWN, POWER):
            self.log.add(events.POWER_UP, POWER)

    def wait(self, ticks):
        page = self.storage.page
        page[p.TICKS] = (page[p.TICKS] + ticks) & p.COUNTER_MASK
        self.storage.write()

    def codes(self):
        return [self.history.entry(i).code for i in range(self.history.valid)]


@pytest.mark.parametrize("start", [0, 5, p.COUNTER_MASK, p.COUNTER_MASK - DAY, 1 << 29])
def test_a_babbling_client_has_eight_entries_and_two_more_a_day(start):
    desk = Desk(start)
    for day in range(6):
        for i in range(100):
            desk.log.add(REFUSALS[i % len(REFUSALS)], MODULE, i)
            desk.log.add(REFUSALS[i % len(REFUSALS)], OPTICAL, i)
        assert desk.history.total == 8 + 2 * day
        assert desk.storage.page[p.LOG_DROPPED] == 200 * (day + 1) - desk.history.total
        desk.wait(DAY)
    desk.wait(8 * DAY)
    for i in range(100):
        desk.log.add(events.WRITE_REFUSED, OPTICAL, i)
    assert desk.history.total == 8 + 2 * 5 + 8


def test_no_power_cut_gives_a_place_back():
    desk = Desk()
    for i in range(100):
        desk.log.add(events.WRITE_REFUSED, OPTICAL, i)
        desk.cut()
    assert desk.codes().count(events.WRITE_REFUSED) == 8


def test_outages_without_end_have_three_pairs_and_one_more_a_day():
    desk = Desk()
    for day in range(4):
        for _ in range(31):
            desk.cut()
        down, up = (desk.codes().count(code) for code in (events.POWER_DOWN, events.POWER_UP))
        assert down == up == 3 + day
        desk.wait(DAY)


@pytest.mark.parametrize("seed", range(20))
def test_whatever_clients_and_outages_do_an_operators_entry_is_shown_for_a_day(seed):
    draw = random.Random(seed)
    desk = Desk(draw.randrange(1 << 30))

    def anything():
        what = draw.randrange(4)
        actor = draw.choice((OPTICAL, MODULE))
        if what == 0:
            desk.log.add(draw.choice(REFUSALS), actor)
        elif what == 1:
            desk.log.add(draw.choice(DONE), draw.choice((actor, CLOCK)))
        elif what == 2:
            desk.cut()
        else:
            first, second = draw.choice(
                (
                    (events.TIME_CHANGED_OLD, events.TIME_CHANGED_NEW),
                    (events.TEST_MODE_START, events.TEST_MODE_STOP),
                )
            )
            if desk.log.add(first, actor):
                desk.log.add(second, actor)

    for _ in range(draw.randrange(400)):
        anything()
        desk.wait(draw.randrange(5000))
    assert desk.log.add(events.SECURITY, LEVER, 4711)
    left = DAY
    while left > 0:
        step = min(left, draw.choice((0, 1, 600, 6000, 40000)))
        desk.wait(step)
        left -= step
        anything()
    shown = [desk.history.entry(i) for i in range(desk.history.valid)]
    assert len(shown) <= SERVED and events.SECURITY in desk.codes()


def test_operators_have_no_cap_while_the_meter_is_not_protected():
    desk = Desk()
    desk.log.protected = False
    for i in range(30):
        assert desk.log.add(events.SELF_READ, MODULE, i)
        desk.log.add(events.WRITE_REFUSED, MODULE, i)
    assert desk.codes().count(events.SELF_READ) == 30


def test_one_port_takes_no_place_from_the_other_and_the_clock_and_none_from_the_lever():
    desk = Desk()
    for i in range(100):
        desk.log.add(events.SELF_READ, MODULE, i)
    assert desk.history.total == 4
    assert [desk.log.add(events.SELF_READ, OPTICAL, i) for i in range(11)] == [True] * 10 + [False]
    assert all(desk.log.add(events.DEMAND_RESET, LEVER, i) for i in range(20))
    assert [desk.log.add(events.PENDING_CLEARED, CLOCK, i) for i in range(5)] == [True] * 4 + [
        False
    ]
