"""The assembler behind `rp2.asm_pio`: a function of instructions becomes a PIO program.

The program has the layout of MicroPython's: instructions, where it lies in each block (-1: it
does not), EXECCTRL, SHIFTCTRL, and the initial states of out, set and side-set pins. What the
PIO model refuses anyway (delays, side-set, `out`, `pull`, `irq`) is not assembled.
"""

from array import array

_WORDS = {"pins": 0, "x": 1, "y": 2, "null": 3, "pindirs": 4, "pc": 5, "isr": 6, "osr": 7}
_CONDITIONS = {"not_x": 1, "x_dec": 2, "not_y": 3, "y_dec": 4, "x_not_y": 5}
_GPIO, _PIN = 0, 6  # sources of `wait`; `pin` is also a condition of `jmp`
_NOBLOCK, _BLOCK = 0x01, 0x21


class PIOASMError(Exception):
    """The program cannot be assembled."""


class _Program:
    """Collects instructions; jumps find their labels at the end."""

    def __init__(self):
        self.words = []
        self.labels = {}
        self.jumps = {}
        self.target = 0
        self.top = None

    def emit(self, word):
        self.words.append(word)

    def label(self, name):
        if name in self.labels:
            raise PIOASMError("duplicate label " + name)
        self.labels[name] = len(self.words)

    def wrap_target(self):
        self.target = len(self.words)

    def wrap(self):
        self.top = len(self.words) - 1

    def jmp(self, condition, label=None):
        if label is None:
            condition, label = 0, condition
        self.jumps[len(self.words)] = label
        self.emit(condition << 5)

    def wait(self, polarity, source, index):
        if source not in (_GPIO, _PIN):
            raise NotImplementedError("wait for an interrupt")
        self.emit(0x2000 | polarity << 7 | (source == _PIN) << 5 | index)

    def in_(self, source, count):
        if not 0 < count <= 32:
            raise PIOASMError("invalid bit count")
        self.emit(0x4000 | source << 5 | count & 0x1F)

    def push(self, how=_BLOCK):
        self.emit(0x8000 | how & 0x60)

    def mov(self, destination, source):
        self.emit(0xA000 | destination << 5 | source)

    def set(self, destination, data):
        self.emit(0xE000 | destination << 5 | data)

    def assembled(self):
        for at, label in self.jumps.items():
            if label not in self.labels:
                raise PIOASMError("unknown label " + label)
            self.words[at] |= self.labels[label]
        return array("H", self.words)


def asm_pio(*, out_init=None, set_init=None, sideset_init=None, in_shiftdir=0, out_shiftdir=0):
    """Decorator of a PIO program; NameError for an instruction that is not assembled here."""

    def assemble(function):
        program = _Program()
        names = {**_WORDS, **_CONDITIONS, "gpio": _GPIO, "pin": _PIN}
        names.update(noblock=_NOBLOCK, block=_BLOCK)
        names.update(invert=lambda source: source | 0x08, reverse=lambda source: source | 0x10)
        for name in ("label", "wrap_target", "wrap", "jmp", "wait", "in_", "push", "mov", "set"):
            names[name] = getattr(program, name)
        kept = dict(function.__globals__)
        function.__globals__.update(names)
        try:
            function()
        finally:
            function.__globals__.clear()
            function.__globals__.update(kept)
        words = program.assembled()
        top = len(words) - 1 if program.top is None else program.top
        shiftctrl = out_shiftdir << 19 | in_shiftdir << 18
        return [
            words,
            -1,
            -1,
            top << 12 | program.target << 7,
            shiftctrl,
            out_init,
            set_init,
            sideset_init,
        ]

    return assemble
