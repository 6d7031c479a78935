"""What a run has come to: the integers of `--report`."""

from metrology import page as p
from metrology.constants import Constants

from .board import VirtualBoard
from .clock import NS_PER_S
from .host import stored_page


class Tally:
    """Taken before a run; `finish` after it. Registers are read from the FRAM, not the meter.

    lcd_ram, lcd_on  the display at the end
    """

    def __init__(self, board: VirtualBoard) -> None:
        self._board = board
        self._from_ns = board.clock.now_ns
        self._before = stored_page(board.fram)
        self._after = self._before
        self._cuts = 0
        self._until_ns = self._from_ns
        self._mains = (0, 0)
        self.lcd_ram = bytes(32)
        self.lcd_on = False

    def finish(self, power_cuts: int = 0) -> None:
        """The run is over, after so many power cuts."""
        board = self._board
        self._cuts = power_cuts
        self._until_ns = board.clock.now_ns
        self._mains = (board.mains.delivered_uwh, board.mains.received_uwh)
        self._after = stored_page(board.fram)
        self.lcd_ram = bytes(board.lcd.ram)
        self.lcd_on = board.lcd.on

    def report(self, rating) -> dict[str, int]:
        """Registers as they stand; everything else is of this run alone. Energies in uWh."""
        constants = Constants(rating.coils, rating.full_scale_watts, rating.kh_mwh)
        page = self._after or p.new_page()
        before = self._before or p.new_page()

        def since(index: int) -> int:
            return (page[index] - before[index]) & p.COUNTER_MASK

        return {
            "simulated_s": (self._until_ns - self._from_ns) // NS_PER_S,
            "mains_delivered_uwh": self._mains[0],
            "mains_received_uwh": self._mains[1],
            "register_delivered_uwh": constants.microwatthours(
                page[p.DELIVERED_KWH], page[p.DELIVERED_COUNTS]
            ),
            "register_received_uwh": constants.microwatthours(
                page[p.RECEIVED_KWH], page[p.RECEIVED_COUNTS]
            ),
            "ticks": since(p.TICKS),
            "rejected_ticks": since(p.REJECTED),
            "chip_resets": since(p.CHIP_RESETS),
            "power_cuts": self._cuts,
        }
