"""This meter's own table of what its software consists of, and whether it is what was built."""

from micropython import const

from .types import MANUFACTURER, Table

PARTS = const(3)

# FORM: how the software runs.
IMAGE = const(1)
FILES = const(2)

# STATE.
NOT_KNOWN = const(0)
GOOD = const(1)
ALTERED = const(2)


def _software(t, name):
    return getattr(t.device.software, name)


def _manifest(t, n):
    return t.device.software.states[0]


def _version(t, n):
    return t.device.software.versions[n][0]


def _revision(t, n):
    return t.device.software.versions[n][1]


def _state(t, n):
    return t.device.software.states[n + 1]


def _expected(t, n):
    return t.device.software.expected[n]


def _computed(t, n):
    return t.device.software.computed[n]


def _sources(t, n):
    return t.device.software.sources[n]


SOFTWARE_PARTS = Table(
    MANUFACTURER | 10,
    "SOFTWARE_PARTS_TBL",
    (
        ("FORM", "UINT8", 1, ("_software", "form")),  # 1 image, 2 files
        ("MANIFEST_STATE", "UINT8", 1, "_manifest"),  # as STATE
        ("PASSES", "UINT32", 1, ("_software", "passes")),  # that have ended since the start
        ("PASS_ENDED", "LTIME_DATE", 1, ("_software", "ended")),  # the last; zeros: not known
        ("PASS_PERCENT", "UINT8", 1, ("_software", "percent")),  # of the one under way
        (
            "PARTS",  # measurement, the rest of what is legally relevant, the rest
            (
                ("VERSION", "UINT8", 1, "_version"),
                ("REVISION", "UINT8", 1, "_revision"),
                ("STATE", "UINT8", 1, "_state"),  # 0 not known yet, 1 as built, 2 altered
                ("EXPECTED", "BINARY", 32, "_expected"),  # SHA-256 that the manifest says
                ("COMPUTED", "BINARY", 32, "_computed"),  # SHA-256 of what is there
                ("SOURCES", "BINARY", 32, "_sources"),  # SHA-256 of what it was built from
            ),
            PARTS,
        ),
    ),
    globals(),
    needs="software",
)

TABLES = (SOFTWARE_PARTS,)
