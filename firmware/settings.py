"""What clients may change: stored tables and the clock, and what follows from it."""

from micropython import const

from c1219 import events
from ds3231 import ClockError, civil
from firmware import program as pr

# C12.18: the memory, or the clock chip, does not take it; the event log does not take more.
ERR = const(1)
DLK = const(8)

CLOCK = const(52)

_IDENTIFICATION = {5: "device_id", 6: "utility"}


def _ignore():
    pass


class Settings:
    """Stored tables are served as they lie in the configuration and program records.

    configuration, program   firmware.configuration.Configuration, firmware.program.Program
    clock, billing           firmware.clock.Clock, firmware.billing.Billing
    log, guard               firmware.log.Log, firmware.guard.Guard
    ticks_ms                 time

    `actor` as in billing.

    on_display, on_test_mode  called when ST31 to ST34, or the test mode table, have changed
    recorder                  firmware.recorder.Recorder, if there is one
    """

    def __init__(self, configuration, program, clock, billing, log, guard, ticks_ms):
        self.on_display = _ignore
        self.on_test_mode = _ignore
        self.recorder = None
        self._configuration = configuration
        self._program = program
        self._clock = clock
        self._billing = billing
        self._log = log
        self._guard = guard
        self._ticks_ms = ticks_ms

    def octets(self, number):
        """All octets of a stored table; KeyError for one that is not stored."""
        if number == events.SECURITY_TABLE:
            return b"\x01" if self._guard.is_set else b"\x00"
        if number in _IDENTIFICATION:
            return self._configuration.get(_IDENTIFICATION[number])
        return self._program.get(number)

    def write(self, number, image, actor):
        """Keep a validated image. 0, or -ERR or what the guard says, and everything stands as
        before.
        """
        image = bytes(image)
        if number == CLOCK:
            return self.set_clock(image, actor)
        if number == events.SECURITY_TABLE:
            return self._guard.set_security(image == b"\x01", actor)
        old = self.octets(number)
        image += bytes(len(old) - len(image))
        if number in pr.PROFILE:
            why = self._change_profile(number, image, actor)
        else:
            why = self._guard.change(events.PROGRAMMED, actor, number, old, image)
        return why or self._write(number, image, actor)

    def _change_profile(self, number, image, actor):
        # One may change the other: each has an entry, or there is none.
        after = self.recorder.becomes(number, image)
        before = [self.octets(each) for each in pr.PROFILE]
        after = [after[i] + bytes(len(before[i]) - len(after[i])) for i in range(len(before))]
        if before[0] != after[0] and before[1] != after[1] and not self._guard.takes(2):
            return -DLK
        why = 0
        for i in range(len(before)):
            if why == 0 and before[i] != after[i]:
                changed = pr.PROFILE[i]
                why = self._guard.change(events.PROGRAMMED, actor, changed, before[i], after[i])
        return why or -self._guard.refusal(number)

    def _write(self, number, image, actor):
        if number in _IDENTIFICATION:
            kept = self._configuration.change(_IDENTIFICATION[number], image)
        elif number in pr.PROFILE:
            kept = self.recorder.write(number, image)
        else:
            kept = self._program.change(number, image)
        if not kept:
            return -ERR
        self._log.add(events.PROGRAMMED, actor, number)
        if number == pr.DEMAND:
            self._billing.program_demand()
        elif number == pr.TEST_MODE:
            self.on_test_mode()
        elif number in pr.DISPLAY:
            self.on_display()
        return 0

    def set_clock(self, octets, actor):
        """Set the clock to Y M D h m s, checked before. 0, or -ERR when the chip does not take it,
        or what the guard says to a change that demand does not follow slowly.

        Demand sees for itself what has changed, and logs have entries of both times.
        """
        before = self._log.date_time()
        ms = self._further(octets)
        if ms is None or not self._billing.follows(ms):
            # Set to the second that it shows, it still goes back by the fraction: an entry, too.
            why = self._guard.record_change(
                events.PROGRAMMED, actor, CLOCK, before, bytes(octets[:6])
            )
            if why:
                return why
            ms = None
        self._billing.moved(ms)
        try:
            self._clock.set(
                self._ticks_ms(),
                2000 + octets[0],
                octets[1],
                octets[2],
                octets[3],
                octets[4],
                octets[5],
            )
        except ClockError:
            return -ERR  # the clock duty finds the same, and sets the fault
        if self._log.add(events.TIME_CHANGED_OLD, actor, 0, before):
            self._log.add(events.TIME_CHANGED_NEW, actor)
        return 0

    def _further(self, octets):
        # By how many ms that moves the clock; None for more than a minute, or if it has no time.
        minute, ms = self._clock.now
        day = civil.days(2000 + octets[0], octets[1], octets[2])
        minutes = day * 1440 + octets[3] * 60 + octets[4] - minute
        if minute < 0 or not -1 <= minutes <= 1:
            return None
        return minutes * 60000 + octets[5] * 1000 - ms
