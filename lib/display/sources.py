"""Display sources and lists as the octets of C12.19's display tables, ST31 to ST34.

A source is six octets in this meter's own format: the ITEM number, three characters of ID code,
FORMAT and MULTIPLIER. A list is three octets (on and off time, hold time and purpose, how many
items) and its share of the items, indices of sources. The octets have been checked when they were
written, and are not trusted all the same: what does not exist is passed over.

A list keeps octets and makes an Item of them as it is shown: one Item serves all lists.

c1219.decade3 declares the same for reading and writing; nothing is imported from there or by it,
and a test holds the two together.
"""

from array import array

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


def blank():
    """An Item to load sources into."""
    return Item(bytearray(_FORMAT - _ID), NOTHING)


def load(item, octets, at, present):
    """Make `item`, a `blank` one, that of the source at octets[at:at+6]; False when there is
    nothing to show. Does not allocate.

    present  present(item) sets kind, digits (0: as in FORMAT) and annunciators for the ITEM number
             item.quantity; False when it does not exist
    """
    item.quantity = octets[at]
    item.multiplier = octets[at + _MULTIPLIER]
    for i in range(_FORMAT - _ID):
        item.code[i] = octets[at + _ID + i]
    return present(item) and _form(item, octets[at + _FORMAT])


def _form(item, form):
    digits = form & 7
    decimals = form >> 3 & 7
    if decimals >= digits or not _FEWEST_DIGITS <= digits <= _MOST_DIGITS:
        return False
    if item.multiplier > _MOST_MULTIPLIER:
        return False
    item.form(
        item.digits or digits,
        decimals if item.kind == NUMBER else 0,
        form & _LEADING_ZEROS != 0,
        form & _ROLL_OVER != 0,
    )
    return True


class Items:
    """The Items of the first `count` sources in the octets of ST32, None for each that is none.

    All are one Item, loaded when it is asked for: a caller that keeps one copies it, code and all.
    """

    def __init__(self, octets, count, present):
        self._octets = octets
        self._count = min(count, len(octets) // SOURCE_WIDTH)
        self._present = present
        self._item = blank()

    def __len__(self):
        return self._count

    def __getitem__(self, i):
        if i < 0:
            i += self._count
        if not 0 <= i < self._count:
            raise IndexError
        there = load(self._item, self._octets, i * SOURCE_WIDTH, self._present)
        return self._item if there else None


class _Chosen:
    """The `items` of a list, by their indices."""

    def __init__(self, items, indices):
        self._items = items
        self._indices = indices

    def __len__(self):
        return len(self._indices)

    def __getitem__(self, i):
        return self._items[self._indices[i]]


def lists_of(octets, count, indices, items):
    """The lists in the octets of ST33 or ST34, of `count` lists and `indices` items.

    Returns what each is for and the DisplayList, in pairs, without those that have nothing to
    show. `items` are those of ST32.
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
                shown.append(index)
            first += _INDEX
        first = last
        if shown and purpose <= TEST:
            chosen = _Chosen(items, array("H", shown))
            found.append((purpose, _list(octets, at, purpose, chosen)))
    return found


def _list(octets, at, purpose, items):
    on = octets[at] & 0x0F or _ON_TIME
    off = octets[at] >> 4
    return DisplayList(items, _ANNUNCIATORS[purpose], on * 10, off * 10, octets[at + 1] & 0x0F)
