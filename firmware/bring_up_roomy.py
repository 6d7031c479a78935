"""Brings up what only a meter with memory for all of the firmware has: see `Board.roomy`."""

from firmware.forget import import_all


def maintenance(meter, board):
    """Pending tables, and the duty that clears and restarts."""
    from firmware import roomy

    meter.pending = roomy.pending(meter, board)
    meter.scheduler.catch_up()
    meter.maintenance = roomy.maintenance(meter, board)
    meter.scheduler.catch_up()


def service_lines(meter, board):
    """Lines of the service switch, or None for a model that has none."""
    from firmware.service_start import service_lines

    return service_lines(board, meter.configuration.text("model"))


def service_switch(meter, board, lines):
    """The service switch's duty, where there are `lines`."""
    if lines is None or meter.safe:
        return
    from firmware.service_start import add_service_switch

    meter.service_switch = add_service_switch(meter, board, lines)
    meter.scheduler.catch_up()


def recorder(meter, board, counted_on, registers):
    """The load profile and its duty."""
    from firmware import roomy

    import_all(meter, roomy.OF_RECORDER)
    from firmware.recording import recorder_of

    recorder, meter.load_profile = recorder_of(meter, board)
    meter.scheduler.catch_up()
    recorder.start(registers, counted_on)
    meter.recorder_index = meter.scheduler.add(recorder.step)
    recorder.wake = meter.wake_recorder
    meter.recorder = meter.settings.recorder = recorder
    meter.maintenance.forget.append(recorder.forget)
    meter.lists += (meter.load_profile,)


def display(meter, board):
    """The display; returns the index of its duty."""
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


def module(meter, board):
    """The communication module's port."""
    from firmware import port_start

    meter.module = port_start.module(meter, board)


def start_maintenance(meter):
    """Start the duty of `maintenance`: there are tables now."""
    meter.pending.tables = meter.tables
    meter.maintenance.in_session = meter.in_session
    meter.maintenance_index = meter.scheduler.add(meter.maintenance.step)
    meter.maintenance.wake = meter.wake_maintenance
