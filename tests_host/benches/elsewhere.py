"""`picometer` as on a system that is no Unix: a script that takes away what Windows lacks.

The modules are hidden from picometer alone: libraries have a form of their own for each system.
"""

import builtins
import os
import selectors
import signal
import socket
import sys

HIDDEN = ("fcntl", "termios", "tty", "pty", "resource")
ABSENT = {
    os: ("fork", "openpty", "tcgetpgrp", "getpgrp", "fchmod", "pwrite", "getuid", "geteuid"),
    signal: ("SIGHUP", "SIGQUIT", "SIGVTALRM", "setitimer"),
    socket: ("AF_UNIX",),
}


class Selector(selectors.SelectSelector):
    """Windows' select fails when it is given nothing to wait for."""

    def select(self, timeout=None):
        """What `selectors` says; OSError for nothing."""
        if not self.get_map():
            raise OSError(10022, "An invalid argument was supplied")
        return super().select(timeout)


def hide():
    """Take it all away, for this process."""
    real = builtins.__import__

    def imported(name, globals=None, locals=None, fromlist=(), level=0):
        importer = (globals or {}).get("__name__") or ""
        if name in HIDDEN and importer.partition(".")[0] == "picometer":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return real(name, globals, locals, fromlist, level)

    builtins.__import__ = imported
    for module, names in ABSENT.items():
        for name in names:
            delattr(module, name)
    selectors.DefaultSelector = Selector


if __name__ == "__main__":
    from importlib import import_module

    hide()
    import_module("picometer.cli").main(sys.argv[1:])
