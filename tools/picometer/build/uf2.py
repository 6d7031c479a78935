"""Makes RP2040 UF2 files, and tells a whole one from a damaged or foreign one.

Block layout: the UF2 specification. The CRC over the first 252 bytes of the image is what the
RP2040's boot ROM itself demands (RP2040 datasheet, 2.8.1.3.1).
"""

import hashlib
import struct
from dataclasses import dataclass
from pathlib import Path

from picometer.errors import UserError

BLOCK_BYTES = 512
PAYLOAD_BYTES = 256
FLASH_BASE = 0x10000000
FAMILY_RP2040 = 0xE48BFF56

_MAGIC_1, _MAGIC_2, _MAGIC_END = 0x0A324655, 0x9E5D5157, 0x0AB16F30
_FAMILY_GIVEN = 0x2000
_HEADER = struct.Struct("<8I")
_WORD = struct.Struct("<I")
_LARGEST = 1 << 25  # octets: more than a flash of 16 MB takes
_BOOT_BYTES = 256  # the second stage of the boot, its CRC in the last word
_BOOT_POLYNOMIAL = 0x04C11DB7


@dataclass(frozen=True)
class Uf2:
    """A checked file: size of the image in flash, and SHA-256 of the image."""

    size: int
    sha256: str


@dataclass(frozen=True)
class Block:
    """One block of a file: where its payload goes, and its number among `count`."""

    address: int
    payload: bytes
    number: int
    count: int


def check_uf2(path: Path, limit: int) -> Uf2:
    """Check the file at `path`, whose image may take up to `limit` bytes from the flash's start.

    UserError says in one line what is wrong first.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError as error:
        raise UserError(f"{path}: {error.strerror or error}") from error
    if len(data) > _LARGEST:
        raise UserError(f"{path}: longer than any UF2 file of this board")
    try:
        image = image_of(data)
        if len(image) > limit:
            raise ValueError(f"{len(image)} bytes, and the board has room for {limit}")
    except ValueError as error:
        raise UserError(f"{path}: {error}") from error
    return Uf2(len(image), hashlib.sha256(image).hexdigest())


def boot_crc(stage: bytes) -> int:
    """The CRC-32 that the boot ROM asks for: not reflected, from all ones, not inverted."""
    crc = 0xFFFFFFFF
    for byte in stage:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1) ^ (_BOOT_POLYNOMIAL if crc & 0x80000000 else 0)
        crc &= 0xFFFFFFFF
    return crc


def uf2_of(image: bytes) -> bytes:
    """The file that puts `image`, whole payloads of it, at the beginning of the flash."""
    total = len(image) // PAYLOAD_BYTES
    blocks = []
    for number in range(total):
        at = number * PAYLOAD_BYTES
        place = FLASH_BASE + at, PAYLOAD_BYTES, number, total
        head = _HEADER.pack(_MAGIC_1, _MAGIC_2, _FAMILY_GIVEN, *place, FAMILY_RP2040)
        payload = image[at : at + PAYLOAD_BYTES].ljust(BLOCK_BYTES - _HEADER.size - 4, b"\0")
        blocks.append(head + payload + _WORD.pack(_MAGIC_END))
    return b"".join(blocks)


def image_of(data: bytes) -> bytes:
    """The image in the bytes of a UF2 file; ValueError says what is wrong with them first."""
    if not data or len(data) % BLOCK_BYTES:
        raise ValueError(f"no UF2 file, or cut short: {len(data)} bytes, not whole blocks")
    total = len(data) // BLOCK_BYTES
    image = b"".join(
        _payload(data[number * BLOCK_BYTES :][:BLOCK_BYTES], number, total)
        for number in range(total)
    )
    if boot_crc(image[: _BOOT_BYTES - 4]) != _WORD.unpack_from(image, _BOOT_BYTES - 4)[0]:
        raise ValueError("no RP2040 image: its boot stage fails the CRC")
    return image


def block_of(data: bytes) -> Block | None:
    """The block in 512 octets; None if they are no UF2 block for the RP2040."""
    first, second, flags, address, size, number, count, family = _HEADER.unpack_from(data)
    end = _WORD.unpack_from(data, BLOCK_BYTES - 4)[0]
    if (first, second, end) != (_MAGIC_1, _MAGIC_2, _MAGIC_END):
        return None
    if not flags & _FAMILY_GIVEN or family != FAMILY_RP2040 or size != PAYLOAD_BYTES:
        return None
    return Block(address, data[_HEADER.size :][:size], number, count)


def _payload(block: bytes, number: int, total: int) -> bytes:
    """The bytes of one block; ValueError unless it is block `number` of `total`."""
    first, second, flags, address, size, place, count, family = _HEADER.unpack_from(block)
    end = _WORD.unpack_from(block, BLOCK_BYTES - 4)[0]
    if (first, second, end) != (_MAGIC_1, _MAGIC_2, _MAGIC_END):
        raise ValueError(f"damaged: block {number} is no UF2 block")
    if not flags & _FAMILY_GIVEN or family != FAMILY_RP2040:
        raise ValueError(f"not for the RP2040: family {family:#010x} in block {number}")
    if count != total:
        raise ValueError(f"cut short or joined: {total} blocks, and {count} belong together")
    if place != number or size != PAYLOAD_BYTES:
        raise ValueError(f"damaged: block {number} is out of its place")
    if address != FLASH_BASE + number * PAYLOAD_BYTES:
        raise ValueError(f"damaged: block {number} goes to address {address:#010x}")
    return block[_HEADER.size :][:PAYLOAD_BYTES]
