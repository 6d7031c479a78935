"""What the meter measures, the unit of each integer, and how C12.19 is told.

One line of SOURCES makes a data source: its entry in ST12, ST15 and ST16, and its place among the
summations and demands (ST22, ST23) or present values (ST27, ST28). All counts follow from the
lines of which the device measures the quantity.
"""

from micropython import const

# Quantities the device answers for: device.quantity(q) gives an integer in the unit named.
DELIVERED = const(0)  # Wh
RECEIVED = const(1)  # Wh
NET = const(2)  # Wh, signed: delivered - received
WATTS = const(3)  # mW, signed, positive when delivered
VOLTS = const(4)  # mV rms
AMPS_A = const(5)  # mA rms, coil A
AMPS_B = const(6)  # mA rms, coil B
POWER_FACTOR = const(7)  # 1/1000, signed as the metering chip gives it
HERTZ = const(8)  # mHz
DEMAND_DELIVERED = const(9)  # W, present demand: of the running interval so far
DEMAND_RECEIVED = const(10)
LAST_DELIVERED = const(11)  # W, demand of the last interval that was complete
LAST_RECEIVED = const(12)
VARS = const(13)  # mvar, signed as the metering chip gives it
VOLT_AMPS = const(14)  # mVA
ANGLE_A = const(
    15
)  # thousandths of a degree, current of coil A behind the voltage, -180000..180000
ANGLE_B = const(16)
TEMPERATURE = const(17)  # thousandths of a degree Celsius, inside the meter

# For the meter's own use: no data source, and no part of SOURCES.
WATTS_A = const(18)  # mW, coil A's share of WATTS
WATTS_B = const(19)
POWER_FACTOR_A = const(20)  # 1/1000, signed as the metering chip gives it
POWER_FACTOR_B = const(21)

# What a device measures that does not say it.
BASIC = tuple(range(HERTZ + 1))

# The 32 bits of a ST12 entry (layout: high confidence).
UOM_BITS = const(
    (
        ("ID_CODE", 0, 8),
        ("TIME_BASE", 8, 3),
        ("MULTIPLIER", 11, 3),
        ("Q1", 14, 1),
        ("Q2", 15, 1),
        ("Q3", 16, 1),
        ("Q4", 17, 1),
        ("NET_FLOW", 18, 1),
        ("SEGMENTATION", 19, 3),
        ("HARMONIC", 22, 1),
        ("ID_RESOURCE", 23, 5),
        ("NFS", 31, 1),
    )
)

# ID_CODE. Power is of high confidence, volts and amps of medium; phase angle, power factor and
# frequency are of low confidence and must be checked against the standard before conformance is
# claimed.
ID_ACTIVE = const(0)
ID_REACTIVE = const(1)
ID_APPARENT = const(2)
ID_RMS_VOLTS = const(8)
ID_RMS_AMPS = const(12)
ID_PHASE_ANGLE = const(20)
ID_POWER_FACTOR = const(24)
ID_FREQUENCY = const(33)
NFS_TEMPERATURE = const(200)

# In their places in an entry: TIME_BASE and MULTIPLIER (medium confidence), where 0 is a dial
# reading and times 1.
TIME_BASE_MASK = const(0x0700)
SLIDING_DEMAND = const(0x0300)  # "sub-block average demand"
BLOCK_DEMAND = const(0x0400)

# Quadrants (medium confidence) and SEGMENTATION (low).
_DELIVERED = const(0x024000)  # Q1, Q4
_RECEIVED = const(0x018000)  # Q2, Q3
_NET = const(0x07C000)  # all and NET_FLOW
_ALL = const(0x03C000)  # of what has no direction; in no quadrant nothing would be recorded
_PHASE_A_N = const(0x280000)
_PHASE_B_N = const(0x300000)

_PRESENT = const(0x3100)  # instantaneous, thousandths

# No code for a temperature is known: its entry says that it does not follow the standard (NFS),
# and the code is this meter's own.
_TEMPERATURE = const(0x8003F1C8)

SUMMATION = const(0)
PRESENT_VALUE = const(1)
DEMAND = const(2)

# (quantity, where it is served, unit of measure). A demand is a block demand here; ST12 calls it
# a sliding one while ST13 makes it that.
SOURCES = (
    (DELIVERED, SUMMATION, ID_ACTIVE | _DELIVERED),
    (RECEIVED, SUMMATION, ID_ACTIVE | _RECEIVED),
    (NET, SUMMATION, ID_ACTIVE | _NET),
    (WATTS, PRESENT_VALUE, ID_ACTIVE | _PRESENT | _NET),
    (VOLTS, PRESENT_VALUE, ID_RMS_VOLTS | _PRESENT | _ALL),
    (AMPS_A, PRESENT_VALUE, ID_RMS_AMPS | _PRESENT | _ALL | _PHASE_A_N),
    (AMPS_B, PRESENT_VALUE, ID_RMS_AMPS | _PRESENT | _ALL | _PHASE_B_N),
    (POWER_FACTOR, PRESENT_VALUE, ID_POWER_FACTOR | _PRESENT | _ALL),
    (HERTZ, PRESENT_VALUE, ID_FREQUENCY | _PRESENT | _ALL),
    (DEMAND_DELIVERED, DEMAND, ID_ACTIVE | BLOCK_DEMAND | _DELIVERED),
    (DEMAND_RECEIVED, DEMAND, ID_ACTIVE | BLOCK_DEMAND | _RECEIVED),
    (LAST_DELIVERED, PRESENT_VALUE, ID_ACTIVE | BLOCK_DEMAND | _DELIVERED),
    (LAST_RECEIVED, PRESENT_VALUE, ID_ACTIVE | BLOCK_DEMAND | _RECEIVED),
    (VARS, PRESENT_VALUE, ID_REACTIVE | _PRESENT | _NET),
    (VOLT_AMPS, PRESENT_VALUE, ID_APPARENT | _PRESENT | _ALL),
    (ANGLE_A, PRESENT_VALUE, ID_PHASE_ANGLE | _PRESENT | _ALL | _PHASE_A_N),
    (ANGLE_B, PRESENT_VALUE, ID_PHASE_ANGLE | _PRESENT | _ALL | _PHASE_B_N),
    (TEMPERATURE, PRESENT_VALUE, _TEMPERATURE),
)


def sources_of(measured):
    """The lines of SOURCES whose quantity is in `measured`: ST16's sources, by their index."""
    return tuple([source for source in SOURCES if source[0] in measured])


def selectors(sources, kind):
    """ST16 indices of those of `sources` that are served as `kind`, in their order."""
    return tuple([i for i in range(len(sources)) if sources[i][1] == kind])
