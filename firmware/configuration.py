"""What makes a meter this meter: model, service, identity, calibration; kept in the FRAM.

Provisioning on the host writes the same record with this same code.
"""

from firmware.record import Record

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
    ("security", 1),  # 1: the meter is set to be sealed, see firmware.seal
)


class Configuration(Record):
    """The configuration record on `memory` at `base`. Text is padded with spaces."""

    def __init__(self, memory, base, slots):
        Record.__init__(self, memory, base, slots, _WORDS, FIELDS, b" ")
        self.put("version", bytes((VERSION, 0)))
        self.put("security", b"\0")

    def text(self, name):
        """A text field without its padding."""
        return self.get(name).rstrip(b" \x00").decode()
