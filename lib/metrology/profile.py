"""The load profile's arithmetic: where intervals end, what their values and statuses are.

An interval is 1 to 60 minutes that divide the hour, and ends where the clock's minute is a
multiple of them. Intervals are named by their ends, minutes since 2000-01-01 00:00.

What is to be said of an interval is a set of marks. Those of a channel are the extended statuses
of C12.19, of which each channel shows one: PRECEDENCE says which. Those of the common nibble all
show.

An interval in the memory is as ST64 has it (layout: high confidence): extended status octets,
then a value for each channel, little-endian. Octet 0 has the status of channel 1 in its low
nibble and the common flags in its high one; in each further octet the even channel is the high
nibble, the odd one the low.
"""

from micropython import const

CHANNELS = const(8)  # the most there are

# Marks: 1 << status of a channel, and what becomes the high nibble of octet 0.
OVERFLOW = const(0x0002)  # the value is beyond the format: its largest or smallest stands there
PARTIAL = const(0x0004)  # the interval was shorter than it should be
LONG = const(0x0008)  # it was longer, or energy is in it that belongs to others
SKIPPED = const(0x0010)  # nothing was recorded
TEST = const(0x0020)  # test mode in part of it: the registers stood still
CHANGED = const(0x0040)  # the first after the channels were programmed
STOPPED = const(0x0080)  # recording was stopped in it, or for all of it
DAYLIGHT = const(0x1000)
POWER_FAIL = const(0x2000)
FORWARD = const(0x4000)  # the clock was set forward
BACKWARD = const(0x8000)  # it was set back

# The first of them that is among a channel's marks is its status. No value goes before a wrong
# one; then what was meant to happen goes before what happened.
PRECEDENCE = (4, 1, 7, 6, 5, 3, 2)

# INT_FMT of ST62: octets of a value, and whether it is signed.
UINT16 = const(2)
UINT32 = const(4)
INT16 = const(16)
INT32 = const(32)
FORMATS = (UINT16, UINT32, INT16, INT32)

CHANGE_MS = const(3000)  # a clock that is further off has been set
LATE_MS = const(2000)  # an interval that ends later than this is too long

_MINUTE_MS = const(60000)
_TIME = const(5)  # octets of BLK_END_TIME
_READING = const(6)  # octets of an end reading


def is_length(minutes):
    """Whether intervals can be so long: 1 to 60 minutes that divide the hour."""
    return 1 <= minutes <= 60 and 60 % minutes == 0


def is_signed(code):
    """Whether a format of FORMATS holds negative values."""
    return code >= INT16


class Shape:
    """What blocks consist of.

    channels   1 to CHANNELS
    intervals  of a block
    length     of an interval, minutes
    code       format of the values, one of FORMATS

    status, interval, head, block   octets of an interval's status, of an interval, of a block
                                    before its intervals, and of all of it
    """

    def __init__(self, channels, intervals, length, code):
        self.channels = channels
        self.intervals = intervals
        self.length = length
        self.width = 2 if code in (UINT16, INT16) else 4
        bits = 8 * self.width
        self.smallest = -(1 << (bits - 1)) if is_signed(code) else 0
        self.largest = self.smallest + (1 << bits) - 1
        self.status = channels // 2 + 1
        self.interval = self.status + channels * self.width
        self.head = _TIME + channels * _READING
        self.block = self.head + intervals * self.interval

    def end_of(self, minute):
        """The end of the interval that `minute` is in."""
        return minute - minute % self.length + self.length

    def encode(self, octets, marks, values):
        """Put an interval into `octets`.

        values  one for each channel; None for what is not known, which counts as skipped
        """
        for i in range(self.status):
            octets[i] = 0
        octets[0] = marks >> 8 & 0xF0
        at = self.status
        for channel in range(self.channels):
            value = values[channel]
            own = marks
            if value is None:
                own |= SKIPPED
                value = 0
            elif value > self.largest:
                own |= OVERFLOW
                value = self.largest
            elif value < self.smallest:
                own |= OVERFLOW
                value = self.smallest
            # Channels are numbered from 1: see the head of this file.
            octets[(channel + 1) // 2] |= status(own) << (4 if channel & 1 else 0)
            for _ in range(self.width):
                octets[at] = value & 0xFF
                value >>= 8
                at += 1


def status(marks):
    """The status of a channel: 0 for none."""
    for code in PRECEDENCE:
        if marks >> code & 1:
            return code
    return 0


def scaled(value, scalar, divisor):
    """What is recorded of a source's value; of two readings each, so that intervals add up."""
    return value * scalar // divisor


# What becomes of the running interval: whether it has ended, then marks: of it, of those that
# were jumped over, and of the one that runs now; and the end of that.


def course(shape, begin, end, minute, ms, change_ms, why=0):
    """What becomes of the interval from `begin` to `end`, minutes, when the clock is looked at.

    minute, ms  of the clock
    change_ms   how much further it is than time has gone on; to be taken for set from CHANGE_MS on
    why         POWER_FAIL when the power was off meanwhile

    A tuple (ended, marks, marks of those jumped over, marks of the next, end of the next). While
    the interval goes on, its new marks are the first, and the last is its own end.
    """
    set_back = change_ms <= -CHANGE_MS
    if set_back:
        why |= BACKWARD
    elif change_ms >= CHANGE_MS:
        why |= FORWARD
    kind = LONG if set_back and not why & POWER_FAIL else PARTIAL
    if begin <= minute < end:
        return False, kind | why if why else 0, 0, 0, end
    following = shape.end_of(minute)
    if minute < begin:
        why |= BACKWARD
        kind = PARTIAL
    elif not why:
        if (minute - end) * _MINUTE_MS + ms <= LATE_MS:
            return True, 0, 0, 0, following
        return True, LONG, SKIPPED, PARTIAL, following
    into = (minute - following + shape.length) * _MINUTE_MS + ms
    late = into > LATE_MS or why & POWER_FAIL
    return True, kind | why, SKIPPED | why, PARTIAL | why if late else 0, following
