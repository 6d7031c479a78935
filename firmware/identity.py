"""What this firmware is: its version, and the SHA-256 of its sources where the build told it."""

try:
    from build_identity import DIGEST
except ImportError:  # sources that nobody built, as mip installs them
    DIGEST = None

VERSION = (1, 0, 0, 1)  # hardware version and revision, firmware version and revision
