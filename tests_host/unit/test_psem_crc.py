"""The check codes agree with the published check value and with frames of real meters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from psem import codes
from psem.crc import GOOD, checksum, crc16

# Seen on the wire of real meters and clients.
FRAMES = [
    "ee0000000001201310",
    "ee0020000001208270",
    "ee0000000001001131",
    "ee0020000001008051",
    "ee0000000001219a01",
    "ee0020000001521720",
    "ee00200000056104008006c229",
    "ee002000000b4f000500000200023030a0a49a",
    "ee002000000c000008fb1304024d891a00fc92f2",
    "ee000000000b0000070d010501170f4680da4b",
]


def test_check_value():
    assert crc16(b"123456789", 0, 9) ^ 0xFFFF == 0x906E


@pytest.mark.parametrize("frame", FRAMES)
def test_real_frames_leave_the_good_residue(frame):
    frame = bytes.fromhex(frame)
    assert crc16(frame, 0, len(frame)) == GOOD
    assert crc16(frame, 0, len(frame) - 2) ^ 0xFFFF == frame[-2] | frame[-1] << 8


@given(st.binary(max_size=64), st.integers(0, 64))
def test_crc_can_be_chained_anywhere(data, cut):
    cut = min(cut, len(data))
    whole = crc16(data, 0, len(data))
    assert crc16(data, cut, len(data), crc16(data, 0, cut)) == whole
    assert crc16(b"\x55" + data, 1, 1 + len(data)) == whole


@pytest.mark.parametrize("frame", FRAMES[-2:])
def test_checksum_of_real_table_data(frame):
    frame = bytes.fromhex(frame)
    assert checksum(frame, 9, len(frame) - 3) == frame[-3]


@given(st.binary(max_size=300))
def test_checksum_cancels_the_sum(data):
    assert (sum(data) + checksum(data, 0, len(data))) & 0xFF == 0


def test_every_rate_has_one_code_and_others_have_none():
    assert codes.baud_code(9600) == 6
    assert codes.baud_code(115200) == 0x0C
    assert (codes.baud_code(38400), codes.baud_code(57600)) == (0x0B, 0x0A)
    assert codes.baud_code(56000) == 0
    assert len(set(codes.RATES.values())) == len(codes.RATES)
