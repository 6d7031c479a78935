"""Named byte fields in one journaled record: a write is old or new as a whole."""

from array import array
from struct import pack_into, unpack_from

from journal import Journal

_TEXT_AT = 4  # after the journal's sequence number


class Record:
    """Fields on `memory` in a ring of `slots` at `base`, each of 4 * `words` octets.

    fields  (name, octets) in order; at most 4 * words - 12 octets in all. New ones come last:
            a record that was written without them has zeros there
    fill    what a field is padded with, one octet

    writes  counts on whenever a field is set
    """

    def __init__(self, memory, base, slots, words, fields, fill):
        self.writes = 0
        self._record = array("I", bytes(4 * words))
        self._journal = Journal(memory, base, slots, self._record)
        self._fields = fields
        self._fill = fill
        octets = sum([size for _, size in fields])
        pack_into("%ds" % octets, self._record, _TEXT_AT, fill * octets)

    def load(self):
        """Load the newest valid record. Returns journal.EMPTY, FOUND or BAD.

        With EMPTY (never written) and BAD the fields stay as they are.
        """
        return self._journal.load()

    def get(self, name):
        """The octets of a field. KeyError for a name that is none."""
        at, size = self._field(name)
        return unpack_from("%ds" % size, self._record, at)[0]

    def put(self, name, value):
        """Set a field, padded; ValueError when `value` is longer than it."""
        at, size = self._field(name)
        if len(value) > size:
            raise ValueError("too long: " + name)
        self.writes += 1
        pack_into("%ds" % size, self._record, at, value + self._fill * (size - len(value)))

    def save(self):
        """Write the record; False when it does not read back."""
        return self._journal.append()

    def change(self, name, value):
        """Set a field and write the record; False, and the old one stands, when that fails."""
        old = self.get(name)
        self.put(name, value)
        if self.save():
            return True
        self.put(name, old)
        self.save()  # should it have been written all the same, it counts no more
        return False

    def _field(self, name):
        at = _TEXT_AT
        for field, size in self._fields:
            if field == name:
                return at, size
            at += size
        raise KeyError(name)
