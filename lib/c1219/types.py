"""C12.19 data types, the shape of a declaration, and its resolution to sizes.

A field is a tuple, cut short where the rest is the default:

    (name, type, count=1, source=None, when=None)

type    name of a type, as CODES has it; a tuple of fields, which is a record; or
        (name of a type, ((bit name, lowest bit, number of bits), ...)), a BIT FIELD
count   elements of the array, or octets of a STRING, BINARY or SET; a number, the name of a
        dimension (an element of ST0, ST11, ST21, ST31, ST41, ST61, ST62 or ST71), or (name, a, b)
        for (dimension + a) // b
source  what the serving meter answers: a number, octets (0 is as many zeros), or the name of a
        function of the declaring module, called with (tables, n). n counts this field's elements
        through the whole table, also where it repeats inside an array of records: element k of
        record r, of c each, is n = r * c + k. Or (name, x), called with (tables, x). With a
        record it is the octets of all of it, in place of what its fields would answer
when    name of the dimension that must not be zero for the field to be there; "!" and its name
        when it must be; or (name, least) when it must not be less

All of it is constant, and so lies in flash where a meter's code does: declarations take no memory.

Little-endian, two's complement, TM_FORMAT 2 (ST0: DATA_ORDER 0, INT_FORMAT 0): the set that
clients support best (reference: c12.md 1.8, high confidence).
"""

# A code is its kind in the high octet and its width in octets in the low one.
UNSIGNED = 0x000
SIGNED = 0x100
STRING = 0x200  # ISO 646, padded with spaces
BINARY = 0x300
SET = 0x400  # element k is bit k % 8 of octet k // 8
DATE = 0x700  # year first
TIME = 0x800
RECORD = 0xF00

CODES = {
    "UINT8": 0x001,
    "UINT16": 0x002,
    "UINT24": 0x003,
    "UINT32": 0x004,
    "UINT40": 0x005,
    "UINT48": 0x006,
    "UINT64": 0x008,
    "INT8": 0x101,
    "INT16": 0x102,
    "INT24": 0x103,
    "INT32": 0x104,
    "INT40": 0x105,
    "INT48": 0x106,
    "INT64": 0x108,
    "STRING": STRING,
    "BINARY": BINARY,
    "SET": SET,
    "LTIME_DATE": DATE | 6,  # Y M D h m s
    "STIME_DATE": DATE | 5,  # Y M D h m
    "TIME": TIME | 3,  # h m s
}

# NI_FORMAT codes of the integer kinds, by which NI_FMAT1 and NI_FMAT2 are sized. 4 has four
# implied decimals, which its reader must know.
NI_INT32_SCALED = 4
NI_INT32 = 8
NI_INT48 = 10
_NI_TYPES = {4: "INT32", 7: "INT24", 8: "INT32", 9: "INT40", 10: "INT48", 11: "INT64"}

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
PENDING = 0x1000


class NotReady(Exception):
    """A device cannot give a value just now; the client is told to ask again."""


class Table:
    """One table as the standard or this meter declares it.

    number  0..2039, plus MANUFACTURER for a manufacturer table: the table id of a request.
            Ids of pending tables have bit 12 set besides
    name    the standard's name
    fields  as the head of this module says
    module  globals() of the declaring module, where functions are found by their names

    Besides, by their names where they are not the default:

    read    lowest access level that may read it
    write   lowest access level that may write it; NEVER for a read-only one
    octets  LIVE, FIXED, STORED or PROCEDURE
    needs   the member of the device without which the table is not served; None: always served
    piece   octets that are encoded at a time, where all at once would take too long; 0 elsewhere.
            A read of several pieces is not of one moment
    check   for a writable table, whether decoded values may stand: check(values, dims, tables);
            None when it is enough that each field holds a value of its type
    check_octets  the same of the octets, where decoding them takes too long
    secret  whoever may read it is shown zeros: passwords
    sizes   of a table of dimensions, the stored tables that must be valid with new ones
    """

    read = PUBLIC
    write = NEVER
    octets = LIVE
    needs = None
    check = None
    check_octets = None
    secret = False
    piece = 0
    sizes = ()

    def __init__(self, number, name, fields, module=None, **more):
        self.number = number
        self.name = name
        self.fields = fields
        self.module = module
        for key in more:
            if not hasattr(self, key):
                raise TypeError(key)
            setattr(self, key, more[key])


def resolve(fields, dims, module=None):
    """The parts that `fields` have with these dimensions, those absent left out.

    `module` is where functions are found that fields name as their sources; without it they are
    not: who only decodes needs none.

    A part is (name, kind, many, count, width, inner, source): kind is the high octet of the type
    code or RECORD, many tells an array, width is the octets of one element, inner the parts of a
    record or the bits of a BIT FIELD. Raises KeyError for a type, dimension or function that is
    not known, ValueError for a non-integer NI format that this meter does not speak.
    """
    parts = []
    for field in fields:
        code = field[1]
        count = field[2] if len(field) > 2 else 1
        source = field[3] if len(field) > 3 else None
        if len(field) > 4 and not _is_there(field[4], dims):
            continue
        many = count != 1
        if isinstance(count, str):
            count = dims[count]
        elif isinstance(count, tuple):
            count = (dims[count[0]] + count[1]) // count[2]
        if module is not None:
            source = _function(source, module)
        parts.append(_part(field[0], code, many, count, source, dims, module))
    return tuple(parts)


def _is_there(when, dims):
    if isinstance(when, tuple):
        return dims[when[0]] >= when[1]
    if when[0] == "!":
        return not dims[when[1:]]
    return dims[when]


def _function(source, module):
    if isinstance(source, str):
        return module[source]
    if isinstance(source, tuple):
        return (module[source[0]], source[1])
    return source


def _part(name, code, many, count, source, dims, module):
    inner = None
    if isinstance(code, tuple):
        if isinstance(code[0], tuple):
            inner = resolve(code, dims, module)
            return (name, RECORD, many, count, size_of(inner), inner, source)
        code, inner = code
    code = _code(code, dims)
    kind, width = code & 0xF00, code & 0xFF
    if width == 0:  # STRING, BINARY, SET: one element of `count` octets
        return (name, kind, False, 1, count, inner, source)
    return (name, kind, many, count, width, inner, source)


def _code(name, dims):
    if name == "NI_FMAT1":
        name = _ni_type(dims["NI_FORMAT1"])
    elif name == "NI_FMAT2":
        name = _ni_type(dims["NI_FORMAT2"])
    return CODES[name]


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
