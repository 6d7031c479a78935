"""The load emulator: segments that move with energy as the disc of a mechanical meter did."""

from micropython import const

_LIT = const(2)  # neighbouring segments lit at a time, going round


class LoadEmulator:
    """Moves by one segment per step of net energy, to the right while energy is delivered.

    The arrow RIGHT or LEFT tells the direction of the last step. Energy that goes to and fro
    by less than a step moves nothing, so the arrows do not flicker about zero.
    """

    def __init__(self, screen, step=1000000, per_kwh=1000000000):
        """`step`: energy of a step, usually 1 Wh; `per_kwh`: a kWh in the same unit.

        The unit is the caller's: micro-watt-hours if nothing is said, or a meter's own counts.
        The sum of both is below 2^30, so that small integers do.
        """
        self._screen = screen
        self._step = step
        self._modulus = per_kwh
        self._delivered = -1
        self._received = -1
        self._pending = 0
        self._position = 0
        self._draw()

    def restart(self):
        """Other registers follow: the next update only takes them in."""
        self._delivered = -1

    def update(self, delivered, received):
        """Show where the registers stand; returns the steps made, negative when received.

        Takes of each register what it holds above its last whole kWh, so small integers do.
        Call it at least once per kWh; the first call only takes the registers in. Does not
        allocate.
        """
        if self._delivered >= 0:
            self._pending += (delivered - self._delivered) % self._modulus
            self._pending -= (received - self._received) % self._modulus
        self._delivered = delivered
        self._received = received
        if self._pending >= self._step:
            steps = self._pending // self._step
        elif self._pending <= -self._step:
            steps = -(-self._pending // self._step)
        else:
            return 0
        self._pending -= steps * self._step
        segments = len(self._screen.glass.emulator)
        if segments:
            self._position = (self._position + steps) % segments
        self._screen.annunciator("RIGHT", steps > 0)
        self._screen.annunciator("LEFT", steps < 0)
        self._draw()
        return steps

    def _draw(self):
        segments = len(self._screen.glass.emulator)
        for i in range(segments):
            self._screen.emulator(i, (i - self._position) % segments < _LIT)
