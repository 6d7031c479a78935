"""Between a register's bits and the number they stand for."""

from micropython import const

from . import registers as reg
from .errors import SettingError

PHASE_MAX = const(383)  # LSB; 1.117 us each
_PHASE_ADVANCE = const(0x200)
_PHASE_MAGNITUDE = const(0x1FF)

_GAIN_MIN = const(0x200000)
_GAIN_MAX = const(0x600000)

_PGA_MAX = const(4)  # codes 0 to 4: gain 1, 2, 4, 8, 16
_PGA_MAX_IA = const(5)  # 22, on current channel A alone


def sign16(raw):
    """Two's complement of a 16-bit register."""
    return raw - ((raw & 0x8000) << 1)


def sign24(raw):
    """Two's complement of a 24-bit register."""
    return raw - ((raw & 0x800000) << 1)


def phase_code(lsb, register=reg.PHCALA):
    """PHCALA/PHCALB bits for a trim of `lsb` x 1.117 us, -383..383.

    Sign and magnitude, not two's complement (datasheet, solid). A positive trim delays the
    current; the manufacturer's documents disagree on the effect (confidence medium), so
    calibration checks it with a second reading.
    """
    if not -PHASE_MAX <= lsb <= PHASE_MAX:
        raise SettingError(register, lsb, "phase trim is -383 to 383")
    return -lsb | _PHASE_ADVANCE if lsb < 0 else lsb


def phase_value(code):
    """The trim in LSB that PHCALA/PHCALB bits stand for; -0 is 0."""
    magnitude = code & _PHASE_MAGNITUDE
    return -magnitude if code & _PHASE_ADVANCE else magnitude


def decode(register, raw):
    """The number that `raw`, read from `register`, stands for."""
    kind = reg.row(register)[3]
    if kind == reg.S:
        return sign16(raw) if reg.width(register) == 2 else sign24(raw)
    if kind == reg.M:
        return phase_value(raw)
    return raw


def encode(register, value):
    """The bits for `value` in `register`; SettingError when it does not take that value."""
    kind = reg.row(register)[3]
    bits = 8 * reg.width(register)
    if kind == reg.S:
        half = 1 << (bits - 1)
        if not -half <= value < half:
            raise SettingError(register, value, "does not fit %d bits, signed" % bits)
        return value & ((1 << bits) - 1)
    if kind == reg.M:
        return phase_code(value, register)
    if not 0 <= value < 1 << bits:
        raise SettingError(register, value, "does not fit %d bits" % bits)
    if kind == reg.G and not _GAIN_MIN <= value <= _GAIN_MAX:
        raise SettingError(register, value, "a gain is 0x200000 to 0x600000")
    if register == reg.ACCMODE and value & ~reg.ACCMODE_SETTINGS:
        raise SettingError(register, value, "only bits 9:0 are settings")
    if register in (reg.PGA_V, reg.PGA_IB) and value > _PGA_MAX:
        raise SettingError(register, value, "a gain code is 0 to 4")
    if register == reg.PGA_IA and value > _PGA_MAX_IA:
        raise SettingError(register, value, "a gain code is 0 to 5")
    return value
