"""What every host test needs: MicroPython's modules, what the build tells the firmware, and a
board for those that ask.
"""

from collections import Counter

import pytest

from picometer.build import identity
from picometer.virtual import mocks

mocks.install()
identity.provide()

# The longest first, measured in seconds of processor time: what is left at the end is short, and
# no worker has minutes to do when the others are done.
_LONGEST = (
    "device/test_meter_image.py",
    "device/test_ports.py",
    "device/test_software.py",
    "device/test_flash_meter.py",
    "device/test_recorder.py",
    "device/test_tables.py",
    "device/test_sealed.py",
    "device/test_pulses.py",
    "device/",
    "interop/",
)


def pytest_collection_modifyitems(items):
    """Sorts the files of tests by `_LONGEST`; tests of a file stay together."""
    items.sort(key=lambda item: _rank(item.nodeid))


def _rank(nodeid):
    inside = nodeid.removeprefix("tests_host/")
    found = (rank for rank, start in enumerate(_LONGEST) if inside.startswith(start))
    return next(found, len(_LONGEST))


def pytest_terminal_summary(terminalreporter):
    """Says in one line for each reason how many tests it had skipped."""
    skipped = terminalreporter.getreports("skipped")
    reasons = Counter(report.longrepr[-1].removeprefix("Skipped: ") for report in skipped)
    for reason, count in reasons.items():
        terminalreporter.write_line(f"{count} skipped: {reason}")


@pytest.fixture
def virtual_board():
    """A powered virtual board that the mocks are bound to, ready to be looked at."""
    from picometer.virtual.board import VirtualBoard

    board = VirtualBoard()
    mocks.bind(board)
    board.power_on()
    yield board
    mocks.bind(None)
