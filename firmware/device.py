"""The meter as the C12.19 tables see it through one port."""

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
from firmware.lists import ListProcedures
from firmware.maintenance import UNDER_SEAL
from firmware.maintenance_procedures import MaintenanceProcedures
from firmware.pending import TABLES
from firmware.procedures import Procedures
from firmware.provisioning import TABLE as _PROVISIONING
from firmware.provisioning import Provisioning
from firmware.readings import measured
from firmware.refusals import Refusals
from firmware.saved_registers import SavedRegisters
from metrology import demand_register
from metrology.approval import is_billing_interval
from metrology.faults import status1
from metrology.page import (
    CHIP_RESETS,
    CRASHES,
    DELIVERED_KWH,
    DEMAND_MAXIMUM,
    DEMAND_RESET_TIME,
    ERRORS,
    LAST_ERROR,
    LOG_DROPPED,
    OUTAGES,
    OVERLOADS,
    PREVIOUS_DEMANDS,
    PREVIOUS_REGISTERS,
    REJECTED,
    STARTS,
    TICKS,
    UNSURE_EVENTS,
    UNSURE_SECONDS,
)
from psem.codes import BSY, ERR

_METERING_MODE = const(0x01)
_TEST_MODE = const(0x02)

# Words of the page among the counters of c1219.manufacturer, the first of them.
_COUNTERS = (TICKS, REJECTED, CHIP_RESETS, STARTS, CRASHES, ERRORS, LAST_ERROR)
_LAST_COUNTERS = (UNSURE_EVENTS, UNSURE_SECONDS, OVERLOADS)
_NEWEST_COUNTERS = (OUTAGES, LOG_DROPPED)
_PULSES = const(7)
_WORST_TICK = const(8)

_PROFILE_DATA = const(64)
_NO_PASSWORD = b"\0"

# Passwords of a port: (field of the configuration, access level), the highest first.
OPTICAL_PASSWORDS = (("password_3", 3), ("password_2", 2), ("password_1", 1))
MODULE_PASSWORDS = (("password_module", 2),)


class Device(SavedRegisters):
    """What `c1219.tables.Tables` asks of the firmware: see there for every member.

    meter      firmware.meter.Meter, with everything brought up but the ports
    source     the port, as firmware.billing names it
    passwords  OPTICAL_PASSWORDS or MODULE_PASSWORDS
    counters   counters of the port's link, to be set once there is one
    """

    def __init__(self, meter, source, passwords):
        page = meter.pages.billing
        SavedRegisters.__init__(
            self, page, meter.constants, DELIVERED_KWH, DEMAND_MAXIMUM, DEMAND_RESET_TIME
        )
        self.source = source
        self.user_id = 0
        self.level = 0
        self.counters = None
        self.rating = meter.rating
        self.version = meter.version
        self.quantity = meter.readings.quantity
        self.measured = measured(meter.rating)
        self.previous = SavedRegisters(
            page, meter.constants, PREVIOUS_REGISTERS, PREVIOUS_DEMANDS, DEMAND_RESET_TIME
        )
        self.clock_flags = 0  # the clock keeps local time and knows no zone
        self._meter = meter
        self._passwords = passwords
        self.self_reads = meter.self_reads
        self.history = meter.history
        self.events = meter.events
        self.test = meter.test
        self.display_limits = LIMITS
        self.display_items = items.COUNT
        self.daily_self_read = True  # can be programmed
        self.digest = bytes(32) if meter.digest is None else meter.digest
        self.runs_on = _runs_on()
        self.counts_per_kwh = meter.constants.counts_per_kwh
        self.pending = meter.pending
        self.pending_tables = TABLES
        self.audit = AuditState(meter.event_log, meter.guard)
        self.provisioning = Provisioning(meter.configuration, meter.storage.faults, meter.guard)
        self.password_groups = st42.GROUPS
        self.refused = Refusals(self._note, UNDER_SEAL)
        if meter.software is not None:
            self.software = meter.software
        self.procedures = self._procedures(meter)
        if meter.service_switch is not None:
            from firmware.service_procedures import ServiceProcedures

            self.service_switch = meter.service_switch
            self.procedures += ServiceProcedures(meter.service_switch, self).offered()
        if meter.recorder is not None:
            self.profile = meter.load_profile
            self.procedures += meter.load_profile.offered()

    def _procedures(self, meter):
        # Those of every model.
        faults = meter.storage.faults
        return (
            Procedures(self, meter.billing, meter.settings, meter.log, faults).offered()
            + ListProcedures(meter.lists, meter.marks, self._note).offered()
            + MaintenanceProcedures(
                self, meter.maintenance, meter.pending, faults, meter.guard
            ).offered()
        )

    @property
    def model(self):
        """ED_MODEL, up to 8 characters."""
        return self._meter.configuration.text("model").encode()

    @property
    def serial(self):
        """Serial number, up to 16 characters."""
        return self._meter.configuration.text("serial").encode()

    @property
    def mode(self):
        """ED_MODE of ST3."""
        return _TEST_MODE if self._meter.billing.testing else _METERING_MODE

    @property
    def faults(self):
        """All faults that stand, as the display shows them in octal."""
        return self._meter.storage.faults.word

    @property
    def status1(self):
        """ED_STD_STATUS1 of ST3."""
        return status1(self.faults)

    @property
    def status_mfg(self):
        """Manufacturer status: the service switch, as c1219.service has it."""
        switch = self._meter.service_switch
        return 0 if switch is None else status(switch)

    @property
    def seconds_remaining(self):
        """To the end of the running subinterval."""
        return demand_register.remaining_s(self._meter.pages.billing)

    def is_demand_interval(self, interval, subinterval):
        """Whether demand may be measured over `interval` minutes in steps of `subinterval`."""
        return is_billing_interval(self.rating.approval, interval, subinterval)

    def date_time(self):
        """6 octets Y M D h m s; zeros while the clock is not valid."""
        return self._meter.log.date_time()

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
        """Copy octets of a stored table, of the load profile's data as they are asked for; of
        passwords too, of which `c1219.tables.Tables` shows nobody anything.
        """
        if number == _PROFILE_DATA:
            self.profile.read(offset, count, buf, at)
            return
        if number == st42.TABLE:
            octets = st42.octets(self._meter.configuration)
        elif number == _PROVISIONING:
            octets = self.provisioning.octets()
        else:
            octets = self._meter.settings.octets(number)
        buf[at : at + count] = octets[offset : offset + count]

    @property
    def writes(self):
        """Counts on with each change of a stored table, whichever port or duty makes it."""
        return self._meter.program.writes + self._meter.configuration.writes

    def write_stored(self, number, image):
        """Keep a stored table, or set the clock, see firmware.settings; passwords; what a meter is
        given once.
        """
        if number == _PROVISIONING:
            return self._provision(image)
        if number != st42.TABLE:
            return self._meter.settings.write(number, image, self)
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

    def _note(self, code, detail):
        self._meter.log.add(code, self, detail)

    def authorised(self, user_id, level):
        """This user has this access level from now on; 0 and 0 for nobody.

        With each change of rights the same refusal is news again.
        """
        self.user_id = user_id
        self.level = level
        self.refused.end()

    def password_level(self, password):
        """Access level of a password without padding; 0 when it is none of this port's, -BSY while
        the port takes none, whatever it is. The blank one has the highest level at the optical
        port of a meter that was never given any.
        """
        access = self._meter.access
        if access.is_locked(self.source):
            return -BSY
        level = self._level_of(password)
        if not password and self.source == events.SOURCE_OPTICAL and self.provisioning.welcomes:
            return MASTER
        if level == 0 and password:
            wrong = access.wrong(self.source)
            if FREE <= wrong <= FREE + STEPS:  # as long as the delay grows
                self._note(events.LOCKED_OUT, wrong)
        elif level and level == self._highest():
            access.right(self.source)
        return level

    def _level_of(self, password):
        # Every password is compared over its whole length, whatever matches.
        level = 0
        for field, gives in self._passwords:
            known = self._meter.configuration.get(field)
            offered = password + b" " * (len(known) - len(password))
            difference = len(offered) ^ len(known)
            blank = True
            for j in range(len(known)):
                difference |= known[j] ^ offered[j]
                blank = blank and known[j] in (0x00, 0x20)
            if difference == 0 and not blank and level == 0:
                level = gives
        return level

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
