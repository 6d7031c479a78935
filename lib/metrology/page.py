"""The register page: every register that must survive, in one preallocated block.

One `array('I')`; the metering tick updates it in place and the same bytes are journaled.
Energy is kept as the chip counts it: whole kWh and the counts of the running kWh. No
constant is applied and nothing is rounded until a value is shown.

Word 0 and the last two words belong to `journal.Journal`. All user words stay below
2^30, where MicroPython's integers are small and cost no memory.
"""

from array import array

from micropython import const

LAYOUT = const(1)  # layout version, LAYOUT_VERSION
DELIVERED_KWH = const(2)
DELIVERED_COUNTS = const(3)  # of the running kWh, below Constants.counts_per_kwh
RECEIVED_KWH = const(4)
RECEIVED_COUNTS = const(5)
LAST_A = const(6)  # the chip's 24-bit energy counters when they were last billed
LAST_B = const(7)
CLOCK = const(8)  # steps of 2 s since 2000 at the last look at a valid clock, 0 = never
TICKS = const(9)  # ticks billed, modulo 2^30
REJECTED = const(10)  # samples refused as impossible, modulo 2^30
CHIP_RESETS = const(11)  # metering chip resets while the meter ran
STARTS = const(12)  # starts of the meter
FAULTS = const(13)  # faults that only service clears, see faults.py
INTERVAL_DELIVERED = const(14)  # counts of the running interval, modulo 2^30
INTERVAL_RECEIVED = const(15)
RESET_CAUSE = const(16)  # why the processor started last, see firmware/health.py
CRASHES = const(17)  # starts in a row after a run that ended badly and early
ERRORS = const(18)  # errors that duties raised, modulo 2^30
LAST_ERROR = const(19)  # the last of them: 256 times the duty's rank plus the error's code
MODE = const(20)  # metering or test mode, see modes.py

# Demand, see demand.py. What there is of both directions lies in pairs, delivered first.
DEMAND_INTERVAL = const(21)  # minutes
DEMAND_SUBINTERVAL = const(22)  # minutes; the interval's own for block demand
DEMAND_STATE = const(23)  # of the running subinterval
DEMAND_LEFT = const(24)  # ms to the end of the running subinterval
DEMAND_EXCLUDED = const(25)  # ms left without demand after an outage
DEMAND_FULL = const(26)  # full subintervals in the window
DEMAND_SLOT = const(27)  # where the running one goes to when it ends
DEMAND_START = const(28)  # pair: INTERVAL_DELIVERED and _RECEIVED when it began
DEMAND_LAST = const(30)  # pair: demand of the last full interval
DEMAND_LAST_END = const(32)  # minutes since 2000, 0 = the clock was not valid
DEMAND_MAXIMUM = const(33)  # pair: the greatest demand since the last demand reset
DEMAND_MAXIMUM_END = const(35)  # pair: minutes since 2000, 0 = none or the clock not valid
CUMULATIVE_KW = const(37)  # pair: whole kW of all maxima before the last demand reset
CUMULATIVE_COUNTS = const(39)  # pair: counts an hour of the running kW
DEMAND_RESETS = const(41)  # modulo 2^30
DEMAND_RESET_TIME = const(42)  # minutes since 2000, 0 = never or the clock not valid
# As they were at the last demand reset: words 2 to 5, and 33 to 41.
PREVIOUS_REGISTERS = const(43)
PREVIOUS_DEMANDS = const(47)
RESET_LOCKOUT = const(56)  # ms in which there is no other demand reset

# Energy that no counter could tell: how often, and for how long in all, s. A gap whose length no
# clock tells counts as an event of no length.
UNSURE_EVENTS = const(57)
UNSURE_SECONDS = const(58)
# The running overload: registers 2 to 5 when it began, and CLOCK then; OVERLOADS counts them.
OVERLOADS = const(59)
OVERLOAD_RUNS = const(60)  # 1 while one runs
OVERLOAD_SINCE = const(61)
OVERLOAD_REGISTERS = const(62)
# Of the demand: how far the clock is from the running subinterval's place and back, see demand.py.
DEMAND_LATE = const(66)  # 0 = not known; 2^20 = the clock agrees, more by so many ms = it is ahead
DEMAND_LONGER = const(67)  # a bit for each subinterval of the window, 1 = longer; bit 0 runs
DEMAND_EARLY = const(68)  # ms before the subinterval's end at which its window is over
DEMAND_WAITED = const(69)  # ms since the last demand, of those that count
# 1 while a few samples in a row have been bad: energy flows that the registers do not have yet.
MISSING = const(70)
# 71 to 74 are free.
# After a run without the memory, until the next start: 1, and CLOCK as the memory had it before.
LATE_RUN = const(75)
LATE_CLOCK = const(76)
OUTAGES = const(77)  # power failures, ever, modulo 2^30
LOG_DROPPED = const(78)  # entries that the history log had no place for, ever, modulo 2^30
LOG_FREE_CLOCK = const(79)  # like LOG_FREE, of entries that the clock causes
FAULTS_LOGGED = const(80)  # faults that have their entry in the history log
# Number of the event log's entry of the last Cold Start or Clear Data that was done to its end.
CLEARED = const(81)
# Test mode, and nothing clears these: how often it was entered, for how many seconds it lasted in
# all, and the energy that flowed in it, like words 2 to 5. Then the chip's counters at its last
# tick, and 1 while the history log has the beginning of a test and not its end.
TESTS = const(82)
TEST_SECONDS = const(83)
TEST_REGISTERS = const(84)
TEST_LAST_A = const(88)
TEST_LAST_B = const(89)
TEST_LOGGED = const(90)
# By how much clients have moved the clock since the event log's last entry of that: 0 = not at
# all, else 2^20 and so many ms.
CLOCK_MOVED = const(91)
# Of each kind of entry that has a cap a day: TICKS at which all of its places are free again.
# See firmware/log.py.
LOG_FREE = const(92)  # to 95
DEMAND_WINDOW = const(96)  # counts of the latest subintervals: 15 delivered, 15 received

LAYOUT_VERSION = const(2)
COUNTER_MASK = const(0x3FFFFFFF)
_WORDS = const(128)  # 125 for the meter, 3 for the journal; spare words are zero
_DEFAULT_MINUTES = const(15)


def new_page():
    """An empty page of the present layout, with block demand over 15 minutes."""
    page = array("I", bytes(4 * _WORDS))
    page[LAYOUT] = LAYOUT_VERSION
    page[DEMAND_INTERVAL] = _DEFAULT_MINUTES
    page[DEMAND_SUBINTERVAL] = _DEFAULT_MINUTES
    return page


def zero_registers(page, counts_per_kwh):
    """Set each energy register to zero that no meter can have kept; True if there was one.

    Before the first tick; metrology.page_check looks at everything else.
    """
    bad = False
    for word in range(DELIVERED_KWH, RECEIVED_COUNTS + 1):
        part = word == DELIVERED_COUNTS or word == RECEIVED_COUNTS
        if page[word] > (counts_per_kwh - 1 if part else COUNTER_MASK):
            page[word] = 0
            bad = True
    return bad


def count(page, index):
    """Step a counter that wraps at 2^30."""
    page[index] = (page[index] + 1) & COUNTER_MASK
