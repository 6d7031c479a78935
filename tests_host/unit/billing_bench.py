"""The registers' owner on real pages, program and clock duty; a test moves the time."""

from array import array

from firmware.billing import Billing
from firmware.program import Program
from firmware.storage import Storage
from metrology import modes
from metrology import page as p
from metrology.tick import BILLED, bill, new_net
from picometer.virtual.host import ImageMemory
from ticks import Uptime

COUNTS_PER_KWH = 7782000
NEW_YEAR = 13149 * 1440  # 2036-01-01 00:00
LIMIT = (1 << 23) - 1


class Constants:
    counts_per_kwh = COUNTS_PER_KWH


class Clock:
    """What billing asks of the clock duty; ms since 2000 that a test moves."""

    def __init__(self, ms):
        self.ms = ms
        self.valid = True
        self.settled = True
        self.agrees = True
        self.now = array("i", (-1, 0))
        self.update(0)

    def update(self, now_ms):
        self.now[0] = self.ms // 60000 if self.valid else -1
        self.now[1] = self.ms % 60000


class SelfReads:
    """Notes what was taken; takes nothing while `full`."""

    def __init__(self):
        self.taken = []
        self.full = False

    def take(self, page, minute, cause):
        if self.full:
            return False
        self.taken.append((page[:], minute, cause))
        return True


class Bench:
    """A meter's registers, journaled to `cells`, and the chip's counter that feeds them."""

    def __init__(self, cells=None, into_ms=0):
        self.cells = cells or bytearray(65536)
        memory = ImageMemory(self.cells)
        memory.start = lambda: None
        self.storage = Storage(memory, (0x1000, 0x2000), 8)
        self.storage.start()
        self.program = Program(memory, 0x400, 2)
        self.program.load()
        self.pages = modes.Pages(self.storage.page)
        self.clock = Clock(NEW_YEAR * 60000 + into_ms)
        self.self_reads = SelfReads()
        self.entries = []
        self.times = []
        self.events = []
        self.switched = 0
        self.now = 0
        self.billing = Billing(
            self.pages,
            Constants,
            self.program,
            self.clock,
            self.storage,
            self._use_shown,
            self.self_reads,
            self._log,
            Uptime(lambda: self.now),
        )
        self.billing.on_event = self.events.append
        self.counter = array("I", (0, 0))
        self._net = new_net()

    def _use_shown(self):
        self.switched += 1

    def _log(self, code, actor, detail=0, time=None):
        self.entries.append((code, actor.source, actor.user_id, detail))
        self.times.append(time)
        return True

    @property
    def page(self):
        return self.pages.billing

    def start(self, counted_on=False, gap_s=-1):
        self.billing.start(counted_on, gap_s)
        return self

    def tick(self, counts=0, ms=1000):
        """`ms` go by with so many counts, negative received."""
        self.now += ms
        self.clock.ms += ms
        self.counter[0] = (self.counter[0] + counts) & 0xFFFFFF
        args = (self.pages.shown, self.counter, self._net, 1, LIMIT, COUNTS_PER_KWH)
        assert bill(*args) == BILLED
        self.billing.ticked(self.now)

    def run(self, seconds, counts=0):
        for _ in range(seconds):
            self.tick(counts)

    def energy(self, page=None):
        page = page or self.page
        return page[p.DELIVERED_KWH] * COUNTS_PER_KWH + page[p.DELIVERED_COUNTS]
