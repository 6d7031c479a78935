"""What MT12 says of seal and event log."""

from audit.log import CAPACITY


class AuditState:
    """As `c1219.accountability` asks for it.

    event_log  audit.log.EventLog
    guard      firmware.guard.Guard
    """

    capacity = CAPACITY

    def __init__(self, event_log, guard):
        self._events = event_log
        self._guard = guard

    @property
    def flags(self):
        """Bits of SEAL_STATUS."""
        return (
            (1 if self._guard.is_set else 0)
            | (2 if self._guard.seal_open else 0)
            | (4 if self._guard.protected else 0)
        )

    def number(self, name):
        """One of the log's numbers: cycle, used, total, broken, breaks or refused."""
        return getattr(self._events, name)

    @property
    def chain(self):
        """Of the newest entry."""
        return self._events.chain

    @property
    def chain_before(self):
        """Of the entry before the first that ST76 has; zeros when there is none, or it is gone."""
        return self._events.chain_before
