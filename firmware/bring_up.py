"""Brings up all that a meter does besides metering, one duty after the other.

Imported only after the first tick, and given back when all is up: see firmware.forget. Whatever it
makes must not call back into this file, which would then stay.
"""

import gc

from firmware.forget import forget, import_all

_OF_RECORDER = (
    "metrology.profile",
    "firmware.profile_store",
    "firmware.profile_program",
    "firmware.profile_channels",
    "firmware.profile_check",
    "firmware.recorder",
    "c1219.procedures",
    "firmware.load_profile",
    "firmware.recording",
)
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
    "psem.codes",
    "psem.crc",
    "psem.incoming",
    "psem.outgoing",
    "firmware.optical",
    "firmware.lists",
    "firmware.procedures",
    "c1219.decade3",
    "c1219.decade4",
    "c1219.decade6",
    "c1219.decade7",
    "c1219.manufacturer",
    "c1219.meter_facts",
    "c1219.service",
    "c1219.accountability",
    "c1219.software",
    "c1219.catalog",
    "c1219.index",
    "firmware.items",
    "firmware.passwords",
    "firmware.provisioning",
    "firmware.maintenance_procedures",
    "firmware.refusals",
    "firmware.audit_state",
    "firmware.device",
)
# Given back before more is brought up.
_OF_REGISTERS = ("firmware.accountable", "metrology.page_check")
_OF_SOFTWARE = ("firmware.software_start",)
_RECORDERS = ("AXR", "AXR-SD")


def bring_up(meter, counted_on, registers, down):
    """Make every duty of `meter`, a firmware.meter.Meter whose metering has started.

    Each is imported on its own, with ticks taken in between: on an RP2040 all of it takes a third
    of a second. The watchdog, which nothing stops again, guards it.

    counted_on  all that the metering chip counted while the meter was off is billed
    registers   the four words of the page from DELIVERED_KWH on as they were before any tick
    down        CLOCK of the page likewise: when the meter last looked at a valid clock
    """
    board = meter.board
    feed = board.watchdog()
    board.extend()
    lines = _service_lines(meter, board)
    meter.scheduler.catch_up()
    meter.pulse_count = board.pulses.count
    _lists(meter, board)
    _event_log(meter, board)
    _registers(meter, board, counted_on)
    forget(_OF_REGISTERS)
    _readings(meter, board)
    _maintenance(meter, board)
    unused = meter.safe or meter.storage.small
    if not unused and meter.configuration.text("model") in _RECORDERS:
        _recorder(meter, board, counted_on, registers)
    _service_switch(meter, board, lines)
    _software(meter, board)
    forget(_OF_SOFTWARE)
    meter.scheduler.catch_up()
    gc.collect()  # with room for all that follows, or a collection comes in the middle of a step
    import_all(meter, _OF_PORTS)
    watched = [meter.metering_index, meter.storage_index]
    watched.append(_optical(meter, board))
    _check_program(meter)
    if not meter.safe:
        _inputs(meter, board)
        watched.append(_display(meter, board))
        _module(meter, board)
        _pulses(meter, board)
    meter.scheduler.add(meter.access.step)
    _start_maintenance(meter)
    _watches(meter, board, registers, down)
    _collection(meter)
    _supervision(meter, watched, feed)
    _start_software(meter)


def _service_lines(meter, board):
    # Lines of the service switch, or None for a model that has none.
    from firmware.service_start import service_lines

    return service_lines(board, meter.configuration.text("model"))


def _lists(meter, board):
    from firmware.history import History
    from firmware.record_list import ReadMarks
    from firmware.self_reads import SelfReads

    meter.scheduler.catch_up()
    layout = board.layout
    meter.marks = ReadMarks(board.fram, layout.READ_MARKS, layout.READ_MARK_SLOTS)
    meter.marks.load()
    meter.self_reads = SelfReads(
        board.fram, layout.SELF_READS, layout.SELF_READ_SLOTS, meter.marks, meter.constants
    )
    meter.self_reads.load(meter.let_through)
    meter.scheduler.catch_up()
    meter.history = History(board.fram, layout.HISTORY, layout.HISTORY_SLOTS, meter.marks)
    meter.history.load(meter.let_through)
    meter.scheduler.catch_up()


def _event_log(meter, board):
    # The event log, and the lockout after wrong passwords.
    from firmware import accountable

    meter.scheduler.catch_up()
    meter.event_log, meter.events = accountable.event_log(meter, board)
    meter.lists = (meter.self_reads, meter.history, meter.events)
    meter.scheduler.catch_up()
    from firmware.access import Access

    layout = board.layout
    meter.access = Access(board.fram, layout.ACCESS, layout.ACCESS_SLOTS, board.ticks_ms)
    meter.access.load()
    meter.access.closed = meter.storage.absent
    meter.scheduler.catch_up()


def _registers(meter, board, counted_on):
    from firmware.log import Log
    from firmware.program import Program

    meter.scheduler.catch_up()
    from firmware.billing import Billing
    from firmware.settings import Settings

    meter.scheduler.catch_up()
    meter.bring_up_clock()
    meter.scheduler.catch_up()
    layout = board.layout
    _check_records(meter)
    meter.program = Program(board.fram, layout.PROGRAM, layout.PROGRAM_SLOTS)
    meter.program.take_up(meter.storage.faults, meter.rating.approval)
    meter.log = Log(meter.history, meter.clock, board.ticks_ms, meter.storage)
    meter.scheduler.catch_up()
    from firmware import accountable

    meter.guard = accountable.guard(meter)
    billing = Billing(
        meter.pages,
        meter.constants,
        meter.program,
        meter.clock,
        meter.storage,
        meter.metering.use_shown,
        meter.self_reads,
        meter.log.add,
        meter.scheduler.uptime,
    )
    meter.settings = Settings(
        meter.configuration,
        meter.program,
        meter.clock,
        billing,
        meter.log,
        meter.guard,
        board.ticks_ms,
    )
    billing.start(counted_on, meter.gap_s)
    meter.billing = billing
    if not meter.safe:
        meter.scheduler.add(meter.clock.step)
    meter.scheduler.catch_up()


def _check_records(meter):
    # The first tick has not needed these checks of the configuration and the register page.
    from metrology.faults import MEMORY_LOST
    from metrology.page_check import repair

    meter.scheduler.catch_up()
    faults = meter.storage.faults
    meter.configuration.check(faults, meter.rating.models)
    if repair(meter.storage.page, meter.constants.counts_per_kwh):
        faults.set(MEMORY_LOST)
    meter.scheduler.catch_up()


def _readings(meter, board):
    from firmware.readings import Readings

    meter.readings = Readings(
        meter.storage.page,
        meter.constants,
        meter.rating,
        meter.afe,
        board.rtc,
        meter.scheduler.uptime,
    )
    meter.scheduler.catch_up()
    from firmware.testing import TestRegisters

    meter.test = TestRegisters(meter.pages, meter.constants, meter.billing)
    meter.scheduler.catch_up()


def _maintenance(meter, board):
    # Pending tables, and the duty that clears and restarts; it starts when there are tables.
    from firmware.pending import Pending

    layout = board.layout
    meter.pending = Pending(board.fram, layout.PENDING, layout.PENDING_SLOTS, meter)
    meter.scheduler.catch_up()
    from firmware.clearing import Clearing
    from firmware.maintenance import Maintenance

    page = meter.pages.billing
    clearing = Clearing(board.fram, layout.CLEARING, layout.CLEARING_SLOTS, page, meter.event_log)
    meter.maintenance = Maintenance(meter, board, clearing)
    meter.maintenance.pending = meter.pending
    meter.scheduler.catch_up()


def _start_maintenance(meter):
    meter.pending.tables = meter.tables
    meter.maintenance.in_session = meter.in_session
    meter.maintenance_index = meter.scheduler.add(meter.maintenance.step)
    meter.maintenance.wake = meter.wake_maintenance


def _recorder(meter, board, counted_on, registers):
    # The load profile and its duty.
    import_all(meter, _OF_RECORDER)
    from firmware.recording import recorder_of

    recorder, meter.load_profile = recorder_of(meter, board)
    meter.scheduler.catch_up()
    recorder.start(registers, counted_on)
    meter.recorder_index = meter.scheduler.add(recorder.step)
    recorder.wake = meter.wake_recorder
    meter.recorder = meter.settings.recorder = recorder
    meter.maintenance.forget.append(recorder.forget)
    meter.lists += (meter.load_profile,)


def _service_switch(meter, board, lines):
    # The service switch's duty, where there are `lines`.
    if lines is None or meter.safe:
        return
    from firmware.service_start import add_service_switch

    meter.service_switch = add_service_switch(meter, board, lines)
    meter.scheduler.catch_up()


def _optical(meter, board):
    from firmware import port_start

    meter.scheduler.catch_up()
    meter.optical, meter.tables, index = port_start.optical(meter, board)
    return index


def _check_program(meter):
    from firmware.program_check import check

    meter.scheduler.catch_up()
    check(meter.program, meter.tables, meter.storage.faults, meter.let_through)


def _inputs(meter, board):
    from firmware.inputs import Inputs
    from firmware.switches import Switches

    meter.inputs = Inputs(board.inputs, board.active, meter.storage.faults)
    meter.log.inputs = meter.inputs
    meter.switches = Switches(meter.billing, board.ticks_ms, meter.service_switch)
    meter.switches.seal = meter.guard.look
    meter.inputs.on_change = meter.switches.changed
    meter.settings.on_test_mode = meter.allow_test
    meter.allow_test()
    meter.scheduler.add(meter.inputs.step)
    meter.scheduler.add(meter.guard.step)
    meter.scheduler.catch_up()


def _display(meter, board):
    # Returns the index of its duty.
    from firmware.display import Display
    from firmware.switches import Shown

    meter.scheduler.catch_up()
    meter.display = Display(
        board.lcd, board.glass, meter, meter.inputs, meter.program.display(), board.development
    )
    meter.display.start(board.ticks_ms())
    meter.billing.on_event = Shown(meter.billing, meter.display, board.ticks_ms).event
    meter.settings.on_display = meter.show_lists
    meter.switches.magnet = meter.display.magnet
    index = meter.scheduler.add(meter.display.step)
    meter.scheduler.catch_up()
    return index


def _module(meter, board):
    # The port of the communication module.
    from firmware import port_start

    meter.module = port_start.module(meter, board)


def _pulses(meter, board):
    from firmware.pulses import Pulses

    meter.scheduler.catch_up()
    meter.pulses = Pulses(
        board.pulses.count, meter.pages, meter.storage.faults, meter.constants.counts_per_pulse
    )
    meter.scheduler.add(meter.pulses.step)
    meter.scheduler.catch_up()


def _watches(meter, board, registers, down):
    from firmware.watches import add_watches

    add_watches(meter, board, registers, down)


def _collection(meter):
    from firmware.collection import Collection

    collection = meter.collection = Collection(meter.until_tick)
    collection.watch(meter.optical.link)
    if meter.module is not None:
        collection.watch(meter.module.link)
    if meter.recorder is not None:
        meter.recorder.on_write = collection.request
    meter.scheduler.add(collection.step)


def _software(meter, board):
    from firmware.software_start import software_of

    meter.scheduler.catch_up()
    meter.software = meter.guard.software = software_of(meter, board)
    meter.scheduler.catch_up()


def _start_software(meter):
    if meter.software is not None:
        meter.software.on_garbage = meter.collection.spend
        meter.scheduler.add(meter.software.step)


def _supervision(meter, watched, feed):
    from firmware.supervision import Supervision

    supervision = Supervision(meter.metering, meter.health, meter.scheduler.runs, watched, feed)
    meter.scheduler.add(supervision.step)
