"""What makes a meter this meter: model, service, identity, calibration; kept in the FRAM.

Provisioning on the host writes the same record with this same code.
"""

from firmware.record import Record
from journal import BAD, EMPTY, FOUND
from metrology.faults import CONFIGURATION_BAD, UNPROGRAMMED

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
    ("security", 1),  # 1: the meter is set to be sealed, see firmware.guard
)


_FILL = b" "
_UTILITY = "utility"
_UTILITY_NUMBERS = (182, 183, 188, 189)  # octets of ST6 that are no text: versions, revisions
# Clients write characters of ISO 646 to these, or NULs.
_TEXTS = ("model", "service", "serial", "device_id")
_VERSION = bytes((VERSION, 0))
_OPEN = b"\0"
_SEALED = b"\1"


class Configuration(Record):
    """The configuration record on `memory` at `base`. Text is padded with spaces."""

    def __init__(self, memory, base, slots):
        Record.__init__(self, memory, base, slots, _WORDS, FIELDS, _FILL)
        self.put("version", _VERSION)
        self.put("security", _OPEN)

    def load(self):
        """As Record. A blank ST6 takes time that only a meter without a record has."""
        found = Record.load(self)
        if found != FOUND:
            self.put(_UTILITY, padded(_UTILITY, b""))
        return found

    def take_up(self, faults):
        """Load the record; a fault tells when it was never written, or no copy is valid."""
        found = self.load()
        if found == EMPTY:
            faults.set(UNPROGRAMMED)
        elif found == BAD:
            faults.set(CONFIGURATION_BAD)
            self.put("security", _SEALED)  # what is lost opens nothing

    def check(self, faults, models):
        """After the first tick: a fault tells if the record says what nobody has written.

        models  those that are approved with the service

        A field that cannot be does not take the others away: passwords hold. A security setting
        that cannot be, or is one of another version, counts as set: whoever damages the record
        gains nothing.
        """
        version = self.get("version")
        security = self.get("security")
        bad = version != _VERSION or security not in (_OPEN, _SEALED)
        if bad:
            self.put("version", _VERSION)
            self.put("security", _SEALED)
        for name in _TEXTS:
            bad = bad or not _is_text(self.get(name))
        utility = bytearray(self.get(_UTILITY))
        for at in _UTILITY_NUMBERS:
            utility[at] = 0
        if not _is_text(bytes(utility)):
            bad = True
        if bad or self.text("model") not in models:
            faults.set(CONFIGURATION_BAD)

    def text(self, name):
        """A text field without its padding; "?" for what is no character of ISO 646."""
        octets = self.get(name)
        if _is_text(octets):
            return octets.rstrip(b" \x00").decode()
        octets = octets.rstrip(b" \x00")
        return "".join([chr(octet) if 0x20 <= octet <= 0x7E else "?" for octet in octets])


def _is_text(octets):
    # Before the first tick, too: without a step of Python for each octet.
    return max(octets) <= 0x7E and min(octets.replace(b"\0", b" ")) >= 0x20


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
