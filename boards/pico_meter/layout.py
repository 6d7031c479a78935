"""What lies where in the 256 kB FRAM.

Every ring is slots times record size; a ring keeps its place for good, so that a newer
firmware finds what an older one wrote.
"""

from micropython import const

CONFIGURATION = const(0x00000)  # 2 slots of 512 bytes
CONFIGURATION_SLOTS = const(2)
PROGRAM = const(0x00400)  # 2 slots of 1024 bytes
PROGRAM_SLOTS = const(2)
AUDIT = const(0x00C00)  # 4 slots of 64 bytes
AUDIT_SLOTS = const(4)
CLEARING = const(0x00D00)  # 4 slots of 32 bytes
CLEARING_SLOTS = const(4)
IDENTITY = const(0x00E00)  # 2 slots of 128 bytes
IDENTITY_SLOTS = const(2)
REGISTERS = const(0x01000)  # 8 slots of 512 bytes
REGISTERS_RESERVE = const(0x02000)  # used when no copy in REGISTERS is valid
REGISTER_SLOTS = const(8)
SELF_READS = const(0x03000)  # 16 slots of 128 bytes
SELF_READ_SLOTS = const(16)
READ_MARKS = const(0x03800)  # 4 slots of 64 bytes
READ_MARK_SLOTS = const(4)
ACCESS = const(0x03900)  # 4 slots of 32 bytes
ACCESS_SLOTS = const(4)
SERVICE_SWITCH = const(0x03A00)  # 4 slots of 64 bytes
SERVICE_SWITCH_SLOTS = const(4)
RECORDER = const(0x03B00)  # 4 slots of 128 bytes
RECORDER_SLOTS = const(4)
PENDING = const(0x03D00)  # 2 slots of 384 bytes
PENDING_SLOTS = const(2)
HISTORY = const(0x04000)  # 64 slots of 32 bytes
HISTORY_SLOTS = const(64)
EVENTS = const(0x04800)  # 64 slots of 224 bytes
EVENT_SLOTS = const(64)
PROFILE = const(0x08000)  # blocks of the load profile
PROFILE_OCTETS = const(0x38000)
# The second slot of each ring that only a meter that runs writes to, in which its first record is.
WITNESSES = (
    AUDIT + 64,
    IDENTITY + 128,
    SELF_READS + 128,
    READ_MARKS + 64,
    ACCESS + 32,
    SERVICE_SWITCH + 64,
    RECORDER + 128,
    PENDING + 384,
    HISTORY + 32,
    EVENTS + 224,
)
