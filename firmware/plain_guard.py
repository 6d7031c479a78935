"""The guard of a meter that has no memory for an event log: see firmware.guard.

What would need an entry is out of reach while the meter is protected, and has one of the history
log otherwise. Such a meter has a prompt, and is for development.
"""

from micropython import const

from audit import rights
from metrology.faults import SEAL_BROKEN

ISC = const(3)

_LOOK_MS = const(1000)


class PlainGuard:
    """As firmware.guard.Guard, as far as it goes."""

    def __init__(self, configuration, faults, log):
        self.is_set = configuration.get("security") == b"\x01"
        self.locked = False
        self._faults = faults
        self._log = log

    @property
    def protected(self):
        """Whether what is sealed or event-protected is out of reach."""
        return self.locked or self.is_set and not self._log.seal_open

    def refusal(self, number):
        """Why parameter `number` cannot change now; 0: it can."""
        if self.protected and rights.class_of(number) != rights.OPEN:
            return ISC
        return 0

    def takes(self, count):
        """There is no log that could be full."""
        return True

    def change(self, code, actor, number, old=b"", new=b""):
        """Parameter `number` is about to change: 0, or a negative response code."""
        return -self.refusal(number)

    def record(self, code, actor, number=0, old=b"", new=b""):
        """What nobody can refuse has happened: 0, or -1 when it is not kept."""
        return 0 if self._log.add(code, actor, number) else -1

    def look(self):
        """Look at the seal."""
        if self.is_set and self._log.seal_open:
            self._faults.set(SEAL_BROKEN)
        else:
            self._faults.clear(SEAL_BROKEN)
        self._log.protected = self.protected

    def step(self, now_ms):
        """One look."""
        self.look()
        return _LOOK_MS
