"""Register table of the ADE7953 as the model has it (datasheet Rev C, register map tables).

Transcribed for the model alone: the driver has a table of its own, and a test compares the two.
The width is encoded in the address: 0x0xx, 0x702 and 0x800 hold 8 bits, 0x1xx 16, 0x2xx 24, and
0x3xx is the same storage as 0x2xx seen through 32 bits.
"""

from typing import NamedTuple

RW = "rw"
RO = "r"
WO = "w"

UNITY_GAIN = 0x400000


class Register(NamedTuple):
    """One register: its (24-bit) address, name, width in bits, reset value and access."""

    address: int
    name: str
    bits: int
    reset: int
    access: str


class Location(NamedTuple):
    """What an address on the bus selects: a register, and how many data bytes carry it."""

    address: int
    register: Register
    size: int


_8_BIT = (
    (0x000, "SAGCYC", 0x00, RW),
    (0x001, "DISNOLOAD", 0x00, RW),
    (0x004, "LCYCMODE", 0x40, RW),
    (0x007, "PGA_V", 0x00, RW),
    (0x008, "PGA_IA", 0x00, RW),
    (0x009, "PGA_IB", 0x00, RW),
    (0x040, "WRITE_PROTECT", 0x00, RW),
    (0x0FD, "LAST_OP", 0x00, RO),
    (0x0FE, "KEY", 0x00, WO),  # only in the text of the datasheet, not in its register table
    (0x0FF, "LAST_RWDATA_8", 0x00, RO),
    (0x702, "VERSION", 0x01, RO),  # the value is not published; 1 is arbitrary
    (0x800, "EX_REF", 0x00, RW),
)

_16_BIT = (
    (0x100, "ZXTOUT", 0xFFFF, RW),
    (0x101, "LINECYC", 0x0000, RW),
    (0x102, "CONFIG", 0x8004, RW),
    (0x103, "CF1DEN", 0x003F, RW),
    (0x104, "CF2DEN", 0x003F, RW),
    (0x107, "CFMODE", 0x0300, RW),
    (0x108, "PHCALA", 0x0000, RW),
    (0x109, "PHCALB", 0x0000, RW),
    (0x10A, "PFA", 0x0000, RO),
    (0x10B, "PFB", 0x0000, RO),
    (0x10C, "ANGLE_A", 0x0000, RO),
    (0x10D, "ANGLE_B", 0x0000, RO),
    (0x10E, "PERIOD", 0x0000, RO),
    (0x110, "ALT_OUTPUT", 0x0000, RW),
    (0x120, "REQUIRED", 0x0000, RW),  # must hold 0x0030; opened by the key
    (0x1FE, "LAST_ADD", 0x0000, RO),
    (0x1FF, "LAST_RWDATA_16", 0x0000, RO),
)

_24_BIT = (
    (0x200, "SAGLVL", 0x000000, RW),
    (0x201, "ACCMODE", 0x000000, RW),
    (0x203, "AP_NOLOAD", 0x00E419, RW),
    (0x204, "VAR_NOLOAD", 0x00E419, RW),
    (0x205, "VA_NOLOAD", 0x000000, RW),
    (0x210, "AVA", 0, RO),
    (0x211, "BVA", 0, RO),
    (0x212, "AWATT", 0, RO),
    (0x213, "BWATT", 0, RO),
    (0x214, "AVAR", 0, RO),
    (0x215, "BVAR", 0, RO),
    (0x216, "IA", 0, RO),
    (0x217, "IB", 0, RO),
    (0x218, "V", 0, RO),
    (0x21A, "IRMSA", 0, RO),
    (0x21B, "IRMSB", 0, RO),
    (0x21C, "VRMS", 0, RO),
    (0x21E, "AENERGYA", 0, RO),
    (0x21F, "AENERGYB", 0, RO),
    (0x220, "RENERGYA", 0, RO),
    (0x221, "RENERGYB", 0, RO),
    (0x222, "APENERGYA", 0, RO),
    (0x223, "APENERGYB", 0, RO),
    (0x224, "OVLVL", 0xFFFFFF, RW),
    (0x225, "OILVL", 0xFFFFFF, RW),
    (0x226, "VPEAK", 0, RO),
    (0x227, "RSTVPEAK", 0, RO),
    (0x228, "IAPEAK", 0, RO),
    (0x229, "RSTIAPEAK", 0, RO),
    (0x22A, "IBPEAK", 0, RO),
    (0x22B, "RSTIBPEAK", 0, RO),
    (0x22C, "IRQENA", 0x100000, RW),
    (0x22D, "IRQSTATA", 0, RO),
    (0x22E, "RSTIRQSTATA", 0, RO),
    (0x22F, "IRQENB", 0x000000, RW),
    (0x230, "IRQSTATB", 0, RO),
    (0x231, "RSTIRQSTATB", 0, RO),
    (0x280, "AIGAIN", UNITY_GAIN, RW),
    (0x281, "AVGAIN", UNITY_GAIN, RW),
    (0x282, "AWGAIN", UNITY_GAIN, RW),
    (0x283, "AVARGAIN", UNITY_GAIN, RW),
    (0x284, "AVAGAIN", UNITY_GAIN, RW),
    (0x285, "RESERVED_285", 0, RW),
    (0x286, "AIRMSOS", 0, RW),
    (0x287, "RESERVED_287", 0, RW),
    (0x288, "VRMSOS", 0, RW),
    (0x289, "AWATTOS", 0, RW),
    (0x28A, "AVAROS", 0, RW),
    (0x28B, "AVAOS", 0, RW),
    (0x28C, "BIGAIN", UNITY_GAIN, RW),
    (0x28D, "BVGAIN", UNITY_GAIN, RW),
    (0x28E, "BWGAIN", UNITY_GAIN, RW),
    (0x28F, "BVARGAIN", UNITY_GAIN, RW),
    (0x290, "BVAGAIN", UNITY_GAIN, RW),
    (0x291, "RESERVED_291", 0, RW),
    (0x292, "BIRMSOS", 0, RW),
    (0x293, "RESERVED_293", 0, RW),
    (0x294, "RESERVED_294", 0, RW),
    (0x295, "BWATTOS", 0, RW),
    (0x296, "BVAROS", 0, RW),
    (0x297, "BVAOS", 0, RW),
    (0x2FF, "LAST_RWDATA_24", 0, RO),
)

_32_BIT = (
    (0x37F, "CRC", 0xFFFFFFFF, RO),
    (0x3FF, "LAST_RWDATA_32", 0, RO),
)

TABLE: dict[int, Register] = {
    address: Register(address, name, bits, reset, access)
    for bits, rows in ((8, _8_BIT), (16, _16_BIT), (24, _24_BIT), (32, _32_BIT))
    for address, name, reset, access in rows
}

BY_NAME: dict[str, Register] = {register.name: register for register in TABLE.values()}

# Bits that a write cannot move: live status (ACCMODE), unassigned bits of the enables.
WRITABLE: dict[str, int] = {
    "ACCMODE": 0x0003FF,
    "IRQENA": 0x3FFFFF,
    "IRQENB": 0x003FFF,
    "WRITE_PROTECT": 0x07,
}

# Inside the checksum (datasheet Rev C; order and hidden registers are not published).
CHECKSUMMED: tuple[str, ...] = (
    "LCYCMODE",
    "PGA_V",
    "PGA_IA",
    "PGA_IB",
    "WRITE_PROTECT",
    "CONFIG",
    "CF1DEN",
    "CF2DEN",
    "CFMODE",
    "PHCALA",
    "PHCALB",
    "ALT_OUTPUT",
    "ACCMODE",
    "IRQENA",
    "IRQENB",
) + tuple(register.name for register in TABLE.values() if 0x280 <= register.address <= 0x297)

# CONFIG bits.
CONFIG_PFMODE = 1 << 3
CONFIG_REVP_CF = 1 << 4
CONFIG_REVP_PULSE = 1 << 5
CONFIG_SWRST = 1 << 7
CONFIG_CRC_ENABLE = 1 << 8
CONFIG_ZX_I = 1 << 11
CONFIG_COMM_LOCK = 1 << 15  # 1: not locked

LCYCMODE_RSTREAD = 1 << 6

# Status bits that the A and B groups share.
NOLOAD_FLAGS = (1 << 6, 1 << 7, 1 << 8)  # active, reactive, apparent
SIGN_FLAGS = (1 << 9, 1 << 10)  # active, reactive
FLAG_ZXTO_I = 1 << 11
FLAG_ZX_I = 1 << 12
FLAG_OI = 1 << 13
# Status bits of the A group alone.
FLAG_ZXTO = 1 << 14
FLAG_ZXV = 1 << 15
FLAG_OV = 1 << 16
FLAG_WSMP = 1 << 17
FLAG_CYCEND = 1 << 18
FLAG_SAG = 1 << 19
FLAG_RESET = 1 << 20
FLAG_CRC = 1 << 21


def _locations() -> dict[int, Location]:
    locations = {}
    for register in TABLE.values():
        address = register.address
        locations[address] = Location(address, register, register.bits // 8)
        if register.bits == 24 and register.name != "LAST_RWDATA_24":
            locations[address + 0x100] = Location(address + 0x100, register, 4)
    return locations


LOCATIONS: dict[int, Location] = _locations()


def reset_values() -> dict[str, int]:
    """Contents of every register after a reset, by name."""
    return {register.name: register.reset for register in TABLE.values()}


def signed(value: int, bits: int) -> int:
    """Two's complement reading of the low `bits` of `value`."""
    half = 1 << (bits - 1)
    return ((value + half) & ((1 << bits) - 1)) - half
