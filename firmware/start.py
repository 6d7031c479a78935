"""Starts the meter, whichever image it is of."""

from boards.pico_meter.board import Board
from firmware.forget import OF_START, forget
from firmware.meter import Meter

_PRINT_US = 100000  # for USB to carry what was printed


def run():
    """Meter until the power goes; an error that no duty owns restarts the processor."""
    board = Board()
    try:
        meter = Meter(board)
        meter.start()
        forget(OF_START)
        meter.run()
    except Exception as error:
        # The next start counts it, and the third in a row runs safe.
        print("the meter has failed:", repr(error))
        board.sleep_us(_PRINT_US)
        board.reset()
