"""What makes a meter this meter: model, service, identity, calibration; kept in the FRAM.

Fields are fixed byte fields of one journaled record, so a write is old or new as a whole.
Provisioning on the host writes the same record with this same code.
"""

from array import array
from struct import pack_into, unpack_from

from journal import Journal

_WORDS = 128
VERSION = 1

# name, bytes; in order. Text is padded with spaces (C12.19 STRING).
FIELDS = (
    ("version", 2),
    ("model", 8),
    ("service", 16),
    ("serial", 16),
    ("device_id", 20),
    ("utility", 230),
    ("password_1", 20),
    ("password_2", 20),
    ("password_3", 20),
    ("calibration", 36),
    # Added later: in a record that was written before, its octets are zero.
    ("password_module", 20),
)


class Configuration:
    """The configuration record on `memory` at `base`."""

    def __init__(self, memory, base, slots):
        self._record = array("I", bytes(4 * _WORDS))
        self._journal = Journal(memory, base, slots, self._record)
        for name, size in FIELDS:
            self.put(name, b" " * size)
        self.put("version", bytes((VERSION, 0)))

    def load(self):
        """Load the newest valid record. Returns journal.EMPTY, FOUND or BAD.

        With EMPTY (never provisioned) and BAD the defaults stay: every text blank.
        """
        return self._journal.load()

    def get(self, name):
        """The bytes of a field. KeyError for a name that is none."""
        at, size = self._field(name)
        return unpack_from("%ds" % size, self._record, at)[0]

    def text(self, name):
        """A text field without its padding."""
        return self.get(name).rstrip(b" \x00").decode()

    def put(self, name, value):
        """Set a field, padded with spaces; ValueError when `value` is longer than it."""
        at, size = self._field(name)
        if len(value) > size:
            raise ValueError("too long: " + name)
        pack_into("%ds" % size, self._record, at, value + b" " * (size - len(value)))

    def save(self):
        """Write the record; False when it does not read back."""
        return self._journal.append()

    def _field(self, name):
        at = 4  # after the journal's sequence number
        for field, size in FIELDS:
            if field == name:
                return at, size
            at += size
        raise KeyError(name)
