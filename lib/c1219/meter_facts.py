"""This meter's own tables of what it is and what it measures, all read-only."""

from . import quantities as q
from .sources import of_device  # noqa: F401  declarations name it
from .types import FIXED, MANUFACTURER, READER, Table


def _version(t, i):
    return t.device.version[i]


SOFTWARE = Table(
    MANUFACTURER | 4,
    "SOFTWARE_IDENTIFICATION_TBL",
    (
        ("HW_VERSION_NUMBER", "UINT8", 1, ("_version", 0)),
        ("HW_REVISION_NUMBER", "UINT8", 1, ("_version", 1)),
        ("FW_VERSION_NUMBER", "UINT8", 1, ("_version", 2)),
        ("FW_REVISION_NUMBER", "UINT8", 1, ("_version", 3)),
        # SHA-256 of the sources that were built; zeros when they were not built to a release.
        ("DIGEST", "BINARY", 32, ("of_device", "digest")),
        ("RUNS_ON", "STRING", 40, ("of_device", "runs_on")),  # interpreter and processor
    ),
    globals(),
    octets=FIXED,
    needs="digest",
)


def _register(t, name):
    return t.device.calibration(name)


# What the metering chip is to hold, by the names of its registers (ADE7953 data sheet).
CALIBRATION = Table(
    MANUFACTURER | 5,
    "CALIBRATION_TBL",
    (
        ("AIGAIN", "UINT24", 1, ("_register", "AIGAIN")),  # 0x400000 is 1
        ("AVGAIN", "UINT24", 1, ("_register", "AVGAIN")),
        ("AWGAIN", "UINT24", 1, ("_register", "AWGAIN")),
        ("AVARGAIN", "UINT24", 1, ("_register", "AVARGAIN")),
        ("AVAGAIN", "UINT24", 1, ("_register", "AVAGAIN")),
        ("AIRMSOS", "INT24", 1, ("_register", "AIRMSOS")),
        ("VRMSOS", "INT24", 1, ("_register", "VRMSOS")),
        ("AWATTOS", "INT24", 1, ("_register", "AWATTOS")),
        ("AVAROS", "INT24", 1, ("_register", "AVAROS")),
        ("AVAOS", "INT24", 1, ("_register", "AVAOS")),
        ("BIGAIN", "UINT24", 1, ("_register", "BIGAIN")),
        ("BVGAIN", "UINT24", 1, ("_register", "BVGAIN")),
        ("BWGAIN", "UINT24", 1, ("_register", "BWGAIN")),
        ("BVARGAIN", "UINT24", 1, ("_register", "BVARGAIN")),
        ("BVAGAIN", "UINT24", 1, ("_register", "BVAGAIN")),
        ("BIRMSOS", "INT24", 1, ("_register", "BIRMSOS")),
        ("BWATTOS", "INT24", 1, ("_register", "BWATTOS")),
        ("BVAROS", "INT24", 1, ("_register", "BVAROS")),
        ("BVAOS", "INT24", 1, ("_register", "BVAOS")),
        ("PHCALA", "INT16", 1, ("_register", "PHCALA")),
        ("PHCALB", "INT16", 1, ("_register", "PHCALB")),
        ("AP_NOLOAD", "UINT24", 1, ("_register", "AP_NOLOAD")),
        ("CF1DEN", "UINT16", 1, ("_register", "CF1DEN")),  # counts of a pulse
    ),
    globals(),
    read=READER,
    needs="calibration",
    piece=24,
)


def _quantity(t, which):
    return t.device.quantity(which)


# From the waveforms, of the latest line cycles. Of form 1S and 3S, coil B's are what its open
# input says.
PRESENT_VALUES = Table(
    MANUFACTURER | 6,
    "PRESENT_VALUES_TBL",
    (
        ("VOLTS", "INT32", 1, ("_quantity", q.VOLTS)),  # mV
        ("AMPS_A", "INT32", 1, ("_quantity", q.AMPS_A)),  # mA
        ("AMPS_B", "INT32", 1, ("_quantity", q.AMPS_B)),
        ("WATTS_A", "INT32", 1, ("_quantity", q.WATTS_A)),  # mW
        ("WATTS_B", "INT32", 1, ("_quantity", q.WATTS_B)),
        ("VARS", "INT32", 1, ("_quantity", q.VARS)),  # mvar
        ("VOLT_AMPS", "INT32", 1, ("_quantity", q.VOLT_AMPS)),  # mVA
        ("POWER_FACTOR_A", "INT16", 1, ("_quantity", q.POWER_FACTOR_A)),  # thousandths
        ("POWER_FACTOR_B", "INT16", 1, ("_quantity", q.POWER_FACTOR_B)),
        ("ANGLE_A", "INT32", 1, ("_quantity", q.ANGLE_A)),  # thousandths of a degree
        ("ANGLE_B", "INT32", 1, ("_quantity", q.ANGLE_B)),
        ("FREQUENCY", "UINT32", 1, ("_quantity", q.HERTZ)),  # mHz
        ("TEMPERATURE", "INT32", 1, ("_quantity", q.TEMPERATURE)),  # thousandths of a degree C
    ),
    globals(),
    needs="calibration",
)


def _service(t, n):
    name = t.device.rating.name.encode()
    return name + b" " * (16 - len(name))


def _of_rating(t, name):
    return getattr(t.device.rating, name)


def _test_amps(t, n):
    return int(t.device.rating.test_amps * 10)


RATING = Table(
    MANUFACTURER | 7,
    "RATING_TBL",
    (
        ("SERVICE", "STRING", 16, "_service"),  # form, volts, class
        ("COILS", "UINT8", 1, ("_of_rating", "coils")),
        ("VOLTS", "UINT16", 1, ("_of_rating", "volts")),
        ("CLASS_AMPS", "UINT16", 1, ("_of_rating", "class_amps")),
        ("TEST_AMPS", "UINT16", 1, "_test_amps"),  # tenths of an ampere
        ("KH", "UINT32", 1, ("_of_rating", "kh_mwh")),  # mWh of a pulse
        ("COUNTS_PER_KWH", "UINT32", 1, ("of_device", "counts_per_kwh")),  # of the chip
        ("FULL_SCALE_VOLTS", "UINT16", 1, ("_of_rating", "full_scale_volts")),
        ("FULL_SCALE_AMPS", "UINT16", 1, ("_of_rating", "full_scale_amps")),
    ),
    globals(),
    octets=FIXED,
    needs="counts_per_kwh",
)

TABLES = (SOFTWARE, CALIBRATION, PRESENT_VALUES, RATING)
