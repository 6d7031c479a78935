"""What every host test needs: MicroPython's modules, and a board for those that ask."""

import pytest

from tests_host import mocks

mocks.install()


@pytest.fixture
def virtual_board():
    """A powered virtual board that the mocks are bound to, ready to be looked at."""
    from picometer.virtual.board import VirtualBoard

    board = VirtualBoard()
    mocks.bind(board)
    board.power_on()
    yield board
    mocks.bind(None)
