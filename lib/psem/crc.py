"""What runs over every byte of C12.18: its two check codes, and the search for a packet.

crc16(buf, start, end, crc=0xFFFF)
    CRC-16/X-25 register over buf[start:end], continuing from `crc`. Polynomial 0x1021
    reflected, start 0xFFFF. The register is returned as it stands, so that calls can be
    chained; a packet carries its complement, low byte first.

checksum(buf, start, end)
    Checksum of table data: the two's complement of the 8-bit sum of buf[start:end]. It makes
    the 8-bit sum of data and checksum zero.

skip(buf, start, end, awaiting)
    Index of the first byte of buf[start:end] that means something outside a packet: an STP and,
    while a packet of ours is `awaiting` it, an ACK or a NAK. `end` when there is none.

On MicroPython both are native code and allocate nothing.
"""

import sys

if sys.implementation.name == "micropython":
    from .crc_viper import checksum as checksum
    from .crc_viper import crc16 as crc16
    from .crc_viper import skip as skip
else:
    from .crc_plain import checksum as checksum
    from .crc_plain import crc16 as crc16
    from .crc_plain import skip as skip

GOOD = 0xF0B8
"""Register left by `crc16` over a whole good packet, its two CRC bytes included."""
