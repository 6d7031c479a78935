"""Waits for a memory that did not answer at the start, and gives it what was metered meanwhile.

Without it the meter runs as what it is out of the box, sealed, and keeps nothing. Once the memory
answers, the energy metered so far is added to the registers that it holds, with a fault that
stays, and the processor restarts: the start then loads what the meter really is. The metering chip
counts on. A memory that stopped answering after the registers were loaded needs the restart alone.
"""

from micropython import const

from firmware.configuration import Configuration
from firmware.core import constants_of, rating_of, storage_of
from firmware.health import COMMANDED, Health
from journal import BAD
from metrology.absorb import absorb
from metrology.faults import MEMORY_ABSENT

_PERIOD_MS = const(1000)


class LateMemory:
    """The duty of a meter whose memory did not answer at the start, or not all the time.

    meter  firmware.meter.Meter, with everything brought up
    board  for the memory, and the restart
    """

    def __init__(self, meter, board):
        self._meter = meter
        self._board = board
        self._late = None  # firmware.storage.Storage with the registers that the memory holds
        self._held = None  # these, as they were found
        self._per_kwh = 0

    def step(self, now_ms):
        """Ask the memory, once a second; the step after it answers restarts the processor."""
        meter = self._meter
        if not meter.storage.absent:
            if self._board.fram.present():
                self._restart(meter.health, meter.storage)
        elif self._late is not None:
            self._hand_over(now_ms)
        elif self._ask():
            return 0
        return _PERIOD_MS

    def _ask(self):
        # True when what the memory holds is known.
        late = storage_of(self._board)
        late.start()
        if late.absent:
            return False
        fram = self._board.fram
        layout = self._board.layout
        configuration = Configuration(fram, layout.CONFIGURATION, layout.CONFIGURATION_SLOTS)
        if configuration.load() == BAD and not fram.present():
            return False
        self._per_kwh = constants_of(rating_of(configuration, late.faults)).counts_per_kwh
        late.faults.set(MEMORY_ABSENT)
        self._held = late.page[:]
        self._late = late
        return True

    def _hand_over(self, now_ms):
        meter = self._meter
        meter.metering.step(now_ms)  # what the chip counts until the restart is for its first tick
        page = self._late.page
        # Whether an earlier try was written nobody knows: each begins with what was found.
        for i in range(1, len(page)):
            page[i] = self._held[i]
        absorb(page, self._per_kwh, meter.storage.page, meter.constants.counts_per_kwh)
        self._restart(Health(page), self._late)

    def _restart(self, health, storage):
        health.announce(COMMANDED)
        if storage.write():
            self._board.reset()
