"""Brings up what makes the meter accountable: the event log, and the guard."""


def event_log(meter, board):
    """The event log, loaded and checked, and the list that serves it."""
    from audit import entry  # noqa: F401  imported here, with a tick before the rest

    meter.scheduler.catch_up()
    from audit.log import EventLog

    meter.scheduler.catch_up()
    layout = board.layout
    log = EventLog(board.fram, layout.EVENTS, layout.EVENT_SLOTS, layout.AUDIT, layout.AUDIT_SLOTS)
    meter.scheduler.catch_up()
    log.load(meter.let_through)
    from firmware.event_list import EventList

    served = EventList(log, meter.marks)
    served.reconcile()
    return log, served


def guard(meter):
    """The guard, when there are clock and history; locked when nothing of the meter is known."""
    from firmware.guard import Guard

    meter.scheduler.catch_up()
    guard = Guard(
        meter.event_log,
        meter.configuration,
        meter.storage.faults,
        meter.log,
        meter.version,
        meter.digest,
    )
    guard.locked = meter.storage.absent
    return guard
