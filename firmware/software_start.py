"""Brings up the duty that looks at the software, for an image or for files."""

import sys

from micropython import const

from firmware import identity
from metrology.faults import SOFTWARE_ALTERED

_IDLE_MS = const(1000)
_LOADED = ("software", "software_files")


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


class Once:
    """Has `software` look at everything once, and then takes it out of memory.

    For who has none to spare. What was loaded from files lies in memory; the files themselves
    matter again at the next start.
    """

    def __init__(self, software, faults):
        self._software = software
        self._faults = faults
        self._on_garbage = software.on_garbage
        self._altered = False

    def step(self, now_ms):
        """A step of the software's, as long as it is there."""
        if self._software is None:
            if self._altered:
                self._faults.set(SOFTWARE_ALTERED)  # whoever may have withdrawn it meanwhile
            return _IDLE_MS
        delay = self._software.step(now_ms)
        if self._software.passes:
            self._altered = self._software.altered
            self._software = None
            _forget()
            self._on_garbage()
        return delay


def _forget():
    package = sys.modules["firmware"]
    for name in _LOADED:
        if sys.modules.pop("firmware." + name, None) is not None:
            delattr(package, name)
