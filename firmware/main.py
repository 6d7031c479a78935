"""What runs after boot: the meter, for ever."""

from boards.pico_meter.board import Board
from firmware.meter import Meter


def main():
    """Meter until the power goes, unless service is wanted."""
    board = Board()
    if board.service():
        print("service mode: remove /service and reset to meter again")
        return
    try:
        meter = Meter(board)
        meter.start()
        meter.run()
    except Exception as error:
        # No duty's error comes here. The next start counts it, and the third runs safe.
        print("the meter has failed:", repr(error))
        board.reset()


if __name__ == "__main__":
    main()
