"""Brings up the duty that looks at the software, for an image or for files."""

from firmware import identity
from firmware.software import FILES, IMAGE, Software, kept


def software_of(meter, board):
    """firmware.software.Software of what runs; None when nothing tells what it is to be."""
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
    return Software(form, source, kept(board), meter.storage.faults, meter.log)
