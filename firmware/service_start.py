"""Brings up the service switch of the models that have one."""

from boards.ratings import SWITCHED
from pcf8574 import ExpanderError

_TRIES = 3  # of 5 ms at the most


def service_lines(board, model):
    """The board's service lines with both coils at rest; None for a model that has no switch.

    A processor that was reset in the middle of a pulse has left a coil with current.
    """
    if model not in SWITCHED:
        return None
    lines = board.service_lines()
    for _ in range(_TRIES):
        try:
            lines.release()
            break
        except ExpanderError:
            pass  # the duty writes the same with its every look; in safe mode there is no duty
    return lines


def add_service_switch(meter, board, lines):
    """The duty, added to the meter's scheduler.

    Of a high rank: a coil that has current waits for no other duties than those before it.
    """
    from firmware.service_switch import ServiceSwitch

    scheduler = meter.scheduler
    scheduler.catch_up()
    layout = board.layout
    switch = ServiceSwitch(
        lines,
        board.fram,
        layout.SERVICE_SWITCH,
        layout.SERVICE_SWITCH_SLOTS,
        meter.storage.faults,
        meter.log,
    )
    index = scheduler.add(switch.step)
    switch.wake = lambda: scheduler.wake(index)
    return switch
