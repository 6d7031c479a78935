"""The guard of what is legally relevant: nothing of it changes but by right, and with an entry.

Rights are those of audit.rights. A change that is not refused is in the event log before it takes
effect; when the memory does not take the entry, there is no change. Refusals are response codes of
C12.18:

    ISC  sealed: the meter is protected, and only who opens its seal may change that
    DLK  the event log is full, or the software is not what was built: see the faults
    ERR  the memory does not take the entry
"""

from micropython import const

from audit import log as a
from audit import rights
from audit.entry import CLOCK_VALID, VALUE
from c1219 import events
from c1219.dates import NO_TIME
from firmware.inputs import SEAL_OPEN
from firmware.log import Actor
from metrology.faults import (
    LOG_BROKEN,
    LOG_FULL,
    LOG_NEARLY_FULL,
    SEAL_BROKEN,
)

ERR = const(1)
ISC = const(3)
DLK = const(8)

_LOOK_MS = const(1000)
_LOOKS = const(60)  # for an entry of the event log
_DIGEST = const(8)  # octets of it in an entry
_ON = b"\x01"
_OFF = b"\x00"

_SEAL = Actor(events.SOURCE_SEAL)


class Guard:
    """Of one meter.

    event_log      audit.log.EventLog, loaded
    configuration  firmware.configuration.Configuration: the security setting is in it
    faults         metrology.faults.FaultSet
    log            firmware.log.Log: clock, seal, and history
    version        hardware and firmware version, 4 numbers
    digest         SHA-256 of the firmware, or None

    is_set  the firmware security setting: whether the meter is meant to be sealed
    locked  the meter counts as sealed, whatever its seal: what it is meant to be is not known
    software  firmware.software.Software, once there is one: it knows whether it is altered
    """

    def __init__(self, event_log, configuration, faults, log, version, digest):
        self.is_set = configuration.get("security") == _ON
        self.locked = False
        self.software = None
        self._events = event_log
        self._configuration = configuration
        self._faults = faults
        self._log = log
        self._software = (bytes(version), bytes(_DIGEST) if digest is None else digest[:_DIGEST])
        self._looks = 0
        self._show()

    @property
    def seal_open(self):
        """Whether the seal is open."""
        return self._log.seal_open

    @property
    def protected(self):
        """Whether sealed parameters are out of reach: it is set, and the seal is closed; or it is
        locked.
        """
        return self.locked or self.is_set and not self._log.seal_open

    def refusal(self, number):
        """Why parameter `number`, as audit.rights numbers them, cannot change now; 0: it can.

        Whether there is room for the entry `change` sees.
        """
        its = rights.class_of(number)
        if its == rights.OPEN:
            return 0
        if its == rights.SEALED and self.protected:
            return ISC
        # The fault will not do: a client withdraws it until the software duty's next step.
        return DLK if self.software is not None and self.software.altered else 0

    def takes(self, count):
        """Whether the event log takes so many changes more."""
        return self._events.used + count <= self._limit()

    def change(self, code, actor, number, old=b"", new=b""):
        """Parameter `number` is about to change: 0, or a negative response code, and then it must
        not. The same value again has no entry.

        code      see c1219.events
        actor     firmware.log.Actor, or a port's Device
        old, new  of what is longer than audit.entry.VALUE the entry has an audit.excerpt
        """
        if old and old == new and not self.refusal(number):
            return 0
        return self.record_change(code, actor, number, old, new)

    def record_change(self, code, actor, number, old, new):
        """As `change`, with an entry also if the octets are the same."""
        why = self.refusal(number)
        if why:
            return -why
        if rights.class_of(number) == rights.OPEN:
            return 0
        self.look()
        if max(len(old), len(new)) > VALUE:
            from audit.excerpt import excerpts

            old, new = excerpts(old, new)
        return self._add(self._limit(), code, actor, number, old, new)

    def record(self, code, actor, number=0, old=b"", new=b""):
        """What nobody can refuse has happened: 0, or a negative response code when it is not kept.

        There are places for that behind those for changes.
        """
        limit = a.RESERVED if self.is_set else a.NO_LIMIT
        return self._add(limit, code, actor, number, old, new)

    def set_security(self, on, actor):
        """Set the meter to be sealed, with a new cycle of the event log, or to be open: 0, or a
        negative response code.
        """
        new = _ON if on else _OFF
        if on == self.is_set:
            return 0
        if on:
            facts = self._facts(events.SECURITY, actor, events.SECURITY_TABLE, _OFF, _ON)
            result = -ERR if self._events.begin_cycle(facts) else 0
        else:
            result = self.change(events.SECURITY, actor, events.SECURITY_TABLE, _ON, _OFF)
        if result == 0 and not self._configuration.change("security", new):
            result = -ERR
        if result == 0:
            self.is_set = on
            self._events.note_seal(self._log.seal_open)
            self._log.add(events.SECURITY, actor, 1 if on else 0)
        self._show()
        return result

    def clear(self, actor):
        """Begin a new cycle of the event log: 0, or a negative response code, ISC also when the
        seal of a meter that is not set to be sealed is closed.
        """
        if self.locked or not self._log.seal_open:
            return -ISC
        self.look()
        facts = self._facts(events.LOG_CLEARED, actor, 0, b"", b"")
        result = -ERR if self._events.begin_cycle(facts) else 0
        if result == 0:
            self._log.add(events.LOG_CLEARED, actor)
        self._show()
        return result

    def refused(self, actor, number, result):
        """Procedure `number` was refused because of the seal, with that result code: count it."""
        self._events.note_refused()
        self._log.add(events.PROCEDURE_REFUSED, actor, events.refusal(number, result))

    def look(self):
        """Look at the seal."""
        inputs = self._log.inputs
        if inputs is None or not inputs.is_known(SEAL_OPEN):
            return
        is_open = self._log.seal_open
        if self.is_set and is_open != self._events.seal_open:
            if is_open:
                self.record(events.SEAL_OPENED, _SEAL)
            self._events.note_seal(is_open)
            self._log.add(events.SEAL_OPENED if is_open else events.SEAL_CLOSED, _SEAL)
        self._show()

    def step(self, now_ms):
        """One look at the seal; now and then at an entry of the event log: an hour for all."""
        self.look()
        self._looks += 1
        if self._looks >= _LOOKS:
            self._looks = 0
            self.check_step()
        return _LOOK_MS

    def check_step(self):
        """Check one entry of the event log; True when all are."""
        over = self._events.check_step()
        if over:
            self._show()
            self._events.begin_check()
        return over

    def _limit(self):
        if not self.is_set:
            return a.NO_LIMIT
        return a.WITH_SEAL_OPEN if self._log.seal_open else a.CAPACITY

    def _add(self, limit, code, actor, number, old, new):
        result = self._events.add(limit, self._facts(code, actor, number, old, new))
        self._show()
        if result == 0:
            return 0
        return -DLK if result == a.FULL else -ERR

    def _facts(self, code, actor, number, old, new):
        time = self._log.date_time()
        authority = events.authority(actor.level, self._log.seal_open)
        if time != NO_TIME:
            authority |= CLOCK_VALID
        return (time, actor.source, authority, actor.user_id, code, number, old, new) + (
            self._software
        )

    def _show(self):
        faults = self._faults
        used = self._events.used if self.is_set else 0
        _stands(faults, LOG_NEARLY_FULL, used == a.CAPACITY - 1)
        _stands(faults, LOG_FULL, used >= a.CAPACITY)
        _stands(faults, LOG_BROKEN, self._events.broken != 0)
        _stands(faults, SEAL_BROKEN, self.is_set and self._log.seal_open)
        self._log.protected = self.protected


def _stands(faults, fault, so):
    if so:
        faults.set(fault)
    else:
        faults.clear(fault)
