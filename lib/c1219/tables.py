"""The tables as a session sees them: read, write, authorise.

What the firmware supplies as `device`, the module of that name says.

One read is of one moment, as nothing else runs meanwhile; two offset reads are of two, and so are
the pieces in which a session reads a table that has them. Reads and writes allocate a little, so
they belong to a session and never to the metering path.

Results are octets moved, or a response code of C12.18 made negative:

    -IAR  no such table, or a write to a read-only one
    -ISC  the access level does not suffice
    -ONP  offset or count beyond the table, nothing asked for, a full write of another length,
          octets that are no value of their field or that the table's check refuses, a pending
          table that is none, or no room for the answer
    -DNR  the device raised NotReady

An offset read past the end is refused rather than cut or filled, so that a client always gets
exactly what it asked for (medium confidence: IAR or ONP are both seen).
"""

from array import array

from . import quantities
from .codec import Window, decode, encode, image_of, is_valid, learn, set_of
from .dispatcher import Dispatcher
from .procedures import ACCEPTED
from .types import (
    FIXED,
    LIVE,
    MANUFACTURER,
    NEVER,
    PENDING,
    PROCEDURE,
    STORED,
    NotReady,
    resolve,
    size_of,
)
from .writing import GOES_ON, Writer

_ISC = 3
_ONP = 4
_IAR = 5
_DNR = 7

_INITIATE = 7  # ST7
_PROCEDURE_BIT = 0x1000
_SHORTEST_REQUEST = 3


def _go_on():
    pass


def _offered(tables, device):
    # Those that the device has what it takes to serve.
    return [table for table in tables if table.needs is None or hasattr(device, table.needs)]


class Tables:
    """What one meter serves: the `declared` tables with the values of `device`.

    std_tables, mfg_tables, std_writable, mfg_writable  the SETs of ST0, from what is declared
    sources         the lines of quantities.SOURCES that are ST16's, in their order
    summations, demands, present_values     their indices, by where they are served
    procedures      a Dispatcher
    std_procedures, mfg_procedures  the SETs of ST0, from what is offered
    dims            every element of ST0, ST11, ST21, ST31, ST41, ST61, ST62 and ST71 by name
    default_table   what a default read answers
    reading         number of the table whose sources are being asked
    user_id         of the last password accepted, 0 when nobody is authorised
    """

    def __init__(self, device, declared=None, like=None, pause=_go_on):
        """`like` are the tables of another port of the same meter, whose layout is shared: what
        one port programs, the other knows. `pause` is called now and then meanwhile.
        """
        self.device = device
        self.default_table = 0
        self.reading = 0
        self.user_id = 0
        self.procedures = Dispatcher(getattr(device, "procedures", ()), pause)
        self.std_procedures = self.procedures.std
        self.mfg_procedures = self.procedures.mfg
        pause()
        self._refused = getattr(device, "refused", None)
        self._window = Window()
        self._writer = Writer(self)
        self._written = 0  # the table whose write goes on
        self.pending = getattr(device, "pending_tables", ())
        self._date_time = None
        self._latest = None
        self._latest_change = 0
        self._permissions = None
        self._parts = None
        if like is None:
            from . import catalog

            self._dimensions = catalog.DIMENSIONS
            self._lay_out(declared or _offered(catalog.ALL, device), pause)
        else:
            self._share(like)

    def _lay_out(self, declared, pause):
        self.sources = quantities.sources_of(getattr(self.device, "measured", quantities.BASIC))
        self.summations = quantities.selectors(self.sources, quantities.SUMMATION)
        self.demands = quantities.selectors(self.sources, quantities.DEMAND)
        self.present_values = quantities.selectors(self.sources, quantities.PRESENT_VALUE)
        pause()
        self._make_sets(declared)
        pause()
        self._served = {}
        for table in declared:
            self._served[table.number] = table
        self.dims = {}
        self._changes = [0]  # of the dimensions
        self._fixed = {}  # octets of tables that never change, made when first asked for
        for _ in self.learning():
            pause()

    def _share(self, like):
        self.sources = like.sources
        self.summations = like.summations
        self.demands = like.demands
        self.present_values = like.present_values
        self.std_tables = like.std_tables
        self.mfg_tables = like.mfg_tables
        self.std_writable = like.std_writable
        self.mfg_writable = like.mfg_writable
        self._served = like._served
        self._dimensions = like._dimensions
        self.dims = like.dims
        self._changes = like._changes
        self._fixed = like._fixed

    def _make_sets(self, declared):
        numbers = [table.number for table in declared]
        writable = [table.number for table in declared if table.write != NEVER]
        self.std_tables = set_of([n for n in numbers if n < MANUFACTURER])
        self.mfg_tables = set_of([n - MANUFACTURER for n in numbers if n >= MANUFACTURER])
        std = set_of([n for n in writable if n < MANUFACTURER])
        mfg = set_of([n - MANUFACTURER for n in writable if n >= MANUFACTURER])
        self.std_writable = std + bytes(len(self.std_tables) - len(std))
        self.mfg_writable = mfg + bytes(len(self.mfg_tables) - len(mfg))

    def learning(self):
        """Take up what the tables of dimensions say; yields after each step."""
        self._changes[0] += 1
        for number, fields in self._dimensions:
            if number in self._served:
                octets = self._image(number, fields, self.dims)
                yield
                learn(self.dims, fields, octets)
                yield
        self._changes[0] += 1

    def sizes_others(self, number):
        """Whether table `number` has dimensions of others."""
        for dimension in self._dimensions:
            if dimension[0] == number:
                return True
        return False

    def _image(self, number, fields, dims):
        """All octets of `fields`, those of a served table, as they are now with `dims`."""
        parts = resolve(fields, dims, self._served[number].module)
        if self._served[number].octets != STORED:
            self.reading = number
            return image_of(parts, None, self)
        image = bytearray(size_of(parts))
        self.device.read_stored(number, 0, len(image), image, 0)
        return image

    def permissions(self):
        """What ST44 says something of: tables, then procedures with bit 12."""
        if self._permissions is None:
            numbers = sorted(self._served)
            numbers += [number | _PROCEDURE_BIT for number in self.procedures.numbers()]
            self._permissions = array("H", numbers)
        return self._permissions

    def levels(self, number):
        """Lowest levels that may read and write one of `permissions`, run it if a procedure."""
        if number & _PROCEDURE_BIT:
            level = self.procedures.level(number & ~_PROCEDURE_BIT)
            return level, level
        return self._served[number].read, self._served[number].write

    def serves(self, number):
        """Whether there is a table `number`."""
        return number in self._served

    def size(self, number):
        """Octets of table `number`; KeyError when it is not served."""
        table = self._served[number]
        if table.octets == FIXED:
            return len(self._fixed_octets(table))
        if table.octets == PROCEDURE:
            return len(self._of_procedure(number))
        return size_of(self._parts_of(table))

    def piece(self, number):
        """Octets of table `number` that are to be read at a time; 0: all at once."""
        return self._served[number].piece if number in self._served else 0

    def _fixed_octets(self, table):
        if table.number not in self._fixed:
            self.reading = table.number
            self._fixed[table.number] = bytes(image_of(self._parts_of(table), None, self))
        return self._fixed[table.number]

    def _of_procedure(self, number):
        return self.procedures.request() if number == _INITIATE else self.procedures.response()

    def _parts_of(self, table):
        # Only the latest table's parts are kept: those of all would take more than they save.
        if table is not self._latest or self._latest_change != self._changes[0]:
            self._parts = resolve(table.fields, self.dims, table.module)
            self._latest = table
            self._latest_change = self._changes[0]
        return self._parts

    def date_time(self):
        """The device's, and the same throughout one read of a table."""
        if self._date_time is None:
            self._date_time = self.device.date_time()
        return self._date_time

    def values(self, table, dims):
        """The decoded values of a served table as they are now, laid out by `dims`."""
        return decode(resolve(table.fields, dims), self._image(table.number, table.fields, dims))

    def may_stand(self, number, dims):
        """Whether a stored table as it is now would be valid with `dims`."""
        table = self._served[number]
        image = self._image(table.number, table.fields, dims)
        return self._is_valid(table, resolve(table.fields, dims), image, dims)

    def may_become(self, number, image):
        """Whether a stored table would be valid with these octets."""
        table = self._served[number]
        parts = self._parts_of(table)
        return len(image) == size_of(parts) and self._is_valid(table, parts, image, self.dims)

    def _is_valid(self, table, parts, image, dims):
        if not is_valid(parts, image):
            return False
        if table.check_octets is not None and not table.check_octets(image, dims, self):
            return False
        return table.check is None or table.check(decode(parts, image), dims, self)

    def extent(self, number, offset, count, level):
        """Octets that a read would give, or the response code that it would be refused with."""
        table = self._served.get(number & ~PENDING)
        if table is None:
            return -_IAR
        if level < table.read:
            return -_ISC
        size = self._pending_size(number & ~PENDING) if number & PENDING else self.size(number)
        if size < 0:
            return size
        if count == -1:
            count = size - offset
        return -_ONP if offset < 0 or count <= 0 or offset + count > size else count

    def _pending_size(self, number):
        if number not in self.pending:
            return -_IAR
        octets = self.device.pending.get(number)
        return -_ONP if octets is None else len(octets)

    def locate(self, number, indices, count, octets=0):
        """(offset, octets) of what is meant by index, see index.span; octets below 0 are the
        response code that says why nothing is. Rights are for `read` and `write` to check.
        """
        table = self._served.get(number)
        if table is None:
            return (0, -_IAR)
        if table.octets == PROCEDURE or (count == 0 and octets == 0):  # ST7 and ST8 vary
            return (0, -_ONP)
        from .index import span  # which hardly any client needs

        return span(self._parts_of(table), indices, count, octets) or (0, -_ONP)

    def read(self, number, offset, count, buf, at, level):
        """Copy octets offset..offset+count of a table to buf[at...]; count -1: all from offset."""
        table = self._served.get(number)
        if table is not None and table.octets == PROCEDURE:
            self.procedures.poll()
        count = self.extent(number, offset, count, level)
        if count < 0:
            return count
        if at + count > len(buf):
            return -_ONP
        if number & PENDING:
            octets = self.device.pending.get(number & ~PENDING)
            buf[at : at + count] = octets[offset : offset + count]
            return count
        if table.secret:
            buf[at : at + count] = bytes(count)
            return count
        try:
            self.copy(table, offset, count, buf, at)
        except NotReady:
            return -_DNR
        return count

    def copy(self, table, offset, count, buf, at):
        """Copy octets of a served table to buf[at...]; NotReady as its sources raise it."""
        if table.octets == FIXED:
            buf[at : at + count] = self._fixed_octets(table)[offset : offset + count]
        elif table.octets == STORED:
            self.device.read_stored(table.number, offset, count, buf, at)
        elif table.octets == LIVE:
            self._date_time = None
            self.reading = table.number
            self._window.open(buf, at, offset, offset + count)
            encode(self._parts_of(table), None, self, self._window)
        else:
            buf[at : at + count] = self._of_procedure(table.number)[offset : offset + count]

    def write(self, number, offset, data, at, count, level):
        """Write data[at:at+count] to a table from `offset` on; offset -1: all of it.

        The table as it would become is validated as a whole before the device is given it, so a
        refused write changes nothing. Returns 0, a negative response code, or writing.GOES_ON:
        then `write_on` is to be called until it returns another. Allocates the table.
        """
        result = self._write(number, offset, data, at, count, level)
        if result == GOES_ON:
            self._written = number
        elif result < 0:
            self.refused(number, -result)
        return result

    def write_on(self):
        """Another step of a write that goes on; returns as `write`."""
        result = self._writer.go_on()
        if result < 0:
            self.refused(self._written, -result)
        return result

    def refused(self, number, code):
        """A write to table `number` is refused with response code `code`."""
        if self._refused is not None:
            self._refused.write(number, code)

    def _write(self, number, offset, data, at, count, level):
        pending = number & PENDING
        if pending:
            number &= ~PENDING
        if number not in self._served:
            return -_IAR
        table = self._served[number]
        if table.write == NEVER:
            return -_IAR
        if level < table.write:
            return -_ISC
        if pending:
            if number not in self.pending:
                return -_IAR
            return self._writer.put_pending(number, offset, data, at, count)
        if table.octets == PROCEDURE:
            return self._initiate(offset, data, at, count, level)
        return self._writer.store(table, offset, data, at, count)

    def _initiate(self, offset, data, at, count, level):
        # As long as its parameters need, or as the longest of all do; never in parts.
        longest = len(self.procedures.request())
        if offset > 0 or not _SHORTEST_REQUEST <= count <= longest or at + count > len(data):
            return -_ONP
        result = self.procedures.initiate(data, at, count, level)
        if result > ACCEPTED and self._refused is not None:
            self._refused.procedure(data[at] | (data[at + 1] & 0x0F) << 8, result)
        return 0

    def authorise(self, user_id, password, at, length):
        """Access level of the password at password[at:at+length], 0 when it is wrong, negative
        when the device refuses to look at it. Rights are those of this call alone.

        Clients pad with spaces or NULs (high confidence); both are dropped.
        """
        end = at + length
        while end > at and password[end - 1] in (0x00, 0x20):
            end -= 1
        level = self.device.password_level(bytes(password[at:end]))
        rights = max(level, 0)
        self.user_id = user_id if rights else 0
        self.device.authorised(self.user_id, rights)
        return level

    def logoff(self):
        """The session ended or was lost."""
        self.user_id = 0
        self.device.authorised(0, 0)
        self.procedures.forget()
        self._writer.end()
