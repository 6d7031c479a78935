"""What happens to the registers besides ticks: demand, demand resets, test mode.

The order of writing makes each of them whole: a self read and a log entry come first, then one
write of the page, which holds everything else. Power that goes in between leaves one record
too many, never one too few.
"""

from array import array

from micropython import const

from c1219 import events
from c1219.dates import NO_TIME
from firmware.clock import NOT_VALID
from firmware.log import Actor
from firmware.saved_registers import stime
from firmware.self_reads import CLEARED, COMMAND, DAILY, DEMAND_RESET
from metrology import demand, demand_register, modes
from metrology import page as p
from metrology.clear import clear
from metrology.faults import CLOCK_NOT_SET, DEMAND_DROPPED, LOW_BATTERY
from ticks import Stopwatch

_POWER = Actor(events.SOURCE_POWER)
_CLOCK = Actor(events.SOURCE_CLOCK)  # ends a test that has lasted too long

# What `on_event` is told.
INTERVAL_ENDED = const(0)
RESET_DONE = const(1)
MODE_CHANGED = const(2)

# Answers.
DONE = const(0)
LOCKED_OUT = const(1)  # too soon after the demand reset before
CONFLICT = const(2)  # not in this mode
NOT_KEPT = const(3)  # the memory does not take it
FORBIDDEN = const(4)  # not from there

_SETTLING_S = const(3)  # from the start to the first step of demand, at the most
_MOVED_0 = const(0x100000)  # CLOCK_MOVED of a clock that was moved to and fro
_DROPPED = const(3)  # intervals in a row without a demand are a fault


def _ignore(what):
    pass


def two_seconds(steps):
    """Y M D h m s of a page's CLOCK, in steps of two seconds.

    Zeros for 0, which says that the clock was not valid, and beyond the calendar.
    """
    time = stime(steps // 30)
    return NO_TIME if time == NO_TIME[:5] else time + bytes((steps % 30 * 2,))


class Billing:
    """The registers' owner.

    pages       metrology.modes.Pages
    constants   metrology.constants.Constants of the rating
    program     firmware.program.Program
    clock       firmware.clock.Clock
    storage     firmware.storage.Storage
    use_shown   called when another page is shown
    self_reads  firmware.self_reads.SelfReads
    log         firmware.log.Log.add
    uptime      ticks.Uptime

    `actor` is who asks for something: a firmware.log.Actor, or a port's Device.

    on_event    called with RESET_DONE, INTERVAL_ENDED or MODE_CHANGED; for the display
    """

    def __init__(
        self, pages, constants, program, clock, storage, use_shown, self_reads, log, uptime
    ):
        self.on_event = _ignore
        self._pages = pages
        self._constants = constants
        self._program = program
        self._clock = clock
        self._storage = storage
        self._use_shown = use_shown
        self._self_reads = self_reads
        self._log = log
        # A test's interval is its own; so is billing's with a clock that drifts.
        self._no_clock = array("i", (NOT_VALID, 0))
        self._started = False
        self._counted_on = False
        self._gap_s = -1
        self._down = 0
        self._since = Stopwatch(uptime)  # the latest step of demand
        self._test_left_ms = 0
        self._test_ms = 0  # of the running second

    def start(self, counted_on, gap_s):
        """The meter has started; demand begins as soon as the clock has settled.

        counted_on  the chip was not reset, and all that it counted is billed
        gap_s       how long the meter was off, seconds; -1: no clock tells
        """
        demand.program(self._pages.billing, self._program.interval, self._program.subinterval)
        self._counted_on = counted_on
        self._gap_s = gap_s
        self._down = self._pages.billing[p.CLOCK]
        self._log_test_end(_POWER, two_seconds(self._down))  # if power ended a test
        if not counted_on:
            p.count(self._pages.billing, p.OUTAGES)

    def ticked(self, now_ms):
        """After each billed tick. Allocates nothing."""
        if not self._started:
            self._begin(now_ms)
            return
        ms = self._since.passed(now_ms)
        self._since.start(now_ms)
        self._clock.update(now_ms)
        self._count_test(ms)
        self._count_down(ms)
        if demand.step(self._pages.shown, ms, self._place()) & demand.ENDED:
            self.on_event(INTERVAL_ENDED)
        self._judge()

    def _place(self):
        # The clock that intervals follow.
        clock = self._clock
        return clock.now if clock.agrees and not self.testing else self._no_clock

    def _judge(self):
        faults = self._storage.faults
        if demand.dropped(self._pages.billing) >= _DROPPED:
            faults.set(DEMAND_DROPPED)
        elif faults.word & DEMAND_DROPPED:
            faults.clear(DEMAND_DROPPED)

    def _begin(self, now_ms):
        clock = self._clock
        if not clock.settled:
            return
        clock.update(now_ms)
        page = self._pages.billing
        gap_s = self._gap_s
        if self._counted_on:
            demand.resume(page, self._place(), gap_s + _SETTLING_S if gap_s >= 0 else -1)
        else:
            program = self._program
            if self._down and self._storage.faults.word & CLOCK_NOT_SET:
                self._storage.faults.set(LOW_BATTERY)  # it had a time before the power failed
            demand.power_return(page, gap_s, program.outage_s, program.pickup_minutes)
            if self._log(events.POWER_DOWN, _POWER, 0, two_seconds(self._down)):
                self._log(events.POWER_UP, _POWER)
        self._since.start(now_ms)
        self._started = True

    def _count_test(self, ms):
        if not self.testing:
            return
        page = self._pages.billing
        modes.account(page, self._pages.test, self._constants.counts_per_kwh)
        self._test_ms += ms
        if self._test_ms >= 1000:
            seconds = page[p.TEST_SECONDS] + self._test_ms // 1000
            page[p.TEST_SECONDS] = min(seconds, p.COUNTER_MASK)
            self._test_ms %= 1000

    def _count_down(self, ms):
        page = self._pages.billing
        left = page[p.RESET_LOCKOUT]
        if left:
            page[p.RESET_LOCKOUT] = left - ms if left > ms else 0
        if self.testing:
            self._test_left_ms -= ms
            if self._test_left_ms <= 0:
                self.leave_test(_CLOCK)

    @property
    def testing(self):
        """Whether this is test mode."""
        return self._pages.shown is not self._pages.billing

    @property
    def test_left_s(self):
        """Seconds until test mode ends by itself, rounded up."""
        return (self._test_left_ms + 999) // 1000

    @property
    def lockout_s(self):
        """Seconds in which there is no other demand reset, rounded up."""
        return (self._pages.billing[p.RESET_LOCKOUT] + 999) // 1000

    @property
    def minute(self):
        """The clock's minute since 2000, 0 while it is not valid."""
        minute = self._clock.now[0]
        return minute if minute > 0 else 0

    def follows(self, ms):
        """Whether demand follows the clock slowly when a client moves it by so many ms, -60000 to
        60000; with all that it was moved by since it was last `moved` with an entry.
        """
        most = demand.CLOCK_SLEW_MS
        page = self._pages.billing
        if not -most <= demand.late(page) + ms <= most:
            return False
        return -most <= self._moved_ms() + ms <= most

    def _moved_ms(self):
        word = self._pages.billing[p.CLOCK_MOVED]
        return word - _MOVED_0 if word else 0

    def moved(self, ms=None):
        """A client is about to move the clock by so many ms; None: further, with an entry."""
        page = self._pages.billing
        if ms is None:
            page[p.CLOCK_MOVED] = 0
        else:
            page[p.CLOCK_MOVED] = _MOVED_0 + self._moved_ms() + ms
            demand.moved(page, ms)
        self._storage.write()

    def program_demand(self):
        """ST13 has been programmed: its lengths hold from now on."""
        demand.program(self._pages.billing, self._program.interval, self._program.subinterval)
        self._storage.write()

    def reset_demand(self, actor):
        """A demand reset. DONE, LOCKED_OUT, CONFLICT in test mode, or NOT_KEPT."""
        page = self._pages.billing
        if self.testing:
            return CONFLICT
        if page[p.RESET_LOCKOUT]:
            return LOCKED_OUT
        if not self._self_reads.take(page, self.minute, DEMAND_RESET):
            return NOT_KEPT
        self._log(events.DEMAND_RESET, actor, (page[p.DEMAND_RESETS] + 1) & 0xFFFF)
        demand_register.reset(page, self._constants, self._clock.now[0])
        page[p.RESET_LOCKOUT] = self._program.lockout_ms
        self._storage.write()
        self.on_event(RESET_DONE)
        return DONE

    def read_self(self, actor):
        """A self read that was asked for. DONE or NOT_KEPT."""
        if not self._self_reads.take(self._pages.billing, self.minute, COMMAND):
            return NOT_KEPT
        self._log(events.SELF_READ, actor)
        return DONE

    def read_daily(self, actor):
        """The self read that begins a day. DONE or NOT_KEPT."""
        if not self._self_reads.take(self._pages.billing, self.minute, DAILY):
            return NOT_KEPT
        self._log(events.SELF_READ, actor)
        return DONE

    def clear(self, entry):
        """All registers begin at zero, what stood is a self read. False when that is not kept,
        and in test mode.

        entry  number of the event log's entry of it
        """
        page = self._pages.billing
        if self.testing or not self._self_reads.take(page, self.minute, CLEARED):
            return False
        clear(page, entry)
        self._storage.write()
        return True

    def enter_test(self, actor):
        """Enter test mode; in test mode that begins a new test's interval only.

        DONE, or FORBIDDEN unless `actor` is at the meter: by the approval only the optical port
        and the test switch set test mode.
        """
        if actor.source != events.SOURCE_OPTICAL and actor.source != events.SOURCE_TEST_SWITCH:
            return FORBIDDEN
        if self.testing:
            return self.restart_test()
        interval = self._program.test_interval
        if self._log(events.TEST_MODE_START, actor, interval):
            self._pages.billing[p.TEST_LOGGED] = 1
        self._pages.enter_test(interval, modes.subintervals_like(self._pages.billing, interval))
        self._use_shown()
        self._test_left_ms = self._program.test_timeout_ms
        self._storage.write()
        self.on_event(MODE_CHANGED)
        return DONE

    def leave_test(self, actor):
        """Leave test mode. DONE, also when it was none."""
        if not self.testing:
            return DONE
        self._test_left_ms = 0
        self._pages.leave_test()
        self._use_shown()
        self._storage.write()
        self._log_test_end(actor)
        self.on_event(MODE_CHANGED)
        return DONE

    def _log_test_end(self, actor, time=None):
        page = self._pages.billing
        if page[p.TEST_LOGGED]:
            self._log(events.TEST_MODE_STOP, actor, 0, time)
            page[p.TEST_LOGGED] = 0

    def restart_test(self):
        """Begin the test's interval anew. DONE, or CONFLICT when there is no test."""
        if not self.testing:
            return CONFLICT
        demand.restart(self._pages.shown)
        return DONE
