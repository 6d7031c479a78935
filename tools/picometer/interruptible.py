"""Ctrl-C while a command is still loading."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def silently() -> Iterator[None]:
    """Let Ctrl-C end the process without a word as long as the block takes.

    Only where Ctrl-C would raise KeyboardInterrupt: the background of a script ignores it.
    """
    ours = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if not ours or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
