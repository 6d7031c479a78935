"""What the load profile records: octets of ST61 and ST62, and what follows from them.

ST61 says how many channels, how many intervals a block, how long they are; ST62 what each channel
records and in which format. Both lie in the program record, ST62 with room for the most channels.
How many blocks the list has, a client may only lower: there are never more than there is room for.
"""

from struct import pack_into, unpack_from

from micropython import const

from firmware.profile_store import slot_of
from metrology.profile import CHANNELS, FORMATS, UINT16, Shape, is_length
from psem.crc import crc16

LIMITS = 61
CONTROL = 62
LIMITS_OCTETS = const(13)
CONTROL_OCTETS = const(57)  # of CHANNELS channels

INTERVALS = const(1440)  # the most in a block: each is one step to fill in
BLOCKS = const(2)  # the fewest: one that grows beside one that is complete

NO_SOURCE = const(255)

_LP_FLAGS = const(0x0450)  # BLK_END_READ, SCALAR_DIVISOR_SET1, EXTENDED_INT_STATUS
_LP_FORMATS = const(0x36)  # UINT16, UINT32, INT16, INT32
_LIMITS = "<IHBHHBB"
_NBR_BLKS = const(7)  # octets of ST61
_NBR_BLK_INTS = const(9)
_NBR_CHNS = const(11)
_MAX_INT_TIME = const(12)
_END_RDG = const(1)  # CHNL_FLAG


def shape_of(limits, control):
    """The Shape that valid octets make."""
    channels = limits[_NBR_CHNS]
    intervals = limits[_NBR_BLK_INTS] | limits[_NBR_BLK_INTS + 1] << 8
    return Shape(channels, intervals, limits[_MAX_INT_TIME], control[3 * channels])


def is_program(limits, control, size, may_record):
    """Whether octets as they were stored can be worked by.

    size        octets of the memory
    may_record  may_record(source, reading): whether a channel can record that, with that reading
                at the end of a block
    """
    channels = limits[_NBR_CHNS]
    intervals = limits[_NBR_BLK_INTS] | limits[_NBR_BLK_INTS + 1] << 8
    if not 1 <= channels <= CHANNELS or not 1 <= intervals <= INTERVALS:
        return False
    if not is_length(limits[_MAX_INT_TIME]) or control[3 * channels] not in FORMATS:
        return False
    if limits != limits_of(channels, intervals, limits[_MAX_INT_TIME], blocks_of(limits), size):
        return False
    for i in range(channels):
        if control[3 * i] > _END_RDG:
            return False
    for source, reading, scalar, divisor in channels_of(control, channels):
        if scalar == 0 or divisor == 0 or not may_record(source, reading):
            return False
    return BLOCKS <= blocks_of(limits) <= room(shape_of(limits, control), size)


def blocks_of(limits):
    """NBR_BLKS."""
    return limits[_NBR_BLKS] | limits[_NBR_BLKS + 1] << 8


def room(shape, size):
    """How many blocks `size` octets have room for, as far as NBR_BLKS can say it."""
    return min(size // slot_of(shape), 0xFFFF)


def fits(shape, size):
    """Whether there is room for the fewest blocks."""
    return room(shape, size) >= BLOCKS


def most_blocks(size):
    """How many there is room for when they are as small as can be."""
    return room(Shape(1, 1, 1, UINT16), size)


def changed(before, number, image, size):
    """What (ST61, ST62) become of `before` when ST`number` is written."""
    limits, control = before
    if number == LIMITS:
        control = with_channels(control, limits[_NBR_CHNS], image[_NBR_CHNS])
        limits = image
    else:
        control = image
    limits = bytearray(limits)
    blocks = min(blocks_of(limits), room(shape_of(limits, control), size))
    limits[_NBR_BLKS] = blocks & 0xFF
    limits[_NBR_BLKS + 1] = blocks >> 8
    return bytes(limits), bytes(control)


def limits_of(channels, intervals, length, blocks, size):
    """ST61."""
    octets = bytearray(LIMITS_OCTETS)
    values = (size, _LP_FLAGS, _LP_FORMATS, blocks, intervals, channels, length)
    pack_into(_LIMITS, octets, 0, *values)
    return bytes(octets)


def control_of(channels, code):
    """ST62 of channels (source, source of the end reading, scalar, divisor)."""
    octets = bytearray(7 * len(channels) + 1)
    scalars = 3 * len(channels) + 1
    octets[scalars - 1] = code
    for i in range(len(channels)):
        source, reading, scalar, divisor = channels[i]
        octets[3 * i] = 0 if reading == NO_SOURCE else _END_RDG
        octets[3 * i + 1] = source
        octets[3 * i + 2] = reading
        pack_into("<H", octets, scalars + 2 * i, scalar)
        pack_into("<H", octets, scalars + 2 * (len(channels) + i), divisor)
    return bytes(octets)


def channels_of(control, count):
    """The `count` channels of ST62, as `control_of` takes them."""
    channels = []
    scalars = 3 * count + 1
    for i in range(count):
        scalar = unpack_from("<H", control, scalars + 2 * i)[0]
        divisor = unpack_from("<H", control, scalars + 2 * (count + i))[0]
        reading = control[3 * i + 2] if control[3 * i] & _END_RDG else NO_SOURCE
        channels.append((control[3 * i + 1], reading, scalar, divisor))
    return tuple(channels)


def with_channels(control, before, count):
    """ST62 of `before` channels with `count`: those that are new record what the first does."""
    channels = list(channels_of(control, before))[:count]
    while len(channels) < count:
        channels.append(channels[0])
    return control_of(channels, control[3 * before])


def check_of(limits, control):
    """A number that another program is not likely to have."""
    return crc16(control, 0, len(control), crc16(limits, 0, len(limits)))


# 15 minutes, a day in a block: delivered and received Wh, with their registers at the end.
def default_limits(size):
    """ST61 as the meter comes."""
    shape = shape_of(limits_of(2, 96, 15, 0, size), DEFAULT_CONTROL)
    return limits_of(2, 96, 15, room(shape, size), size)


DEFAULT_CONTROL = control_of(((0, 0, 1, 1), (1, 1, 1, 1)), UINT16)
