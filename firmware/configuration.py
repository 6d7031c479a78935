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


_FILL = b" "
_UTILITY = "utility"
_UTILITY_NUMBERS = (182, 183, 188, 189)  # octets of ST6 that are no text: versions, revisions


class Configuration(Record):
    """The configuration record on `memory` at `base`. Text is padded with spaces."""

    def __init__(self, memory, base, slots):
        Record.__init__(self, memory, base, slots, _WORDS, FIELDS, _FILL)
        self.put(_UTILITY, padded(_UTILITY, b""))
        self.put("version", bytes((VERSION, 0)))
        self.put("security", b"\0")

    def text(self, name):
        """A text field without its padding."""
        return self.get(name).rstrip(b" \x00").decode()


def padded(name, octets):
    """`octets` and what stands behind them in a field: spaces, zeros where C12.19 has numbers.

    ValueError when they are too many, KeyError for a field that does not exist.
    """
    size = -1
    for field in FIELDS:
        if field[0] == name:
            size = field[1]
    if size < 0:
        raise KeyError(name)
    if len(octets) > size:
        raise ValueError("too long: " + name)
    whole = bytearray(octets + _FILL * (size - len(octets)))
    if name == _UTILITY:
        for at in _UTILITY_NUMBERS:
            if at >= len(octets):
                whole[at] = 0
    return bytes(whole)
