"""Glass: which segment of an LCD sits at which bit of the controller's display RAM."""

from micropython import const

ADDRESSES = const(32)
COMMONS = const(4)
NOWHERE = const(0xFF)  # the place of a segment that a glass does not have

# Every annunciator that firmware may switch. A glass has all, some or none of them.
ANNUNCIATORS = (
    "NOR",  # normal display list
    "ALT",  # alternate display list
    "TEST",  # test mode
    "DEL",  # delivered to the customer
    "REC",  # received from the customer
    "NET",  # delivered less received
    "MINUS",  # the value is negative
    "kWh",  # unit
    "kW",  # unit
    "V",  # unit
    "A",  # unit
    "Hz",  # unit
    "PF",  # power factor
    "EOI",  # end of a demand interval
    "LEFT",  # energy flows to the supply
    "RIGHT",  # energy flows to the customer
    "L1",  # voltage present on line 1
    "L2",  # voltage present on line 2
    "OPEN",  # service switch open
    "CLOSED",  # service switch closed
    "SEAL",  # programming is sealed
    "CLOCK",  # the clock is not set
    "ERR",  # a fault code is set
    "BAT",  # clock battery low
    "DEV",  # firmware for development, not for the field
)

_SHAPE = "abcdefg"


class Glass:
    """The map of one LCD glass, read from a table as LCD data sheets print it.

    `table` has one line per address from 0 on, each with the names of the segments on D0, D1,
    D2 and D3 in that order. Names: a digit's place and segment ("1a" to "9g", counted from the
    left), "P1" for the decimal point right of digit 1, "S1", "S2", ... for the load emulator
    from left to right, an annunciator's name, or "." where there is nothing.

    `digits` and `code` list the places of the large digits and of the small ones that show an
    item's ID code. A place in display RAM is one number: address * 4 + bit.

    digits, code    of each digit the places of its segments a to g
    points          of each large digit the place of the point right of it, or NOWHERE
    emulator        places of the load emulator's segments
    annunciators    place by name, NOWHERE for one that the glass lacks
    full            display RAM with every segment lit

    Raises ValueError for a malformed line, an unknown name and a name given twice, and
    KeyError for a digit that lacks a segment.
    """

    def __init__(self, table, digits="123456", code=""):
        places = _read(table)
        self.full = _full(places)
        self.digits = tuple([_digit(places, place) for place in digits])
        self.code = tuple([_digit(places, place) for place in code])
        self.points = bytes([places.pop("P" + place, NOWHERE) for place in digits])
        emulator = []
        while "S" + str(len(emulator) + 1) in places:
            emulator.append(places.pop("S" + str(len(emulator) + 1)))
        self.emulator = bytes(emulator)
        self.annunciators = {name: places.pop(name, NOWHERE) for name in ANNUNCIATORS}
        for name in places:
            raise ValueError("unknown segment " + name)


def _digit(places, place):
    return bytes([places.pop(place + segment) for segment in _SHAPE])


def _full(places):
    image = bytearray(ADDRESSES)
    for name in places:
        place = places[name]
        image[place >> 2] |= 1 << (place & 3)
    return bytes(image)


def _read(table):
    places = {}
    address = 0
    for line in table.strip().split("\n"):
        names = line.split()
        if len(names) != COMMONS or address == ADDRESSES:
            raise ValueError("a glass has up to 32 lines of 4 segments: " + line)
        for bit in range(COMMONS):
            name = names[bit]
            if name == ".":
                continue
            if name in places:
                raise ValueError("segment " + name + " is given twice")
            places[name] = address * COMMONS + bit
        address += 1
    return places
