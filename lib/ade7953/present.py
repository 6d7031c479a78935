"""Present values of the ADE7953, read in one go. `read` is a transport's."""

from . import registers as reg
from .codec import sign16, sign24


def read_all(read, out):
    """Fill `out` with the registers of `registers.INSTANT`, signed where they are."""
    for i in range(3):
        out[i] = read(reg.INSTANT[i])
    for i in range(3, 9):
        out[i] = sign24(read(reg.INSTANT[i]))
    for i in range(9, 13):
        out[i] = sign16(read(reg.INSTANT[i]))
    out[13] = read(reg.INSTANT[13])


def read_currents(read, out):
    """Fill `out` with IRMSA and IRMSB."""
    out[0] = read(reg.IRMSA)
    out[1] = read(reg.IRMSB)
