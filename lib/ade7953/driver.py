"""The ADE7953 as a meter uses it: start, sample, watch, repair."""

from array import array

from micropython import const

from . import registers as reg
from .codec import decode, sign24
from .configuration import Configuration, alive, late
from .errors import (
    FAULT_BUS,
    FAULT_DRIFT,
    FAULT_NOISE,
    FAULT_RESET,
    OK,
    AfeError,
    BusError,
    BusStuck,
    ChipAbsent,
    SettingError,
    WrongSpiPhase,
)
from .vote import UNDECIDED, Vote, judge

_WSMP = const(1 << 17)
_RESET = const(1 << 20)
_WARY = const(100)  # samples after a disturbed one that are taken carefully

_POLL_MS = const(5)
_CONTACT_POLLS = const(20)  # 100 ms: the chip needs 66 after power-up
_RESET_POLLS = const(38)  # 190 ms: as long again, and 100 ms more before it counts as absent
_RESET_PULSE_US = const(20)  # the chip asks for 10

_SLICES = const(4)  # of the drift watch: one call each quarter of a second
_STUBBORN_MS = const(1000)  # a chip that answers but does not take its settings is reset
_SILENT_MS = const(40000)  # by then full scale has wrapped the counters: little to lose
_STALE = const(206900)  # counts of one second at full scale
_TICKS_MASK = const(0x3FFFFFFF)


def _ignore(code):
    pass


class Ade7953:
    """One chip on `transport`, to hold `settings`; call by keyword.

    sleep_ms, sleep_us, ticks_ms   as in MicroPython's `time`
    reset_pin   called with 0 and 1, active low; without it the chip is reset by software

    counts      array('I') of the raw 24-bit counters AENERGYA, AENERGYB of the last OK sample
    resets      times since `start` that the counters began again at zero
    on_event    called with FAULT_RESET or FAULT_DRIFT when such a fault has been repaired, with
                FAULT_BUS when `repair` finds the chip in order: only the bus was not
    discarded   whether `start` has reset a chip that had counted: nobody knows what
    suspect     the next sample asks the chip first
    wary        samples that `sample_carefully` should still take; 0 on a bus in order
    error       the last AfeError that was waited out: by an unfinished `repair`, or by `start`
    """

    def __init__(self, transport, settings, sleep_ms, sleep_us, ticks_ms, reset_pin=None):
        self.counts = array("I", (0, 0))
        self.resets = 0
        self.discarded = False
        self.on_event = _ignore
        self.error = None
        self._transport = transport
        self._vote = Vote(transport)
        self._configuration = Configuration(transport, settings, sleep_us, self._vote)
        self._sleep_ms = sleep_ms
        self._sleep_us = sleep_us
        self._ticks_ms = ticks_ms
        self._reset_pin = reset_pin
        self._read = transport.read  # kept, because taking a bound method allocates
        self._read24 = transport.read24
        self._frame_a = transport.frame(reg.AENERGYA)
        self._frame_b = transport.frame(reg.AENERGYB)
        self._frame_status = transport.frame(reg.IRQSTATA)
        self._present = None
        self.suspect = False
        self.wary = 0
        self._slice = 0
        self._failing = False
        self._failing_since = 0

    @property
    def settings(self):
        """What the chip is to hold: Settings, to be read. `write` changes them."""
        return self._configuration.settings

    def start(self):
        """Find the chip and set it up, within 300 ms. True when its counters begin at zero.

        False when it was found running exactly as the settings say (the processor restarted
        alone): its counters have gone on. A chip with other settings is reset first, because
        what it counted cannot be weighed. What a chip counted since its reset stays in the
        counters, unless it is more than a second of full scale: then nobody knows for how long
        it ran, and it is reset once more. After True, the caller's first act is to keep
        the new base of its differences: a processor that dies before is told False next time.

        Raises ChipAbsent, WrongSpiPhase, BusStuck, KeyLost, WriteFailed, ChecksumUnstable or,
        on I2C, BusError.
        """
        configuration = self._configuration
        status = self._contact(_CONTACT_POLLS, _WSMP | _RESET)
        if status is None:
            if self._reset_pin is not None:
                self._reset_chip()
            status = self._contact(_RESET_POLLS, _WSMP | _RESET)
        if status is None:
            raise ChipAbsent(self._transport.read(reg.IRQSTATA))
        status = self._vote.status()
        if status == UNDECIDED:
            raise ChipAbsent(self._transport.read(reg.IRQSTATA))
        if not status & _RESET:
            if configuration.matches():
                configuration.seal()
                self._settled()
                return False
            self._discard()
        configuration.apply()
        if self.sample() == OK and self._stale():
            self._discard()
            configuration.apply()
        self._settled()
        return True

    def sample(self):
        """Read both energy counters into `counts`. Returns OK, or a fault and keeps `counts`.

        Why a bad read cannot be billed: five frames are read: A, B, status, A, B. The status
        (at its non-clearing address) has bits that are always 0, and the new-sample bit, set
        within 143 us of life and cleared by nobody, so neither an idle nor a stuck bus
        passes. Its reset bit stays up from a reset until the chip is set up again, and before
        it is up the chip answers nothing, so the first reads of A and B, taken before a clean
        status, come from a chip that has not reset. The second reads must agree with them
        within 64 counts, more than full scale moves in 0.3 ms; a bit error that small is undone
        by the next sample, as the counters are absolute. Allocates nothing.

        FAULT_DRIFT can follow a FAULT_NOISE: the chip has begun to clear its counters on reading.
        """
        read24 = self._read24
        if self.suspect:
            code = self._question()
            if code:
                return code
        try:
            a = read24(self._frame_a)
            b = read24(self._frame_b)
            status = read24(self._frame_status)
            a_again = read24(self._frame_a)
            b_again = read24(self._frame_b)
        except BusError:
            return FAULT_BUS
        code = judge(a, b, status, a_again, b_again)
        if code:
            self.doubt()
            return code
        counts = self.counts
        counts[0] = a
        counts[1] = b
        return OK

    def doubt(self):
        """A sample was bad: the next one asks the chip, and a hundred are taken carefully."""
        self.suspect = True
        self.wary = _WARY

    def sample_carefully(self):
        """As `sample`, for a bus with bit errors and for counts that are unlikely.

        Four reads of each counter must agree, and four of the status before and after them.
        `counts` must hold what the counters read 0.1 s or so ago. Allocates nothing.
        """
        vote = self._vote
        counts = self.counts
        vote.unanimous = True
        try:
            code = self._question() if self.suspect else self.presence()
            if code:
                return code
            a = vote.counter(self._frame_a, counts[0])
            b = vote.counter(self._frame_b, counts[1])
            code = self.presence()
        except BusError:
            code = FAULT_BUS
        if code == OK and (a == UNDECIDED or b == UNDECIDED):
            code = FAULT_NOISE
        if code or not vote.unanimous:
            self.wary = _WARY
        elif self.wary:
            self.wary -= 1
        if code == OK:
            counts[0] = a
            counts[1] = b
        return code

    def check(self):
        """One quarter of the drift watch: four calls verify every register. Allocates nothing.

        Each call looks at the reset flag, at the checksum over the covered registers, and reads
        back a quarter of the others. OK, FAULT_RESET, FAULT_BUS or FAULT_DRIFT.
        """
        first = self._slice
        self._slice = (first + 1) % _SLICES
        try:
            code = self.presence()
            if code:
                return code
            if self._configuration.sealed() and self._configuration.uncovered_hold(first, _SLICES):
                return OK
            return self.presence() or FAULT_DRIFT  # a bus that died meanwhile is no drift
        except BusError:
            return FAULT_BUS

    def instant(self, out):
        """Fill `out` with present values; a code as of `sample`. See `present.instant`."""
        return self._values().instant(self, self._read, out)

    def currents(self, out):
        """Fill `out` with both currents, likewise. See `present.currents`."""
        return self._values().currents(self, self._read, out)

    def _values(self):
        if self._present is None:  # not before the first tick
            from . import present

            self._present = present
        return self._present

    def repair(self):
        """One bounded step back to good after FAULT_RESET or FAULT_DRIFT. True when done.

        Call it again until it is; `error` says what stood in the way. `resets` counts on when
        the counters began at zero, be it by the chip's own reset or because only a reset would
        do: for settings that do not take, registers that cannot be written, or a drift that let
        reads clear the counters. A chip that just does not answer is left alone for 40 s, as
        it may be counting well behind a faulty bus.
        """
        self.error = None
        self.suspect = True  # a repair cut short may have cleared the reset flag
        try:
            code = self._repair()
        except AfeError as error:
            self.error = error
            self._lose_patience(_STUBBORN_MS)
            return False
        if code == OK:
            return False
        if code == FAULT_RESET:
            self.resets += 1
        self._settled()
        self.on_event(code)
        return True

    def read(self, register):
        """The number in `register`, signed where it is. Raises KeyError, SettingError, BusStuck.

        Any register but the one that clears the status: that would hide a reset.
        """
        if register == reg.RSTIRQSTATA:
            raise SettingError(register, "read", "it would hide a reset")
        number = decode(register, self._transport.read(register))
        status = self._transport.read(reg.IRQSTATA)
        if not alive(status):
            raise BusStuck(1 if status else 0)
        return number

    def write(self, register, value):
        """Change a setting for good: checked, written, verified, protected and sealed again.

        Raises SettingError before anything is written, else what `start` raises. Takes about
        15 ms and is for calibration, not for metering.
        """
        self._configuration.settings.set(register, value)
        self._configuration.unseal()
        self.suspect = True  # cut short, it may have cleared the reset flag
        self._configuration.apply()
        if self._configuration.reset_seen:
            self.resets += 1
            self.on_event(FAULT_RESET)
        self._settled()

    def reset(self):
        """Reset the chip, whose counters make no sense; `repair` then sets it up."""
        self._reset_chip()

    def presence(self):
        """OK for a living chip that has not reset, FAULT_RESET or FAULT_BUS. Allocates nothing."""
        status = self._vote.status()
        if status == UNDECIDED or not alive(status):
            return FAULT_BUS
        return FAULT_RESET if status & _RESET or self._configuration.reset_seen else OK

    def _question(self):
        # Two reads that disagree may be noise, or a chip that has begun to clear its counters
        # when they are read. The next sample must not be believed before that is excluded.
        try:
            code = self.presence()
            if not code:
                if self._configuration.holds(reg.LCYCMODE, reg.LCYCMODE_FREE_RUNNING):
                    self.suspect = False
                    self._failing = False
                else:
                    code = self.presence() or FAULT_DRIFT
            return code
        except BusError:
            return FAULT_BUS

    def _discard(self):
        self.discarded = True
        self._reset_chip()
        if self._contact(_RESET_POLLS, _RESET) is None:
            raise ChipAbsent(self._transport.read(reg.IRQSTATA))

    def _contact(self, polls, wanted):
        # The status as soon as one of the `wanted` bits is up, or None.
        transport = self._transport
        for _ in range(polls):
            try:
                config = transport.read(reg.CONFIG)
                if late(config) and transport.read(reg.CONFIG) == config:
                    raise WrongSpiPhase(config)
                status = transport.read(reg.IRQSTATA)
                if alive(status) and status & wanted:
                    return status
            except BusError as error:  # a chip in its reset does not acknowledge
                self.error = error
            self._sleep_ms(_POLL_MS)
        return None

    def _repair(self):
        # The code of what was repaired, or OK when there is more to do.
        configuration = self._configuration
        status = self._vote.status()
        if status == UNDECIDED or not alive(status):
            self._lose_patience(_SILENT_MS)
            return OK
        if not status & _RESET and not configuration.reset_seen:
            if configuration.sealed() and configuration.uncovered_hold(0, 1):
                return FAULT_BUS
        free_running = configuration.holds(reg.LCYCMODE, reg.LCYCMODE_FREE_RUNNING)
        if not free_running and not status & _RESET:
            if self.presence() == OK:
                self._reset_chip()  # the counters do not go on from where they were
            return OK
        unchanged = configuration.apply()
        if not configuration.reset_seen:
            if unchanged:
                return FAULT_DRIFT
            self._reset_chip()  # something changed that cannot be written
            return OK
        # Energy counted before the repair is kept if a tick or two can explain it.
        self.suspect = False
        if self.sample() != OK:
            return OK
        if self._stale():
            self._reset_chip()
            return OK
        return FAULT_RESET

    def _stale(self):
        # More in a counter than a chip that was just reset can have counted.
        for count in self.counts:
            if not -_STALE <= sign24(count) <= _STALE:
                return True
        return False

    def _settled(self):
        self._configuration.reset_seen = False
        self._failing = False
        self.suspect = False

    def _lose_patience(self, limit_ms):
        # Reset the chip once repairs have failed for `limit_ms`.
        now = self._ticks_ms()
        if not self._failing:
            self._failing = True
            self._failing_since = now
        elif (now - self._failing_since) & _TICKS_MASK >= limit_ms:
            self._reset_chip()

    def _reset_chip(self):
        self._configuration.reset_seen = True
        self._failing = False
        if self._reset_pin is not None:
            self._reset_pin(0)
            self._sleep_us(_RESET_PULSE_US)
            self._reset_pin(1)
            return
        try:
            self._transport.write(reg.WRITE_PROTECT, 0)
            config = reg.CONFIG_LOCKED | reg.CONFIG_SWRST
            self._transport.write_holding(reg.CONFIG, config, self._sleep_us)
        except BusError as error:
            # Over I2C the chip does not acknowledge this write even when it obeys. Whether it
            # did shows in the reset flag, for which every caller waits.
            self.error = error
