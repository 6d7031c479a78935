"""What the meter measures, the unit of each integer, and how C12.19 is told.

One line of SOURCES makes a data source: its entry in ST12, ST15 and ST16, and its place among the
summations and demands (ST22, ST23) or present values (ST27, ST28). All counts follow from the
lines of which the device measures the quantity.
"""

# Quantities the device answers for: device.quantity(q) gives an integer in the unit named.
DELIVERED = 0  # Wh
RECEIVED = 1  # Wh
NET = 2  # Wh, signed: delivered - received
WATTS = 3  # mW, signed, positive when delivered
VOLTS = 4  # mV rms
AMPS_A = 5  # mA rms, coil A
AMPS_B = 6  # mA rms, coil B
POWER_FACTOR = 7  # 1/1000, signed as the metering chip gives it
HERTZ = 8  # mHz
DEMAND_DELIVERED = 9  # W, present demand: of the running interval so far
DEMAND_RECEIVED = 10
LAST_DELIVERED = 11  # W, demand of the last interval that was complete
LAST_RECEIVED = 12
VARS = 13  # mvar, signed as the metering chip gives it
VOLT_AMPS = 14  # mVA
ANGLE_A = 15  # thousandths of a degree, current of coil A behind the voltage, -180000..180000
ANGLE_B = 16
TEMPERATURE = 17  # thousandths of a degree Celsius, inside the meter

# For the meter's own use: no data source, and no part of SOURCES.
WATTS_A = 18  # mW, coil A's share of WATTS
WATTS_B = 19
POWER_FACTOR_A = 20  # 1/1000, signed as the metering chip gives it
POWER_FACTOR_B = 21

# What a device measures that does not say it.
BASIC = tuple(range(HERTZ + 1))

# The 32 bits of a ST12 entry (layout: high confidence).
UOM_BITS = (
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

# ID_CODE. Power is of high confidence, volts and amps of medium; phase angle, power factor and
# frequency are of low confidence and must be checked against the standard before conformance is
# claimed. No code for a temperature is known: its entry says that it does not follow the
# standard (NFS), and the code is this meter's own.
ID_ACTIVE = 0
ID_REACTIVE = 1
ID_APPARENT = 2
ID_RMS_VOLTS = 8
ID_RMS_AMPS = 12
ID_PHASE_ANGLE = 20
ID_POWER_FACTOR = 24
ID_FREQUENCY = 33
NFS_TEMPERATURE = 200

# TIME_BASE and MULTIPLIER (medium confidence).
DIAL_READING = 0
INSTANTANEOUS = 1
SLIDING_DEMAND = 3  # "sub-block average demand"
BLOCK_DEMAND = 4
TIMES_1 = 0
TIMES_1E3 = 2
TIMES_1E_3 = 6

# SEGMENTATION (low confidence).
ALL_PHASES = 0
PHASE_A_N = 5
PHASE_B_N = 6

_ENERGY = {"ID_CODE": ID_ACTIVE, "TIME_BASE": DIAL_READING, "MULTIPLIER": TIMES_1}
_DEMAND = {"ID_CODE": ID_ACTIVE, "TIME_BASE": BLOCK_DEMAND, "MULTIPLIER": TIMES_1}
_NET_OF_ALL = {"Q1": 1, "Q2": 1, "Q3": 1, "Q4": 1, "NET_FLOW": 1}


def _uom(base, more):
    word = dict(base)
    word.update(more)
    return word


def _present(id_code, segmentation=ALL_PHASES):
    return {
        "ID_CODE": id_code,
        "TIME_BASE": INSTANTANEOUS,
        "MULTIPLIER": TIMES_1E_3,
        "SEGMENTATION": segmentation,
    }


SUMMATION = 0
PRESENT_VALUE = 1
DEMAND = 2

# (quantity, where it is served, unit of measure). Quadrants: medium confidence. A demand is
# a block demand here; ST12 calls it a sliding one while ST13 makes it that.
SOURCES = (
    (DELIVERED, SUMMATION, _uom(_ENERGY, {"Q1": 1, "Q4": 1})),
    (RECEIVED, SUMMATION, _uom(_ENERGY, {"Q2": 1, "Q3": 1})),
    (NET, SUMMATION, _uom(_ENERGY, _NET_OF_ALL)),
    (WATTS, PRESENT_VALUE, _uom(_present(ID_ACTIVE), _NET_OF_ALL)),
    (VOLTS, PRESENT_VALUE, _present(ID_RMS_VOLTS)),
    (AMPS_A, PRESENT_VALUE, _present(ID_RMS_AMPS, PHASE_A_N)),
    (AMPS_B, PRESENT_VALUE, _present(ID_RMS_AMPS, PHASE_B_N)),
    (POWER_FACTOR, PRESENT_VALUE, _present(ID_POWER_FACTOR)),
    (HERTZ, PRESENT_VALUE, _present(ID_FREQUENCY)),
    (DEMAND_DELIVERED, DEMAND, _uom(_DEMAND, {"Q1": 1, "Q4": 1})),
    (DEMAND_RECEIVED, DEMAND, _uom(_DEMAND, {"Q2": 1, "Q3": 1})),
    (LAST_DELIVERED, PRESENT_VALUE, _uom(_DEMAND, {"Q1": 1, "Q4": 1})),
    (LAST_RECEIVED, PRESENT_VALUE, _uom(_DEMAND, {"Q2": 1, "Q3": 1})),
    (VARS, PRESENT_VALUE, _uom(_present(ID_REACTIVE), _NET_OF_ALL)),
    (VOLT_AMPS, PRESENT_VALUE, _present(ID_APPARENT)),
    (ANGLE_A, PRESENT_VALUE, _present(ID_PHASE_ANGLE, PHASE_A_N)),
    (ANGLE_B, PRESENT_VALUE, _present(ID_PHASE_ANGLE, PHASE_B_N)),
    (TEMPERATURE, PRESENT_VALUE, _uom(_present(NFS_TEMPERATURE), {"NFS": 1})),
)


def sources_of(measured):
    """The lines of SOURCES whose quantity is in `measured`: ST16's sources, by their index."""
    return tuple([source for source in SOURCES if source[0] in measured])


def selectors(sources, kind):
    """ST16 indices of those of `sources` that are served as `kind`, in their order."""
    return tuple([i for i in range(len(sources)) if sources[i][1] == kind])
