"""The two check codes of C12.18: the packet's CRC and the checksum of table data."""

from array import array

GOOD = 0xF0B8
"""Register left by `crc16` over a whole good packet, its two CRC bytes included."""


def _entry(value):
    for _ in range(8):
        value = (value >> 1) ^ 0x8408 if value & 1 else value >> 1
    return value


_TABLE = array("H", [_entry(i) for i in range(256)])


def crc16(buf, start, end, crc=0xFFFF):
    """CRC-16/X-25 register over buf[start:end], continuing from `crc`.

    Polynomial 0x1021 reflected, start 0xFFFF. The register is returned as it stands, so that calls
    can be chained; a packet carries its complement, low byte first.
    """
    table = _TABLE
    for i in range(start, end):
        crc = (crc >> 8) ^ table[(crc ^ buf[i]) & 0xFF]
    return crc


def checksum(buf, start, end):
    """Checksum of table data: the two's complement of the 8-bit sum of buf[start:end].

    It makes the 8-bit sum of data and checksum zero. Makes one small memoryview.
    """
    return -sum(memoryview(buf)[start:end]) & 0xFF
