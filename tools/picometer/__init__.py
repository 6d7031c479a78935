"""The host side of Picometer: a virtual meter, a reader, builds and proofs of the firmware."""

VERSION = "0.1.0"
"""Version of this distribution and of the packages in lib/."""
