"""What this firmware is: its versions, and what the build told of it."""

from metrology.version import VERSION as MEASUREMENT

try:
    import build_identity as _build
except ImportError:  # sources that nobody built
    _build = None

VERSION = (1, 0, 0, 1)  # hardware version and revision, firmware version and revision
REST = (0, 1)  # version and revision of what is not legally relevant
# Of the parts of the software, in their order: see firmware.software.
VERSIONS = (MEASUREMENT, VERSION[2:], REST)

DIGEST = None if _build is None else _build.DIGEST  # SHA-256 of the sources
SOURCES = None if _build is None else _build.SOURCES  # the same of those of each part
# Makes firmware.software's `source` where the sources run themselves; None on an image.
FILES = None if _build is None else _build.FILES
