"""The command `picometer` as it is started.

This module loads nothing of its own until it runs: Ctrl-C ends the command silently also while
Python is still loading what it needs.
"""

import signal
import sys


def main(arguments: list[str] | None = None) -> None:
    """Entry point. Exits with 0; with 2 after one line on standard error; 130 after Ctrl-C."""
    interruptible = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if interruptible:  # not so in the background of a script
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from .commands import perform

    if interruptible:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(perform(arguments))


if __name__ == "__main__":
    main()
