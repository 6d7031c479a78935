"""The recorder duty: the load profile of R models.

Every tick is looked at: when the clock says that the running interval has ended, or the clock has
been set, the registers are noted, and nothing else. A step of the duty then writes the interval
down. What is missing is filled in before, one interval a step. Everything that a power cut must
not take away is in the store's record.

While the clock is not valid nothing is recorded; what is metered meanwhile counts for the interval
that ran.
"""

from array import array

from micropython import const

from firmware import profile_program as pp
from firmware.profile_store import LIST, REGISTERS
from journal import BAD
from metrology import faults as f
from metrology import profile as mp
from metrology.page import DELIVERED_KWH, DEMAND_LEFT
from ticks import elapsed

_IDLE_MS = const(1000)
_MINUTE_MS = const(60000)
_FAR = const(0x1FFFFFFF)
_LONG_MS = const(0x8000000)  # 37 hours: time is looked at again before ticks run out
_FAR_MINUTES = const(8000)  # as milliseconds, still far from the end of small integers
_DEMAND_MS = const(400)  # a demand that ends so soon is waited for
_PATIENCE = const(10)
_NEVER = const(0x3FFFFFFF)

_START = const(1)
_STOP = const(2)


class Recorder:
    """The duty. What tables and procedures see of it is in firmware.load_profile.

    store     firmware.profile_store.ProfileStore
    checker   firmware.profile_check.ProfileCheck of it
    channels  firmware.profile_channels.Channels
    size      octets of the memory that are for blocks
    program   firmware.program.Program
    pages     metrology.modes.Pages
    clock     firmware.clock.Clock
    marks     firmware.record_list.ReadMarks, loaded
    faults    metrology.faults.FaultSet

    wake      called when the duty has something to do
    on_write  called when it has written an interval, which leaves garbage
    """

    def __init__(self, store, checker, channels, size, program, pages, clock, marks, faults):
        self.wake = self.on_write = _ignore
        self._store = store
        self._checker = checker
        self._channels = channels
        self._size = size
        self._program = program
        self._pages = pages
        self._clock = clock
        self._marks = marks
        self._faults = faults
        self._check = 0
        self._powered = array("I", bytes(4 * REGISTERS))  # registers when the power came back
        self._seen = array("I", bytes(4 * REGISTERS))  # and at the tick that is to be dealt with
        self._base = array("I", bytes(4 * REGISTERS))
        self._minute = self._ms = 0  # of that tick
        self._change = 0
        self._waiting = False  # that tick has not been dealt with
        self._end = 0  # of the running interval; 0: none yet, _NEVER: none is to be
        self._tested = False  # the running interval is known to have test mode in it
        self._later = 0  # what has come since that tick: marks of the interval that it begins
        self._unsaved = False
        self._cleared = False  # there are no blocks any more, and none that nobody has read
        self._why = 0  # of the first tick
        self._first = True
        self._clockless = False  # before it, the clock was settled and not valid
        self._anchored = False
        self._anchor_minute = self._anchor_ms = self._anchor_at = 0
        self._carried = 0  # what the clock had gone further by then
        self._asked = 0
        self._patience = _PATIENCE

    def start(self, registers, counted_on):
        """Take up the profile.

        registers   the four words of the registers before the first tick
        counted_on  the metering chip has counted on since the last run: there was no power failure
        """
        self._powered[:] = registers
        self._why = 0 if counted_on else mp.POWER_FAIL
        self._take_up_program()
        self._use()
        if self._store.load(self._check) == BAD:
            self._faults.set(f.PROFILE_BAD)
        if self._store.running and self._went_back():
            self._store.clear(self._check, 0)
        if self._store.blocks == 0 and self._marks.get(LIST) != self._store.last:
            self._cleared = True
        self._run_on()

    def _went_back(self):
        # Registers are less than they were: they have been cleared, and the power went.
        base, now = self._base, self._powered
        self._store.base(base)
        for i in range(0, REGISTERS, 2):
            if now[i] < base[i] or now[i] == base[i] and now[i + 1] < base[i + 1]:
                return True
        return False

    def _take_up_program(self):
        # A meter must start whatever is stored; a program from before there was a profile has
        # zeros here.
        program = self._program
        limits, control = program.get(pp.LIMITS), program.get(pp.CONTROL)
        if pp.is_program(limits, control, self._size, self._channels.may_record):
            return
        if any(limits) or any(control):
            self._faults.set(f.CONFIGURATION_BAD)
        program.put(pp.LIMITS, pp.default_limits(self._size))
        program.put(pp.CONTROL, pp.DEFAULT_CONTROL)

    def _use(self):
        limits = self._program.get(pp.LIMITS)
        control = self._program.get(pp.CONTROL)
        shape = pp.shape_of(limits, control)
        self._store.use(shape, pp.blocks_of(limits))
        self._channels.use(control, shape.channels)
        self._check = pp.check_of(limits, control)

    def write(self, number, image):
        """Keep a validated image of ST61 or ST62; False, and nothing has changed, when it fails.

        When it says anything new, the profile begins anew.
        """
        program = self._program
        before = program.get(pp.LIMITS), program.get(pp.CONTROL)
        self._put(self.becomes(number, image))
        if not program.save():
            self._put(before)
            program.save()  # should it have been written all the same, it counts no more
            return False
        if (program.get(pp.LIMITS), program.get(pp.CONTROL)) != before:
            self._use()
            self._store.clear(self._check, mp.CHANGED)
            self._waiting = False
            self._run_on()
            self._cleared = self._unsaved = True
            self.wake()
        return True

    def becomes(self, number, image):
        """What ST61 and ST62 are with a validated image of one of them: they go together."""
        program = self._program
        before = program.get(pp.LIMITS), program.get(pp.CONTROL)
        return pp.changed(before, number, image, self._size)

    def _put(self, octets):
        self._program.put(pp.LIMITS, octets[0])
        self._program.put(pp.CONTROL, octets[1])

    def _run_on(self):
        # What ticks need to know of the store.
        store = self._store
        self._end = _NEVER if store.stopped else store.running
        self._tested = store.marks & mp.TEST != 0
        self._later = 0

    # Ticks

    def ticked(self, now_ms):
        """After each billed tick, and after billing. Allocates nothing."""
        if self._end == _NEVER:
            return
        self._look_for_test()
        if self._waiting:
            return
        minute = self._clock.now[0]
        if minute < 0:
            self._without_clock()
            return
        change = self._change_ms(now_ms)
        if minute < self._end and -mp.CHANGE_MS < change < mp.CHANGE_MS and not self._first:
            return
        self._note(now_ms, change)

    def _look_for_test(self):
        # What a tick in test mode has measured is the test's, the tick that ends an interval too.
        pages = self._pages
        if pages.shown is pages.billing:
            return
        if self._waiting:
            self._later = mp.TEST
        elif not self._tested and self._end and not self._may_have_ended():
            self._tested = self._unsaved = True
            self._store.marks |= mp.TEST
            self.wake()

    def _may_have_ended(self):
        # When the power went: then it does not hold what has come since.
        return self._first and self._why and not self._clockless

    def _without_clock(self):
        self._anchored = False
        if self._first and self._clock.settled:
            self._clockless = True

    def _change_ms(self, now_ms):
        # How much further the clock has gone than time has, since it was last looked at closely.
        if not self._anchored:
            self._anchor(now_ms)
            return 0
        now = self._clock.now
        minutes = now[0] - self._anchor_minute
        if not -_FAR_MINUTES < minutes < _FAR_MINUTES:
            return _FAR if minutes > 0 else -_FAR
        gone = minutes * _MINUTE_MS + now[1] - self._anchor_ms
        change = gone - elapsed(now_ms, self._anchor_at)
        return max(-_FAR, min(change + self._carried, _FAR))

    def _anchor(self, now_ms):
        now = self._clock.now
        self._anchor_minute = now[0]
        self._anchor_ms = now[1]
        self._anchor_at = now_ms
        self._anchored = True
        self._carried = 0

    def _look_at_time(self, now_ms):
        # A metering chip that is silent gives no tick for days.
        if self._anchored and elapsed(now_ms, self._anchor_at) >= _LONG_MS:
            self._clock.update(now_ms)
            if self._clock.now[0] < 0:
                self._anchored = False
                return
            change = self._change_ms(now_ms)
            self._anchor(now_ms)
            self._carried = change

    def _note(self, now_ms, change):
        now = self._clock.now
        self._minute = now[0]
        self._ms = now[1]
        self._change = change
        self._copy(self._pages.billing, DELIVERED_KWH, self._seen)
        self._anchor(now_ms)
        self._patience = _PATIENCE
        self._waiting = True
        self.wake()

    def _copy(self, words, at, registers):
        i = 0
        while i < REGISTERS:
            registers[i] = words[at + i]
            i += 1

    # The duty

    def step(self, now_ms):
        """Fill in one interval, or write one down, or save what was noted; or check what is."""
        self._look_at_time(now_ms)
        store = self._store
        failures = store.failures
        delay = 0
        if self._cleared:
            self._save()
        elif store.behind:
            store.skip(store.gap)
            store.commit()
        elif self._waiting:
            if self._demand_is_due():
                return _DEMAND_MS // 4
            self._deal()
        elif self._asked:
            self._do(self._asked)
        elif self._unsaved:
            self._save()
        else:
            self._checker.step()
            delay = _IDLE_MS
        if store.failures != failures:
            self._faults.set(f.PROFILE_BAD)
        return delay

    def _save(self):
        if self._cleared:
            self._marks.set(LIST, self._store.last)
            self._marks.save()
        self._store.commit()
        self._cleared = self._unsaved = False

    def _demand_is_due(self):
        # By its own time base a demand interval may end a little later than the clock's.
        if not self._channels.demands or self._patience == 0:
            return False
        self._patience -= 1
        return self._pages.billing[DEMAND_LEFT] <= _DEMAND_MS

    def _deal(self):
        # With the tick that was noted.
        store = self._store
        why = self._why if self._first else 0
        if store.running == 0:
            self._open()
        else:
            turn = mp.course(
                store.shape, store.begin, store.running, self._minute, self._ms, self._change, why
            )
            if turn[0]:
                self._close(turn, why)
            else:
                store.marks |= turn[1]
        store.marks |= self._later
        store.commit()
        self._first = False
        self._unsaved = False
        self._waiting = False
        self._run_on()

    def _open(self):
        # Nothing runs: at the very first, and after a stop.
        store = self._store
        end = store.shape.end_of(self._minute)
        begin = end - store.shape.length
        marks = store.marks
        if (self._minute - begin) * _MINUTE_MS + self._ms > mp.LATE_MS:
            marks |= mp.PARTIAL
        if store.blocks and store.end >= end:
            if store.end == end:  # it has been recorded up to the stop
                end += store.shape.length
                marks = store.marks | mp.LONG
            else:
                store.gap |= mp.BACKWARD
        store.run(begin, end, self._seen, marks)

    def _close(self, turn, why):
        _, marks, gap, opening, end = turn
        store = self._store
        registers = self._seen
        if why and self._clockless:
            marks |= mp.LONG
        elif why:
            registers = self._powered
        self._write(store.marks | marks, registers, not why)
        store.gap = gap
        store.run(end - store.shape.length, end, registers, opening)

    def _write(self, marks, registers, known):
        store = self._store
        store.base(self._base)
        values = self._channels.values(self._base, registers, known)
        store.shape.encode(store.octets, marks, values)
        store.add(store.running, registers)
        self.on_write()

    def _do(self, what):
        store = self._store
        if what == _STOP and not store.stopped:
            if store.running:
                self._copy(self._pages.billing, DELIVERED_KWH, self._seen)
                why = self._why if self._first else 0
                self._write(store.marks | why | mp.STOPPED, self._seen, True)
            store.halt()
            store.gap = mp.STOPPED
            store.stopped = True
        elif what == _START:
            store.stopped = False
        store.commit()
        self._asked = 0
        self._anchored = False
        self._run_on()

    # Procedures

    def ask(self, to_record):
        """Have it recorded from now on, or not."""
        self._asked = _START if to_record else _STOP
        self.wake()

    @property
    def asked(self):
        """Whether that is still to be done."""
        return self._asked != 0

    def forget(self):
        """Begin the profile anew, at once: everything that was recorded is to go."""
        self._store.clear(self._check, 0)
        self._waiting = False
        self._run_on()
        self._cleared = True
        self._save()


def _ignore():
    pass
