"""What the display can show: ITEM numbers, and how each is drawn.

A number that was given once is never given to anything else: lists that were programmed name
them. The comments here make the table in docs/display.md; the names are private, which takes no
memory on the meter, and a number is the index of its row.
"""

from array import array

from micropython import const

from c1219 import quantities as q
from display.lists import HEX, NUMBER, OCTAL, PAIRS, SEGMENTS, TRIPLES
from metrology import page as p

# Where an item's value comes from: the index of what firmware.values asks.
_NONE = const(0)
_DATE_NOW = const(1)
_TIME_NOW = const(2)
_ENERGY = const(3)
_NET_ENERGY = const(4)
_POWER = const(5)
_PRESENT_POWER = const(6)
_CUMULATED = const(7)
_CONTINUOUS = const(8)
_DATE_OF = const(9)
_TIME_OF = const(10)
_WORD = const(11)
_REMAINING = const(12)
_TEST_LEFT_S = const(13)
_VERSION_PAIR = const(14)
_DIGEST = const(15)
_HISTORY_TOTAL = const(16)
_LOCKOUT_S = const(17)
_FAULT_WORD = const(18)
_PULSE = const(19)
_READING = const(20)
_DRIFT_PPB = const(21)
_LINK = const(22)
_ERROR_PAIR = const(23)
_FAULT_WORD_2 = const(24)
_SERVICE_STATE = const(25)
_PART_VERSION = const(26)
_PART_DIGEST = const(27)
_EVENT_LOG = const(28)

# Added to a reading's quantity: it is in millionths of what is shown, not thousandths; of coil B.
MILLIONTHS = const(0x100)
COIL_B = const(0x200)
ON_TEST = const(0x100)  # added to a word of the page: of the test page, not of the billing page

_SEGMENT_TEST = const(1)  # every segment of the glass
_DATE = const(2)  # date, YY.MM.DD; dashes while the clock is not set
_TIME = const(3)  # time, HH.MM.SS, or HH.MM with four or five digits
_KWH_DELIVERED = const(4)  # kWh delivered
_KWH_RECEIVED = const(5)  # kWh received
_KWH_NET = const(6)  # kWh delivered less received
_PRESENT_DELIVERED = const(7)  # kW delivered, demand of the running interval so far
_PRESENT_RECEIVED = const(8)  # kW received, demand of the running interval so far
_LAST_DELIVERED = const(9)  # kW delivered, demand of the last full interval
_LAST_RECEIVED = const(10)  # kW received, demand of the last full interval
_MAXIMUM_DELIVERED = const(11)  # kW delivered, maximum since the last demand reset
_MAXIMUM_RECEIVED = const(12)  # kW received, maximum since the last demand reset
_MAXIMUM_DATE_DELIVERED = const(13)  # date of the maximum delivered, the end of its interval
_MAXIMUM_DATE_RECEIVED = const(14)  # date of the maximum received, the end of its interval
_MAXIMUM_TIME_DELIVERED = const(15)  # time of the maximum delivered, HH.MM
_MAXIMUM_TIME_RECEIVED = const(16)  # time of the maximum received, HH.MM
_CUMULATIVE_DELIVERED = const(17)  # kW delivered, sum of the maxima at all demand resets
_CUMULATIVE_RECEIVED = const(18)  # kW received, sum of the maxima at all demand resets
_CONTINUOUS_DELIVERED = const(19)  # kW delivered, that sum and the present maximum
_CONTINUOUS_RECEIVED = const(20)  # kW received, that sum and the present maximum
_RESETS = const(21)  # number of demand resets
_RESET_DATE = const(22)  # date of the last demand reset
_RESET_TIME = const(23)  # time of the last demand reset, HH.MM
_INTERVAL_LEFT = const(24)  # time left in the demand subinterval, MM.SS
_INTERVAL = const(25)  # minutes of the demand interval
_SUBINTERVAL = const(26)  # minutes of the demand subinterval; the interval's own for block demand
_PREVIOUS_KWH_DELIVERED = const(27)  # kWh delivered, as it was at the last demand reset
_PREVIOUS_KWH_RECEIVED = const(28)  # kWh received, as it was at the last demand reset
_PREVIOUS_KWH_NET = const(29)  # kWh net, as it was at the last demand reset
_PREVIOUS_MAXIMUM_DELIVERED = const(30)  # kW delivered, maximum that the last demand reset ended
_PREVIOUS_MAXIMUM_RECEIVED = const(31)  # kW received, maximum that the last demand reset ended
_PREVIOUS_DATE_DELIVERED = const(32)  # date of the previous maximum delivered
_PREVIOUS_DATE_RECEIVED = const(33)  # date of the previous maximum received
_PREVIOUS_TIME_DELIVERED = const(34)  # time of the previous maximum delivered, HH.MM
_PREVIOUS_TIME_RECEIVED = const(35)  # time of the previous maximum received, HH.MM
_PREVIOUS_CUMULATIVE_DELIVERED = const(36)  # kW delivered, cumulative before the last demand reset
_PREVIOUS_CUMULATIVE_RECEIVED = const(37)  # kW received, cumulative before the last demand reset
_PREVIOUS_CONTINUOUS_DELIVERED = const(38)  # kW delivered, that and the maximum it ended
_PREVIOUS_CONTINUOUS_RECEIVED = const(39)  # kW received, that and the maximum it ended
_TEST_KWH_DELIVERED = const(40)  # kWh delivered since test mode began
_TEST_KWH_RECEIVED = const(41)  # kWh received since test mode began
_TEST_KWH_NET = const(42)  # kWh net since test mode began
_TEST_PRESENT_DELIVERED = const(43)  # kW delivered, demand of the running test interval so far
_TEST_PRESENT_RECEIVED = const(44)  # kW received, demand of the running test interval so far
_TEST_LAST_DELIVERED = const(45)  # kW delivered, demand of the last full test interval
_TEST_LAST_RECEIVED = const(46)  # kW received, demand of the last full test interval
_TEST_MAXIMUM_DELIVERED = const(47)  # kW delivered, maximum since test mode began
_TEST_MAXIMUM_RECEIVED = const(48)  # kW received, maximum since test mode began
_TEST_INTERVAL_LEFT = const(49)  # time left in the demand subinterval of the test, MM.SS
_TEST_LEFT = const(50)  # time until test mode ends by itself, MM.SS
_FIRMWARE_VERSION = const(51)  # firmware version and revision
_HARDWARE_VERSION = const(52)  # hardware version and revision
_HASH = const(53)  # SHA-256 of the firmware, hexadecimal digits 1 to 6; the next ten items go on
_HISTORY = const(64)  # events logged
_FAULTS = const(65)  # fault code Er, octal
_KH = const(66)  # Kh, Wh of a pulse
_VOLTS = const(67)  # V rms
_AMPS_A = const(68)  # A rms, coil A
_AMPS_B = const(69)  # A rms, coil B
_WATTS = const(70)  # kW now, negative when received
_WATTS_A = const(71)  # kW now, coil A's share
_WATTS_B = const(72)  # kW now, coil B's share
_VARS = const(73)  # kvar now
_VOLT_AMPS = const(74)  # kVA now
_POWER_FACTOR = const(75)  # power factor
_POWER_FACTOR_A = const(76)  # power factor of coil A
_POWER_FACTOR_B = const(77)  # power factor of coil B
_ANGLE_A = const(78)  # degrees by which the current of coil A is behind the voltage
_ANGLE_B = const(79)  # degrees by which the current of coil B is behind the voltage
_HERTZ = const(80)  # Hz, line frequency
_TEMPERATURE = const(81)  # degrees Celsius inside the meter
_CLOCK_DRIFT = const(82)  # ppm between the clock and the metering time base
_CHIP_RESETS = const(83)  # resets of the metering chip while the meter ran
_TICKS = const(84)  # metering ticks billed
_REJECTED = const(85)  # samples refused as impossible
_STARTS = const(86)  # starts of the meter
_CRASHES = const(87)  # starts in a row after a run that ended badly and early
_ERRORS = const(88)  # errors that duties raised
_LAST_ERROR = const(89)  # the last error: rank of the duty, and the kind of error
_LINK_RECEIVED = const(90)  # optical port: good packets received
_LINK_SENT = const(91)  # optical port: packets sent
_LINK_CRC_ERRORS = const(92)  # optical port: packets with a wrong CRC
_LINK_INCOMPLETE = const(93)  # optical port: packets broken off
_LINK_REJECTED = const(94)  # optical port: packets passed over
_LINK_DUPLICATES = const(95)  # optical port: packets that the client repeated
_LINK_NAKS_SENT = const(96)  # optical port: NAKs sent
_LINK_NAKS_RECEIVED = const(97)  # optical port: NAKs received
_LINK_RETRIES = const(98)  # optical port: packets sent again
_LINK_LOST = const(99)  # optical port: sessions given up, a packet was never acknowledged
_LINK_TIMEOUTS = const(100)  # optical port: sessions given up, nothing came
_LOCKOUT = const(101)  # seconds until the next demand reset by lever is taken
_MORE_FAULTS = const(102)  # fault code Er2, octal
_SERVICE_SWITCH = const(103)  # service switch: 0 open, 1 closed, 2 armed, 3 moving, 4 fault
# SHA-256 of each part of the software as it runs, and its version.
_MEASUREMENT_HASH = const(104)  # SHA-256 of the measurement software, digits 1 to 6
_LEGAL_HASH = const(115)  # SHA-256 of the other legally relevant software, digits 1 to 6
_REST_HASH = const(126)  # SHA-256 of the software that is not legally relevant, digits 1 to 6
_MEASUREMENT_VERSION = const(137)  # version and revision of the measurement software
_LEGAL_VERSION = const(138)  # version and revision of the other legally relevant software
_REST_VERSION = const(139)  # version and revision of the software that is not legally relevant
_LOG_USED = const(140)  # event log: places that the cycle has taken, and how many there are
_LOG_CYCLE = const(141)  # event log: number of the cycle
_LOG_TOTAL = const(142)  # event log: number of the newest entry
_SEAL_OPENINGS = const(143)  # how often the seal of a meter that is set to be sealed was opened
_LOG_BROKEN = const(144)  # event log: number of the first entry that is not as written, 0 for none
_LOG_CHAIN = const(145)  # event log: chain of the newest entry, its first six hexadecimal digits
_TESTS = const(146)  # how often test mode was entered, ever
_TESTS_SECONDS = const(147)  # seconds in test mode, ever
_TESTS_DELIVERED = const(148)  # kWh delivered in test mode, ever
_TESTS_RECEIVED = const(149)  # kWh received in test mode, ever

_DEL = ("DEL",)
_REC = ("REC",)
_KW = ("kW",)
_KWH = (("DEL", "kWh"), ("REC", "kWh"), ("NET", "kWh"))
_DEMAND = (("DEL", "kW"), ("REC", "kW"))
_WAYS = (_DEL, _REC)
_HASHES = const(11)
# Parts of the software.
_PARTS = const(3)
PART = const(0x10)  # of the argument of a part's digits
# Those of psem.link's counters that have a number.
_LINKS = const(11)


def _pair(kind, digits, source, word, names):
    return [(kind, digits, source, word + i, names[i]) for i in range(2)]


def _energies(word):
    rows = [(NUMBER, 0, _ENERGY, word + 2 * i, _KWH[i]) for i in range(2)]
    return rows + [(NUMBER, 0, _NET_ENERGY, word, _KWH[2])]


def _maxima(word):
    end = word + p.DEMAND_MAXIMUM_END - p.DEMAND_MAXIMUM
    rows = _pair(NUMBER, 0, _POWER, word, _DEMAND)
    rows += _pair(PAIRS, 6, _DATE_OF, end, _WAYS)
    rows += _pair(PAIRS, 4, _TIME_OF, end, _WAYS)
    rows += _pair(NUMBER, 0, _CUMULATED, word, _DEMAND)
    return rows + _pair(NUMBER, 0, _CONTINUOUS, word, _DEMAND)


def _count(source, argument):
    return (NUMBER, 0, source, argument, ())


def _reading(quantity, exponent, annunciators, coil=0):
    argument = quantity | (MILLIONTHS if exponent == -6 else 0) | (COIL_B if coil else 0)
    return (NUMBER, 0, _READING, argument, annunciators)


def _hash(source, argument):
    # The last item has but four digits.
    digits = [6] * (_HASHES - 1) + [4]
    return [(HEX, digits[i], source, argument + i, ()) for i in range(_HASHES)]


def _parts():
    rows = []
    for part in range(_PARTS):
        rows += _hash(_PART_DIGEST, part * PART)
    return rows + [(TRIPLES, 6, _PART_VERSION, part, ()) for part in range(_PARTS)]


def _identity():
    rows = [(TRIPLES, 6, _VERSION_PAIR, 2, ()), (TRIPLES, 6, _VERSION_PAIR, 0, ())]
    rows += _hash(_DIGEST, 0)
    rows.append(_count(_HISTORY_TOTAL, 0))
    rows.append((OCTAL, 6, _FAULT_WORD, 0, ()))
    rows.append(_count(_PULSE, 0))
    return rows


def _readings():
    return [
        _reading(q.VOLTS, -3, ("V",)),
        _reading(q.AMPS_A, -3, ("A",)),
        _reading(q.AMPS_B, -3, ("A",), 1),
        _reading(q.WATTS, -6, _KW),
        _reading(q.WATTS_A, -6, _KW),
        _reading(q.WATTS_B, -6, _KW, 1),
        _reading(q.VARS, -6, ()),
        _reading(q.VOLT_AMPS, -6, ()),
        _reading(q.POWER_FACTOR, -3, ("PF",)),
        _reading(q.POWER_FACTOR_A, -3, ("PF",)),
        _reading(q.POWER_FACTOR_B, -3, ("PF",), 1),
        _reading(q.ANGLE_A, -3, ()),
        _reading(q.ANGLE_B, -3, (), 1),
        _reading(q.HERTZ, -3, ("Hz",)),
        _reading(q.TEMPERATURE, -3, ()),
        _count(_DRIFT_PPB, 0),
    ]


def _table():
    """By ITEM number: kind, digits (0: as programmed), source, its argument, annunciators."""
    test = ON_TEST
    rows = [None, (SEGMENTS, 6, _NONE, 0, ())]
    rows += [(PAIRS, 6, _DATE_NOW, 0, ()), (PAIRS, 0, _TIME_NOW, 0, ())]
    rows += _energies(p.DELIVERED_KWH)
    rows += _pair(NUMBER, 0, _PRESENT_POWER, 0, _DEMAND)
    rows += _pair(NUMBER, 0, _POWER, p.DEMAND_LAST, _DEMAND)
    rows += _maxima(p.DEMAND_MAXIMUM)
    rows.append(_count(_WORD, p.DEMAND_RESETS))
    rows.append((PAIRS, 6, _DATE_OF, p.DEMAND_RESET_TIME, ()))
    rows.append((PAIRS, 4, _TIME_OF, p.DEMAND_RESET_TIME, ()))
    rows.append((PAIRS, 4, _REMAINING, 0, ()))
    rows += [_count(_WORD, p.DEMAND_INTERVAL), _count(_WORD, p.DEMAND_SUBINTERVAL)]
    rows += _energies(p.PREVIOUS_REGISTERS)
    rows += _maxima(p.PREVIOUS_DEMANDS)
    rows += _energies(test | p.DELIVERED_KWH)
    rows += _pair(NUMBER, 0, _PRESENT_POWER, test, _DEMAND)
    rows += _pair(NUMBER, 0, _POWER, test | p.DEMAND_LAST, _DEMAND)
    rows += _pair(NUMBER, 0, _POWER, test | p.DEMAND_MAXIMUM, _DEMAND)
    rows += [(PAIRS, 4, _REMAINING, test, ()), (PAIRS, 4, _TEST_LEFT_S, 0, ())]
    rows += _identity()
    rows += _readings()
    for word in (p.CHIP_RESETS, p.TICKS, p.REJECTED, p.STARTS, p.CRASHES, p.ERRORS):
        rows.append(_count(_WORD, word))
    rows.append((PAIRS, 4, _ERROR_PAIR, 0, ()))
    rows += [_count(_LINK, i) for i in range(_LINKS)]
    rows.append(_count(_LOCKOUT_S, 0))
    rows.append((OCTAL, 6, _FAULT_WORD_2, 0, ()))
    rows.append(_count(_SERVICE_STATE, 0))
    rows += _parts()
    rows.append((TRIPLES, 6, _EVENT_LOG, 0, ()))
    rows += [_count(_EVENT_LOG, i) for i in range(1, 5)]
    rows.append((HEX, 6, _EVENT_LOG, 5, ()))
    rows += [_count(_WORD, p.TESTS), _count(_WORD, p.TEST_SECONDS)]
    rows += _energies(p.TEST_REGISTERS)[:2]
    return tuple(rows)


# All there are; a row has its place among them.
_ANNUNCIATORS = const(
    (
        (),
        ("DEL",),
        ("REC",),
        ("kW",),
        ("DEL", "kWh"),
        ("REC", "kWh"),
        ("NET", "kWh"),
        ("DEL", "kW"),
        ("REC", "kW"),
        ("V",),
        ("A",),
        ("PF",),
        ("Hz",),
    )
)
# Of a row: kind, digits and annunciators; source; argument.
_WORDS = const(3)


def _packed(rows):
    # As tuples they would take 4 kB of the meter's memory for ever.
    words = array("H", bytes(2 * _WORDS * len(rows)))
    for number in range(1, len(rows)):
        kind, digits, source, argument, annunciators = rows[number]
        at = _WORDS * number
        words[at] = kind | digits << 4 | _ANNUNCIATORS.index(annunciators) << 8
        words[at + 1] = source
        words[at + 2] = argument
    return words


_TABLE = _packed(_table())
COUNT = len(_TABLE) // _WORDS  # ITEM numbers are below this


def source(number):
    """Where the value of an ITEM comes from: see firmware.values."""
    return _TABLE[_WORDS * number + 1]


def argument(number):
    """What its source is asked for."""
    return _TABLE[_WORDS * number + 2]


def present(item):
    """Set kind, digits (0: as programmed) and annunciators for the ITEM item.quantity.

    False when there is no such ITEM.
    """
    if not 0 < item.quantity < COUNT:
        return False
    word = _TABLE[_WORDS * item.quantity]
    item.kind = word & 0xF
    item.digits = word >> 4 & 0xF
    item.annunciators = _ANNUNCIATORS[word >> 8]
    return True
