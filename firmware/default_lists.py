"""What the display shows until it is programmed: the octets of ST31 to ST34.

Every source names an ITEM of firmware/items.py by its number.
"""

from micropython import const

# As in display.sources, which would bring the whole display with it where there is none.
COMM_LINK_ONLY = const(0)
NORMAL = const(1)
ALTERNATE = const(2)
TEST = const(3)

# NBR_DISP_SOURCES, NBR_PRI_DISP_LIST_ITEMS, NBR_PRI_DISP_LISTS, NBR_SEC_DISP_LIST_ITEMS and
# NBR_SEC_DISP_LISTS: what the meter has room for (ST30).
LIMITS = (48, 32, 3, 32, 1)

_ON_S = 6
_ZEROS = 0x40
_ROLLS = 0x80

# ITEM, ID code, digits, decimals, leading zeros and roll-over.
_NORMAL = (
    (4, b"dEL", 6, 0, _ZEROS | _ROLLS),  # kWh delivered
    (5, b"rEC", 6, 0, _ZEROS | _ROLLS),  # kWh received
    (6, b"nEt", 6, 0, _ZEROS),  # kWh net
    (11, b"PH ", 6, 3, 0),  # maximum kW delivered
)
_ALTERNATE = (
    (1, b"   ", 6, 0, 0),  # segment test
    (2, b"dAt", 6, 0, 0),  # date
    (3, b"Hr ", 6, 0, 0),  # time
    (13, b"PHd", 6, 0, 0),  # date of the maximum
    (15, b"PHt", 4, 0, 0),  # its time
    (7, b"Pr ", 6, 3, 0),  # present kW delivered
    (27, b"LdE", 6, 0, _ZEROS | _ROLLS),  # at the last demand reset: kWh delivered
    (28, b"LrE", 6, 0, _ZEROS | _ROLLS),  # kWh received
    (30, b"LPH", 6, 3, 0),  # maximum kW delivered
    (21, b"rES", 6, 0, _ROLLS),  # number of demand resets
    (22, b"rEd", 6, 0, 0),  # date of the last one
    (51, b"SoF", 6, 0, 0),  # firmware version
    (104, b"HA1", 6, 0, 0),  # hash of the measurement software
    (115, b"HA2", 6, 0, 0),  # of the other legally relevant software
    (64, b"LoG", 6, 0, _ROLLS),  # events logged
    (65, b"Er ", 6, 0, 0),  # fault code
)
_TEST = (
    (40, b"tdE", 6, 3, _ROLLS),  # test kWh delivered
    (41, b"trE", 6, 3, _ROLLS),  # test kWh received
    (43, b"tPr", 6, 3, 0),  # present test kW delivered
    (47, b"tPH", 6, 3, 0),  # maximum test kW delivered
    (49, b"tin", 4, 0, 0),  # time left in the interval
    (50, b"toU", 4, 0, 0),  # time until the test ends
)
_GYRBOX = (
    (67, b"U  ", 6, 1, 0),  # V
    (68, b"AA ", 6, 2, 0),  # A
    (69, b"Ab ", 6, 2, 0),
    (71, b"PA ", 6, 3, 0),  # kW
    (72, b"Pb ", 6, 3, 0),
    (70, b"P  ", 6, 3, 0),
    (76, b"PFA", 6, 3, 0),  # power factor
    (77, b"PFb", 6, 3, 0),
    (78, b"AnA", 6, 1, 0),  # degrees
    (79, b"Anb", 6, 1, 0),
    (80, b"Fr ", 6, 2, 0),  # Hz
    (81, b"tC ", 6, 1, 0),  # degrees Celsius
    (82, b"dr ", 6, 2, 0),  # ppm between the clock and the metering time base
    (83, b"CHP", 6, 0, _ROLLS),  # resets of the metering chip
    (85, b"rEJ", 6, 0, _ROLLS),  # samples refused
    (90, b"L0 ", 6, 0, _ROLLS),  # optical port: packets received
    (92, b"L2 ", 6, 0, _ROLLS),  # wrong CRC
    (98, b"L8 ", 6, 0, _ROLLS),  # sent again
    (99, b"L9 ", 6, 0, _ROLLS),  # sessions lost
    (87, b"CrA", 6, 0, _ROLLS),  # crashes
    (88, b"Err", 6, 0, _ROLLS),  # errors
    (89, b"ErL", 4, 0, 0),  # the last of them
)
_GYRBOX_ALSO = (19,)  # the fault code, a source of the Alternate list
_SOURCES = _NORMAL + _ALTERNATE + _TEST + _GYRBOX


def _sources():
    octets = bytearray(6 * LIMITS[0])
    at = 0
    for item, code, digits, decimals, flags in _SOURCES:
        octets[at : at + 6] = bytes((item,)) + code + bytes((digits | decimals << 3 | flags, 0))
        at += 6
    return bytes(octets)


def _lists(purposes, counts, indices, room):
    octets = bytearray()
    for i in range(len(purposes)):
        octets += bytes((_ON_S, purposes[i] << 4, counts[i]))
    for index in indices:
        octets += bytes((index, 0))
    return bytes(octets) + bytes(2 * (room - len(indices)))


def _primary():
    counts = (len(_NORMAL), len(_ALTERNATE), len(_TEST))
    return _lists((NORMAL, ALTERNATE, TEST), counts, range(sum(counts)), LIMITS[1])


def _secondary():
    first = len(_SOURCES) - len(_GYRBOX)
    indices = tuple(range(first, len(_SOURCES))) + _GYRBOX_ALSO
    return _lists((COMM_LINK_ONLY,), (len(indices),), indices, LIMITS[3])


ST31 = bytes((7, LIMITS[0], 0, 6, LIMITS[1], 0, LIMITS[2], LIMITS[3], 0, LIMITS[4]))
ST32 = _sources()
ST33 = _primary()
ST34 = _secondary()
