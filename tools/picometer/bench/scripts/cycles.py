"""Runs on the meter: times calls of the hot loops and prints the totals in microseconds.

Every figure is a loop over many calls. Beside each stands the same loop over a call that
does nothing and takes the same arguments. The host puts the line `CALLS = ...` in front.
"""

# ruff: noqa: F821  CALLS; ptr32 is the native compiler's
import gc
import json
from array import array
from time import ticks_diff, ticks_us

import bench_tick
import micropython
from machine import mem32

from ade7953 import Settings
from boards.pico_meter.board import Board
from boards.ratings import rating
from journal import crc as journal_crc
from metrology import tick_viper
from metrology.constants import Constants, coil_limit
from metrology.page import DELIVERED_COUNTS, DELIVERED_KWH, LAST_A, LAST_B, new_page
from metrology.ticker import Ticker, ticker
from psem import crc as link_crc

BYTES = 1024
_PRESCALE = 4  # SSPCPSR, in words from the base; 0 takes the emulated wire's time away

board = Board()
chosen = rating("2S-240-200")
constants = Constants(chosen.coils, chosen.full_scale_watts, chosen.kh_mwh)
afe = board.afe(Settings(cf1den=constants.cf1den))
limit = coil_limit(100)
prescale = board.afe_registers[0] + 4 * _PRESCALE
wired = mem32[prescale]
page = new_page()
native = ticker(afe, page, constants, board.afe_registers)
native.net[tick_viper.LIMIT] = limit
plain = Ticker(afe, page, constants)


@micropython.viper
def empty_viper(work: ptr32, page: ptr32) -> int:
    return 0


class EmptyTicker:
    def tick(self, limit):
        return 0


def settle():
    """Have ticks follow each other closely: one that differs from the last is not the fast one."""
    gc.collect()
    native.tick(limit)
    native.tick(limit)


def pairs(call, first, second):
    """Total of CALLS calls with two arguments."""
    settle()
    begun = ticks_us()
    for _ in range(CALLS):
        call(first, second)
    return ticks_diff(ticks_us(), begun)


def singles(call, argument):
    settle()
    begun = ticks_us()
    for _ in range(CALLS):
        call(argument)
    return ticks_diff(ticks_us(), begun)


def triples(call, first, second, third):
    gc.collect()
    begun = ticks_us()
    for _ in range(CALLS):
        call(first, second, third)
    return ticks_diff(ticks_us(), begun)


def timed(call, *arguments):
    """Total of CALLS ticks from empty registers; whether all was well; what they billed.

    The chip's counters run on through all of it.
    """
    for i in range(len(page)):
        if i not in (LAST_A, LAST_B):
            page[i] = 0
    total = pairs(call, *arguments) if len(arguments) == 2 else singles(call, *arguments)
    code = call(*arguments)
    return total, [code, constants.counts_per_kwh, page[DELIVERED_KWH], page[DELIVERED_COUNTS]]


def ticks():
    """All ticks at the present speed of the wire."""
    found = {}
    outcomes = []
    for name, call, arguments in (
        ("viper", tick_viper.tick, (native.net, page)),
        ("c", bench_tick.tick, (native.net, page)),
        ("duty", native.tick, (limit,)),
        ("bytecode", plain.tick, (limit,)),
    ):
        found[name], outcome = timed(call, *arguments)
        outcomes.append(outcome)
    found["billed"] = outcomes
    return found


def empties():
    return {
        "viper": pairs(empty_viper, native.net, page),
        "c": pairs(bench_tick.empty, native.net, page),
        "bytecode": singles(EmptyTicker().tick, limit),
    }


def checks():
    data = bytearray(BYTES)
    record = array("I", bytes(BYTES + 8))
    return {
        "crc16": triples(link_crc.crc16, data, 0, BYTES),
        "crc16_none": triples(link_crc.crc16, data, 0, 0),
        "crc32": pairs(journal_crc.seal, record, BYTES // 4),
        "crc32_none": pairs(journal_crc.seal, record, 0),
    }


found = {"bytes": BYTES, "empty": empties(), "checks": checks()}
found["wired"] = ticks()
mem32[prescale] = 0
found["unwired"] = ticks()
mem32[prescale] = wired
print(json.dumps(found))
