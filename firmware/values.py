"""The value of each display item, as a whole number of the units that it is shown in."""

from array import array

from micropython import const

from audit.log import CAPACITY
from c1219 import NotReady
from ds3231 import civil
from firmware import items, scaling
from firmware.log_items import ENTRY, LogValues
from metrology import demand_register
from metrology.page import (
    CUMULATIVE_COUNTS,
    CUMULATIVE_KW,
    DEMAND_MAXIMUM,
    LAST_ERROR,
)

_DAY_MINUTES = 1440
_FAULT_BITS = 18  # of a fault code
_FAULT_MASK = 0x3FFFF
# What an item asks of the event log: _NUMBERS are names there.
_USED = const(0)
_NUMBERS = ("", "cycle", "total", "breaks", "broken")
_CHAIN = const(5)
_HASH_OCTETS = 3  # six hexadecimal digits


class Values:
    """Asks `meter`, which has

    pages           with `billing` and `test`, register pages
    constants       metrology.constants.Constants
    clock           `valid`; `fields`, year to second as last read; `drift_ppb` or None
    readings        `quantity(q)`, as c1219.quantities names them
    storage         `faults.word`
    link_counters   those of psem.link
    history_total, test_left_s, lockout_s   integers, or None
    service_switch  `state`; or None
    event_log, events   audit.log.EventLog, firmware.event_list.EventList
    version         firmware.identity.VERSION
    digest          the firmware's SHA-256, or None
    software        `versions` of its parts, and `computed`, their SHA-256; or None

    What is not known is None. Registers and demands allocate nothing.
    """

    def __init__(self, meter):
        self._meter = meter
        self._date = array("i", (0, 0, 0))
        self._of_entry = LogValues(meter).value

    def value(self, item):
        """What the display shows for a display.Item, see display.Carousel; or None."""
        number = item.quantity
        if number >= ENTRY:
            return self._of_entry(number - ENTRY)
        return self._SOURCES[items.source(number)](self, item, items.argument(number))

    def _page(self, argument):
        pages = self._meter.pages
        return pages.test if argument & items.ON_TEST else pages.billing

    def _none(self, item, argument):
        return 0

    def _date_now(self, item, argument):
        clock = self._meter.clock
        if not clock.valid:
            return None
        f = clock.fields
        return (f[0] % 100 * 100 + f[1]) * 100 + f[2]

    def _time_now(self, item, argument):
        clock = self._meter.clock
        if not clock.valid:
            return None
        f = clock.fields
        if item.digits < 6:
            return f[3] * 100 + f[4]
        return (f[3] * 100 + f[4]) * 100 + f[5]

    def _energy(self, item, argument):
        page = self._page(argument)
        at = argument & 0xFF
        return scaling.energy(page[at], page[at + 1], self._meter.constants.counts_per_kwh, item)

    def _net_energy(self, item, argument):
        page = self._page(argument)
        at = argument & 0xFF
        kwh = page[at] - page[at + 2]
        counts = page[at + 1] - page[at + 3]
        return scaling.net(kwh, counts, self._meter.constants.counts_per_kwh, item)

    def _power(self, item, argument):
        counts = self._page(argument)[argument & 0xFF]
        return scaling.power(0, counts, self._meter.constants.counts_per_kwh, item)

    def _present_power(self, item, argument):
        counts = demand_register.present(self._page(argument), argument & 1)
        return scaling.power(0, counts, self._meter.constants.counts_per_kwh, item)

    def _cumulated(self, item, argument):
        return self._cumulative(item, argument, 0)

    def _continuous(self, item, argument):
        return self._cumulative(item, argument, self._page(argument)[argument & 0xFF])

    def _cumulative(self, item, argument, more):
        # `argument` is the word of a maximum; the sums lie as far from it in both sets.
        page = self._meter.pages.billing
        per_kwh = self._meter.constants.counts_per_kwh
        kw = page[argument + CUMULATIVE_KW - DEMAND_MAXIMUM] + more // per_kwh
        counts = page[argument + CUMULATIVE_COUNTS - DEMAND_MAXIMUM] + more % per_kwh
        return scaling.power(kw, counts, per_kwh, item)

    def _date_of(self, item, argument):
        minutes = self._page(argument)[argument & 0xFF]
        if minutes == 0:
            return None
        date = self._date
        civil.date(minutes // _DAY_MINUTES, date)
        return (date[0] % 100 * 100 + date[1]) * 100 + date[2]

    def _time_of(self, item, argument):
        minutes = self._page(argument)[argument & 0xFF]
        if minutes == 0:
            return None
        minutes %= _DAY_MINUTES
        return minutes // 60 * 100 + minutes % 60

    def _word(self, item, argument):
        return scaling.whole(self._page(argument)[argument & 0xFF], item)

    def _remaining(self, item, argument):
        return _minutes(demand_register.remaining_s(self._page(argument)))

    def _test_left(self, item, argument):
        return _minutes(self._meter.test_left_s)

    def _version(self, item, argument):
        version = self._meter.version
        return version[argument] * 1000 + version[argument + 1]

    def _digest(self, item, argument):
        digest = self._meter.digest
        return None if digest is None else _six_digits(digest, argument)

    def _part_version(self, item, argument):
        software = self._meter.software
        if software is None:
            return None
        version = software.versions[argument]
        return version[0] * 1000 + version[1]

    def _part_digest(self, item, argument):
        software = self._meter.software
        if software is None or not software.passes:
            return None
        return _six_digits(software.computed[argument // items.PART], argument % items.PART)

    def _history(self, item, argument):
        return _whole(self._meter.history_total, item)

    def _lockout(self, item, argument):
        return _whole(self._meter.lockout_s, item)

    def _faults(self, item, argument):
        return self._meter.storage.faults.word & _FAULT_MASK

    def _faults_2(self, item, argument):
        return self._meter.storage.faults.word >> _FAULT_BITS

    def _service(self, item, argument):
        switch = self._meter.service_switch
        return None if switch is None else scaling.whole(switch.state, item)

    def _event_log(self, item, argument):
        log = self._meter.event_log
        if argument == _CHAIN:
            chain = log.chain
            return (chain[0] << 8 | chain[1]) << 8 | chain[2]
        if argument == _USED:
            return log.used * 1000 + CAPACITY
        return scaling.whole(getattr(log, _NUMBERS[argument]), item)

    def _pulse(self, item, argument):
        # A pulse is CF1DEN counts of one coil's scale; a kWh is a whole number of pulses.
        c = self._meter.constants
        return scaling.decimal(1000000 // (c.counts_per_kwh // (c.coils * c.cf1den)), -3, item)

    def _reading(self, item, argument):
        if argument & items.COIL_B and self._meter.constants.coils == 1:
            return None
        exponent = -6 if argument & items.MILLIONTHS else -3
        try:
            return scaling.decimal(self._meter.readings.quantity(argument & 0xFF), exponent, item)
        except (NotReady, ValueError):  # the chip does not answer; not measured by this meter
            return None

    def _drift(self, item, argument):
        drift = self._meter.clock.drift_ppb
        return None if drift is None else scaling.decimal(drift, -3, item)

    def _link(self, item, argument):
        return scaling.whole(self._meter.link_counters[argument], item)

    def _error(self, item, argument):
        error = self._meter.pages.billing[LAST_ERROR]
        return (error >> 8) * 100 + (error & 0xFF)

    # In the order of the constants of firmware.items. Functions: bound methods take memory.
    _SOURCES = (
        _none,
        _date_now,
        _time_now,
        _energy,
        _net_energy,
        _power,
        _present_power,
        _cumulated,
        _continuous,
        _date_of,
        _time_of,
        _word,
        _remaining,
        _test_left,
        _version,
        _digest,
        _history,
        _lockout,
        _faults,
        _pulse,
        _reading,
        _drift,
        _link,
        _error,
        _faults_2,
        _service,
        _part_version,
        _part_digest,
        _event_log,
    )


def _six_digits(digest, n):
    """Hexadecimal digits 6 n + 1 to 6 n + 6 of a digest, fewer at its end."""
    value = 0
    for i in range(n * _HASH_OCTETS, min((n + 1) * _HASH_OCTETS, len(digest))):
        value = value << 8 | digest[i]
    return value


def _minutes(seconds):
    """Seconds as MM.SS, up to 99.59."""
    if seconds is None:
        return None
    return seconds // 60 * 100 + seconds % 60


def _whole(value, item):
    return None if value is None else scaling.whole(value, item)
