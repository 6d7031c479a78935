"""The seal of a record: CRC-32 over its first words, kept in the word after them.

seal(record, words)
    Put the CRC over `words` words of `record`, an array('I'), into the next.

is_sealed(record, words)
    Whether it is there.

Polynomial 0x04C11DB7 reflected, as in zlib. On MicroPython both are native code: a CRC is a
number beyond the small ones, and handling it as one would allocate.
"""

import sys

if sys.implementation.name == "micropython":
    from .crc_viper import is_sealed as is_sealed
    from .crc_viper import seal as seal
else:
    from .crc_plain import is_sealed as is_sealed
    from .crc_plain import seal as seal
