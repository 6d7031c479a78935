"""The meter as the C12.19 tables see it through one port."""

from micropython import const

from c1219 import quantities as q
from firmware.lists import ListProcedures
from firmware.procedures import Procedures
from firmware.saved_registers import SavedRegisters
from metrology import demand_register
from metrology.approval import is_billing_interval
from metrology.faults import status1
from metrology.page import (
    DELIVERED_KWH,
    DEMAND_MAXIMUM,
    DEMAND_RESET_TIME,
    PREVIOUS_DEMANDS,
    PREVIOUS_REGISTERS,
)

_METERING_MODE = const(0x01)
_TEST_MODE = const(0x02)

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
        self.procedures = (
            Procedures(
                self, meter.billing, meter.settings, meter.log, meter.storage.faults
            ).offered()
            + ListProcedures(meter.lists, meter.marks, self._note).offered()
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
        """Manufacturer status: nothing yet."""
        return 0

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

    def _note(self, code, detail):
        self._meter.log.add(code, self, detail)

    def read_stored(self, number, offset, count, buf, at):
        """Copy octets of a stored table."""
        octets = self._meter.settings.octets(number)
        buf[at : at + count] = octets[offset : offset + count]

    @property
    def writes(self):
        """Counts on with each change of a stored table, whichever port or duty makes it."""
        return self._meter.program.writes + self._meter.configuration.writes

    def write_stored(self, number, image):
        """Keep a stored table, or set the clock; see firmware.settings."""
        return self._meter.settings.write(number, image, self)

    def authorised(self, user_id, level):
        """This user has this access level from now on; 0 and 0 for nobody."""
        self.user_id = user_id
        self.level = level

    def password_level(self, password):
        """Access level of a password without padding, or 0 when it is none of this port's.

        Every password is compared over its whole length, whatever matches.
        """
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


def measured(rating):
    """The quantities that a meter of this rating has."""
    numbers = list(range(q.TEMPERATURE + 1))
    if rating.coils == 1:
        numbers.remove(q.AMPS_B)
        numbers.remove(q.ANGLE_B)
    return tuple(numbers)
