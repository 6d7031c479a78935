"""The service switch and the module's reset line, on the I/O expander beside the clock."""

from micropython import const

# Pins of the expander; all are active low, so that one that has just got its supply does nothing.
OPEN_COIL = const(0)
CLOSE_COIL = const(1)
POSITION = const(2)  # sense contact of the switch: 0 while it is closed
LOAD_VOLTAGE = const(3)  # 0 while there is voltage on the load side
MODULE_RESET = const(4)

_REST = const(0xFF)


class ServiceLines:
    """`expander` is a pcf8574.Pcf8574; every method may raise its ExpanderError.

    closed  the position contact says closed
    live    there is voltage on the load side
            both as of the last `look`

    No two coils are ever energised at once: one write sets all pins. Nothing here allocates.
    """

    def __init__(self, expander):
        self.closed = False
        self.live = False
        self._expander = expander
        self._idle = _REST  # with both coils at rest

    def drive(self, close):
        """Energise the closing coil, or else the opening one, until `release`."""
        coil = 1 << CLOSE_COIL if close else 1 << OPEN_COIL
        self._expander.write(self._idle & ~coil)

    def release(self):
        """Let both coils go."""
        self._expander.write(self._idle)

    def look(self):
        """Bring `closed` and `live` up to date, and write the resting outputs once more: a
        disturbance that has changed them does not last.
        """
        self._expander.write(self._idle)
        levels = self._expander.read()
        self.closed = not levels & 1 << POSITION
        self.live = not levels & 1 << LOAD_VOLTAGE

    def reset_module(self, on):
        """Hold the communication module in reset, or let it run, from the next write on."""
        self._idle = _REST & ~(1 << MODULE_RESET) if on else _REST
