"""The ADE7953's registers as data: address, name, access, kind of number, value after reset.

Source: ADE7953 datasheet Rev C, register tables (solid; Rev B agrees). The width lives in the
address: 0x0xx, 0x702 and 0x800 hold 8 bits, 0x1xx 16, 0x2xx 24; 0x3xx shows the storage of
0x2xx as 32 bits, except CRC and LAST_RWDATA_32 which exist only there. Every register has one
address here: the 24-bit one where there is a choice.
"""

from micropython import const

# Access.
R = const(0)  # read only
W = const(1)  # write only
RW = const(2)
C = const(3)  # reading clears it (the energy registers: only while LCYCMODE.RSTREAD is 1)

# Kind of number.
U = const(0)  # unsigned
S = const(1)  # two's complement over the register's width
M = const(2)  # sign and magnitude: bit 9 sign (0 delays), bits 8:0 magnitude, at most 383
G = const(3)  # gain: unsigned, 0x400000 is 1, allowed 0x200000 (-50 %) to 0x600000 (+50 %)

SAGCYC = const(0x000)  # sag duration, half line cycles; 0 disables
DISNOLOAD = const(0x001)  # no-load disable: bit 0 active, 1 reactive, 2 apparent
LCYCMODE = const(0x004)  # line-cycle accumulation and read-with-reset
PGA_V = const(0x007)
PGA_IA = const(0x008)
PGA_IB = const(0x009)
WRITE_PROTECT = const(0x040)  # bit 0: 8-bit, 1: 16-bit, 2: 24/32-bit registers
LAST_OP = const(0x0FD)
UNLOCK = const(0x0FE)  # 0xAD opens REQUIRED for the next access
LAST_RWDATA_8 = const(0x0FF)
VERSION = const(0x702)  # silicon version, no published value
EX_REF = const(0x800)  # bit 0: external reference
ZXTOUT = const(0x100)
LINECYC = const(0x101)  # half line cycles
CONFIG = const(0x102)
CF1DEN = const(0x103)
CF2DEN = const(0x104)
CFMODE = const(0x107)
PHCALA = const(0x108)
PHCALB = const(0x109)
PFA = const(0x10A)  # 2^-15 per LSB
PFB = const(0x10B)
ANGLE_A = const(0x10C)  # 4.47 us per LSB
ANGLE_B = const(0x10D)
PERIOD = const(0x10E)  # 223750 / (PERIOD + 1) Hz
ALT_OUTPUT = const(0x110)
REQUIRED = const(0x120)  # must hold 0x0030
LAST_ADD = const(0x1FE)
LAST_RWDATA_16 = const(0x1FF)
SAGLVL = const(0x200)
ACCMODE = const(0x201)  # bits 9:0 settings, 21:10 live status
AP_NOLOAD = const(0x203)  # 65536 - Y / 1.4, Y = full-scale power ratio
VAR_NOLOAD = const(0x204)
VA_NOLOAD = const(0x205)
AVA = const(0x210)
BVA = const(0x211)
AWATT = const(0x212)  # 4,862,401 at full scale
BWATT = const(0x213)
AVAR = const(0x214)
BVAR = const(0x215)
IA = const(0x216)  # waveform sample
IB = const(0x217)
V = const(0x218)
IRMSA = const(0x21A)  # 9,032,007 at full scale
IRMSB = const(0x21B)
VRMS = const(0x21C)
AENERGYA = const(0x21E)
AENERGYB = const(0x21F)
RENERGYA = const(0x220)
RENERGYB = const(0x221)
APENERGYA = const(0x222)
APENERGYB = const(0x223)
OVLVL = const(0x224)
OILVL = const(0x225)
VPEAK = const(0x226)
RSTVPEAK = const(0x227)
IAPEAK = const(0x228)
RSTIAPEAK = const(0x229)
IBPEAK = const(0x22A)
RSTIBPEAK = const(0x22B)
IRQENA = const(0x22C)
IRQSTATA = const(0x22D)  # does not clear
RSTIRQSTATA = const(0x22E)  # clears, releases the IRQ pin
IRQENB = const(0x22F)
IRQSTATB = const(0x230)
RSTIRQSTATB = const(0x231)
AIGAIN = const(0x280)
AVGAIN = const(0x281)
AWGAIN = const(0x282)
AVARGAIN = const(0x283)
AVAGAIN = const(0x284)
RESERVED_285 = const(0x285)
AIRMSOS = const(0x286)
RESERVED_287 = const(0x287)
VRMSOS = const(0x288)
AWATTOS = const(0x289)
AVAROS = const(0x28A)
AVAOS = const(0x28B)
BIGAIN = const(0x28C)
BVGAIN = const(0x28D)
BWGAIN = const(0x28E)
BVARGAIN = const(0x28F)
BVAGAIN = const(0x290)
RESERVED_291 = const(0x291)
BIRMSOS = const(0x292)
RESERVED_293 = const(0x293)
RESERVED_294 = const(0x294)
BWATTOS = const(0x295)
BVAROS = const(0x296)
BVAOS = const(0x297)
LAST_RWDATA_24 = const(0x2FF)
CRC = const(0x37F)  # configuration checksum, 32-bit only
LAST_RWDATA_32 = const(0x3FF)

# CONFIG. Bit 15 is COMM_LOCK, and it is inverted: 1 leaves the interface open, 0 locks it.
CONFIG_RESET = const(0x8004)
CONFIG_LOCKED = const(0x0004)  # high-pass filters on, interface locked
CONFIG_RUNNING = const(0x0104)  # the same with the configuration checksum on
CONFIG_SWRST = const(0x0080)

# The key pair that the datasheet's accuracy depends on; lost in every reset.
UNLOCK_KEY = const(0xAD)
REQUIRED_VALUE = const(0x0030)

PROTECT_ALL = const(0x07)

# LCYCMODE. Bit 6 is RSTREAD. The driver keeps it 0 and differences the free-running counters:
# with clear-on-read a failed or repeated read destroys energy.
LCYCMODE_FREE_RUNNING = const(0x00)
LCYCMODE_RSTREAD = const(0x40)

ACCMODE_SETTINGS = const(0x3FF)  # the rest of ACCMODE is live status

# CFMODE: CF1 source in bits 3:0; bit 9 keeps CF2 off.
CF2_OFF = const(0x0200)
CF_ACTIVE_A = const(0)
CF_ACTIVE_SUM = const(9)  # half the sum of A and B: the form 2S weighting

# IRQSTATA, IRQENA.
STATUS_WSMP = const(1 << 17)  # a new sample: every 143 us on a living chip
STATUS_RESET = const(1 << 20)  # a reset has ended; its enable bit is stuck at 1
STATUS_CRC = const(1 << 21)  # the checksum has changed
STATUS_ALWAYS_0 = const(3 << 22)

# Outside the checksum: to be read back (datasheet, checksum section: solid as to the list).
UNCOVERED = (
    SAGCYC,
    DISNOLOAD,
    EX_REF,
    ZXTOUT,
    LINECYC,
    REQUIRED,
    SAGLVL,
    AP_NOLOAD,
    VAR_NOLOAD,
    VA_NOLOAD,
    OVLVL,
    OILVL,
)

# What `Ade7953.instant` reads, in its order.
INSTANT = (
    VRMS,
    IRMSA,
    IRMSB,
    AWATT,
    BWATT,
    AVAR,
    BVAR,
    AVA,
    BVA,
    PFA,
    PFB,
    ANGLE_A,
    ANGLE_B,
    PERIOD,
)


def row(register):
    """The row of register_map that `register` has; KeyError when the chip has none such."""
    from .register_map import MAP

    low = 0
    high = len(MAP)
    while low < high:
        middle = (low + high) >> 1
        if MAP[middle][0] < register:
            low = middle + 1
        else:
            high = middle
    if low < len(MAP) and MAP[low][0] == register:
        return MAP[low]
    raise KeyError(register)


def by_name(name):
    """The address of the register called `name`; KeyError when there is none."""
    from .register_map import MAP

    for entry in MAP:
        if entry[1] == name:
            return entry[0]
    raise KeyError(name)


def name(register):
    """The register's name for messages, or its address in hexadecimal."""
    try:
        return row(register)[1]
    except KeyError:
        return "0x%03X" % register


def width(register):
    """Bytes of data in one access to `register`: 1 to 4. Allocates nothing."""
    page = register >> 8
    return page + 1 if 0 <= page <= 3 else 1
