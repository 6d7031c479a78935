"""What a device has besides where there is memory for it: display and manufacturer's tables."""

import sys

from micropython import const

from ade7953 import registers
from c1219 import events
from c1219.manufacturer import COUNTERS, LINK_COUNTERS, NO_DRIFT
from c1219.service import status
from c1219.types import MASTER
from firmware import items
from firmware import passwords as st42
from firmware.access import FREE, STEPS
from firmware.audit_state import AuditState
from firmware.default_lists import LIMITS
from firmware.device import Device
from firmware.maintenance import UNDER_SEAL
from firmware.maintenance_procedures import MaintenanceProcedures
from firmware.pending import TABLES
from firmware.provisioning import TABLE as _PROVISIONING
from firmware.provisioning import Provisioning
from firmware.refusals import Refusals
from metrology.page import (
    CHIP_RESETS,
    CRASHES,
    ERRORS,
    LAST_ERROR,
    LOG_DROPPED,
    OUTAGES,
    OVERLOADS,
    REJECTED,
    STARTS,
    TICKS,
    UNSURE_EVENTS,
    UNSURE_SECONDS,
)
from psem.codes import BSY, ERR

# Words of the page among the counters of c1219.manufacturer, the first of them.
_COUNTERS = (TICKS, REJECTED, CHIP_RESETS, STARTS, CRASHES, ERRORS, LAST_ERROR)
_LAST_COUNTERS = (UNSURE_EVENTS, UNSURE_SECONDS, OVERLOADS)
_NEWEST_COUNTERS = (OUTAGES, LOG_DROPPED)
_PULSES = const(7)
_WORST_TICK = const(8)

_PROFILE_DATA = const(64)
_NO_PASSWORD = b"\0"


class FullDevice(Device):
    """As Device."""

    def __init__(self, meter, source, passwords):
        Device.__init__(self, meter, source, passwords)
        self.test = meter.test
        self.display_limits = LIMITS
        self.display_items = items.COUNT
        self.daily_self_read = True  # can be programmed
        self.digest = bytes(32) if meter.digest is None else meter.digest
        self.runs_on = _runs_on()
        self.counts_per_kwh = meter.constants.counts_per_kwh
        self.pending = meter.pending
        self.pending_tables = TABLES
        self.events = meter.events
        self.audit = AuditState(meter.event_log, meter.guard)
        self.provisioning = Provisioning(meter.configuration, meter.storage.faults, meter.guard)
        self.procedures += MaintenanceProcedures(
            self, meter.maintenance, meter.pending, meter.storage.faults, meter.guard
        ).offered()
        self.password_groups = st42.GROUPS
        self.refused = Refusals(self._refusal, UNDER_SEAL)
        if meter.software is not None:
            self.software = meter.software
        if meter.service_switch is not None:
            from firmware.service_procedures import ServiceProcedures

            self.service_switch = meter.service_switch
            self.procedures += ServiceProcedures(meter.service_switch, self).offered()
        if meter.recorder is not None:
            self.profile = meter.load_profile
            self.procedures += meter.load_profile.offered()

    @property
    def status_mfg(self):
        """Manufacturer status: the service switch, as c1219.service has it."""
        switch = self._meter.service_switch
        return 0 if switch is None else status(switch)

    def calibration(self, name):
        """What a register of the metering chip is to hold."""
        return self._meter.afe.settings.get(registers.by_name(name))

    @property
    def clock_drift(self):
        """Parts in 10^9, or NO_DRIFT."""
        drift = self._meter.clock.drift_ppb
        return NO_DRIFT if drift is None else drift

    def diagnostics(self, i):
        """A counter, in the order of c1219.manufacturer: the meter's, then this port's link's."""
        if i < len(_COUNTERS):
            return self._meter.pages.billing[_COUNTERS[i]]
        if i == _PULSES:
            return self._meter.pulse_count()
        if i == _WORST_TICK:
            return self._meter.metering.worst_ms
        i -= COUNTERS
        if i < LINK_COUNTERS:
            return self.counters[i]
        if i == LINK_COUNTERS:
            return self._meter.access.total(self.source)
        if i == LINK_COUNTERS + 1:
            return self.refused.total
        i -= LINK_COUNTERS + 2
        if i < len(_LAST_COUNTERS):
            return self._meter.pages.billing[_LAST_COUNTERS[i]]
        i -= len(_LAST_COUNTERS)
        if i == 0:
            return self._meter.memory.rereads
        return self._meter.pages.billing[_NEWEST_COUNTERS[i - 1]]

    def read_stored(self, number, offset, count, buf, at):
        """As Device; the data of the load profile as it is asked for; passwords too, of which
        `c1219.tables.Tables` shows nobody anything.
        """
        if number == _PROFILE_DATA:
            self.profile.read(offset, count, buf, at)
        elif number == st42.TABLE:
            octets = st42.octets(self._meter.configuration)
            buf[at : at + count] = octets[offset : offset + count]
        elif number == _PROVISIONING:
            buf[at : at + count] = self.provisioning.octets()[offset : offset + count]
        else:
            Device.read_stored(self, number, offset, count, buf, at)

    def write_stored(self, number, image):
        """As Device, and passwords, and what a meter is given once."""
        if number == _PROVISIONING:
            return self._provision(image)
        if number != st42.TABLE:
            return Device.write_stored(self, number, image)
        # The event log tells which, not what.
        which = st42.changed(self._meter.configuration, image)
        why = self._meter.guard.change(events.PROGRAMMED, self, number, _NO_PASSWORD, which)
        if why:
            return why
        if not st42.change(self._meter.configuration, image):
            return -ERR
        self._note(events.PROGRAMMED, number)
        return 0

    def _provision(self, image):
        result = self.provisioning.change(image, self)
        if result == 0:
            self._note(events.PROGRAMMED, _PROVISIONING)
        return result

    def authorised(self, user_id, level):
        """As Device; with each change of rights the same refusal is news again."""
        Device.authorised(self, user_id, level)
        self.refused.end()

    def password_level(self, password):
        """As Device, but -BSY while the port takes no password, whatever it is; and the highest
        level for the blank one at the optical port of a meter that was never given any.
        """
        access = self._meter.access
        if access.is_locked(self.source):
            return -BSY
        level = Device.password_level(self, password)
        if not password and self.source == events.SOURCE_OPTICAL and self.provisioning.welcomes:
            return MASTER
        if level == 0 and password:
            wrong = access.wrong(self.source)
            if FREE <= wrong <= FREE + STEPS:  # as long as the delay grows
                self._note(events.LOCKED_OUT, wrong)
        elif level and level == self._highest():
            access.right(self.source)
        return level

    def _refusal(self, code, detail):
        self._meter.log.add(code, self, detail)

    def _highest(self):
        # The port's passwords stand highest first.
        for field, level in self._passwords:
            if self._meter.configuration.get(field).strip(b" \0"):
                return level
        return 0


def _runs_on():
    machine = getattr(sys.implementation, "_machine", sys.platform)
    text = "%s %s" % (sys.implementation.name, machine)
    return text[:40].encode() + b" " * max(0, 40 - len(text))
