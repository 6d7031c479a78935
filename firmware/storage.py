"""The storage duty: journals the register page after every tick."""

from micropython import const

from fram import FramError, FramProtected
from journal import BAD, EMPTY, FOUND, Journal
from metrology import faults as f
from metrology.page import FAULTS, LAYOUT, LAYOUT_VERSION, STARTS, count, new_page

_IDLE_MS = const(1000)
_TRIES = const(3)
_BLANK = (bytes(8), b"\xff" * 8)


class Storage:
    """Keeps `page` on the FRAM.

    Two rings: when no copy in the first is valid, it is left untouched for whoever may
    want to salvage it, the fault is latched, and the registers go on in the second. Once
    the second holds anything, the fault stands at every start until service clears it.

    memory     fram.Fram
    bases      addresses of both rings
    slots      of each
    witnesses  addresses where a meter that has run has written something, whatever it is: where
               all of them are blank, and both rings, the meter is new

    absent  the memory did not answer at the start: nothing is loaded and nothing is kept
    small   it has only half of the addresses that it should have, see `measure`
    """

    def __init__(self, memory, bases, slots, witnesses=()):
        self.page = new_page()
        self.faults = f.FaultSet(self.page, FAULTS)
        self.absent = False
        self.small = False
        self._memory = memory
        self._bases = bases
        self._slots = slots
        self._witnesses = witnesses
        self._journal = None
        self._wanted = False

    def start(self):
        """Load the newest page; without a memory the meter goes on and says so.

        A memory that answers badly is asked again before it is believed: a disturbed bus
        must not look like lost registers, nor like a new meter.
        """
        if not self._answers() or not self._take_up():
            self.absent = True
            self._journal = None
            self.faults.set(f.MEMORY_ABSENT)
            return
        self.faults.recall()
        count(self.page, STARTS)

    def _answers(self):
        for _ in range(_TRIES):
            try:
                self._memory.start()
                return True
            except FramProtected:
                return True  # what it holds can be read, and each write tells that it cannot
            except FramError:
                pass  # asked again; the fault is set when every try failed
        return False

    def _take_up(self):
        # False: the memory has stopped answering meanwhile.
        first, reserve = self._bases
        found = self._load(first)
        if found == FOUND:
            lost = self._reserve_in_use()
        elif found == EMPTY and self._is_new():
            lost = False
        else:
            lost = True
            if self._load(reserve) != FOUND and found == EMPTY:
                self._open(first)
        if found != FOUND and not (self._journal.sure and self._journal.present()):
            return False
        if lost:
            self.faults.set(f.MEMORY_LOST)
        return True

    def _load(self, base):
        # FOUND, BAD, or EMPTY when it was that every time.
        empty = 0
        self._open(base)
        for _ in range(_TRIES):
            found = self._journal.load()
            if found == FOUND and self.page[LAYOUT] == LAYOUT_VERSION:
                return FOUND
            if found == FOUND:
                self.page[:] = new_page()
            elif found == EMPTY:
                empty += 1
        return EMPTY if empty == _TRIES else BAD

    def _open(self, base):
        self._journal = Journal(self._memory, base, self._slots, self.page)

    def _is_new(self):
        for _ in range(_TRIES):
            if not self._reserve_in_use() and self._is_unwritten():
                return True
        return False

    def _is_unwritten(self):
        octets = bytearray(len(_BLANK[0]))
        for address in self._witnesses:
            self._memory.readinto(address, octets)
            if octets not in _BLANK:
                return False
        return True

    def _reserve_in_use(self):
        # Whether anything was ever written there: seldom, so that a quick look comes first.
        reserve = Journal(self._memory, self._bases[-1], self._slots, new_page())
        return not reserve.is_blank() and reserve.load() != EMPTY

    def measure(self):
        """Find out whether the memory is as large as it should be; `small` and a fault tell.

        A memory of half the size takes every address, and begins again at half of them: then the
        page that was written at the start reads the same there. The upper half is not to be used.
        Nor is it when that page does not read as it was written, or the memory has stopped
        answering, which is no fault of its size.
        """
        if self.absent:
            return
        also = self._journal.is_also_at(self._memory.size >> 1)
        self.small = also is not False
        if also or also is None and self._journal.present():
            self.faults.set(f.MEMORY_WRITE)

    def request(self):
        """The page has changed: the next step writes it."""
        self._wanted = True

    def write(self):
        """Write the page now. False, and a fault, when it does not read back."""
        self._wanted = False
        if self._journal is None:
            return False
        if not self._journal.append():
            self.faults.set(f.MEMORY_WRITE)
            return False
        if not self.small:
            self.faults.clear(f.MEMORY_WRITE)
        return True

    def step(self, now_ms):
        """One write at the most."""
        if self._wanted:
            self.write()
        return _IDLE_MS
