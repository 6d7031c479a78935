"""A PIO block of the RP2040: programs of 16-bit instructions, run from one edge to the next.

A machine takes no time: it runs until it waits for a level of a pin, and goes on at that pin's
edge. What does not fit that (clock dividers, delays, side-set, interrupts, OUT) is refused.
Encodings: RP2040 datasheet, 3.4.
"""

from collections.abc import Callable, Sequence

WORDS = 32
MACHINES = 4
FIFO = 4
_RUNAWAY = 10_000  # instructions without waiting
_MASK = 0xFFFFFFFF
_PINS, _X, _Y, _NULL, _PINDIRS, _PC, _ISR, _OSR = range(8)


class Pio:
    """One block.

    read   read(gpio) is the level of a GPIO
    watch  watch(gpio, callback) has callback(level) called at the GPIO's edges
    drive  drive(gpio, level, enabled) is told what the block makes of a GPIO
    """

    def __init__(
        self,
        read: Callable[[int], int],
        watch: Callable[[int, Callable[[int], None]], None],
        drive: Callable[[int, int, bool], None],
    ) -> None:
        self.memory = [0] * WORDS
        self.machines = [Machine(self) for _ in range(MACHINES)]
        self._read = read
        self._watch = watch
        self._drive = drive
        self._inputs: dict[int, int] = {}
        self._values = 0
        self._directions = 0

    def input(self, gpio: int) -> int:
        """The level of `gpio`, which the block follows from the first look on."""
        if gpio not in self._inputs:
            self._inputs[gpio] = self._read(gpio)
            self._watch(gpio, lambda level: self._edge(gpio, level))
        return self._inputs[gpio]

    def output(self, gpio: int) -> tuple[int, bool]:
        """What the block makes of `gpio`: its level, and whether it drives it."""
        return self._values >> gpio & 1, bool(self._directions >> gpio & 1)

    def set_values(self, base: int, count: int, value: int) -> None:
        """Set the levels of `count` GPIOs from `base`."""
        before = self._values
        self._values = _merged(before, base, count, value)
        self._tell(before ^ self._values)

    def set_directions(self, base: int, count: int, value: int) -> None:
        """Set which of `count` GPIOs from `base` are driven."""
        before = self._directions
        self._directions = _merged(before, base, count, value)
        self._tell(before ^ self._directions)

    def _tell(self, changed: int) -> None:
        for gpio in range(changed.bit_length()):
            if changed >> gpio & 1:
                self._drive(gpio, *self.output(gpio))

    def _edge(self, gpio: int, level: int) -> None:
        self._inputs[gpio] = level
        for machine in self.machines:
            machine.run()


class Machine:
    """One state machine."""

    def __init__(self, pio: Pio) -> None:
        self._pio = pio
        self._registers = {_X: 0, _Y: 0}
        self.enabled = False
        self.restart(0)
        self.configure(0, WORDS - 1)

    def configure(
        self, wrap_target: int, wrap: int, in_base: int = 0, set_base: int = 0, set_count: int = 0
    ) -> None:
        """Set wrap addresses and pins."""
        self._wrap_target = wrap_target
        self._wrap = wrap
        self._in_base = in_base
        self._set_base = set_base
        self._set_count = set_count

    def restart(self, pc: int) -> None:
        """Go on at `pc` with empty shift registers and FIFO; X and Y stay."""
        self.pc = pc
        self.received: list[int] = []
        self._registers[_ISR] = self._registers[_OSR] = 0

    def enable(self, on: bool) -> None:
        """Start or stop."""
        self.enabled = on
        self.run()

    def run(self) -> None:
        """Run until the machine waits."""
        if not self.enabled:
            return
        for _ in range(_RUNAWAY):
            pc = self.pc
            if not self._execute(self._pio.memory[pc]):
                return
            if self.pc == pc and not self._jumped:
                self.pc = self._wrap_target if pc == self._wrap else (pc + 1) % WORDS
        raise NotImplementedError("a PIO program that does not wait")

    def execute(self, instruction: int) -> None:
        """One instruction in place of the next; the program goes on where it was."""
        if not self._execute(instruction):
            raise NotImplementedError("a wait that is forced")

    def _execute(self, instruction: int) -> bool:
        # False when it waits.
        self._jumped = False
        if instruction & 0x1F00:
            raise NotImplementedError("delay or side-set")
        operation = _OPERATIONS.get(instruction >> 13)
        if operation is None:
            raise NotImplementedError(f"PIO instruction 0x{instruction:04x}")
        return operation(self, instruction >> 5 & 7, instruction & 0x1F)

    def _jump(self, condition: int, address: int) -> bool:
        x, y = self._registers[_X], self._registers[_Y]
        taken = (True, x == 0, x != 0, y == 0, y != 0, x != y)[condition]
        if condition in (2, 4):
            register = _X if condition == 2 else _Y
            self._registers[register] = self._registers[register] - 1 & _MASK
        if taken:
            self.pc = address
            self._jumped = True
        return True

    def _wait(self, how: int, index: int) -> bool:
        source = how & 3
        if source > 1:
            raise NotImplementedError("a wait for an interrupt")
        gpio = index if source == 0 else (index + self._in_base) % WORDS
        return self._pio.input(gpio) == how >> 2

    def _in(self, source: int, count: int) -> bool:
        count = count or 32
        value = self._value(source) & (1 << count) - 1
        self._registers[_ISR] = (self._registers[_ISR] << count | value) & _MASK
        return True

    def _push(self, flags: int, _: int) -> bool:
        if flags:
            raise NotImplementedError("only push(noblock)")
        if len(self.received) < FIFO:
            self.received.append(self._registers[_ISR])
        self._registers[_ISR] = 0
        return True

    def _move(self, destination: int, how: int) -> bool:
        value = self._value(how & 7)
        if how >> 3:
            value = ~value & _MASK if how >> 3 == 1 else int(f"{value:032b}"[::-1], 2)
        if destination not in self._registers:
            raise NotImplementedError(f"mov to destination {destination}")
        self._registers[destination] = value
        return True

    def _set(self, destination: int, data: int) -> bool:
        if destination == _PINS:
            self._pio.set_values(self._set_base, self._set_count, data)
        elif destination == _PINDIRS:
            self._pio.set_directions(self._set_base, self._set_count, data)
        else:
            self._registers[destination] = data
        return True

    def _value(self, source: int) -> int:
        if source == _NULL:
            return 0
        if source not in self._registers:
            raise NotImplementedError(f"source {source}")
        return self._registers[source]


def _merged(before: int, base: int, count: int, value: int) -> int:
    mask = ((1 << count) - 1) << base
    return before & ~mask | value << base & mask


_OPERATIONS = {
    0: Machine._jump,
    1: Machine._wait,
    2: Machine._in,
    4: Machine._push,
    5: Machine._move,
    7: Machine._set,
}


def load(memory: list[int], program: Sequence[int], used: int) -> int:
    """Put `program` where `used` (a bit a word) leaves room, from the top; returns its address.

    Jumps are moved along. OSError ENOMEM (12) when there is no room.
    """
    for offset in range(WORDS - len(program), -1, -1):
        if not used >> offset & (1 << len(program)) - 1:
            for index, word in enumerate(program):
                memory[offset + index] = word + offset if word >> 13 == 0 else word
            return offset
    raise OSError(12)
