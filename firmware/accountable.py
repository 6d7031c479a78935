"""Brings up what makes the meter accountable: the guard, and the event log if there is memory."""


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
    guard = _guard_of(meter)
    guard.locked = meter.storage.absent
    return guard


def _guard_of(meter):
    faults = meter.storage.faults
    if meter.event_log is None:
        from firmware.plain_guard import PlainGuard

        return PlainGuard(meter.configuration, faults, meter.log)
    from firmware.guard import Guard

    meter.scheduler.catch_up()
    return Guard(
        meter.event_log, meter.configuration, faults, meter.log, meter.version, meter.digest
    )
