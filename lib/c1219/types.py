"""C12.19 data types, the shape of a declaration, and its resolution to sizes.

A field is a tuple, cut short where the rest is the default:

    (name, type, count=1, source=None, when=None)

type    one of the codes below; a tuple of fields, which is a record; or
        (code, ((bit name, lowest bit, number of bits), ...)), a BIT FIELD
count   elements of the array, or octets of a STRING, BINARY or SET; a number, the name of a
        dimension (an element of ST0, ST11, ST21, ST31 or ST71), or a function of the dimensions
source  what the serving meter answers: a value; a tuple, one value for each element; or a function
        of (tables, n). n counts this field's elements through the whole table, also where it
        repeats inside an array of records: element k of record r, of c each, is n = r * c + k.
        With a record it is the octets of all of it, in place of what its fields would answer
when    name of the dimension that must not be zero for the field to be there, or a function of
        the dimensions that must be true

Little-endian, two's complement, TM_FORMAT 2 (ST0: DATA_ORDER 0, INT_FORMAT 0): the set that
clients support best (reference: c12.md 1.8, high confidence).
"""

# A code is its kind in the high octet and its width in octets in the low one.
UNSIGNED = 0x000
SIGNED = 0x100
STRING = 0x200  # ISO 646, padded with spaces
BINARY = 0x300
SET = 0x400  # element k is bit k % 8 of octet k // 8
NI_FMAT1 = 0x500  # width and kind by ST0's NI_FORMAT1
NI_FMAT2 = 0x600
LTIME_DATE = 0x700 | 6  # Y M D h m s
STIME_DATE = 0x700 | 5  # Y M D h m
TIME = 0x800 | 3  # h m s
RECORD = 0xF00

UINT8 = UNSIGNED | 1
UINT16 = UNSIGNED | 2
UINT24 = UNSIGNED | 3
UINT32 = UNSIGNED | 4
UINT40 = UNSIGNED | 5
UINT48 = UNSIGNED | 6
UINT64 = UNSIGNED | 8
INT8 = SIGNED | 1
INT16 = SIGNED | 2
INT24 = SIGNED | 3
INT32 = SIGNED | 4
INT40 = SIGNED | 5
INT48 = SIGNED | 6
INT64 = SIGNED | 8

# NI_FORMAT codes of the integer kinds. 4 has four implied decimals, which its reader must know.
NI_INT32_SCALED = 4
NI_INT32 = 8
NI_INT48 = 10
_NI_TYPES = {4: INT32, 7: INT24, 8: INT32, 9: INT40, 10: INT48, 11: INT64}

# Access levels, from the password given: who may read or write a table.
PUBLIC = 0
READER = 1
PROGRAMMER = 2
MASTER = 3
NEVER = 255

# Where a table's octets come from.
LIVE = 0  # encoded for each read
FIXED = 1  # read-only, encoded once, when the meter starts
STORED = 2  # kept by the device: the fields need no source
PROCEDURE = 3  # ST7 and ST8: of the latest procedure of this session

MANUFACTURER = 0x0800


class NotReady(Exception):
    """A device cannot give a value just now; the client is told to ask again."""


class Table:
    """One table as the standard or this meter declares it.

    number  0..2039, plus MANUFACTURER for a manufacturer table: the table id of a request.
            Ids of pending tables have bit 12 set besides, and none is served.
    name    the standard's name
    fields  as the head of this module says
    read    lowest access level that may read it
    write   lowest access level that may write it; NEVER for a read-only one
    octets  LIVE, FIXED, STORED or PROCEDURE
    needs   the member of the device without which the table is not served; None: always served
    piece   octets that are encoded at a time, where all at once would take too long; 0 elsewhere.
            A read of several pieces is not of one moment
    check   for a writable table, whether decoded values may stand: check(values, dims, tables);
            None when it is enough that each field holds a value of its type
    """

    def __init__(
        self,
        number,
        name,
        fields,
        read=PUBLIC,
        write=NEVER,
        octets=LIVE,
        needs=None,
        check=None,
        piece=0,
    ):
        self.number = number
        self.name = name
        self.fields = fields
        self.read = read
        self.write = write
        self.octets = octets
        self.needs = needs
        self.check = check
        self.piece = piece


def resolve(fields, dims):
    """The parts that `fields` have with these dimensions, those absent left out.

    A part is (name, kind, many, count, width, inner, source): kind is the high octet of the type
    code or RECORD, many tells an array, width is the octets of one element, inner the parts of a
    record or the bits of a BIT FIELD. Raises KeyError for a dimension that is not known,
    ValueError for a non-integer NI format that this meter does not speak.
    """
    parts = []
    for field in fields:
        name, code = field[0], field[1]
        count = field[2] if len(field) > 2 else 1
        source = field[3] if len(field) > 3 else None
        when = field[4] if len(field) > 4 else None
        if when is not None and not (when(dims) if callable(when) else dims[when]):
            continue
        many = count != 1
        if isinstance(count, str):
            count = dims[count]
        elif callable(count):
            count = count(dims)
        parts.append(_part(name, code, many, count, source, dims))
    return tuple(parts)


def _part(name, code, many, count, source, dims):
    inner = None
    if isinstance(code, tuple):
        if isinstance(code[0], tuple):
            inner = resolve(code, dims)
            return (name, RECORD, many, count, size_of(inner), inner, source)
        code, inner = code
    if code == NI_FMAT1:
        code = _ni_type(dims["NI_FORMAT1"])
    elif code == NI_FMAT2:
        code = _ni_type(dims["NI_FORMAT2"])
    kind, width = code & 0xF00, code & 0xFF
    if width == 0:  # STRING, BINARY, SET: one element of `count` octets
        return (name, kind, False, 1, count, inner, source)
    return (name, kind, many, count, width, inner, source)


def _ni_type(ni_format):
    if ni_format not in _NI_TYPES:
        raise ValueError("NI_FORMAT %d is not an integer format" % ni_format)
    return _NI_TYPES[ni_format]


def size_of(parts):
    """Octets that resolved `parts` take."""
    size = 0
    for part in parts:
        size += part[3] * part[4]
    return size
