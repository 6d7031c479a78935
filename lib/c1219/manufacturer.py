"""This meter's own tables: what the standard has no place for. All are declared here."""

from .types import (
    INT32,
    MANUFACTURER,
    NI_FMAT1,
    NI_FMAT2,
    PROGRAMMER,
    STORED,
    UINT8,
    UINT16,
    UINT32,
    Table,
)

# Approved for the reference product: approval AE-2041 Rev.3, section 2.
_TEST_INTERVALS = (1, 5, 10, 15)
_LONGEST_TEST = 99


def _is_test_mode(values, dims, tables):
    return values["INTERVAL"] in _TEST_INTERVALS and 1 <= values["TIME_OUT"] <= _LONGEST_TEST


TEST_MODE = Table(
    MANUFACTURER | 0,
    "TEST_MODE_TBL",
    (
        ("INTERVAL", UINT8),  # minutes of the demand interval: 1, 5, 10 or 15
        ("TIME_OUT", UINT8),  # minutes after which test mode ends by itself: 1 to 99
    ),
    write=PROGRAMMER,
    octets=STORED,
    needs="test",
    check=_is_test_mode,
)

TEST_REGISTERS = Table(
    MANUFACTURER | 1,
    "TEST_REGISTERS_TBL",
    (
        ("TIME_LEFT", UINT16, 1, lambda t, n: t.device.test.seconds_left),  # 0: no test runs
        ("INTERVAL", UINT8, 1, lambda t, n: t.device.test.interval),  # minutes
        ("SUBINTERVAL", UINT8, 1, lambda t, n: t.device.test.subinterval),
        # Delivered, then received; of the running test, or else of the latest one.
        ("ENERGY", NI_FMAT1, 2, lambda t, n: t.device.test.energy(n)),  # mWh
        ("PRESENT_DEMAND", NI_FMAT2, 2, lambda t, n: t.device.test.present(n)),  # W
        ("LAST_DEMAND", NI_FMAT2, 2, lambda t, n: t.device.test.last(n)),
        ("MAXIMUM_DEMAND", NI_FMAT2, 2, lambda t, n: t.device.test.maximum(n)),
    ),
    needs="test",
)

# Names of what `diagnostics` gives, in its order.
COUNTERS = (
    "TICKS",
    "TICKS_REJECTED",
    "CHIP_RESETS",
    "STARTS",
    "CRASHES",
    "ERRORS",
    "LAST_ERROR",
    "PULSES",
)
LINK_COUNTERS = (
    "LINK_RECEIVED",
    "LINK_SENT",
    "LINK_CRC_ERRORS",
    "LINK_INCOMPLETE",
    "LINK_REJECTED",
    "LINK_DUPLICATES",
    "LINK_NAKS_SENT",
    "LINK_NAKS_RECEIVED",
    "LINK_RETRIES",
    "LINK_LOST",
    "LINK_TIMEOUTS",
)


def _counter(i):
    return lambda t, n: t.device.diagnostics(i)


def _counters():
    fields = []
    for name in COUNTERS + LINK_COUNTERS:
        fields.append((name, UINT32, 1, _counter(len(fields))))
    return tuple(fields)


NO_DRIFT = -(2**31)  # not known yet

DIAGNOSTICS = Table(
    MANUFACTURER | 2,
    "DIAGNOSTICS_TBL",
    (
        ("FAULTS", UINT32, 1, lambda t, n: t.device.faults),  # as the display shows them
        # How much faster the time base counts than the clock: parts in 10^9, or NO_DRIFT.
        ("CLOCK_DRIFT", INT32, 1, lambda t, n: t.device.clock_drift),
    )
    + _counters(),
    needs="diagnostics",
)

TABLES = (TEST_MODE, TEST_REGISTERS, DIAGNOSTICS)
