"""Sealing records in native code: a CRC-32 that never becomes an object."""

# ruff: noqa: F821  ptr32 and uint are the native compiler's
from array import array

import micropython


@micropython.viper
def _fill(table: ptr32):
    polynomial = 0xEDB8
    polynomial = polynomial << 16 | 0x8320  # at run time: as a constant it would be an object
    i = 0
    while i < 256:
        value = uint(i)
        bit = 0
        while bit < 8:
            if value & 1:
                value = value >> 1 ^ polynomial
            else:
                value = value >> 1
            bit += 1
        table[i] = value
        i += 1


_TABLE = array("I", bytes(1024))
_fill(_TABLE)


@micropython.viper
def _crc32(at: ptr32, crc: uint, table: ptr32, words: int, write: int) -> int:
    # Of `words` words, against or into the one after them; `crc` is 0.
    crc ^= -1
    while words > 0:
        crc ^= at[0]
        crc = uint(table[crc & 0xFF]) ^ crc >> 8
        crc = uint(table[crc & 0xFF]) ^ crc >> 8
        crc = uint(table[crc & 0xFF]) ^ crc >> 8
        crc = uint(table[crc & 0xFF]) ^ crc >> 8
        at = ptr32(int(at) + 4)
        words -= 1
    crc ^= -1
    if write:
        at[0] = crc
    return int(at[0] == int(crc))


def seal(record, words):
    """See journal.crc."""
    _crc32(record, 0, _TABLE, words, 1)


def is_sealed(record, words):
    """See journal.crc."""
    return _crc32(record, 0, _TABLE, words, 0) == 1
