"""The processor's flash, where the image lies, read as it runs."""

# ruff: noqa: F821  ptr8 is the native compiler's
import micropython
from micropython import const

_BASE = const(0x10000000)  # of the flash (RP2040 datasheet, 2.2)
# The last sector of the image's region, which mpconfigboard.h leaves it.
MANIFEST_AT = const(0x97000)


@micropython.viper
def _copy(source: int, buf: ptr8, start: int, count: int):
    # Octet by octet: a segment begins anywhere, and the processor reads no word there.
    at = ptr8(source)
    to = ptr8(int(buf) + start)
    i = 0
    while i < count:
        to[i] = at[i]
        i += 1


class Flash:
    """An image, and behind it its manifest.

    manifest_at  offset of the manifest's sector
    """

    manifest_at = MANIFEST_AT

    def copy(self, at, buf, start, count):
        """`count` octets from offset `at` on, to buf[start...]."""
        _copy(_BASE + at, buf, start, count)
