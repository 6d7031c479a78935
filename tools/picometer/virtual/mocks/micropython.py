"""MicroPython's `micropython` module.

The pointer types of viper code (ptr8, ptr16, ptr32, uint) are names of the native compiler,
not of this module: a viper function only runs here if it does without them.
"""

from . import board

_QUEUE_DEPTH = 8  # MICROPY_SCHEDULER_DEPTH on the rp2 port

_heap_locks = 0
_opt_level = 0


def const(expr):
    """The value itself; a compile-time constant on the device."""
    return expr


def native(function):
    """Compiled to machine code on the device; as it is here."""
    return function


viper = native


def heap_lock():
    """Allocation fails on the device from here on; only counted here."""
    global _heap_locks
    _heap_locks += 1


def heap_unlock():
    """Undo one `heap_lock`; returns how many remain."""
    global _heap_locks
    if _heap_locks > 0:
        _heap_locks -= 1
    return _heap_locks


def heap_locked():
    """How many locks there are."""
    return _heap_locks


def alloc_emergency_exception_buf(size):
    """Room for a traceback out of an interrupt; nothing to do here."""


def schedule(function, arg):
    """Call `function(arg)` as soon as the firmware waits; RuntimeError when eight do."""
    bound = board()
    waiting = bound.mcu.setdefault("scheduled", [])
    if len(waiting) >= _QUEUE_DEPTH:
        raise RuntimeError("schedule queue full")
    waiting.append(function)

    def run():
        if bound.mcu.get("scheduled") is waiting:  # not after a reset
            waiting.remove(function)
            function(arg)

    bound.clock.call_at(bound.clock.now_ns, run)


def opt_level(level=None):
    """The compiler's optimisation level: set, or returned without an argument."""
    global _opt_level
    if level is None:
        return _opt_level
    _opt_level = level
    return None


def mem_info(verbose=None):
    """Prints the heap's state on the device."""


def qstr_info(verbose=None):
    """Prints the interned strings on the device."""


def stack_use():
    """Bytes of stack in use; unknown here."""
    return 0


def kbd_intr(chr):
    """Which character raises KeyboardInterrupt; none does here."""
