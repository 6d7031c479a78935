"""Rings of records as C12.19 has them: lists of the latest entries, which are read or unread."""

from array import array

from micropython import const

from c1219 import NotReady
from journal import Journal
from journal.ring import go_on

_WORDS = const(16)  # 13 for the marks, 3 for the journal
_LISTS = const(13)
_TRIES = const(3)
_AHEAD = const(0x20000000)  # half of all numbers


class ReadMarks:
    """The number of the last entry that was read, for each list; they survive power cuts.

    Lists are numbered as procedures 4 and 5 number them, 0 to 12.
    """

    def __init__(self, memory, base, slots):
        self._record = array("I", bytes(4 * _WORDS))
        self._journal = Journal(memory, base, slots, self._record)

    def load(self):
        """Returns journal.EMPTY, FOUND or BAD. With EMPTY and BAD nothing has been read."""
        return self._journal.load()

    def get(self, number):
        """Of list `number`; 0 when nothing has been read."""
        return self._record[1 + number]

    def set(self, number, sequence):
        """Until `save` it may be set back."""
        if not 0 <= number < _LISTS:
            raise ValueError("no such list")
        self._record[1 + number] = sequence

    def save(self):
        """Write all marks; False when they do not read back."""
        return self._journal.append()


class RecordList:
    """The latest entries of `ring`, oldest first.

    ring      journal.ring.Ring; only this list reads it or appends to it
    view      what shows the ring's record as an entry
    marks     ReadMarks
    number    of this list among the marks
    capacity  entries that are served at the most, whatever the ring holds
    """

    def __init__(self, ring, view, marks, number, capacity):
        self.capacity = capacity
        self.number = number
        self._ring = ring
        self._view = view
        self._marks = marks
        self._held = None  # entry that the ring's record holds

    def load(self, pause=go_on):
        """Find what the memory holds, after the marks: journal.EMPTY, FOUND or BAD.

        `pause` is called every now and then, for what cannot wait.

        Records that were read and are lost leave a mark ahead of the last; their numbers will be
        given again, to records that nobody has read.
        """
        found = self._ring.load(pause)
        self.reconcile()
        return found

    def reconcile(self):
        """As `load`, of a ring that is loaded."""
        self._held = None
        if self._ring.since(self._mark()) >= _AHEAD:
            self._marks.set(self.number, self._ring.last)
            self._marks.save()

    @property
    def total(self):
        """Entries there have ever been; counts on where the ring's numbers begin anew at 0."""
        return self._ring.last

    @property
    def bad(self):
        """Entries that are lost among those that the ring holds."""
        return self._ring.bad

    @property
    def valid(self):
        """Entries that are served."""
        return min(self._ring.valid, self.capacity)

    @property
    def unread(self):
        """How many of them, the latest, have not been marked as read."""
        return min(self._newer(), self.valid)

    @property
    def overflow(self):
        """Whether entries that nobody read are no longer served."""
        ring = self._ring
        return self._newer() > self.capacity or ring.since(self._mark()) > ring.slots

    @property
    def last_sequence(self):
        """Number of the latest entry served, 0 for none."""
        return self._ring.recent(0) if self._ring.valid else 0

    def entry(self, i):
        """Entry `i`, 0 the oldest served; None when there are not as many.

        It is good until another is asked for or added. Raises NotReady when it has gone bad
        meanwhile: asked again, the list is without it.
        """
        if i != self._held:
            valid = self.valid
            if not 0 <= i < valid:
                return None
            self._held = None
            if not self._ring.read(self._ring.recent(valid - 1 - i)):
                raise NotReady("a record has gone bad")
            self._held = i
        return self._view

    def mark_read(self, count):
        """Mark the `count` oldest unread entries, 0 to `unread`, as read. The caller saves."""
        if count:
            self._marks.set(self.number, self._ring.recent(self.unread - count))

    def mark_all_read(self):
        """Mark everything as read, also what is no longer served. The caller saves."""
        self._marks.set(self.number, self.last_sequence)

    def _mark(self):
        return self._marks.get(self.number)

    def _newer(self):
        return self._ring.newer(self._mark())

    def _append(self):
        """Append the ring's record, which the caller has filled; False when it did not take.

        A record that does not read back is appended again, with the number after its own.
        """
        self._held = None
        for _ in range(_TRIES):
            if self._ring.append():
                return True
        return False
