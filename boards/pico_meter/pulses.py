"""The metering chip's pulses: counted, and shown on the optical LED, by one PIO program.

The program runs always. Whether the LED follows it or the optical port's UART is the function
of the LED's pin, so that counting never stops and the LED changes hands in a microsecond.
"""

# ruff: noqa: F821  the names in a PIO program are the assembler's
from array import array

import rp2
from machine import Pin
from micropython import const

_MASK = const(0x3FFFFFFF)
# Forced between two of the program's instructions: in_(x, 30), push(noblock).
_TAKE = const(0x403E)
_PUSH = const(0x8000)
_MACHINE = const(0)  # of PIO block 0


@rp2.asm_pio(set_init=rp2.PIO.OUT_HIGH)
def _program():
    mov(x, invert(null))  # what is missing to all ones has been counted
    wrap_target()
    label("next")
    wait(1, pin, 0)
    set(pins, 1)
    wait(0, pin, 0)
    set(pins, 0)
    jmp(x_dec, "next")
    wrap()


class Pulses:
    """`cf1` and `led` are machine.Pin; a pulse is a low level, and low lights the LED.

    The LED follows the pulses from here on.
    """

    def __init__(self, cf1, led):
        self._led = led
        self._word = array("I", (0,))
        self._machine = rp2.StateMachine(_MACHINE, _program, in_base=cf1, set_base=led)
        self._machine.active(1)

    def count(self):
        """Pulses that have begun since the start, modulo 2^30. Allocates nothing.

        OSError when the state machine does not answer, which is then not waited for.
        """
        machine = self._machine
        machine.exec(_TAKE)
        machine.exec(_PUSH)
        if not machine.rx_fifo():
            raise OSError("the pulse counter does not answer")
        machine.get(self._word)
        return _MASK - self._word[0]

    def mirror(self, on):
        """Give the LED to the pulses, or to the UART. Allocates nothing."""
        self._led.init(Pin.ALT, alt=Pin.ALT_PIO0 if on else Pin.ALT_UART)
