"""What the meter keeps of its service switch through power cuts."""

from micropython import const

from c1219.events import SOURCE_LEVER
from firmware.record import Record
from journal import BAD, FOUND

_WORDS = const(16)
# Octets of the state: commanded, armed, pending, cause, fault.
_FIELDS = (("state", 8), ("openings", 4), ("closings", 4))
_FAULTS = (0, 1, 2, 4)  # one at a time


class ServiceRecord:
    """The record on `memory`, a ring of `slots` at `base`. Set what is to be kept, then `save`.

    close       it was commanded to be closed, else open
    armed       the customer's lever may close it
    pending     that was commanded and has not been seen yet
    cause       who commanded it: a source of c1219.events, 0 for nobody
    fault       bits of the fault that stands
    openings, closings  how often it has opened and closed on command
    """

    def __init__(self, memory, base, slots):
        self._record = Record(memory, base, slots, _WORDS, _FIELDS, b"\0")
        self.recall()

    def load(self):
        """Load what was kept. Returns journal.EMPTY, FOUND or BAD; BAD too if it cannot be.

        With EMPTY and BAD nothing has been commanded; counts that can be stay.
        """
        found = self._record.load()
        if found == FOUND and not self._is_sane():
            self._record.put("state", b"")
            found = BAD
        self.recall()
        return found

    def _is_sane(self):
        state = self._record.get("state")
        return (
            max(state[:3]) <= 1
            and not (state[1] and (state[0] or state[2]))  # armed: open, and at rest
            and state[3] <= SOURCE_LEVER
            and state[4] in _FAULTS
            and max(state[5:]) == 0
        )

    def recall(self):
        """Everything as it was last kept."""
        state = self._record.get("state")
        self.close = state[0] != 0
        self.armed = state[1] != 0
        self.pending = state[2] != 0
        self.cause = state[3]
        self.fault = state[4]
        self.openings = _number(self._record.get("openings"))
        self.closings = _number(self._record.get("closings"))

    def save(self):
        """Keep everything; False, and what was kept stands, when the memory does not take it."""
        record = self._record
        before = record.get("state"), record.get("openings"), record.get("closings")
        flags = bytes((self.close, self.armed, self.pending, self.cause, self.fault))
        self._put(flags, _octets(self.openings), _octets(self.closings))
        if record.save():
            return True
        self._put(before[0], before[1], before[2])
        return False

    def _put(self, state, openings, closings):
        self._record.put("state", state)
        self._record.put("openings", openings)
        self._record.put("closings", closings)


def _octets(number):
    return bytes((number & 0xFF, number >> 8 & 0xFF, number >> 16 & 0xFF, number >> 24 & 0x3F))


def _number(octets):
    return octets[0] | octets[1] << 8 | octets[2] << 16 | (octets[3] & 0x3F) << 24
