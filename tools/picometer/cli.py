"""The command `picometer` as it is started.

This module loads nothing of its own until it runs: Ctrl-C ends the command silently also while
Python is still loading what it needs.
"""

import sys

from .interruptible import silently


def main(arguments: list[str] | None = None) -> None:
    """Entry point. Exits with 0; with 2 after one line on standard error; 130 after Ctrl-C."""
    with silently():
        from .commands import perform
    sys.exit(perform(arguments))


if __name__ == "__main__":
    main()
