"""The version of the measurement package, which changes with whatever it computes."""

VERSION = (1, 0)  # version and revision
