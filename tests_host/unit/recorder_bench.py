"""A meter's registers and recorder, on a clock and a memory that a test moves, and the oracle."""

from datetime import datetime, timedelta

from boards.pico_meter import layout
from boards.ratings import rating
from firmware import profile_program as pp
from firmware.load_profile import LoadProfile
from firmware.log import Actor
from firmware.profile_channels import Channels
from firmware.profile_check import ProfileCheck
from firmware.profile_store import ProfileStore
from firmware.readings import measured
from firmware.record_list import ReadMarks
from firmware.recorder import Recorder
from metrology import page as p
from metrology import profile as mp
from metrology.constants import Constants
from metrology.demand_register import counts_to_watts
from picometer.proof.profile_oracle import Look, ProfileOracle
from picometer.reader.profile import Block, decode_block
from picometer.virtual.host import ImageMemory
from tests_host.unit import billing_bench

RATING = rating("2S-240-200")
CONSTANTS = Constants(RATING.coils, RATING.full_scale_watts, RATING.kh_mwh)
CELLS = 262144
TICK_MS = 1000
IDLE_MS = 1000
EPOCH = datetime(2000, 1, 1)
# Sources of ST16 by the oracle's kinds.
SOURCES = (0, 1, 2, 9, 10)
LAST_SOURCES = (11, 12)
HAND = Actor(1)
QUANTITIES = tuple(range(22))


def minute_of(moment):
    return (moment - EPOCH) // timedelta(minutes=1)


def clock_text(moment):
    return f"{moment:%H:%M}"


class Readings:
    """Present values are 100 times the quantity's number; demands are the page's."""

    def __init__(self, page):
        self._page = page

    def quantity(self, which):
        if which in LAST_SOURCES:
            return counts_to_watts(CONSTANTS, self._page[p.DEMAND_LAST + which - LAST_SOURCES[0]])
        return 100 * which


def program(channels, length, intervals, blocks, code=mp.INT16):
    """ST61 and ST62: channels are (kind of the oracle, scalar, divisor)."""
    limits = pp.limits_of(len(channels), intervals, length, blocks, layout.PROFILE_OCTETS)
    chosen = [
        (SOURCES[kind], SOURCES[kind] if kind < 3 else 0, scalar, divisor)
        for kind, scalar, divisor in channels
    ]
    return limits, pp.control_of(chosen, code)


class Bench(billing_bench.Bench):
    """`limits`, `control`: what is recorded, when it is not in the memory already."""

    def __init__(self, cells=None, into_ms=0, tables=None):
        billing_bench.Bench.__init__(self, cells or bytearray(CELLS), into_ms)
        memory = ImageMemory(self.cells)
        if tables is not None:
            self.program.put(pp.LIMITS, tables[0])
            self.program.put(pp.CONTROL, tables[1])
            self.program.save()
        self.marks = ReadMarks(memory, layout.READ_MARKS, layout.READ_MARK_SLOTS)
        self.marks.load()
        channels = Channels(CONSTANTS, Readings(self.page), measured(RATING))
        self.store = ProfileStore(
            memory, layout.PROFILE, layout.RECORDER, layout.RECORDER_SLOTS, channels.head
        )
        self.recorder = Recorder(
            self.store,
            ProfileCheck(self.store, memory),
            channels,
            layout.PROFILE_OCTETS,
            self.program,
            self.pages,
            self.clock,
            self.marks,
            self.storage.faults,
        )
        self.profile = LoadProfile(
            self.recorder,
            self.store,
            layout.PROFILE_OCTETS,
            self.program,
            self.pages,
            self.marks,
        )
        self._due = True
        self.recorder.wake = self._wake
        self.oracle = None
        self.at_start = self.page[p.DELIVERED_KWH : p.DELIVERED_KWH + 4]

    def _wake(self):
        self._due = True

    def start(self, counted_on=False, gap_s=-1):
        billing_bench.Bench.start(self, counted_on, gap_s)
        self.recorder.start(self.at_start, counted_on)
        return self

    def tick(self, counts=0, ms=TICK_MS):
        billing_bench.Bench.tick(self, counts, ms)
        self.recorder.ticked(self.now)
        if self._due:
            self.serve()
        if self.oracle is not None and self.oracle.cares(self.clock.ms):
            self.oracle.tick(self.look())

    def serve(self):
        """The duty, until it wants to wait."""
        delay = 0
        while delay == 0:
            delay = self.recorder.step(self.now)
        self._due = delay < IDLE_MS

    def look(self):
        page = self.page
        per_kwh = billing_bench.COUNTS_PER_KWH
        delivered = page[p.DELIVERED_KWH] * per_kwh + page[p.DELIVERED_COUNTS]
        received = page[p.RECEIVED_KWH] * per_kwh + page[p.RECEIVED_COUNTS]
        watts = [counts_to_watts(CONSTANTS, page[p.DEMAND_LAST + d]) for d in range(2)]
        return Look(self.clock.ms, delivered, received, tuple(watts))

    def again(self, off_ms, counted_on, counts=0):
        """The bench after a power cut, or after a restart in which the chip has counted on."""
        self.storage.write()
        new = Bench(self.cells)
        new.now = self.now
        new.clock.ms = self.clock.ms + off_ms
        new.clock.valid = self.clock.valid
        new.oracle = self.oracle
        if counted_on:
            new.counter[0] = (self.counter[0] + counts) & 0xFFFFFF
        else:
            new.page[p.LAST_A] = 0
        return new.start(counted_on, off_ms // 1000)

    def blocks(self):
        """What ST63 and ST64 say, decoded: oldest first."""
        recorder, shape = self.profile, self.store.shape
        found: list[Block] = []
        for back in range(recorder.blocks - 1, -1, -1):
            element = (recorder.element - back) % self.store.capacity
            octets = bytearray(shape.block)
            recorder.read(element * shape.block, shape.block, octets, 0)
            count = shape.intervals if back else recorder.intervals
            found.append(
                decode_block(self.parts(), octets, count, timedelta(minutes=shape.length))
            )
        return found

    def parts(self):
        """Parts of a block, from the declarations and the octets of ST61 and ST62."""
        from c1219 import decade6
        from c1219.codec import learn
        from c1219.types import resolve

        dims = {"NI_FORMAT1": 10, "NI_FORMAT2": 8}
        learn(dims, decade6.ST61.fields, self.program.get(pp.LIMITS))
        learn(dims, decade6.ST62.fields, self.program.get(pp.CONTROL))
        return resolve(decade6.ST64.fields, dims)[0][5]


def bench(channels=((0, 1, 1), (1, 1, 1)), length=15, intervals=96, blocks=5, into_ms=0, **more):
    """A bench that records, with its oracle."""
    code = more.get("code", mp.INT16)
    made = Bench(into_ms=into_ms, tables=program(channels, length, intervals, blocks, code))
    tick_ms = more.get("tick_ms", TICK_MS)
    shape = mp.Shape(len(channels), intervals, length, code)
    per_wh = billing_bench.COUNTS_PER_KWH // 1000
    made.oracle = ProfileOracle(
        channels,
        length,
        intervals,
        blocks,
        per_wh,
        (shape.smallest, shape.largest),
        settling_ms=tick_ms,
        noticed_ms=tick_ms,
    )
    made.start()
    made.oracle.power_returns(made.clock.ms)
    return made
