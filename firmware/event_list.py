"""The event log as ST76 serves it: the entries of the cycle, oldest first, as a list of C12.19."""

from micropython import const

from c1219 import NotReady, events
from firmware.record_list import RecordList

LIST = const(1)  # number of the list in procedures 4 and 5 (low confidence)
# All that the log has places for, seals and software included. ST76 then goes into two packets of
# 512 octets, which is all that some clients take.
SERVED = const(61)


class EventList(RecordList):
    """Of `event_log`, an audit.log.EventLog that is loaded, as is this."""

    def __init__(self, event_log, marks):
        RecordList.__init__(self, event_log.ring, event_log.view, marks, LIST, SERVED)
        self.log = event_log
        self.events = events.EVENT_LOG

    @property
    def valid(self):
        """Entries of the cycle that can be read."""
        first = self.log.first
        if first == 0:
            return 0
        held = self._ring.newer(self._ring.back(self._ring.since(first) + 1))
        return min(held, self.capacity)

    def entry_or_none(self, i):
        """As `entry`, but None also for one that cannot be read."""
        try:
            return self.entry(i)
        except NotReady:
            return None

    def entry(self, i):
        """As RecordList; the log itself reads entries between two requests."""
        self._held = None
        return RecordList.entry(self, i)
