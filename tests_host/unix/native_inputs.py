"""Switches are pressed, bounce, jam and are released on a locked heap.

Runs on MicroPython only: CPython cannot lock its heap.
"""

from array import array

import micropython

from firmware.inputs import LEVER, Inputs
from firmware.scheduler import Scheduler
from metrology.faults import SWITCH_STUCK, FaultSet
from metrology.page import FAULTS, new_page

_HOUR_MS = 3600000


class Bench:
    """Inputs under a scheduler whose waits move the time; a port has input at each."""

    def __init__(self):
        self.now = 0
        self.woken = 0
        self.told = array("i", (0, 0))
        self.faults = FaultSet(new_page(), FAULTS)
        self.inputs = Inputs([self.lever] + [self.open] * 4, bytes(5), self.faults)
        self.inputs.on_change = self.changed
        self.scheduler = Scheduler(self.ticks_ms, self.wait, self.failed)
        self.scheduler.add(self.inputs.step)
        self.scheduler.on_input[1] = self.scheduler.add(self.port)
        self.failures = 0

    def lever(self):
        """Released for an hour, pressed for an hour; bounces for 8 ms at every edge."""
        within = self.now % _HOUR_MS
        pressed = self.now // _HOUR_MS & 1
        if within < 8 and within & 2:
            pressed ^= 1
        return 1 - pressed

    def open(self):
        return 1

    def ticks_ms(self):
        return self.now

    def wait(self, ms):
        self.now += ms
        return 2

    def port(self, now_ms):
        self.woken += 1
        return 1000

    def changed(self, index, state):
        self.told[state] += 1

    def failed(self, index, error):
        self.failures += 1


def run(bench, until_ms):
    step = bench.scheduler.run_once
    micropython.heap_lock()
    try:
        while bench.now < until_ms:
            step()
    finally:
        micropython.heap_unlock()


def test_two_presses_of_an_hour_each():
    bench = Bench()
    run(bench, _HOUR_MS + 65000)
    assert bench.faults.word == SWITCH_STUCK and bench.inputs.state[LEVER] == 1
    run(bench, 2 * _HOUR_MS + 1000)
    assert bench.faults.word == 0 and bench.inputs.state[LEVER] == 0
    run(bench, 4 * _HOUR_MS + 1000)
    assert bench.told[0] == bench.told[1] == 2 and bench.failures == 0
    assert bench.woken > 3 * _HOUR_MS // 100
