"""Decade 4, security: ST40 to ST44 (sizes: high confidence, meaning medium; ST43 low).

Passwords are in the order of levels 1, 2 and 3 of the optical port, then the module slot's.

Group k of the standard is access level k here. A password has the groups of its level and of all
levels below; what takes a level has that level's group alone. Passwords are told to nobody: ST42
reads as zeros.
"""

from micropython import const

from .types import FIXED, MASTER, NEVER, PUBLIC, READER, STORED, Table

PASSWORD_LENGTH = const(20)
PROCEDURE = const(0x1000)  # in ACCESS_TABLE_DEF
_ANYONE_READS = const(0x2000)
_ANYONE_WRITES = const(0x4000)


def groups_of(level):
    """ACCESS_PERMISSIONS of a password of this level."""
    return (2 << level) - 1


def _passwords(t, n):
    return len(t.device.password_groups)


def _permissions(t, n):
    return len(t.permissions())


_DIMENSIONS = const(
    (
        ("NBR_PASSWORDS", "UINT8", 1, "_passwords"),  # of all ports
        ("PASSWORD_LEN", "UINT8", 1, PASSWORD_LENGTH),
        ("NBR_KEYS", "UINT8", 1, 0),
        ("KEY_LEN", "UINT8", 1, 0),
        ("NBR_PERM_USED", "UINT16", 1, "_permissions"),
    )
)

ST40 = Table(
    40,
    "DIM_SECURITY_LIMITING_TBL",
    _DIMENSIONS,
    globals(),
    read=READER,
    octets=FIXED,
    needs="password_groups",
)
ST41 = Table(
    41,
    "ACT_SECURITY_LIMITING_TBL",
    _DIMENSIONS,
    globals(),
    read=READER,
    octets=FIXED,
    needs="password_groups",
)


def _are_passwords(values, dims, tables):
    """The groups are as they are; and somebody can still write this table."""
    groups = tables.device.password_groups
    for i in range(len(groups)):
        entry = values["SECURITY"][i]
        if entry["ACCESS_PERMISSIONS"] != groups[i]:
            return False
        if groups[i] == groups_of(MASTER) and not entry["PASSWORD"].strip(b" \0"):
            return False
    return True


# A password of nothing but padding, spaces or NULs, is none: nobody can log on with it.
ST42 = Table(
    42,
    "SECURITY_TBL",
    (
        (
            "SECURITY",
            (
                ("PASSWORD", "BINARY", "PASSWORD_LEN"),
                ("ACCESS_PERMISSIONS", "UINT8"),  # bit k: group k; cannot be changed
            ),
            "NBR_PASSWORDS",
        ),
    ),
    read=MASTER,
    write=MASTER,
    secret=True,
    octets=STORED,
    needs="password_groups",
    check=_are_passwords,
)

# Bits 13 and 14: medium confidence.
_ACCESS = const(
    (
        (
            "ACCESS_TABLE_DEF",
            (
                "UINT16",
                (
                    ("NUMBER", 0, 11),
                    ("MFG_FLAG", 11, 1),
                    ("PROCEDURE", 12, 1),
                    ("ANYONE_READS", 13, 1),
                    ("ANYONE_WRITES", 14, 1),
                ),
            ),
        ),
        ("READ", "UINT8"),  # bit k: group k may; of a procedure as WRITE
        ("WRITE", "UINT8"),  # of a procedure: may run it
    )
)

# Of what ST44 does not name, first tables and then procedures: there is none, and nobody may.
ST43 = Table(
    43,
    "DEFAULT_ACCESS_CONTROL_TBL",
    (
        ("TABLE_DEFAULT", _ACCESS, 1, b"\x00\x00\x00\x00"),
        ("PROCEDURE_DEFAULT", _ACCESS, 1, b"\x00\x10\x00\x00"),
    ),
    globals(),
    read=READER,
    octets=FIXED,
    needs="password_groups",
)


def _group(level):
    return 0 if level == NEVER else 1 << level


def _permission(t, n):
    number = t.permissions()[n]
    read, write = t.levels(number)
    if read == PUBLIC:
        number |= _ANYONE_READS
    if write == PUBLIC:
        number |= _ANYONE_WRITES
    return bytes((number & 0xFF, number >> 8, _group(read), _group(write)))


# What the declarations say, and so what the meter does. A procedure is run by writing ST7: both
# its masks are of those who may run it (low confidence).
ST44 = Table(
    44,
    "ACCESS_CONTROL_TBL",
    (("ACCESS_CONTROL", _ACCESS, "NBR_PERM_USED", "_permission"),),
    globals(),
    read=READER,
    needs="password_groups",
    piece=64,
)

TABLES = (ST40, ST41, ST42, ST43, ST44)
