"""This meter's own tables: what the standard has no place for. All are declared here."""

from micropython import const

from .sources import of_device  # noqa: F401  declarations name it
from .types import MANUFACTURER, MASTER, PROGRAMMER, READER, STORED, Table

# Approved for the reference product: approval AE-2041 Rev.3, section 2.
_TEST_INTERVALS = (1, 5, 10, 15)
_LONGEST_TEST = 99


def _is_test_mode(values, dims, tables):
    return values["INTERVAL"] in _TEST_INTERVALS and 1 <= values["TIME_OUT"] <= _LONGEST_TEST


TEST_MODE = Table(
    MANUFACTURER | 0,
    "TEST_MODE_TBL",
    (
        ("INTERVAL", "UINT8"),  # minutes of the demand interval: 1, 5, 10 or 15
        ("TIME_OUT", "UINT8"),  # minutes after which test mode ends by itself: 1 to 99
    ),
    write=PROGRAMMER,
    octets=STORED,
    needs="test",
    check=_is_test_mode,
)


def _of_test(t, name):
    return getattr(t.device.test, name)


def _energy(t, n):
    return t.device.test.energy(n)


def _present(t, n):
    return t.device.test.present(n)


def _ever(t, n):
    return t.device.test.energy_ever(n)


def _last(t, n):
    return t.device.test.last(n)


def _maximum(t, n):
    return t.device.test.maximum(n)


TEST_REGISTERS = Table(
    MANUFACTURER | 1,
    "TEST_REGISTERS_TBL",
    (
        ("TIME_LEFT", "UINT16", 1, ("_of_test", "seconds_left")),  # 0: no test runs
        ("INTERVAL", "UINT8", 1, ("_of_test", "interval")),  # minutes
        ("SUBINTERVAL", "UINT8", 1, ("_of_test", "subinterval")),
        # Delivered, then received; of the running test, or else of the latest one.
        ("ENERGY", "NI_FMAT1", 2, "_energy"),  # mWh
        ("PRESENT_DEMAND", "NI_FMAT2", 2, "_present"),  # W
        ("LAST_DEMAND", "NI_FMAT2", 2, "_last"),
        ("MAXIMUM_DEMAND", "NI_FMAT2", 2, "_maximum"),
        # These count all tests ever; nothing clears them.
        ("TESTS", "UINT32", 1, ("_of_test", "tests")),
        ("SECONDS_EVER", "UINT32", 1, ("_of_test", "seconds_ever")),
        ("ENERGY_EVER", "NI_FMAT1", 2, "_ever"),  # mWh, delivered and received
    ),
    globals(),
    needs="test",
)

COUNTERS = const(9)  # of the meter, before those of the link
LINK_COUNTERS = const(11)  # before those of access


def _counter(t, i):
    return t.device.diagnostics(i)


NO_DRIFT = -(2**31)  # not known yet

DIAGNOSTICS = Table(
    MANUFACTURER | 2,
    "DIAGNOSTICS_TBL",
    (
        ("FAULTS", "UINT32", 1, ("of_device", "faults")),  # as the display shows them
        # How much faster the time base counts than the clock: parts in 10^9, or NO_DRIFT.
        ("CLOCK_DRIFT", "INT32", 1, ("of_device", "clock_drift")),
        # What `diagnostics` gives, in its order.
        ("TICKS", "UINT32", 1, ("_counter", 0)),
        ("TICKS_REJECTED", "UINT32", 1, ("_counter", 1)),
        ("CHIP_RESETS", "UINT32", 1, ("_counter", 2)),
        ("STARTS", "UINT32", 1, ("_counter", 3)),
        ("CRASHES", "UINT32", 1, ("_counter", 4)),
        ("ERRORS", "UINT32", 1, ("_counter", 5)),
        ("LAST_ERROR", "UINT32", 1, ("_counter", 6)),
        ("PULSES", "UINT32", 1, ("_counter", 7)),
        ("WORST_TICK", "UINT32", 1, ("_counter", 8)),  # ms between two ticks, since the start
        # Of the port that is asked.
        ("LINK_RECEIVED", "UINT32", 1, ("_counter", 9)),
        ("LINK_SENT", "UINT32", 1, ("_counter", 10)),
        ("LINK_CRC_ERRORS", "UINT32", 1, ("_counter", 11)),
        ("LINK_INCOMPLETE", "UINT32", 1, ("_counter", 12)),
        ("LINK_REJECTED", "UINT32", 1, ("_counter", 13)),
        ("LINK_DUPLICATES", "UINT32", 1, ("_counter", 14)),
        ("LINK_NAKS_SENT", "UINT32", 1, ("_counter", 15)),
        ("LINK_NAKS_RECEIVED", "UINT32", 1, ("_counter", 16)),
        ("LINK_RETRIES", "UINT32", 1, ("_counter", 17)),
        ("LINK_LOST", "UINT32", 1, ("_counter", 18)),
        ("LINK_TIMEOUTS", "UINT32", 1, ("_counter", 19)),
        ("WRONG_PASSWORDS", "UINT32", 1, ("_counter", 20)),  # ever
        ("REFUSED", "UINT32", 1, ("_counter", 21)),  # writes and procedures, since the start
        # Energy that no counter could tell: how often, and for how many seconds in all.
        ("UNSURE_EVENTS", "UINT32", 1, ("_counter", 22)),
        ("UNSURE_SECONDS", "UINT32", 1, ("_counter", 23)),
        ("OVERLOADS", "UINT32", 1, ("_counter", 24)),  # ever
        # Reads of the memory that were repeated, because what came could not be right.
        ("MEMORY_REREADS", "UINT32", 1, ("_counter", 25)),  # since the start
        ("OUTAGES", "UINT32", 1, ("_counter", 26)),  # power failures, ever
        # Entries that the history log had no place for, ever: see docs/billing.md.
        ("LOG_DROPPED", "UINT32", 1, ("_counter", 27)),
    ),
    globals(),
    read=READER,
    needs="diagnostics",
)


def _is_flag(values, dims, tables):
    return values["DAILY"] <= 1


SELF_READ_CONTROL = Table(
    MANUFACTURER | 8,
    "SELF_READ_CONTROL_TBL",
    (("DAILY", "UINT8"),),  # 1: a self read at midnight
    write=PROGRAMMER,
    octets=STORED,
    needs="daily_self_read",
    check=_is_flag,
)


def _is_approved(values, dims, tables):
    return tables.device.provisioning.approved(values["MODEL"], values["SERVICE"])


# What the meter is from its next start on: MT7 and what it measures follow only then.
PROVISIONING = Table(
    MANUFACTURER | 11,
    "PROVISIONING_TBL",
    (
        ("MODEL", "STRING", 8),  # and service: as they were approved together
        ("SERVICE", "STRING", 16),  # form, volts, class: of MT7
        ("SERIAL", "STRING", 16),
    ),
    write=MASTER,
    octets=STORED,
    needs="provisioning",
    check=_is_approved,
)

TABLES = (TEST_MODE, TEST_REGISTERS, DIAGNOSTICS, SELF_READ_CONTROL, PROVISIONING)
