"""The register page: every register that must survive, in one preallocated block.

One `array('I')`; the metering tick updates it in place and the same bytes are journaled.
Energy is kept as the chip counts it: whole kWh and the counts of the running kWh. No
constant is applied and nothing is rounded until a value is shown.

Word 0 and the last two words belong to `journal.Journal`. All user words stay below
2^30, where MicroPython's integers are small and cost no memory.
"""

from array import array

from micropython import const

LAYOUT = const(1)  # layout version, LAYOUT_VERSION
DELIVERED_KWH = const(2)
DELIVERED_COUNTS = const(3)  # of the running kWh, below Constants.counts_per_kwh
RECEIVED_KWH = const(4)
RECEIVED_COUNTS = const(5)
LAST_A = const(6)  # the chip's 24-bit energy counters when they were last billed
LAST_B = const(7)
CLOCK = const(8)  # steps of 2 s since 2000 at the last look at a valid clock, 0 = never
TICKS = const(9)  # ticks billed, modulo 2^30
REJECTED = const(10)  # samples refused as impossible, modulo 2^30
CHIP_RESETS = const(11)  # metering chip resets while the meter ran
STARTS = const(12)  # starts of the meter
FAULTS = const(13)  # faults that only service clears, see faults.py
INTERVAL_DELIVERED = const(14)  # counts of the running interval, modulo 2^30
INTERVAL_RECEIVED = const(15)
RESET_CAUSE = const(16)  # why the processor started last, see firmware/health.py
CRASHES = const(17)  # starts in a row after a run that ended badly and early
ERRORS = const(18)  # errors that duties raised, modulo 2^30
LAST_ERROR = const(19)  # the last of them: 256 times the duty's rank plus the error's code

LAYOUT_VERSION = const(1)
COUNTER_MASK = const(0x3FFFFFFF)
_WORDS = const(32)  # 29 for the meter, 3 for the journal; spare words are zero


def new_page():
    """An empty page of the present layout."""
    page = array("I", bytes(4 * _WORDS))
    page[LAYOUT] = LAYOUT_VERSION
    return page


def count(page, index):
    """Step a counter that wraps at 2^30."""
    page[index] = (page[index] + 1) & COUNTER_MASK
