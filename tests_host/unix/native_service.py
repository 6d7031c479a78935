"""The service switch moves on MicroPython, and is looked at on a locked heap.

Runs on MicroPython only: CPython cannot lock its heap.
"""

from array import array

import micropython

from boards.pico_meter.service_lines import (
    CLOSE_COIL,
    LOAD_VOLTAGE,
    OPEN_COIL,
    POSITION,
    ServiceLines,
)
from c1219 import events
from firmware import service_switch as s
from firmware.log import Actor
from metrology import faults as f
from metrology.page import FAULTS, new_page
from tests_host.pure.memory import Memory

_PERIOD_MS = 250


class Contacts:
    """An expander whose coils move contacts at once."""

    def __init__(self):
        self.closed = True
        self.levels = array("B", (0,))

    def write(self, levels):
        if not levels & 1 << OPEN_COIL:
            self.closed = False
        elif not levels & 1 << CLOSE_COIL:
            self.closed = True

    def read(self):
        return 0xFF & ~(1 << POSITION | 1 << LOAD_VOLTAGE) if self.closed else 0xFF


class Log:
    def __init__(self):
        self.entries = []

    def add(self, code, actor, detail=0):
        self.entries.append((code, actor.source, detail))


def moved(switch, action, now):
    number = switch.ask(action, Actor(events.SOURCE_OPTICAL))
    assert number > 0
    while switch.outcome(number) == s.UNDER_WAY:
        now += switch.step(now)
    assert switch.outcome(number) == s.DONE
    return now


def watched(switch, now, looks):
    micropython.heap_lock()
    try:
        for _ in range(looks):
            switch.step(now)
            assert switch.state != s.MOVING  # as the display asks for it
            now += _PERIOD_MS
    finally:
        micropython.heap_unlock()
    return now


def test_it_moves_and_is_watched_without_garbage():
    contacts = Contacts()
    faults = f.FaultSet(new_page(), FAULTS)
    log = Log()
    switch = s.ServiceSwitch(ServiceLines(contacts), Memory(4096), 0, 4, faults, log)
    now = 2**30 - 20000  # the tick wraps meanwhile
    for _ in range(4):
        now += switch.step(now & 0x3FFFFFFF)
    assert switch.state == s.CLOSED
    now = watched(switch, 0, 10000)
    now = moved(switch, s.OPEN, now)
    assert not contacts.closed
    now = watched(switch, now, 10000)
    now = moved(switch, s.CLOSE, now)
    assert contacts.closed and switch.state == s.CLOSED
    contacts.closed = False
    now = watched(switch, now, 15)
    for _ in range(10):  # the fault is logged, which allocates
        now += switch.step(now)
    assert faults.word == f.SERVICE_DISAGREES
    watched(switch, now, 1000)
    assert [entry[0] for entry in log.entries] == [
        events.CONTROL_BY_COMMAND,
        events.CONTROL_BY_COMMAND,
        events.CONTROL_BY_CONDITION,
    ]
