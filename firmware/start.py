"""Starts the meter. firmware/main.py asks nothing else of a version of the firmware."""

from boards.pico_meter.board import Board
from firmware.meter import Meter


def run():
    """Meter until the power goes; an error that no duty owns restarts the processor."""
    board = Board()
    try:
        meter = Meter(board)
        meter.start()
        meter.run()
    except Exception as error:
        # The next start counts it, and the third in a row runs safe.
        print("the meter has failed:", repr(error))
        board.reset()
