"""The mark that registers are being cleared: a power failure in between leaves no half.

Cold Start and Clear Data clear several records, one after the other. The number of the entry in
the event log that the guard has made of it is kept first, and the register page, which is written
last, has it too: until it does, there is something left to do. The mark counts for nothing without
that entry, so nobody gets round the seal with it.
"""

from array import array

from micropython import const

from audit.rights import PROCEDURE
from c1219.events import PROCEDURE_INVOKED
from journal import FOUND, Journal
from metrology.page import CLEARED

NONE = const(-1)

_WORDS = const(8)
_ENTRY = const(1)  # 0: nothing is being cleared


class Clearing:
    """On `memory`, in `slots` of 32 octets at `base`.

    page       the register page for billing
    event_log  audit.log.EventLog, loaded
    """

    def __init__(self, memory, base, slots, page, event_log):
        self._record = array("I", bytes(4 * _WORDS))
        self._journal = Journal(memory, base, slots, self._record)
        self._page = page
        self._events = event_log

    @property
    def entry(self):
        """Number of the entry in the event log that allows it; 0 if nothing is being cleared."""
        return self._record[_ENTRY]

    def left(self):
        """Load the mark. Number of the procedure that a power failure has cut off, or NONE.

        A mark of what is done, or that no entry allows, is taken away.
        """
        if self._journal.load() != FOUND or not self.entry:
            return NONE
        ring, view = self._events.ring, self._events.view
        if self.entry != self._page[CLEARED] and ring.read(self.entry):
            if view.code == PROCEDURE_INVOKED and view.parameter & PROCEDURE:
                return view.parameter & ~PROCEDURE
        self.end()
        return NONE

    def begin(self):
        """Mark that what the newest entry of the event log allows begins: False if not kept."""
        return self._put(self._events.total)

    def end(self):
        """All is done, and the page says so: False if that is not kept, which changes nothing."""
        return self._put(0)

    def _put(self, entry):
        self._record[_ENTRY] = entry
        return self._journal.append()
