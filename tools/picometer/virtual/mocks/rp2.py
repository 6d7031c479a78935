"""MicroPython's `rp2`: PIO blocks and state machines over the PIO model.

As far as programs of the kind that `picometer.virtual.pio` runs need it.
"""

from picometer.virtual import pio as _model

from . import board as _board
from .rp2_asm import PIOASMError as PIOASMError
from .rp2_asm import asm_pio as asm_pio

_MACHINES = 4
_OFFSETS = 1  # places of a program's addresses, one a block
_EXECCTRL = 3
_SHIFTCTRL = 4
_OUT, _SET, _SIDE_SET = 5, 6, 7
_ALT_PIO0 = 6
_SHIFT_RIGHT = 1 << 18


def _block(number):
    """The model of PIO block `number` on the current board."""
    board = _board()
    kept = board.mcu
    if ("pio", number) not in kept:

        def drive(gpio, level, driven):
            pin = kept.get(("pin", gpio))
            if pin is not None:
                pin._pio_drives(number, level, driven)

        def watch(gpio, callback):
            board.on_edge(gpio, callback, ("pio", number))

        kept["pio", number] = _model.Pio(board.pin_read, watch, drive)
        kept["pio used", number] = 0
    return kept["pio", number]


class PIO:
    """A PIO block."""

    IN_LOW, IN_HIGH, OUT_LOW, OUT_HIGH = range(4)
    SHIFT_LEFT, SHIFT_RIGHT = 0, 1
    JOIN_NONE, JOIN_TX, JOIN_RX = 0, 1, 2
    IRQ_SM0, IRQ_SM1, IRQ_SM2, IRQ_SM3 = 256, 512, 1024, 2048

    def __init__(self, id):
        if not 0 <= id < 2:
            raise ValueError("invalid PIO")
        self._id = id
        self._model = _block(id)

    def add_program(self, program):
        """Take `program` into the block's memory; OSError ENOMEM when it is full."""
        kept = _board().mcu
        used = kept["pio used", self._id]
        offset = _model.load(self._model.memory, program[0], used)
        kept["pio used", self._id] = used | ((1 << len(program[0])) - 1) << offset
        program[_OFFSETS + self._id] = offset

    def remove_program(self, program=None):
        """Drop `program`, or all of them."""
        kept = _board().mcu
        if program is None:
            kept["pio used", self._id] = 0
            return
        offset = program[_OFFSETS + self._id]
        if offset < 0:
            raise ValueError("prog not in instruction memory")
        kept["pio used", self._id] &= ~(((1 << len(program[0])) - 1) << offset)
        program[_OFFSETS + self._id] = -1


class StateMachine:
    """A state machine."""

    def __init__(self, id, program=None, freq=-1, **pins):
        if not 0 <= id < 2 * _MACHINES:
            raise ValueError("invalid StateMachine")
        self._block = id // _MACHINES
        self._machine = _block(self._block).machines[id % _MACHINES]
        if program is not None:
            self.init(program, freq, **pins)

    def init(self, program, freq=-1, *, in_base=None, set_base=None):
        """Take another program, and the pins that it sets; inactive afterwards."""
        if freq >= 0:
            raise NotImplementedError("the model takes no time")
        if program[_OUT] is not None or program[_SIDE_SET] is not None:
            raise NotImplementedError("out and side-set pins")
        if program[_SHIFTCTRL] & _SHIFT_RIGHT:
            raise NotImplementedError("the model shifts to the left")
        # A program that a reset has left behind is in no block's memory any more.
        placed = _board().mcu.setdefault(("pio programs", self._block), [])
        if not any(program is each for each in placed):
            PIO(self._block).add_program(program)
            placed.append(program)
        offset = program[_OFFSETS + self._block]
        states = program[_SET]
        states = (states,) if isinstance(states, int) else states or ()
        base = 0 if set_base is None else set_base._gpio
        machine = self._machine
        machine.enable(False)
        machine.restart(offset)
        machine.configure(
            (program[_EXECCTRL] >> 7 & 0x1F) + offset,
            (program[_EXECCTRL] >> 12 & 0x1F) + offset,
            0 if in_base is None else in_base._gpio,
            base,
            len(states),
        )
        if set_base is None:
            return
        pio = _block(self._block)
        pio.set_values(base, len(states), sum((s & 1) << i for i, s in enumerate(states)))
        pio.set_directions(base, len(states), sum((s >> 1) << i for i, s in enumerate(states)))
        for gpio in range(base, base + len(states)):
            pin = _board().mcu.get(("pin", gpio))
            if pin is not None:
                pin._take(_ALT_PIO0 + self._block)

    def active(self, value=None):
        """Start or stop, or tell whether it runs."""
        if value is not None:
            self._machine.enable(bool(value))
        return self._machine.enabled

    def exec(self, instr):
        """Execute one encoded instruction in between."""
        if not isinstance(instr, int):
            raise NotImplementedError("instructions as text")
        self._machine.execute(instr)

    def get(self, buf=None, shift=0):
        """The next received word, as a number or into an array of 32-bit words.

        The device waits for one for ever; here RuntimeError says that none will come.
        """
        if not self._machine.received:
            raise RuntimeError("waiting for ever for a word of the state machine")
        value = self._machine.received.pop(0) >> shift
        if buf is None:
            return value
        if len(buf) != 1 or buf.typecode not in "iI":
            raise NotImplementedError("only arrays of one 32-bit word")
        buf[0] = value
        return buf

    def rx_fifo(self):
        """Words to be read."""
        return len(self._machine.received)

    def tx_fifo(self):
        """Words to be taken: none."""
        return 0


def bootsel_button():
    """The BOOTSEL button: not pressed."""
    return 0
