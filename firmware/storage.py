"""The storage duty: journals the register page after every tick."""

from micropython import const

from fram import FramError
from journal import BAD, EMPTY, FOUND, Journal
from metrology import faults as f
from metrology.page import FAULTS, LAYOUT, LAYOUT_VERSION, STARTS, count, new_page

_IDLE_MS = const(1000)
_TRIES = const(3)


class Storage:
    """Keeps `page` on the FRAM.

    Two rings: when no copy in the first is valid, it is left untouched for whoever may
    want to salvage it, the fault is latched, and the registers go on in the second. Once
    the second holds anything, the fault stands at every start until service clears it.
    """

    def __init__(self, memory, bases, slots):
        self.page = new_page()
        self.faults = f.FaultSet(self.page, FAULTS)
        self._memory = memory
        self._bases = bases
        self._slots = slots
        self._journal = None
        self._wanted = False

    def start(self):
        """Load the newest page; without a memory the meter goes on and says so.

        A memory that answers badly is asked again before it is believed: a disturbed bus
        must not look like lost registers.
        """
        if not self._answers():
            self.faults.set(f.MEMORY_ABSENT)
            return
        lost = False
        for base in self._bases:
            self._journal = Journal(self._memory, base, self._slots, self.page)
            found = self._load()
            if found != BAD:
                break
            lost = True
        if lost or self._reserve_in_use():
            self.faults.set(f.MEMORY_LOST)
        self.faults.recall()
        count(self.page, STARTS)

    def _answers(self):
        for _ in range(_TRIES):
            try:
                self._memory.start()
                return True
            except FramError:
                pass  # asked again; the fault is set when every try failed
        return False

    def _load(self):
        for _ in range(_TRIES):
            found = self._journal.load()
            if found != BAD:
                break
        if found == FOUND and self.page[LAYOUT] != LAYOUT_VERSION:
            self.page[:] = new_page()
            return BAD
        return found

    def _reserve_in_use(self):
        reserve = Journal(self._memory, self._bases[-1], self._slots, new_page())
        return reserve.load() != EMPTY

    def request(self):
        """The page has changed: the next step writes it."""
        self._wanted = True

    def write(self):
        """Write the page now; a fault tells when it does not read back."""
        self._wanted = False
        if self._journal is None:
            return
        if self._journal.append():
            self.faults.clear(f.MEMORY_WRITE)
        else:
            self.faults.set(f.MEMORY_WRITE)

    def step(self, now_ms):
        """One write at the most."""
        if self._wanted:
            self.write()
        return _IDLE_MS
