"""Runs on the meter: the meter for a while, at RATE ticks a second, timing its sleep.

The host puts the line `RATE = ...` in front.
"""

# ruff: noqa: F821  RATE
import gc
import json
from time import ticks_diff, ticks_ms, ticks_us

from boards.pico_meter.board import Board
from firmware.meter import Meter
from metrology.page import TICKS

SETTLE_MS = 5000  # the segment test is over by then
MEASURED_MS = 60000
CALLS = 100


class Done(Exception):
    pass


class Sleep:
    """Stands before the board's wait and adds up how long it takes."""

    def __init__(self, wait):
        self._wait = wait
        self.restart(SETTLE_MS)

    def restart(self, for_ms):
        self.waits = 0
        self.us = 0
        self.until = ticks_ms() + for_ms

    def wait(self, ms):
        begun = ticks_us()
        woken = self._wait(ms)
        self.us += ticks_diff(ticks_us(), begun)
        self.waits += 1
        if ticks_diff(ticks_ms(), self.until) >= 0:
            raise Done
        return woken


def cost(call):
    """Microseconds of a call with nothing to wait for."""
    begun = ticks_us()
    for _ in range(CALLS):
        call(0)
    return ticks_diff(ticks_us(), begun) / CALLS


class Pace:
    """The time to the next of RATE ticks a second, in place of the metering duty's ten."""

    def __init__(self, now):
        self._start = now
        self._count = 0

    def until_next(self, now):
        self._count += 1
        return max(0, ticks_diff(self._start + self._count * 1000 // RATE, now))


def run(for_ms):
    sleep.restart(for_ms)
    try:
        meter.run()
    except Done:
        pass


board = Board()
awake = board.wait
sleep = Sleep(awake)
board.wait = sleep.wait
meter = Meter(board)
meter.start()
bare = cost(awake)
watched = cost(sleep.wait)
if RATE != 10:
    meter.metering._until_next = Pace(ticks_ms()).until_next
run(SETTLE_MS)
gc.collect()
ticks = meter.storage.page[TICKS]
begun = ticks_us()
run(MEASURED_MS)
found = {
    "us": ticks_diff(ticks_us(), begun),
    "ticks": meter.storage.page[TICKS] - ticks,
    "waits": sleep.waits,
    "wait_us": sleep.us,
    "wait_cost_us": bare,
    "watch_cost_us": watched - bare,
}
print(json.dumps(found))
