"""What a meter is programmed to do: demand, clock offset, test mode, display; in the FRAM.

Each field is the octets of one table as a client reads and writes it, so that nothing is
translated on the way. Who writes has had them validated by the table's declaration.
"""

from hashlib import sha256

from firmware import default_lists as lists
from firmware.record import Record
from journal import BAD
from metrology.approval import TEST_INTERVALS, is_billing_interval
from metrology.faults import CONFIGURATION_BAD

_WORDS = 256
VERSION = 1

# ST13, ST31 to ST34, ST53 and the test mode table of this meter: field by table number.
DEMAND = 13
DISPLAY = (31, 32, 33, 34)
OFFSET = 53
TEST_MODE = 2048
SELF_READS = 2056
# ST61 and ST62; what is in them firmware.profile_program knows.
PROFILE = (61, 62)

FIELDS = (
    ("version", 2),
    (DEMAND, 8),
    (OFFSET, 6),
    (TEST_MODE, 2),
    (31, len(lists.ST31)),
    (32, len(lists.ST32)),
    (33, len(lists.ST33)),
    (34, len(lists.ST34)),
    (SELF_READS, 1),
    # Added later: in a record that was written before, its octets are zero.
    (61, 13),
    (62, 57),
)

# Block demand over 15 minutes, one minute between demand resets, no cold-load pickup.
_DEMAND = bytes((1, 0, 0, 0, 15, 1, 15, 1))
# A test measures demand over 5 minutes, and ends by itself after 30.
_TEST_MODE = bytes((5, 30))
_DAILY = b"\x01"  # a self read at midnight
_VERSION = bytes((VERSION, 0))
# Fields that are not zero out of the box. The recorder knows what ST61 and ST62 are then.
_DEFAULTS = {
    "version": _VERSION,
    DEMAND: _DEMAND,
    TEST_MODE: _TEST_MODE,
    31: lists.ST31,
    32: lists.ST32,
    33: lists.ST33,
    34: lists.ST34,
    SELF_READS: _DAILY,
}


class Program(Record):
    """The program record on `memory` at `base`."""

    def __init__(self, memory, base, slots):
        Record.__init__(self, memory, base, slots, _WORDS, FIELDS, b"\0")
        self._set_defaults()

    def _set_defaults(self):
        for name, _ in FIELDS:
            self.put_default(name)

    def put_default(self, name):
        """Set a field to what it is out of the box; it is not written."""
        self.put(name, _DEFAULTS.get(name, b""))

    def digest(self):
        """SHA-256 of all fields, in their order: 32 octets."""
        total = sha256()
        for name, _ in FIELDS:
            total.update(self.get(name))
        return total.digest()

    def begin_anew(self):
        """Everything as it is out of the box; False when the memory does not take it."""
        self._set_defaults()
        return self.save()

    def take_up(self, faults, approval):
        """Load the record; a fault tells when it was there and no copy is valid.

        So it does when what it says cannot be, or not under the rating's `approval`, and then what
        is out of the box holds: a meter must start whatever is stored.
        """
        bad = self.load() == BAD
        if self.get("version") != _VERSION:
            self._set_defaults()
            bad = True
        lengths = self.get(DEMAND)[4:8]
        if lengths[:2] != lengths[2:] or not is_billing_interval(
            approval, self.interval, self.subinterval
        ):
            self.put(DEMAND, _DEMAND)
            bad = True
        if self.test_interval not in TEST_INTERVALS or not self.test_timeout_ms:
            self.put(TEST_MODE, _TEST_MODE)
            bad = True
        if bad:
            faults.set(CONFIGURATION_BAD)

    def display(self):
        """The octets of ST31 to ST34."""
        return tuple([self.get(number) for number in DISPLAY])

    @property
    def subinterval(self):
        """Minutes of a demand subinterval: 1 to 60."""
        return self.get(DEMAND)[4]

    @property
    def interval(self):
        """Minutes of the demand interval: 1 to 60."""
        octets = self.get(DEMAND)
        return octets[4] * octets[5]

    @property
    def lockout_ms(self):
        """Time between two demand resets."""
        return self.get(DEMAND)[0] * 60000

    @property
    def outage_s(self):
        """A power failure that was not longer than this is none for cold-load pickup."""
        return self.get(DEMAND)[1]

    @property
    def pickup_minutes(self):
        """Minutes without demand after a longer one, 0 for none."""
        octets = self.get(DEMAND)
        return max(octets[2], octets[3])

    @property
    def daily_self_read(self):
        """Whether every day begins with a self read."""
        return self.get(SELF_READS)[0] != 0

    @property
    def test_interval(self):
        """Minutes of the demand interval in test mode."""
        return self.get(TEST_MODE)[0]

    @property
    def test_timeout_ms(self):
        """Test mode ends by itself after this."""
        return self.get(TEST_MODE)[1] * 60000
