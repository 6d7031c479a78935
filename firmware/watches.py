"""Brings up the duties that watch currents and faults, and log what they see."""

from firmware.fault_log import FaultLog
from firmware.overload import Overload


def add_watches(meter, registers, down):
    """Add both duties.

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
