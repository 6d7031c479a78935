"""Faults: one bit each, with its place on the display and in ST3.

The display shows `Er` and six octal digits; every digit adds up the faults of one group,
so any set of faults has one code. The groups, from the left: task and switch, metering
chip, samples, memory, clock, configuration. From bit 18 on they make a second code, `Er2`; its
groups, from the right: service switch; recorder and event log; software, seal, event log;
load, demand and the clock's battery.
"""

from micropython import const

UNPROGRAMMED = const(0o000001)  # no configuration: running as the default meter
CONFIGURATION_BAD = const(0o000002)  # it was there and no copy is valid
FILES_ABSENT = const(0o000004)  # no file system is mounted: metering needs none
CLOCK_NOT_SET = const(0o000010)
CLOCK_DEAD = const(0o000020)  # the clock chip does not answer, or its clock stands still
CLOCK_DRIFTS = const(0o000040)  # clock and time base differ by more than crystals do
MEMORY_WRITE = const(0o000100)  # the journal does not read back
MEMORY_LOST = const(0o000200)  # registers were lost, all or some: they began at zero (latched)
MEMORY_ABSENT = const(0o000400)  # the memory does not answer, or did not for a while (latched)
IMPOSSIBLE_ENERGY = const(0o001000)  # samples are refused as beyond the rating
PULSES_DISAGREE = const(0o002000)  # its pulses and the registers have counted differently
ENERGY_UNSURE = const(0o004000)  # energy flowed that no counter could tell (latched)
CHIP_SILENT = const(0o010000)  # no good sample from the metering chip for a second
CHIP_REPAIR = const(0o020000)  # its settings cannot be restored
CHIP_ABSENT = const(0o040000)  # it could not be brought up at start
TASK_FAILED = const(0o100000)  # a duty raised an error and was started again (latched)
SAFE_MODE = const(0o200000)  # after three crashes in a row: metering, storage and port only
SWITCH_STUCK = const(0o400000)  # a switch is actuated for longer than anybody would hold it
SERVICE_WELDED = const(0o1000000)  # the service switch was opened, and position or voltage stays
SERVICE_STUCK = const(0o2000000)  # it was closed, and is open
SERVICE_DISAGREES = const(0o4000000)  # its senses contradict each other or the last command
PROFILE_BAD = const(0o10000000)  # the load profile does not read back, or its record was lost

LOG_BROKEN = const(0o20000000)  # an entry of the event log is not what was written
LOG_FULL = const(0o40000000)  # the event log takes no more changes until the seal is opened
SOFTWARE_ALTERED = const(0o100000000)  # what runs is not what was built
SEAL_BROKEN = const(0o200000000)  # the meter is set to be sealed, and its seal is open
LOG_NEARLY_FULL = const(0o400000000)  # the event log takes one more change
OVERLOAD = const(0o1000000000)  # more than the class current flows
DEMAND_DROPPED = const(0o2000000000)  # intervals in a row have ended without a demand
# The clock's battery did not carry its time through a power failure (latched).
LOW_BATTERY = const(0o4000000000)

SERVICE = const(SERVICE_WELDED | SERVICE_STUCK | SERVICE_DISAGREES)
LATCHED = const(MEMORY_LOST | MEMORY_ABSENT | TASK_FAILED | ENERGY_UNSURE | LOW_BATTERY)
# Those of what the standard has no bit for: they are cleared as manufacturer status.
MANUFACTURER_FLAGS = const(0x3FFC0000)
# No reading can be trusted while one of these stands: the display stays on the code.
FATAL = const(CHIP_SILENT | CHIP_ABSENT)

# ST3 ED_STD_STATUS1 (C12.19, confidence high): bit, and the faults that set it.
_STATUS1 = (
    (0x0001, UNPROGRAMMED),
    (0x0002, CONFIGURATION_BAD),
    # Self check; of a full event log, for which the standard has no bit, too.
    (0x0004, TASK_FAILED | SAFE_MODE | SWITCH_STUCK | SERVICE | DEMAND_DROPPED | LOG_FULL),
    (0x0010, SOFTWARE_ALTERED),  # ROM
    (0x0020, MEMORY_WRITE | MEMORY_LOST | MEMORY_ABSENT | FILES_ABSENT | PROFILE_BAD | LOG_BROKEN),
    (0x0040, CLOCK_NOT_SET | CLOCK_DEAD | CLOCK_DRIFTS),
    (
        0x0080,  # measurement
        IMPOSSIBLE_ENERGY
        | PULSES_DISAGREE
        | ENERGY_UNSURE
        | CHIP_SILENT
        | CHIP_REPAIR
        | CHIP_ABSENT,
    ),
    (0x0100, LOW_BATTERY),
    (0x0400, OVERLOAD),  # demand overload
    # Tamper: the seal, what runs, what is logged; a magnet that is held there, as every switch.
    (0x1000, SEAL_BROKEN | SWITCH_STUCK | SOFTWARE_ALTERED | LOG_BROKEN),
)


def status1(faults):
    """The ED_STD_STATUS1 word of ST3 for a set of faults."""
    word = 0
    for bit, causes in _STATUS1:
        if faults & causes:
            word |= bit
    return word


class FaultSet:
    """The faults that stand now: `word`. Latched ones live in the register page too."""

    def __init__(self, page, index):
        self.word = 0
        self._page = page
        self._index = index

    def recall(self):
        """Take up the latched faults of a page that was just loaded."""
        self.word |= self._page[self._index] & LATCHED
        self._page[self._index] |= self.word & LATCHED

    def set(self, fault):
        """Raise a fault; nothing new when it stands already."""
        self.word |= fault
        if fault & LATCHED:
            self._page[self._index] |= fault & LATCHED

    def withdraw(self, fault):
        """Service withdraws a fault, latched or not; what still stands is set again."""
        self.word &= ~fault
        self._page[self._index] &= ~fault

    def clear(self, fault):
        """Withdraw a transient fault; latched ones stay."""
        self.word &= ~(fault & ~LATCHED)
