"""Decade 6, load profile: ST60 to ST64 of data set 1 (layouts: high confidence).

A block is a number of intervals of some minutes each, with a value for each channel. Which source
of ST16 a channel records, ST62 says: value = source * scalar / divisor.

Of the further sets that the standard has, nothing is declared.
"""

from micropython import const

from .codec import join_bits
from .quantities import ANGLE_A, ANGLE_B, NET, POWER_FACTOR, TEMPERATURE, VARS, WATTS
from .types import FIXED, PROGRAMMER, READER, STORED, Table

_LP_FLAGS = const(
    (
        "UINT16",
        (
            ("LP_SET1_INHIBIT_OVF_FLAG", 0, 1),
            ("LP_SET2_INHIBIT_OVF_FLAG", 1, 1),
            ("LP_SET3_INHIBIT_OVF_FLAG", 2, 1),
            ("LP_SET4_INHIBIT_OVF_FLAG", 3, 1),
            ("BLK_END_READ_FLAG", 4, 1),
            ("BLK_END_PULSE_FLAG", 5, 1),
            ("SCALAR_DIVISOR_FLAG_SET1", 6, 1),
            ("SCALAR_DIVISOR_FLAG_SET2", 7, 1),
            ("SCALAR_DIVISOR_FLAG_SET3", 8, 1),
            ("SCALAR_DIVISOR_FLAG_SET4", 9, 1),
            ("EXTENDED_INT_STATUS_FLAG", 10, 1),
            ("SIMPLE_INT_STATUS_FLAG", 11, 1),
            ("CLOSURE_STATUS_FLAG", 12, 1),  # 2008
        ),
    )
)
_LP_FMATS = const(
    (
        "UINT8",
        (
            ("INV_UINT8_FLAG", 0, 1),
            ("INV_UINT16_FLAG", 1, 1),
            ("INV_UINT32_FLAG", 2, 1),
            ("INV_INT8_FLAG", 3, 1),
            ("INV_INT16_FLAG", 4, 1),
            ("INV_INT32_FLAG", 5, 1),
            ("INV_NI_FMAT1_FLAG", 6, 1),
            ("INV_NI_FMAT2_FLAG", 7, 1),
        ),
    )
)
# Readings at the end of a block, scalars and divisors, and the extended status, which a known
# client takes for granted.
LP_FLAGS = const(0x0450)
LP_FORMATS = const(0x36)  # UINT16, UINT32, INT16, INT32

# Minutes of an interval divide the hour.
ST60 = Table(
    60,
    "DIM_LP_TBL",
    (
        ("LP_MEMORY_LEN", "UINT32", 1, ("_most", 0)),
        ("LP_FLAGS", _LP_FLAGS, 1, LP_FLAGS),
        ("LP_FMATS", _LP_FMATS, 1, LP_FORMATS),
        ("NBR_BLKS_SET1", "UINT16", 1, ("_most", 1)),
        ("NBR_BLK_INTS_SET1", "UINT16", 1, ("_most", 2)),
        ("NBR_CHNS_SET1", "UINT8", 1, ("_most", 3)),
        ("MAX_INT_TIME_SET1", "UINT8", 1, ("_most", 4)),
    ),
    globals(),
    read=READER,
    octets=FIXED,
    needs="profile",
)


def _most(t, i):
    return t.device.profile.most[i]


_FEWEST_BLOCKS = const(2)


def _are_limits(values, dims, tables):
    """Within ST60; of blocks there never are more than there is room for."""
    memory, _, most_intervals, most_channels, longest = tables.device.profile.most
    if (
        values["LP_MEMORY_LEN"] != memory
        or join_bits(_LP_FLAGS[1], values["LP_FLAGS"]) != LP_FLAGS
        or join_bits(_LP_FMATS[1], values["LP_FMATS"]) != LP_FORMATS
    ):
        return False
    minutes = values["MAX_INT_TIME_SET1"]
    channels = values["NBR_CHNS_SET1"]
    intervals = values["NBR_BLK_INTS_SET1"]
    return (
        1 <= minutes <= longest
        and 60 % minutes == 0
        and 1 <= channels <= most_channels
        and 1 <= intervals <= most_intervals
        and values["NBR_BLKS_SET1"] >= _FEWEST_BLOCKS
        and tables.device.profile.fits(channels, intervals, 0)
    )


# To write it begins the profile anew. ST62 keeps the channels that there still are; those that
# are new are as the first. NBR_BLKS is the most that is wanted.
ST61 = Table(
    61,
    "ACT_LP_TBL",
    (
        ("LP_MEMORY_LEN", "UINT32"),
        ("LP_FLAGS", _LP_FLAGS),
        ("LP_FMATS", _LP_FMATS),
        ("NBR_BLKS_SET1", "UINT16"),
        ("NBR_BLK_INTS_SET1", "UINT16"),
        ("NBR_CHNS_SET1", "UINT8"),
        ("MAX_INT_TIME_SET1", "UINT8"),
    ),
    read=READER,
    write=PROGRAMMER,
    octets=STORED,
    needs="profile",
    check=_are_limits,
)

NO_SOURCE = const(255)  # END_BLK_RDG_SOURCE_SELECT: no reading, zeros

# Quantities that may be negative, which an unsigned format has no place for.
_SIGNED = (NET, WATTS, POWER_FACTOR, VARS, ANGLE_A, ANGLE_B, TEMPERATURE)
_SIGNED_FORMATS = ("IS_INT16", "IS_INT32")
_FORMATS = ("IS_UINT16", "IS_UINT32", "IS_INT16", "IS_INT32")
_CODES = (2, 4, 16, 32)


def _are_channels(values, dims, tables):
    """Sources that there are, in a format that holds them; at the end of a block, summations."""
    chosen = [name for name in values["INT_FMT_CDE1"] if values["INT_FMT_CDE1"][name]]
    if len(chosen) != 1 or chosen[0] not in _FORMATS:
        return False
    for channel in values["LP_SEL_SET1"]:
        if not _is_channel(channel, chosen[0] in _SIGNED_FORMATS, tables):
            return False
    if 0 in values["SCALARS_SET1"] or 0 in values["DIVISORS_SET1"]:
        return False
    code = _CODES[_FORMATS.index(chosen[0])]
    channels = len(values["LP_SEL_SET1"])
    return tables.device.profile.fits(channels, dims["NBR_BLK_INTS_SET1"], code)


def _is_channel(channel, signed, tables):
    source = channel["LP_SOURCE_SELECT"]
    if source >= len(tables.sources):
        return False
    if tables.sources[source][0] in _SIGNED and not signed:
        return False
    reading = channel["END_BLK_RDG_SOURCE_SELECT"]
    return reading in tables.summations or (
        reading == NO_SOURCE and not channel["CHNL_FLAG"]["END_RDG_FLAG"]
    )


# To write it begins the profile anew.
ST62 = Table(
    62,
    "LP_CTRL_TBL",
    (
        (
            "LP_SEL_SET1",
            (
                ("CHNL_FLAG", ("UINT8", (("END_RDG_FLAG", 0, 1),))),
                ("LP_SOURCE_SELECT", "UINT8"),
                ("END_BLK_RDG_SOURCE_SELECT", "UINT8"),
            ),
            "NBR_CHNS_SET1",
        ),
        (
            "INT_FMT_CDE1",
            (
                "UINT8",
                (
                    ("IS_UINT8", 0, 1),
                    ("IS_UINT16", 1, 1),
                    ("IS_UINT32", 2, 1),
                    ("IS_INT8", 3, 1),
                    ("IS_INT16", 4, 1),
                    ("IS_INT32", 5, 1),
                    ("IS_NI_FMAT1", 6, 1),
                    ("IS_NI_FMAT2", 7, 1),
                ),
            ),
        ),
        ("SCALARS_SET1", "UINT16", "NBR_CHNS_SET1", None, "SCALAR_DIVISOR_FLAG_SET1"),
        ("DIVISORS_SET1", "UINT16", "NBR_CHNS_SET1", None, "SCALAR_DIVISOR_FLAG_SET1"),
    ),
    read=READER,
    write=PROGRAMMER,
    octets=STORED,
    needs="profile",
    check=_are_channels,
)

_CIRCULAR = const(0x04)
_OVERFLOW = const(0x02)
_ACTIVE = const(0x20)
_TEST = const(0x40)


def _status(t, n):
    profile = t.device.profile
    status = _CIRCULAR  # oldest first in a block; an element keeps its place
    if profile.overflow:
        status |= _OVERFLOW
    if profile.active:
        status |= _ACTIVE
    if profile.testing:
        status |= _TEST
    return status


def _of_profile(t, name):
    return getattr(t.device.profile, name)


# The last block grows. All others are complete: intervals that were missed are filled in.
ST63 = Table(
    63,
    "LP_STATUS_TBL",
    (
        (
            "LP_STATUS_FLAGS",
            (
                "UINT8",
                (
                    ("BLOCK_ORDER", 0, 1),
                    ("OVERFLOW_FLAG", 1, 1),
                    ("LIST_TYPE", 2, 1),
                    ("BLOCK_INHIBIT_OVERFLOW_FLAG", 3, 1),
                    ("INTERVAL_ORDER", 4, 1),
                    ("ACTIVE_MODE_FLAG", 5, 1),
                    ("TEST_MODE", 6, 1),
                ),
            ),
            1,
            "_status",
        ),
        ("NBR_VALID_BLOCKS", "UINT16", 1, ("_of_profile", "blocks")),
        ("LAST_BLOCK_ELEMENT", "UINT16", 1, ("_of_profile", "element")),
        ("LAST_BLOCK_SEQ_NBR", "UINT32", 1, ("_of_profile", "last_sequence")),
        ("NBR_UNREAD_BLOCKS", "UINT16", 1, ("_of_profile", "unread")),
        ("NBR_VALID_INT", "UINT16", 1, ("_of_profile", "intervals")),
    ),
    globals(),
    read=READER,
    needs="profile",
)

# Of the extended status, the first octet has the status of channel 1 in its low nibble and in its
# high one bit 4 daylight saving, 5 power failure, 6 clock set forward, 7 set back. In those that
# follow the even channel is the high nibble, the odd one the low (high confidence: a client reads
# it so). Statuses: 0 none, 1 overflow, 2 partial, 3 long, 4 skipped, 5 test mode, 6 configuration
# changed, 7 stopped.
ST64 = Table(
    64,
    "LP_DATA_SET1_TBL",
    (
        (
            "LP_DATA_SETS1",
            (
                ("BLK_END_TIME", "STIME_DATE"),
                (
                    "END_READINGS",
                    (
                        ("BLOCK_END_READ", "NI_FMAT1", 1, None, "BLK_END_READ_FLAG"),
                        ("BLOCK_END_PULSE", "UINT32", 1, None, "BLK_END_PULSE_FLAG"),
                    ),
                    "NBR_CHNS_SET1",
                ),
                (
                    "SIMPLE_INT_STATUS",
                    "SET",
                    ("NBR_BLK_INTS_SET1", 7, 8),
                    None,
                    "SIMPLE_INT_STATUS_FLAG",
                ),
                (
                    "LP_INT",
                    (
                        (
                            "EXTENDED_INT_STATUS",
                            "UINT8",
                            ("NBR_CHNS_SET1", 2, 2),
                            None,
                            "EXTENDED_INT_STATUS_FLAG",
                        ),
                        # One of them, as ST62 says.
                        ("INT_DATA", "UINT8", "NBR_CHNS_SET1", None, "IS_UINT8"),
                        ("INT_DATA", "UINT16", "NBR_CHNS_SET1", None, "IS_UINT16"),
                        ("INT_DATA", "UINT32", "NBR_CHNS_SET1", None, "IS_UINT32"),
                        ("INT_DATA", "INT8", "NBR_CHNS_SET1", None, "IS_INT8"),
                        ("INT_DATA", "INT16", "NBR_CHNS_SET1", None, "IS_INT16"),
                        ("INT_DATA", "INT32", "NBR_CHNS_SET1", None, "IS_INT32"),
                        ("INT_DATA", "NI_FMAT1", "NBR_CHNS_SET1", None, "IS_NI_FMAT1"),
                        ("INT_DATA", "NI_FMAT2", "NBR_CHNS_SET1", None, "IS_NI_FMAT2"),
                    ),
                    "NBR_BLK_INTS_SET1",
                ),
            ),
            "NBR_BLKS_SET1",
        ),
    ),
    read=READER,
    octets=STORED,
    needs="profile",
    piece=1024,
)

TABLES = (ST60, ST61, ST62, ST63, ST64)
