"""The line that tells the communication module of a power failure, by a PIO program.

It follows the comparator in less than a microsecond, whatever the processor does, also while it
hangs. Low means that power fails: what a line shows whose driver has no supply any more.
"""

# ruff: noqa: F821  the names in a PIO program are the assembler's
import rp2
from micropython import const

_MACHINE = const(1)  # of PIO block 0, whose machine 0 counts pulses


@rp2.asm_pio(set_init=rp2.PIO.OUT_HIGH)
def _program():
    wrap_target()
    wait(0, pin, 0)
    set(pins, 0)
    wait(1, pin, 0)
    set(pins, 1)
    wrap()


def tell(comparator, line):
    """Have `line` follow `comparator`, both machine.Pin, from here on."""
    rp2.StateMachine(_MACHINE, _program, in_base=comparator, set_base=line).active(1)
