"""What runs over every byte as native code, for MicroPython: about a hundred times faster."""

# ruff: noqa: F821  ptr8 and ptr16 are the native compiler's
from array import array

import micropython


@micropython.viper
def _fill(table: ptr16):
    i = 0
    while i < 256:
        value = i
        bit = 0
        while bit < 8:
            value = (value >> 1) ^ (0x8408 * (value & 1))
            bit += 1
        table[i] = value
        i += 1


_TABLE = array("H", bytes(512))
_fill(_TABLE)


@micropython.viper
def _crc16(at: ptr8, crc: int, table: ptr16, start: int, count: int) -> int:
    # The address and the register stay in processor registers. Four bytes a round, then the rest.
    at = ptr8(int(at) + start)
    while count >= 4:
        crc ^= at[0]
        crc = table[crc & 0xFF] ^ (crc >> 8)
        crc ^= at[1]
        crc = table[crc & 0xFF] ^ (crc >> 8)
        crc ^= at[2]
        crc = table[crc & 0xFF] ^ (crc >> 8)
        crc ^= at[3]
        crc = table[crc & 0xFF] ^ (crc >> 8)
        at = ptr8(int(at) + 4)
        count -= 4
    while count > 0:
        crc ^= at[0]
        crc = table[crc & 0xFF] ^ (crc >> 8)
        at = ptr8(int(at) + 1)
        count -= 1
    return crc


@micropython.viper
def checksum(buf: ptr8, start: int, end: int) -> int:
    """See psem.crc."""
    total = 0
    while start < end:
        total -= buf[start]
        start += 1
    return total & 0xFF


@micropython.viper
def skip(buf: ptr8, start: int, end: int, awaiting: int) -> int:
    """See psem.crc."""
    while start < end:
        byte = buf[start]
        if byte == 0xEE:
            break
        if awaiting:
            if byte == 0x06 or byte == 0x15:
                break
        start += 1
    return start


def crc16(buf, start, end, crc=0xFFFF):
    """See psem.crc."""
    return _crc16(buf, crc, _TABLE, start, end - start)
