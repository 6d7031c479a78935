"""Octets from values and values from octets, for resolved parts (types.resolve).

The encoder gives any window of a table and touches no element outside it, so a large table is
served by offset without being built. It allocates only what the value sources do.
"""

from .types import RECORD, SIGNED, STRING, UNSIGNED, resolve, size_of


class Window:
    """Octets low..high (exclusive) of a table, on their way to `buf` from index `at` on."""

    def __init__(self):
        self.open(b"", 0, 0, 0)

    def open(self, buf, at, low, high):
        self.buf = buf
        self.at = at
        self.low = low
        self.high = high

    def put(self, start, kind, width, value):
        """Copy what the window shows of `value`, whose octets begin at `start` of the table."""
        skip = max(0, self.low - start)
        count = min(width, self.high - start) - skip
        to = self.at + start + skip - self.low
        if kind <= SIGNED:
            _check_range(kind, width, value)
            if value < 0:
                value += 1 << 8 * width
            value = value.to_bytes(width, "little")
        elif len(value) != width:
            raise ValueError("%d octets where %d belong" % (len(value), width))
        if count == width:
            self.buf[to : to + count] = value
        else:
            self.buf[to : to + count] = value[skip : skip + count]


def _check_range(kind, width, value):
    # -1 or 0 must be all that remains above the highest bit.
    rest = value >> (8 * width - 1 if kind == SIGNED else 8 * width)
    if rest != 0 and not (kind == SIGNED and rest == -1):
        raise OverflowError("%d does not fit %d octets" % (value, width))


def encode(parts, values, tables, window, start=0, nth=0):
    """Put into `window` what it shows of a record that begins at octet `start` of its table.

    values  a dict by field name, of the shape that `decode` gives; None: ask the fields' sources,
            with `tables` as their context and this record being the `nth` of its kind
    Raises OverflowError or ValueError for a value that its field cannot hold.
    """
    for name, kind, many, count, width, inner, source in parts:
        end = start + count * width
        if end > start and start < window.high and end > window.low:
            first = max(0, window.low - start) // width
            last = (min(end, window.high) - start + width - 1) // width
            given = None if values is None else values[name]
            for i in range(first, last):
                here = start + i * width
                element = given[i] if many and given is not None else given
                if kind == RECORD and (values is not None or source is None):
                    encode(inner, element, tables, window, here, nth * count + i)
                    continue
                if values is None:
                    element = _from_source(source, tables, nth * count + i)  # a record's: octets
                    if kind > SIGNED and element == 0:
                        element = bytes(width)
                if isinstance(element, dict):
                    element = join_bits(inner, element)
                window.put(here, kind, width, element)
        start = end


def image_of(parts, values, tables=None):
    """All octets of `parts`, from `values` or, when None, from the sources."""
    image = bytearray(size_of(parts))
    window = Window()
    window.open(image, 0, 0, len(image))
    encode(parts, values, tables, window)
    return image


def _from_source(source, tables, n):
    if callable(source):
        return source(tables, n)
    if isinstance(source, tuple):
        return source[0](tables, source[1])
    return source


def join_bits(bits, values):
    """The integer of a BIT FIELD; bits that `values` leaves out are 0. KeyError for one unknown.

    Raises OverflowError for a value wider than its bits.
    """
    known = 0
    word = 0
    for name, low, width in bits:
        if name in values:
            known += 1
            if values[name] >> width:
                raise OverflowError("%s does not fit %d bits" % (name, width))
            word |= values[name] << low
    if known != len(values):
        raise KeyError("no such bit among %s" % sorted(values))
    return word


def split_bits(bits, word):
    """The values of a BIT FIELD by name."""
    return {name: (word >> low) & ((1 << width) - 1) for name, low, width in bits}


def decode(parts, data, start=0):
    """Values by field name.

    An integer is an int; strings, sets and times are bytes; a record or BIT FIELD is a dict, an
    array a list. `data` from `start` on may be longer than the parts. Raises ValueError when it
    is shorter.
    """
    values = {}
    for name, kind, many, count, width, inner, _ in parts:
        if start + count * width > len(data):
            raise ValueError("%s ends beyond octet %d" % (name, len(data)))
        elements = []
        for i in range(count):
            elements.append(_element(kind, width, inner, data, start + i * width))
        values[name] = elements if many else elements[0]
        start += count * width
    return values


def learn(dims, fields, octets):
    """Add to `dims` the elements of a dimension table, given its octets; bits by their own names.

    Raises ValueError when the octets are too few.
    """
    for name, value in decode(resolve(fields, dims), octets).items():
        if isinstance(value, dict):
            dims.update(value)
        else:
            dims[name] = value


def _element(kind, width, inner, data, start):
    if kind == RECORD:
        return decode(inner, data, start)
    if kind > SIGNED:
        return bytes(data[start : start + width])
    value = 0
    for i in range(width - 1, -1, -1):
        value = value << 8 | data[start + i]
    if kind == SIGNED and value >> (8 * width - 1):
        value -= 1 << (8 * width)
    return split_bits(inner, value) if inner else value


def is_valid(parts, data, start=0):
    """Whether `data` from `start` on may be written to these parts.

    Strings must be ISO 646 characters, or NULs as some clients pad with; bits that are not
    declared must be 0. Every integer and every set is some value.
    """
    for _, kind, _, count, width, inner, _ in parts:
        for i in range(count):
            here = start + i * width
            if kind == RECORD:
                good = is_valid(inner, data, here)
            elif kind == STRING:
                good = _is_text(data, here, here + width)
            elif kind == UNSIGNED and inner:
                word = _element(kind, width, None, data, here)
                good = join_bits(inner, split_bits(inner, word)) == word
            else:
                good = True
            if not good:
                return False
        start += count * width
    return True


def _is_text(data, start, end):
    for i in range(start, end):
        if data[i] != 0 and not 0x20 <= data[i] <= 0x7E:
            return False
    return True


def members(octets):
    """Element numbers in a SET, ascending."""
    return [k for k in range(8 * len(octets)) if octets[k // 8] >> (k % 8) & 1]


def set_of(numbers, length=0):
    """The SET of `numbers`, as short as holds them but not shorter than `length` octets."""
    octets = bytearray(max(max(numbers) // 8 + 1 if numbers else 0, length))
    for k in numbers:
        octets[k // 8] |= 1 << (k % 8)
    return bytes(octets)
