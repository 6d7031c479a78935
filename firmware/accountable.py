"""Brings up what makes the meter accountable: the event log, and the guard."""

from audit.log import EventLog


def event_log(meter, board):
    """The event log, loaded and checked, and the list that serves it."""
    layout = board.layout
    log = EventLog(board.fram, layout.EVENTS, layout.EVENT_SLOTS, layout.AUDIT, layout.AUDIT_SLOTS)
    log.load(meter.let_through)
    from firmware.event_list import EventList

    served = EventList(log, meter.marks)
    served.reconcile()
    return log, served


def guard(meter):
    """The guard, when there are clock and history."""
    from firmware.guard import Guard

    meter.scheduler.catch_up()
    return Guard(
        meter.event_log,
        meter.configuration,
        meter.storage.faults,
        meter.log,
        meter.version,
        meter.digest,
    )
