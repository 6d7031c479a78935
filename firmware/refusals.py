"""Entries of the history log for what clients were refused, and no more than it can bear."""

from micropython import const

from c1219 import events
from c1219.procedures import CONFLICT

_NONE = const(-1)
_MOST = const(0x3FFFFFFF)


class Refusals:
    """Of one port.

    A client that babbles must not flush the log, which has a cap for these entries. What is
    refused again in the same session, with nothing else refused in between, has one entry.

    note      note(code, detail) makes an entry, as c1219.events says
    apart     numbers of the procedures whose refusal with CONFLICT has an entry already
    total     how many there were since the start, with and without an entry
    """

    def __init__(self, note, apart=()):
        self.total = 0
        self._apart = apart
        self._note = note
        self._latest = _NONE

    def write(self, number, code):
        """A write to table `number` was refused with response code `code`."""
        self._add(events.WRITE_REFUSED, number, code)

    def procedure(self, number, result):
        """Procedure `number` was refused with result code `result`."""
        if result == CONFLICT and number in self._apart:
            self.total = min(self.total + 1, _MOST)
        else:
            self._add(events.PROCEDURE_REFUSED, number, result)

    def end(self):
        """The session is over."""
        self._latest = _NONE

    def _add(self, event, number, why):
        self.total = min(self.total + 1, _MOST)
        this = (event & 3) << 16 | events.refusal(number, why)
        if this == self._latest:
            return
        self._latest = this
        self._note(event, this & 0xFFFF)
