"""What runs after boot: the meter, for ever."""

from boards.pico_meter.board import Board
from firmware.meter import Meter


def main():
    """Meter until the power goes."""
    meter = Meter(Board())
    meter.start()
    meter.run()


if __name__ == "__main__":
    main()
