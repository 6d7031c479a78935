"""The meter: meters first, then brings up everything else, and runs it."""

from micropython import const

from firmware.core import Core
from metrology.page import CLOCK, DELIVERED_KWH, LATE_RUN

_TEST_SWITCH_MS = const(60000)
_OF_PORTS = (
    "c1219.types",
    "c1219.codec",
    "c1219.quantities",
    "c1219.decade0",
    "c1219.decade1",
    "c1219.decade2",
    "c1219.decade5",
    "c1219.procedures",
    "c1219.dispatcher",
    "c1219.index",
    "psem.codes",
    "psem.crc",
    "psem.incoming",
    "psem.outgoing",
    "firmware.optical",
    "firmware.lists",
    "firmware.procedures",
    "firmware.device",
)
_RECORDERS = ("AXR", "AXR-SD")


class Meter(Core):
    """Everything that runs: `start()`, then `run()`.

    After the start it has, for tables and display: clock, program, marks, self_reads, history,
    event_log, events, lists (of all of them), log, guard, billing, settings, readings, test,
    optical and module, where there is room for them access, pending and maintenance, and if it is
    not in safe mode inputs, display and pulses. recorder and service_switch are None in safe mode,
    and on models that have none; software is None when no build has told what it is to be.

    tables           c1219.tables.Tables of the optical port
    version, digest  hardware and firmware version, SHA-256 of the firmware or None
    pulse_count      gives the pulses of the metering chip since the start
    """

    version = digest = None

    def start(self):
        """Meter, then bring up the ports and the display.

        The other duties are imported only here, one at a time with ticks taken in between:
        on an RP2040 that takes a third of a second. The watchdog, which nothing stops again,
        guards it.
        """
        board = self._board
        self._registers = self.storage.page[DELIVERED_KWH : DELIVERED_KWH + 4]  # before any tick
        self.clock = None
        self.module = None
        self.service_switch = None
        self.software = None
        self._gap_s = -1
        counted_on = self.metering.start(board.ticks_ms(), self._gap_ms)
        self.scheduler.catch_up()
        self.storage.measure()
        if self.storage.page[LATE_RUN]:
            counted_on = False
            self._gap_ms()
            self._gap_s = self.clock.outage_s()
        down = self.storage.page[CLOCK]
        self._identify()
        feed = board.watchdog()
        board.extend()
        lines = self._service_lines(board)
        self.scheduler.catch_up()
        self.pulse_count = board.pulses.count
        self._bring_up_lists(board)
        self._bring_up_registers(board, counted_on)
        self._bring_up_readings(board)
        if board.roomy:
            self._bring_up_maintenance(board)
            unused = self.safe or self.storage.small
            if not unused and self.configuration.text("model") in _RECORDERS:
                self._bring_up_recorder(board, counted_on)
        self._add_service_switch(board, lines)
        self._bring_up_software(board, feed)
        self._import_ports()
        watched = [self._metering_index, self._storage_index]
        watched.append(self._add_optical(board))
        self._check_program()
        if not self.safe:
            self._add_inputs(board)
            if board.roomy:
                watched.append(self._add_display(board))
                self._add_module(board)
            self._add_pulses(board)
        if board.roomy:
            self.scheduler.add(self.access.step)
            self._add_maintenance()
        from firmware.watches import add_watches

        add_watches(self, board, self._registers, down)
        self._add_collection()
        self._add_supervision(watched, feed)
        self._add_software()

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
        self._board.extend()
        self._bring_up_clock()
        return self._gap_s * 1000 if self._gap_s >= 0 else -1

    def _bring_up_clock(self):
        from firmware.clock import Clock

        if self.clock is None:
            self.clock = Clock(self._board.rtc, self.storage)
            self._gap_s = self.clock.gap_s()

    def _bring_up_lists(self, board):
        from firmware.history import History
        from firmware.record_list import ReadMarks
        from firmware.self_reads import SelfReads

        self.scheduler.catch_up()
        layout = board.layout
        self.marks = ReadMarks(board.fram, layout.READ_MARKS, layout.READ_MARK_SLOTS)
        self.marks.load()
        self.self_reads = SelfReads(
            board.fram, layout.SELF_READS, layout.SELF_READ_SLOTS, self.marks, self.constants
        )
        self.self_reads.load(self.let_through)
        self.scheduler.catch_up()
        self.history = History(board.fram, layout.HISTORY, layout.HISTORY_SLOTS, self.marks)
        self.history.load(self.let_through)
        self.scheduler.catch_up()
        self.event_log = None
        self.lists = (self.self_reads, self.history)
        if board.roomy:
            from firmware import accountable, roomy

            self.scheduler.catch_up()
            self.event_log, self.events = accountable.event_log(self, board)
            self.lists += (self.events,)
            self.scheduler.catch_up()
            self.access = roomy.access(board, self.storage.absent)
            self.scheduler.catch_up()

    def _bring_up_registers(self, board, counted_on):
        from firmware.log import Log
        from firmware.program import Program

        self.scheduler.catch_up()
        from firmware.billing import Billing
        from firmware.settings import Settings

        self.scheduler.catch_up()
        self._bring_up_clock()
        self.scheduler.catch_up()
        layout = board.layout
        self._check_records()
        self.program = Program(board.fram, layout.PROGRAM, layout.PROGRAM_SLOTS)
        self.program.take_up(self.storage.faults, self.rating.approval)
        self.log = Log(self.history, self.clock, board.ticks_ms)
        self.scheduler.catch_up()
        from firmware import accountable

        self.guard = accountable.guard(self)
        billing = Billing(
            self.pages,
            self.constants,
            self.program,
            self.clock,
            self.storage,
            self.metering.use_shown,
            self.self_reads,
            self.log.add,
            self.scheduler.uptime,
        )
        self.settings = Settings(
            self.configuration,
            self.program,
            self.clock,
            billing,
            self.log,
            self.guard,
            board.ticks_ms,
        )
        billing.start(counted_on, self._gap_s)
        self.billing = billing
        if not self.safe:
            self.scheduler.add(self.clock.step)
        self.scheduler.catch_up()

    def _check_records(self):
        # Of the configuration and the register page what the first tick has not needed.
        from metrology.faults import MEMORY_LOST
        from metrology.page_check import repair

        self.scheduler.catch_up()
        faults = self.storage.faults
        self.configuration.check(faults, self.rating.models)
        if repair(self.storage.page, self.constants.counts_per_kwh):
            faults.set(MEMORY_LOST)
        self.scheduler.catch_up()

    def _bring_up_readings(self, board):
        from firmware.readings import Readings
        from firmware.testing import TestRegisters

        self.readings = Readings(
            self.storage.page,
            self.constants,
            self.rating,
            self.afe,
            board.rtc,
            self.scheduler.uptime,
        )
        self.test = TestRegisters(self.pages, self.constants, self.billing)
        self.scheduler.catch_up()

    def _bring_up_maintenance(self, board):
        from firmware import roomy

        self.pending = roomy.pending(self, board)
        self.scheduler.catch_up()
        self.maintenance = roomy.maintenance(self, board)
        self.scheduler.catch_up()

    def _service_lines(self, board):
        if not board.roomy:
            return None
        from firmware.service_start import service_lines

        return service_lines(board, self.configuration.text("model"))

    def _add_service_switch(self, board, lines):
        if lines is None or self.safe:
            return
        from firmware.service_start import add_service_switch

        self.service_switch = add_service_switch(self, board, lines)
        self.scheduler.catch_up()

    def _bring_up_recorder(self, board, counted_on):
        from firmware import roomy

        self._import(roomy.OF_RECORDER)
        from firmware.recording import recorder_of

        recorder, self.load_profile = recorder_of(self, board)
        self.scheduler.catch_up()
        recorder.start(self._registers, counted_on)
        self._recorder_index = self.scheduler.add(recorder.step)
        recorder.wake = self._wake_recorder
        self.recorder = self.settings.recorder = recorder
        self.maintenance.forget.append(recorder.forget)
        self.lists += (self.load_profile,)

    def _wake_recorder(self):
        self.scheduler.wake(self._recorder_index)

    def _import_ports(self):
        self._import(_OF_PORTS)
        if self._board.roomy:
            from firmware import roomy

            self._import(roomy.OF_PORTS)

    def _import(self, names):
        # All of it at once would take too long.
        for name in names:
            __import__(name)
            self.scheduler.catch_up()

    def _add_optical(self, board):
        from firmware import port_start

        self.scheduler.catch_up()
        self.optical, self.tables, index = port_start.optical(self, board)
        return index

    def _check_program(self):
        from firmware.program_check import check

        self.scheduler.catch_up()
        check(self.program, self.tables, self.storage.faults, self.let_through)

    def _add_module(self, board):
        from firmware import port_start

        self.module = port_start.module(self, board)

    def _add_inputs(self, board):
        from firmware.inputs import Inputs
        from firmware.switches import Switches

        self.inputs = Inputs(board.inputs, board.active, self.storage.faults)
        self.log.inputs = self.inputs
        self._switches = Switches(self.billing, board.ticks_ms, self.service_switch)
        self._switches.seal = self.guard.look
        self.inputs.on_change = self._switches.changed
        self.settings.on_test_mode = self._allow_test
        self._allow_test()
        self.scheduler.add(self.inputs.step)
        self.scheduler.add(self.guard.step)
        self.scheduler.catch_up()

    def _add_display(self, board):
        from firmware.display import Display
        from firmware.switches import Shown

        self.scheduler.catch_up()
        self.display = Display(
            board.lcd, board.glass, self, self.inputs, self._lists(), board.development
        )
        self.display.start(board.ticks_ms())
        self.billing.on_event = Shown(self.billing, self.display, board.ticks_ms).event
        self.settings.on_display = self._show_lists
        self._switches.magnet = self.display.magnet
        index = self.scheduler.add(self.display.step)
        self.scheduler.catch_up()
        return index

    def _lists(self):
        return self.program.display()

    def _show_lists(self):
        self.display.program(*self._lists())

    def _allow_test(self):
        from firmware.inputs import TEST_SWITCH

        # A test switch that is still closed when the test has timed out is stuck.
        limit = self.program.test_timeout_ms + _TEST_SWITCH_MS
        self.inputs.limits[TEST_SWITCH] = limit

    def _add_pulses(self, board):
        from firmware.pulses import Pulses

        self.scheduler.catch_up()
        self.pulses = Pulses(
            board.pulses.count, self.pages, self.storage.faults, self.constants.counts_per_pulse
        )
        self.scheduler.add(self.pulses.step)
        self.scheduler.catch_up()

    def _add_maintenance(self):
        self.pending.tables = self.tables
        self.maintenance.in_session = self._in_session
        self._maintenance_index = self.scheduler.add(self.maintenance.step)
        self.maintenance.wake = self._wake_maintenance

    def _wake_maintenance(self):
        self.scheduler.wake(self._maintenance_index)

    def _in_session(self, source):
        from c1219.events import SOURCE_MODULE

        port = self.module if source == SOURCE_MODULE else self.optical
        return port is not None and port.link.in_session

    def _add_collection(self):
        from firmware.collection import Collection

        collection = self._collection = Collection(self._until_tick)
        collection.watch(self.optical.link)
        if self.module is not None:
            collection.watch(self.module.link)
        if self.recorder is not None:
            self.recorder.on_write = collection.request
        self.scheduler.add(collection.step)

    def _bring_up_software(self, board, feed):
        from firmware import software_start

        self.scheduler.catch_up()
        if board.roomy:
            self.software = software_start.software_of(self, board)
            self.scheduler.catch_up()
            return
        altered = software_start.look_once(self, board, feed)
        if altered is not None:
            self.scheduler.add(altered.step)

    def _add_software(self):
        if self.software is not None:
            self.software.on_garbage = self._collection.spend
            self.scheduler.add(self.software.step)

    def _until_tick(self):
        return self.scheduler.left(self._metering_index)

    def _add_supervision(self, watched, feed):
        from firmware.supervision import Supervision

        supervision = Supervision(self.metering, self.health, self.scheduler.runs, watched, feed)
        self.scheduler.add(supervision.step)
