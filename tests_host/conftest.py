"""What every host test needs: MicroPython's modules, what the build tells the firmware, and a
board for those that ask.
"""

import pytest

from picometer.build import identity
from tests_host import mocks

mocks.install()
identity.provide()


@pytest.fixture
def virtual_board():
    """A powered virtual board that the mocks are bound to, ready to be looked at."""
    from picometer.virtual.board import VirtualBoard

    board = VirtualBoard()
    mocks.bind(board)
    board.power_on()
    yield board
    mocks.bind(None)
