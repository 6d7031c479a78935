"""MicroPython's `rp2`, as far as constructors go: programs are held, not run.

What the meter's PIO programs do (mirror CF1 onto the optical LED) happens in hardware that
no model stands for yet; the real programs run on the emulated RP2040.
"""


class PIO:
    """A PIO block: holds programs."""

    IN_LOW, IN_HIGH, OUT_LOW, OUT_HIGH = range(4)
    SHIFT_LEFT, SHIFT_RIGHT = 0, 1
    JOIN_NONE, JOIN_TX, JOIN_RX = 0, 1, 2
    IRQ_SM0, IRQ_SM1, IRQ_SM2, IRQ_SM3 = 256, 512, 1024, 2048

    def __init__(self, id):
        if not 0 <= id < 2:
            raise ValueError("invalid PIO")
        self._programs = []

    def add_program(self, program):
        """Take `program` into the block's memory."""
        if program not in self._programs:
            self._programs.append(program)

    def remove_program(self, program=None):
        """Drop `program`, or all of them."""
        if program is None:
            self._programs.clear()
        elif program in self._programs:
            self._programs.remove(program)

    def irq(self, handler=None, trigger=IRQ_SM0 | IRQ_SM1 | IRQ_SM2 | IRQ_SM3, hard=False):
        """Hold a handler; nothing raises the interrupt here."""


class StateMachine:
    """A state machine: holds its program and whether it is active."""

    def __init__(self, id, program=None, freq=-1, **pins):
        if not 0 <= id < 8:
            raise ValueError("invalid StateMachine")
        self._program = None
        self._active = 0
        if program is not None:
            self.init(program, freq, **pins)

    def init(self, program, freq=-1, **pins):
        """Take another program; inactive afterwards."""
        self._program = program
        self._active = 0

    def active(self, value=None):
        """Start or stop, or tell whether it runs."""
        if value is not None:
            self._active = 1 if value else 0
        return self._active

    def restart(self):
        """Begin again."""

    def rx_fifo(self):
        """Words to be read: none."""
        return 0

    def tx_fifo(self):
        """Words to be taken: none."""
        return 0


def asm_pio(**settings):
    """Decorator of a PIO program: the function's name and the settings, unassembled."""

    def hold(function):
        return (function.__name__, settings)

    return hold


def bootsel_button():
    """The BOOTSEL button: not pressed."""
    return 0
