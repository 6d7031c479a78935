"""Brings up the duties that watch currents and faults, and one that waits for the memory."""

from firmware.fault_log import FaultLog
from firmware.overload import Overload


def add_watches(meter, board, registers, down):
    """Add both duties, and the third if the memory did not answer at some time of the start.

    registers  the four words from DELIVERED_KWH on as they were before any tick
    down       CLOCK of the page likewise: when the meter last looked at a valid clock
    """
    storage = meter.storage
    log = meter.log.add
    overload = Overload(storage, meter.constants, meter.rating, meter.afe, log)
    overload.start(registers, down)
    meter.scheduler.add(overload.step)
    meter.scheduler.add(FaultLog(storage.page, storage.faults, log).step)
    meter.scheduler.catch_up()
    if storage.absent or board.fram.absences:
        from firmware.late_memory import LateMemory

        meter.scheduler.add(LateMemory(meter, board).step)
