"""Display sources and lists as the octets of C12.19's display tables, ST31 to ST34.

A source is six octets in this meter's own format: the ITEM number, three characters of ID code,
FORMAT and MULTIPLIER. A list is three octets (on and off time, hold time and purpose, how many
items) and its share of the items, indices of sources. The octets have been checked when they were
written, and are not trusted all the same: what does not exist is passed over.

c1219.decade3 declares the same for reading and writing; nothing is imported from there or by it,
and a test holds the two together.
"""

from micropython import const

from .lists import NUMBER, DisplayList, Item

SOURCE_WIDTH = const(6)  # octets of a source
NOTHING = const(0)  # the ITEM of a source that is not used
_FEWEST_DIGITS = const(4)
_MOST_DIGITS = const(6)
_MOST_MULTIPLIER = const(3)

# DEFAULT_LIST: which list of the meter this is. A diagnostic list has no code in the standard; it
# has 0 and is a secondary list.
COMM_LINK_ONLY = const(0)
NORMAL = const(1)
ALTERNATE = const(2)
TEST = const(3)
_ANNUNCIATORS = ("ALT", "NOR", "ALT", "TEST")

_ID = const(1)
_FORMAT = const(4)  # bits 0 to 2 digits, 3 to 5 decimals, then the two that follow
_LEADING_ZEROS = const(0x40)
_ROLL_OVER = const(0x80)
_MULTIPLIER = const(5)
_LIST = const(3)  # octets of a list
_INDEX = const(2)  # octets of an item
_ON_TIME = const(6)  # seconds, where a list has none


def item_of(octets, at, present):
    """The Item of the source at octets[at:at+6], or None when there is nothing to show.

    present  present(number) gives kind, digits (0: as in FORMAT) and annunciators of an ITEM
             number, or None when it does not exist
    """
    number = octets[at]
    shown = present(number)
    digits = octets[at + _FORMAT] & 7
    decimals = octets[at + _FORMAT] >> 3 & 7
    multiplier = octets[at + _MULTIPLIER]
    if shown is None or not _FEWEST_DIGITS <= digits <= _MOST_DIGITS:
        return None
    if decimals >= digits or multiplier > _MOST_MULTIPLIER:
        return None
    kind, fixed, annunciators = shown
    return Item(
        bytes(octets[at + _ID : at + _FORMAT]),
        number,
        annunciators,
        fixed or digits,
        decimals if kind == NUMBER else 0,
        octets[at + _FORMAT] & _LEADING_ZEROS != 0,
        octets[at + _FORMAT] & _ROLL_OVER != 0,
        multiplier,
        kind,
    )


def items_of(octets, count, present):
    """The Items of the first `count` sources in the octets of ST32, None for each that is none."""
    count = min(count, len(octets) // SOURCE_WIDTH)
    return [item_of(octets, i * SOURCE_WIDTH, present) for i in range(count)]


def lists_of(octets, count, indices, items):
    """The lists in the octets of ST33 or ST34, of `count` lists and `indices` items.

    Returns what each is for and the DisplayList, in pairs, without those that have nothing to
    show. `items` are those of items_of.
    """
    found = []
    first = count * _LIST
    end = min(first + indices * _INDEX, len(octets) - 1)
    for i in range(count):
        at = i * _LIST
        if at + _LIST > len(octets):
            break
        purpose = octets[at + 1] >> 4
        last = first + octets[at + 2] * _INDEX
        shown = []
        while first < min(last, end):
            index = octets[first] | octets[first + 1] << 8
            if index < len(items) and items[index] is not None:
                shown.append(items[index])
            first += _INDEX
        first = last
        if shown and purpose <= TEST:
            found.append((purpose, _list(octets, at, purpose, shown)))
    return found


def _list(octets, at, purpose, items):
    on = octets[at] & 0x0F or _ON_TIME
    off = octets[at] >> 4
    return DisplayList(
        tuple(items), _ANNUNCIATORS[purpose], on * 10, off * 10, octets[at + 1] & 0x0F
    )
