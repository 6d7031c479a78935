"""Brings up the duty that looks at the software, for an image or for files."""

from firmware import identity
from firmware.software import Software, kept


def software_of(meter, board):
    """firmware.software.Software of what runs; None when nothing tells what it is to be."""
    source = _source(board)
    if source is None:
        return None
    return Software(source, kept(board), meter.storage.faults, meter.log)


def _source(board):
    flash = board.image()
    if flash is not None:
        from firmware.software_image import ImageSource

        return ImageSource(flash)
    if identity.FILES is None:
        return None
    from firmware.software_files import FilesSource

    return FilesSource(*identity.FILES)
