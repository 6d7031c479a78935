"""What lies where in the 256 kB FRAM.

Every ring is slots times record size; a ring keeps its place for good, so that a newer
firmware finds what an older one wrote.
"""

from micropython import const

CONFIGURATION = const(0x00000)  # 2 slots of 512 bytes
CONFIGURATION_SLOTS = const(2)
REGISTERS = const(0x01000)  # 8 slots of 512 bytes
REGISTERS_RESERVE = const(0x02000)  # used when no copy in REGISTERS is valid
REGISTER_SLOTS = const(8)
# 0x03000 upwards: free for event logs and the load profile.
