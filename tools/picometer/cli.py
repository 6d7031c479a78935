"""The command `picometer` as it is started.

This module loads nothing of its own until it runs: Ctrl-C ends the command silently also while
Python is still loading what it needs.
"""

import signal
import sys


def main(arguments: list[str] | None = None) -> None:
    """Entry point. Exits with 0; with 2 after one line on standard error; 130 after Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    from .commands import perform

    signal.signal(signal.SIGINT, before)
    sys.exit(perform(arguments))


if __name__ == "__main__":
    main()
