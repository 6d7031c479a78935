"""MicroPython's `select` for the mock's UARTs.

On the RP2040 a waiting poll notices a single byte up to 32 bit times late (the UART's receive
timeout interrupt); here it wakes at the byte's instant.
"""

from . import board as _board

POLLIN = 1
POLLOUT = 4
POLLERR = 8
POLLHUP = 16

_ENOENT = 2
_ONESHOT = 1  # flag of ipoll


class poll:  # noqa: N801 (the name is MicroPython's)
    """Objects to be waited for, and for what."""

    def __init__(self):
        self._events = {}
        self._ready = []

    def register(self, obj, eventmask=POLLIN | POLLOUT):
        """Add `obj` or change its events; OSError when it is nothing that can be polled."""
        if not hasattr(obj, "_poll_events"):
            raise OSError("stream operation not supported")
        self._events[obj] = eventmask

    def unregister(self, obj):
        """Remove `obj`; nothing happens when it is not there."""
        self._events.pop(obj, None)

    def modify(self, obj, eventmask):
        """Change the events of `obj`; OSError ENOENT when it is not there."""
        if obj not in self._events:
            raise OSError(_ENOENT)
        self._events[obj] = eventmask

    def poll(self, timeout=-1):
        """The (obj, events) that are ready, after up to `timeout` ms; -1 or None: no limit."""
        self._wait(timeout)
        return list(self._ready)

    def ipoll(self, timeout=-1, flags=0):
        """Like `poll`, as an iterator. With flag 1 an object that came is not polled again."""
        self._wait(timeout)
        if flags & _ONESHOT:
            for obj, _ in self._ready:
                self._events[obj] = 0
        return iter(self._ready)

    def _look(self):
        self._ready = ready = []
        for obj, wanted in self._events.items():
            found = obj._poll_events(wanted)
            if found:
                ready.append((obj, found))
        return ready

    def _wait(self, timeout):
        if self._look() or timeout == 0:
            return
        board = _board()
        target = None
        if timeout is not None and timeout > 0:
            # Counted in whole milliseconds, as the device does.
            elapsed_ms = (board.clock.now_ns - board.boot_ns) // 1_000_000
            target = board.boot_ns + (elapsed_ms + timeout) * 1_000_000
        board.wait_until(target, self._look)
