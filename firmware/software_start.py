"""Brings up the duty that looks at the software, for an image or for files."""

import gc

from micropython import const

from firmware import identity
from firmware.forget import forget
from metrology.faults import SOFTWARE_ALTERED

_IDLE_MS = const(1000)
_LOADED = ("firmware.software", "firmware.software_files")


def software_of(meter, board):
    """firmware.software.Software of what runs; None when nothing tells what it is to be."""
    from firmware.software import FILES, IMAGE, Software, kept

    flash = board.image()
    if flash is not None:
        from firmware.software_image import ImageSource

        form = IMAGE
        source = ImageSource(flash)
    elif identity.FILES is not None:
        from firmware.software_files import FilesSource

        form = FILES
        source = FilesSource(*identity.FILES)
    else:
        return None
    return Software(form, source, kept(board), meter.storage.faults, meter.log, meter.guard)


def look_once(meter, board, feed):
    """Look at everything at once, before what else takes memory, for who has none to spare.

    What was loaded from files lies in memory; the files themselves matter again at the next start.
    `feed` feeds the watchdog, for this takes seconds, in which ticks are let through. Returns the
    duty that keeps the fault, or None when all is good.
    """
    software = software_of(meter, board)
    if software is None:
        return None
    while not software.passes:
        software.step(0)
        feed()
        meter.scheduler.catch_up()
    altered = software.altered
    software = None
    forget(_LOADED)
    gc.collect()
    meter.scheduler.catch_up()
    return Altered(meter.storage.faults) if altered else None


class Altered:
    """Keeps the fault, whoever may withdraw it."""

    def __init__(self, faults):
        self._faults = faults

    def step(self, now_ms):
        """Once a second."""
        self._faults.set(SOFTWARE_ALTERED)
        return _IDLE_MS
