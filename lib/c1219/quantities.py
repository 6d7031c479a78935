"""What the meter measures, the unit of each integer, and how C12.19 is told.

One line of SOURCES makes a data source: its entry in ST12, ST15 and ST16, and its place among the
summations (ST22, ST23) or present values (ST27, ST28). All counts follow from the lines.
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

# ID_CODE. Active power is of high confidence, volts and amps of medium; power factor and frequency
# are of low confidence and must be checked against the standard before conformance is claimed.
ID_ACTIVE = 0
ID_RMS_VOLTS = 8
ID_RMS_AMPS = 12
ID_POWER_FACTOR = 24
ID_FREQUENCY = 33

# TIME_BASE and MULTIPLIER (medium confidence).
DIAL_READING = 0
INSTANTANEOUS = 1
TIMES_1 = 0
TIMES_1E3 = 2
TIMES_1E_3 = 6

# SEGMENTATION (low confidence).
ALL_PHASES = 0
PHASE_A_N = 5
PHASE_B_N = 6

_ENERGY = {"ID_CODE": ID_ACTIVE, "TIME_BASE": DIAL_READING, "MULTIPLIER": TIMES_1}
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

# (quantity, where it is served, unit of measure). Quadrants: medium confidence.
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
)


def selectors(kind):
    """ST16 indices of the sources served as `kind`, in their order."""
    return tuple([i for i in range(len(SOURCES)) if SOURCES[i][1] == kind])
