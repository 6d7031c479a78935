"""The meter: meters first, then brings up everything else, and runs it."""

from micropython import const

from firmware.core import Core
from metrology.page import CLOCK, DELIVERED_KWH, LATE_RUN

_TEST_SWITCH_MS = const(60000)


class Meter(Core):
    """Everything that runs: `start()`, then `run()`.

    After the start it has, for tables and display: clock, program, marks, self_reads, history,
    event_log, events, lists (of all of them), access, log, guard, billing, settings, readings,
    test, pending, maintenance and optical, and if it is not in safe mode inputs, switches, display
    and pulses. module is None in safe mode, recorder and service_switch also on models that have
    none, software when no build has told what it is to be.

    tables           c1219.tables.Tables of the optical port
    version, digest  hardware and firmware version, SHA-256 of the firmware or None
    pulse_count      gives the pulses of the metering chip since the start
    gap_s            how long the meter was off by a valid clock, in seconds; -1 when not known
    """

    version = digest = None

    def start(self):
        """Meter, then bring up everything else, see firmware.bring_up."""
        board = self.board
        registers = self.storage.page[DELIVERED_KWH : DELIVERED_KWH + 4]  # before any tick
        self.clock = None
        self.module = None
        self.service_switch = None
        self.software = None
        self.gap_s = -1
        counted_on = self.metering.start(board.ticks_ms(), self._gap_ms)
        self.scheduler.catch_up()
        self.storage.measure()
        if self.storage.page[LATE_RUN]:
            counted_on = False
            self._gap_ms()
            self.gap_s = self.clock.outage_s()
        down = self.storage.page[CLOCK]
        self._identify()
        from firmware.bring_up import bring_up

        bring_up(self, counted_on, registers, down)

    def run(self):
        """For ever."""
        self.scheduler.run()

    @property
    def link_counters(self):
        """Those of the optical port, by psem.link's indices."""
        return self.optical.link.counters

    @property
    def history_total(self):
        """Entries that the history log has ever had."""
        return self.history.total

    @property
    def test_left_s(self):
        """Seconds until test mode ends by itself; 0 when it is none."""
        return self.billing.test_left_s

    @property
    def lockout_s(self):
        """Seconds in which there is no other demand reset."""
        return self.billing.lockout_s

    def _identify(self):
        from firmware import identity

        self.version = identity.VERSION
        self.digest = identity.DIGEST
        self.scheduler.catch_up()

    def _gap_ms(self):
        self.board.extend()
        self.bring_up_clock()
        return self.gap_s * 1000 if self.gap_s >= 0 else -1

    def bring_up_clock(self):
        """Make the clock, unless there is one, and learn from it how long the meter was off."""
        from firmware.clock import Clock

        if self.clock is None:
            self.clock = Clock(self.board.rtc, self.storage)
            self.gap_s = self.clock.gap_s()

    def wake_recorder(self):
        """Make the recorder's duty due."""
        self.scheduler.wake(self.recorder_index)

    def wake_maintenance(self):
        """Make the maintenance duty due."""
        self.scheduler.wake(self.maintenance_index)

    def show_lists(self):
        """Have the display show the lists that are programmed now."""
        self.display.program(*self.program.display())

    def allow_test(self):
        """Let the test switch be closed for as long as a test may last."""
        from firmware.inputs import TEST_SWITCH

        # A test switch that is still closed when the test has timed out is stuck.
        limit = self.program.test_timeout_ms + _TEST_SWITCH_MS
        self.inputs.limits[TEST_SWITCH] = limit

    def in_session(self, source):
        """Whether a client is logged on at the port of this source."""
        from c1219.events import SOURCE_MODULE

        port = self.module if source == SOURCE_MODULE else self.optical
        return port is not None and port.link.in_session

    def until_tick(self):
        """Milliseconds until the next tick."""
        return self.scheduler.left(self.metering_index)
