"""The image's first step: mounts the file system, and never formats over data.

A partition that is erased from end to end, as on a new flash, is formatted. One that holds
anything and does not mount is left as it is, for whoever may want to salvage it; the meter
then runs without files and says so (fault FILES_ABSENT). That includes a format that the
power interrupted: what it left cannot be told from damage.

ROMFS is mounted at /rom by MicroPython itself, before this, when there is a valid one.
"""

import sys

import rp2
import vfs

_PAGE = 256  # bytes that the flash programs at a time


def _mount(flash):
    vfs.mount(vfs.VfsLfs2(flash, progsize=_PAGE), "/")


def _erased(flash):
    size = flash.ioctl(5, 0)
    block = bytearray(size)
    blank = b"\xff" * size
    for number in range(flash.ioctl(4, 0)):
        flash.readblocks(number, block)
        if block != blank:
            return False
    return True


def _mount_or_make(flash):
    try:
        _mount(flash)
    except OSError:
        if _erased(flash):
            vfs.VfsLfs2.mkfs(flash, progsize=_PAGE)
            _mount(flash)


# What was frozen into the image is what meters, whatever lies on the file system.
sys.path.remove(".frozen")
sys.path.insert(0, ".frozen")
try:
    _mount_or_make(rp2.Flash())
except OSError:
    pass  # nobody hears us yet, USB starts later: the meter sees that nothing is mounted
