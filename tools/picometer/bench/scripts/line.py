"""Runs on the meter: the meter, with a long table in the FRAM as a load profile has it.

Each Ctrl-C has it print the longest time between two ticks since the last. It is taken as a
character: an exception in the middle of a tick would be heard in that time.

The host puts the lines `TABLE = ...`, `START = ...` and `OCTETS = ...` in front.
"""

# ruff: noqa: F821  TABLE, START, OCTETS
import json
import select
import sys

import micropython

from boards.pico_meter.board import Board
from firmware.meter import Meter


class Tables:
    """The tables of a port, and one more."""

    def __init__(self, tables, fram):
        self._tables = tables
        self._fram = fram
        self.default_table = tables.default_table
        self.authorise = tables.authorise
        self.logoff = tables.logoff

    def extent(self, table, offset, count, level):
        if table != TABLE:
            return self._tables.extent(table, offset, count, level)
        return OCTETS - offset if count == -1 else count

    def piece(self, table):
        return 0 if table == TABLE else self._tables.piece(table)

    def read(self, table, offset, count, buf, at, level):
        if table != TABLE:
            return self._tables.read(table, offset, count, buf, at, level)
        self._fram.readinto(START + offset, memoryview(buf)[at : at + count])
        return count


board = Board()
meter = Meter(board)
meter.start()
for port in (meter.optical, meter.module):
    session = port.link._session
    session._tables = Tables(session._tables, board.fram)
micropython.kbd_intr(-1)
asked = select.poll()
asked.register(sys.stdin, select.POLLIN)


def tell():
    print(json.dumps({"worst_ms": meter.metering.worst_ms}))
    meter.metering.worst_ms = 0


def look(now_ms):
    for _ in asked.ipoll(0):
        sys.stdin.read(1)
        tell()
    return 100


meter.scheduler.add(look)
tell()
meter.run()
