"""The load profile as tables and procedures see it."""

from c1219.procedures import ACCEPTED, COMPLETED, START_LOAD_PROFILE, STOP_LOAD_PROFILE
from firmware import profile_program as pp
from firmware.profile_store import LIST
from metrology.profile import CHANNELS, Shape

_LONGEST = 60  # minutes of an interval


class LoadProfile:
    """What `c1219.tables.Tables` asks for of it, and a list as firmware.lists has them.

    recorder  firmware.recorder.Recorder
    store     firmware.profile_store.ProfileStore
    size      octets of the memory that are for blocks
    program   firmware.program.Program
    pages     metrology.modes.Pages
    marks     firmware.record_list.ReadMarks
    """

    number = LIST

    def __init__(self, recorder, store, size, program, pages, marks):
        self._recorder = recorder
        self._store = store
        self._size = size
        self._program = program
        self._pages = pages
        self._marks = marks

    def offered(self):
        """Pairs of a declaration and what runs it, see c1219.procedures."""
        return ((START_LOAD_PROFILE, self._start), (STOP_LOAD_PROFILE, self._stop))

    def _start(self, parameters, response):
        return self._ask(True, parameters)

    def _stop(self, parameters, response):
        return self._ask(False, parameters)

    def _ask(self, to_record, parameters):
        # A note for the duty; asked again, whether it has been heard.
        if parameters is None:
            return ACCEPTED if self._recorder.asked else COMPLETED
        self._recorder.ask(to_record)
        return ACCEPTED

    @property
    def most(self):
        """What ST60 says: octets of memory, and the most blocks, intervals, channels, minutes."""
        return (self._size, pp.most_blocks(self._size), pp.INTERVALS, CHANNELS, _LONGEST)

    def fits(self, channels, intervals, code=0):
        """Whether there is room for blocks of this kind; `code` as INT_FMT, 0 for the present."""
        code = code or self._program.get(pp.CONTROL)[3 * self._store.shape.channels]
        return pp.fits(Shape(channels, intervals, _LONGEST, code), self._size)

    @property
    def active(self):
        """Whether it records, or is about to."""
        return not self._store.stopped

    @property
    def testing(self):
        """Whether test mode lets the registers stand still."""
        return self._pages.shown is not self._pages.billing

    @property
    def blocks(self):
        """Blocks that there are."""
        return self._store.blocks

    @property
    def element(self):
        """Where in the list the last one is."""
        return self._store.element

    @property
    def last_sequence(self):
        """Its number."""
        return self._store.last

    @property
    def intervals(self):
        """Intervals in it."""
        return self._store.intervals

    @property
    def unread(self):
        """Blocks, the latest, that have not been marked as read. One that grows cannot be."""
        return min(self._newer(), self.blocks)

    @property
    def overflow(self):
        """Whether blocks have been overwritten that nobody had read."""
        return self._newer() > self.blocks

    def mark_read(self, count):
        """Mark the `count` oldest unread blocks, 0 to `unread`, as read. The caller saves."""
        store = self._store
        if count:
            left = max(self.unread - count, store.since(store.complete))
            self._marks.set(LIST, store.last - left)

    def mark_all_read(self):
        """Mark every block as read that is complete. The caller saves."""
        self._marks.set(LIST, self._store.complete)

    def _newer(self):
        return self._store.since(self._marks.get(LIST))

    def read(self, offset, count, buf, at):
        """Copy octets of ST64."""
        self._store.read(offset, count, buf, at)
