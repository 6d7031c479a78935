"""A write to a table: the whole of it as it would become is valid, or nothing changes.

It goes in steps, each of them short and near the bottom of a meter's small stack: first it is
checked, then kept. Where a table has the dimensions of others, what they size is looked at, and
what they say is learned, one table a step.

Another port, or a duty, may write between two steps. What was read and checked before then counts
for nothing: the write is refused as busy, and the client asks again.
"""

from .codec import learn
from .pending import EVENT, is_event
from .types import PENDING, NotReady

_ONP = 4
_BSY = 6
_DNR = 7

GOES_ON = 1
"""The write takes longer: `go_on` says more."""


class Writer:
    """Writes to the stored tables of `tables`, one at a time."""

    def __init__(self, tables):
        self._tables = tables
        self._steps = None  # of the write under way
        self._kept = False  # the device has taken it
        self._before = 0  # writes of the device when it was read

    def store(self, table, offset, data, at, count):
        """Write data[at:at+count] from `offset` on; -1 is the whole table.

        GOES_ON, or a negative response code. Allocates the table.
        """
        tables = self._tables
        size = tables.size(table.number)
        if offset == -1:
            offset = 0
            if count != size:
                return -_ONP
        if offset < 0 or count <= 0 or offset + count > size or at + count > len(data):
            return -_ONP
        image = bytearray(size)
        self._before = self._written()
        try:
            tables.copy(table, 0, size, image, 0)
        except NotReady:
            return -_DNR
        image[offset : offset + count] = data[at : at + count]
        self._kept = False
        self._steps = self._take(table, image)
        return GOES_ON

    def _written(self):
        return getattr(self._tables.device, "writes", 0)

    def put_pending(self, number, offset, data, at, count):
        """Keep event and table, in one piece: what holds later is checked as a whole now."""
        octets = bytes(data[at : at + count])
        if offset > 0 or not is_event(octets):
            return -_ONP
        if not self._tables.may_become(number & ~PENDING, octets[EVENT:]):
            return -_ONP
        device = self._tables.device
        return device.pending.put(number & ~PENDING, octets, device)

    def go_on(self):
        """Another step of what GOES_ON: as `store`."""
        result = next(self._steps)
        if result != GOES_ON:
            self._steps = None
        return result

    def end(self):
        """Nobody asks for more: what the device has taken is learned, anything else is dropped."""
        if self._steps is not None and self._kept:
            while self.go_on() == GOES_ON:
                pass
        self._steps = None

    def _take(self, table, image):
        tables = self._tables
        if not tables.may_become(table.number, image):
            yield -_ONP
            return
        yield GOES_ON
        if table.sizes:
            dims = dict(tables.dims)
            learn(dims, table.fields, image)
            for number in table.sizes:
                if not tables.may_stand(number, dims):
                    yield -_ONP
                    return
                yield GOES_ON
        if self._written() != self._before:
            yield -_BSY
            return
        result = tables.device.write_stored(table.number, image)
        if result == 0 and tables.sizes_others(table.number):
            self._kept = True
            for _ in tables.learning():
                yield GOES_ON
        yield result
