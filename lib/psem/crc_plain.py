"""What runs over every byte, in plain Python: for CPython, and what the native ones must equal."""

from array import array

from .codes import ACK, NAK, STP


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


def skip(buf, start, end, awaiting):
    """See psem.crc."""
    while start < end:
        byte = buf[start]
        if byte == STP or (awaiting and (byte == ACK or byte == NAK)):
            break
        start += 1
    return start
