"""The two check codes in plain Python: what CPython runs, and what the native ones must equal."""

from array import array


def _entry(value):
    for _ in range(8):
        value = (value >> 1) ^ 0x8408 if value & 1 else value >> 1
    return value


_TABLE = array("H", [_entry(i) for i in range(256)])


def crc16(buf, start, end, crc=0xFFFF):
    """See psem.crc."""
    table = _TABLE
    for i in range(start, end):
        crc = (crc >> 8) ^ table[(crc ^ buf[i]) & 0xFF]
    return crc


def checksum(buf, start, end):
    """See psem.crc. Makes one small memoryview."""
    return -sum(memoryview(buf)[start:end]) & 0xFF
