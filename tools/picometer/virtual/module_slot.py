"""The communication module slot besides its UART: what the module sees of its other lines."""

from .clock import SimClock


class ModuleSlot:
    """Power-fail line and reset line, as they arrive at the module.

    power_fail  the meter says that power fails
    in_reset    the module is held in reset
    resets      how often it was
    told        (ns, power_fail) of every change
    """

    def __init__(self, clock: SimClock) -> None:
        self.power_fail = False
        self.in_reset = False
        self.resets = 0
        self.told: list[tuple[int, bool]] = []
        self._clock = clock

    def power_fail_line(self, level: int) -> None:
        """Active low."""
        self.power_fail = not level
        self.told.append((self._clock.now_ns, self.power_fail))

    def reset_line(self, level: int) -> None:
        """Active low."""
        self.in_reset = not level
        self.resets += self.in_reset
