"""Runs on the meter: times a journal write and a display refresh, in microseconds."""

import gc
import json
from time import ticks_diff, ticks_us

from boards.pico_meter.board import Board
from firmware.meter import Meter

CALLS = 50

board = Board()
board.watchdog = lambda: None
meter = Meter(board)
meter.start()
storage = meter.storage
image = bytearray(32)


def each(call, *arguments):
    gc.collect()
    begun = ticks_us()
    for _ in range(CALLS):
        call(*arguments)
    return ticks_diff(ticks_us(), begun) // CALLS


found = {"journal_us": each(storage.write), "refresh_us": each(board.lcd.refresh, image)}
print(json.dumps(found))
