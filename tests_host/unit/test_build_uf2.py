"""A UF2 file that is not whole, or not for this board, never passes."""

import hashlib
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from picometer.build.uf2 import boot_crc, check_uf2
from picometer.errors import UserError

ROOM = 4096
BLOCKS = 5
HEADER_BYTES = 32


def image():
    """A boot stage with its CRC, and code."""
    stage = bytes(range(252))
    code = bytes((7 * i) & 0xFF for i in range(256 * (BLOCKS - 1)))
    return stage + struct.pack("<I", boot_crc(stage)) + code


def blocks(data, base=0x10000000, family=0xE48BFF56):
    """The blocks of a UF2 file, as the specification has them."""
    parts = [data[i : i + 256] for i in range(0, len(data), 256)]
    return [
        struct.pack(
            "<8I", 0x0A324655, 0x9E5D5157, 0x2000, base + 256 * i, 256, i, len(parts), family
        )
        + part.ljust(476, b"\0")
        + struct.pack("<I", 0x0AB16F30)
        for i, part in enumerate(parts)
    ]


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return tmp_path_factory.mktemp("uf2") / "a.uf2"


def refused(file, data, room=ROOM):
    file.write_bytes(data)
    with pytest.raises(UserError) as error:
        check_uf2(file, room)
    text = str(error.value)
    assert text.startswith(f"{file}: ") and "\n" not in text
    return text


def test_boot_crc_is_that_of_the_catalogues():
    # CRC-32/MPEG-2, check value of the common catalogue of CRCs.
    assert boot_crc(b"123456789") == 0x0376E6E7


def test_whole_file_passes(file):
    file.write_bytes(b"".join(blocks(image())))
    found = check_uf2(file, ROOM)
    assert found.size == len(image())
    assert found.sha256 == hashlib.sha256(image()).hexdigest()


@settings(max_examples=60, deadline=None)
@given(size=st.integers(0, 512 * BLOCKS - 1))
def test_cut_short_anywhere(file, size):
    refused(file, b"".join(blocks(image()))[:size])


@settings(max_examples=150, deadline=None)
@given(block=st.integers(0, BLOCKS - 1), bit=st.integers(0, 8 * HEADER_BYTES - 1))
def test_any_wrong_bit_in_a_header(file, block, bit):
    parts = blocks(image())
    damaged = bytearray(parts[block])
    damaged[bit // 8] ^= 1 << bit % 8
    flags = range(8 * 8, 8 * 12)
    if bit in flags and bit != flags[0] + 13:  # flags of other meaning are left to their readers
        return
    refused(file, b"".join([*parts[:block], bytes(damaged), *parts[block + 1 :]]))


@settings(max_examples=60, deadline=None)
@given(at=st.integers(0, 255), flip=st.integers(1, 255))
def test_any_wrong_byte_in_the_boot_stage(file, at, flip):
    data = bytearray(image())
    data[at] ^= flip
    assert "boot stage" in refused(file, b"".join(blocks(bytes(data))))


@settings(max_examples=30, deadline=None)
@given(st.permutations(range(BLOCKS)).filter(lambda order: order != list(range(BLOCKS))))
def test_blocks_in_another_order(file, order):
    parts = blocks(image())
    assert "out of its place" in refused(file, b"".join(parts[i] for i in order))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no UF2 file"),
        (b"\0" * 512, "no UF2 block"),
        (b"".join(blocks(image(), family=0xE48BFF59)), "not for the RP2040: family 0xe48bff59"),
        (b"".join(blocks(image(), base=0x20000000)), "goes to address 0x20000000"),
        (b"".join(blocks(image())[:-1]), "cut short or joined"),
    ],
)
def test_what_is_said(file, data, says):
    assert says in refused(file, data)


def test_image_that_reaches_into_the_file_systems(file):
    says = refused(file, b"".join(blocks(image())), room=1024)
    assert "1280 bytes, and the board has room for 1024" in says


def test_file_that_is_not_there(tmp_path):
    with pytest.raises(UserError, match="No such file"):
        check_uf2(tmp_path / "none.uf2", ROOM)
