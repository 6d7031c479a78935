"""Present values of an ADE7953, read in one go between two looks at the chip."""

from . import registers as reg
from .codec import sign16, sign24
from .errors import FAULT_BUS, BusError


def instant(chip, read, out):
    """Fill `out`, an array('i'), with the registers that `registers.INSTANT` lists.

    Raw scales (VRMS and IRMS 9,032,007, powers 4,862,401 at full scale; power factor 2^-15;
    angle and period 4.47 us), powers, power factors and angles signed. Returns OK, or a
    fault code; `out` is then not to be used. Allocates nothing.

    chip  driver.Ade7953
    read  that of its transport
    """
    return _between_looks(chip, read, _read_all, out)


def currents(chip, read, out):
    """Fill `out`, an array('i') of two, with IRMSA and IRMSB: 9,032,007 at full scale.

    OK, or a fault code; `out` is then not to be used. Allocates nothing.
    """
    return _between_looks(chip, read, _read_currents, out)


def _between_looks(chip, read, reading, out):
    try:
        code = chip.presence()
        if code:
            return code
        reading(read, out)
        return chip.presence()
    except BusError:
        return FAULT_BUS


def _read_all(read, out):
    for i in range(3):
        out[i] = read(reg.INSTANT[i])
    for i in range(3, 9):
        out[i] = sign24(read(reg.INSTANT[i]))
    for i in range(9, 13):
        out[i] = sign16(read(reg.INSTANT[i]))
    out[13] = read(reg.INSTANT[13])


def _read_currents(read, out):
    out[0] = read(reg.IRMSA)
    out[1] = read(reg.IRMSB)
