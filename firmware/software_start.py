"""Makes the duty that looks at the software, of an image or of sources that run themselves."""

from firmware import identity


def software_of(meter, board):
    """firmware.software.Software of what runs; None when nothing tells what it is to be."""
    from firmware.software import FILES, IMAGE, Software, kept

    flash = board.image()
    if flash is not None:
        from firmware.software_image import ImageSource

        form = IMAGE
        source = ImageSource(flash)
    elif identity.FILES is not None:
        form = FILES
        source = identity.FILES()
    else:
        return None
    return Software(form, source, kept(board), meter.storage.faults, meter.log, meter.guard)
