"""The tables as a session sees them: read, write, authorise.

What the firmware supplies as `device` (anything with these members will do):

    model, serial           bytes, at most 8 and 16, ISO 646
    version                 hardware version and revision, firmware version and revision: 4 ints
    rating                  fixed while running; with form, volts, class_amps, test_amps, kh_mwh
    mode                    ED_MODE of ST3, 0..255
    status1                 ED_STD_STATUS1 of ST3, bits as decade0 names them
    status_mfg              manufacturer status bits, 0..255
    quantity(q)             int: quantities.py names each q and its unit; NotReady when it cannot
                            be had now, as when the metering chip does not answer
    read_stored(number, offset, count, buf, at)
                            copy octets offset..offset+count of a STORED table (ST5, ST6) to
                            buf[at...]; never asked beyond the table's size
    write_stored(number, image)
                            keep the whole, validated image: 0, or a negative response code, and
                            then the old image stands
    password_level(password)
                            access level of a password without its padding, 0 when it is wrong;
                            compares in constant time

One read is of one moment, as nothing else runs meanwhile; two offset reads are of two. Reads and
writes allocate a little, so they belong to a session and never to the metering path.

Results are octets moved, or a response code of C12.18 made negative:

    -IAR  no such table (there are no pending ones), or a write to a read-only one
    -ISC  the access level does not suffice
    -ONP  offset or count beyond the table, nothing asked for, a full write of another length,
          octets that are no value of their field, or no room for the answer
    -DNR  the device raised NotReady

An offset read past the end is refused rather than cut or filled, so that a client always gets
exactly what it asked for (medium confidence: IAR or ONP are both seen).
"""

from . import catalog
from .codec import Window, encode, image_of, is_valid, set_of
from .types import FIXED, MANUFACTURER, NEVER, STORED, resolve, size_of

_ISC = 3
_ONP = 4
_IAR = 5
_DNR = 7


class NotReady(Exception):
    """A device cannot give a value just now; the client is told to ask again."""


class Tables:
    """What one meter serves: the `declared` tables with the values of `device`.

    std_tables, mfg_tables, std_writable, mfg_writable  the SETs of ST0, from what is declared
    dims            every element of ST0, ST11 and ST21 by name
    default_table   what a default read answers
    user_id         of the last password accepted, 0 when nobody is authorised
    """

    def __init__(self, device, declared=catalog.TABLES):
        self.device = device
        self.default_table = 0
        self.user_id = 0
        self._window = Window()
        self._make_sets(declared)
        self.dims = {}
        for _, fields in catalog.DIMENSIONS:
            octets = image_of(resolve(fields, self.dims), None, self)
            catalog.learn(self.dims, fields, octets)
        self._latest = None
        self._parts = None
        self._served = {}
        self._fixed = {}
        for table in declared:
            self._served[table.number] = table
            if table.octets == FIXED:
                self._fixed[table.number] = bytes(image_of(self._parts_of(table), None, self))

    def _make_sets(self, declared):
        numbers = [table.number for table in declared]
        writable = [table.number for table in declared if table.write != NEVER]
        self.std_tables = set_of([n for n in numbers if n < MANUFACTURER])
        self.mfg_tables = set_of([n - MANUFACTURER for n in numbers if n >= MANUFACTURER])
        std = set_of([n for n in writable if n < MANUFACTURER])
        mfg = set_of([n - MANUFACTURER for n in writable if n >= MANUFACTURER])
        self.std_writable = std + bytes(len(self.std_tables) - len(std))
        self.mfg_writable = mfg + bytes(len(self.mfg_tables) - len(mfg))

    def size(self, number):
        """Octets of table `number`; KeyError when it is not served."""
        if number in self._fixed:
            return len(self._fixed[number])
        return size_of(self._parts_of(self._served[number]))

    def _parts_of(self, table):
        # Only the latest table's parts are kept: those of all would take more than they save.
        if table is not self._latest:
            self._parts = resolve(table.fields, self.dims)
            self._latest = table
        return self._parts

    def read(self, number, offset, count, buf, at, level):
        """Copy octets offset..offset+count of a table to buf[at...]; count -1: all from offset."""
        if number not in self._served:
            return -_IAR
        table = self._served[number]
        if level < table.read:
            return -_ISC
        size = self.size(number)
        if count == -1:
            count = size - offset
        if offset < 0 or count <= 0 or offset + count > size or at + count > len(buf):
            return -_ONP
        try:
            self._copy(table, offset, count, buf, at)
        except NotReady:
            return -_DNR
        return count

    def _copy(self, table, offset, count, buf, at):
        if table.octets == FIXED:
            buf[at : at + count] = self._fixed[table.number][offset : offset + count]
        elif table.octets == STORED:
            self.device.read_stored(table.number, offset, count, buf, at)
        else:
            self._window.open(buf, at, offset, offset + count)
            encode(self._parts_of(table), None, self, self._window)

    def write(self, number, offset, data, at, count, level):
        """Write data[at:at+count] to a table from `offset` on; offset -1: all of it.

        The table as it would become is validated as a whole before the device is given it, so a
        refused write changes nothing. Returns 0 or a negative response code. Allocates the table.
        """
        if number not in self._served:
            return -_IAR
        table = self._served[number]
        if table.write == NEVER:
            return -_IAR
        if level < table.write:
            return -_ISC
        size = self.size(number)
        if offset == -1:
            offset = 0
            if count != size:
                return -_ONP
        if offset < 0 or count <= 0 or offset + count > size or at + count > len(data):
            return -_ONP
        image = bytearray(size)
        try:
            self._copy(table, 0, size, image, 0)
        except NotReady:
            return -_DNR
        image[offset : offset + count] = data[at : at + count]
        if not is_valid(self._parts_of(table), image):
            return -_ONP
        return self.device.write_stored(number, image)

    def authorise(self, user_id, password, at, length):
        """Access level of the password at password[at:at+length], 0 when it is wrong.

        Clients pad with spaces or NULs (high confidence); both are dropped. A password of
        nothing but padding is always wrong.
        """
        end = at + length
        while end > at and password[end - 1] in (0x00, 0x20):
            end -= 1
        level = self.device.password_level(bytes(password[at:end])) if end > at else 0
        self.user_id = user_id if level else 0
        return level

    def logoff(self):
        """The session ended or was lost."""
        self.user_id = 0
