"""Brings modules in one by one, and gives back the memory of those that only the start needs."""

import sys

# These bring up the rest, or check once what was stored.
OF_START = (
    "firmware.accountable",
    "firmware.bring_up",
    "firmware.port_start",
    "firmware.program_check",
    "firmware.recording",
    "firmware.service_start",
    "firmware.software_start",
    "firmware.watches",
    "metrology.page_check",
)


def import_all(meter, names):
    """Import each of `names`, with ticks taken in between: all at once would take too long."""
    for name in names:
        __import__(name)
        meter.scheduler.catch_up()


def forget(names):
    """Unload modules, given with their package; one that is not loaded is passed over.

    What others still hold of them stays; the rest goes with the next collection.
    """
    for name in names:
        if sys.modules.pop(name, None) is not None:
            package, _, module = name.partition(".")
            delattr(sys.modules[package], module)
