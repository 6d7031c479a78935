"""Every table of a meter: encoded again as it was read, and each part the slice of the whole."""

import pytest

from c1219 import catalog
from c1219.codec import decode, image_of
from c1219.types import MANUFACTURER, resolve
from picometer.proof.meters import build
from picometer.virtual.clock import NS_PER_S
from picometer.virtual.mains import ConstantLoad

MASTER = 3
SECRET = 42
PUBLISHED = [table.number for table in catalog.ALL if table.number != SECRET]
SMALL = 64  # octets up to which each part there is is read
LARGE = 4096  # and from which on only some are
ROOM = 1 << 18


@pytest.fixture(scope="module")
def tables():
    """Of a meter with entries in its logs, and one pending table; no time passes from here on."""
    host = build(ConstantLoad(7200.0), model="AXR-SD")
    host.run_until(3 * NS_PER_S)
    tables = host.meter.tables
    assert tables.authorise(7, b"PICOMETER", 0, 9) == MASTER
    for request in (b"\x09\0\1\1", b"\x04\0\2\xff", b"\x63\0\3"):
        assert tables.write(7, -1, request, 0, len(request), MASTER) == 0
    pending = b"\2" + bytes(5) + bytes((1, 0, 0, 0, 5, 3, 5, 3))
    assert tables.write(13 | 0x1000, -1, pending, 0, len(pending), MASTER) == 0
    return tables


def whole(tables, number):
    buf = bytearray(ROOM)
    count = tables.read(number, 0, -1, buf, 0, MASTER)
    assert count > 0, (number, count)
    assert not any(buf[count:])
    return bytes(buf[:count])


def parts(size):
    """(offset, count) of parts: all of a small table; of a larger one all octets one by one, all
    beginnings and ends, and lengths around those of packets and pieces in between; of the load
    profile that at steps, and at both ends.
    """
    offsets = range(size)
    if size > LARGE:
        offsets = (*range(40), *range(40, size - 40, 1009), *range(size - 40, size))
    for offset in offsets:
        counts = range(1, size - offset + 1)
        if size > SMALL:
            counts = {1, 5, 8, 64, 127, size - offset} if offset % 7 else {1, 2, size - offset}
        for count in counts:
            if offset + count <= size:
                yield offset, count


def test_no_table_is_left_out(tables):
    served = sorted(tables._served)
    assert sorted([*PUBLISHED, SECRET]) == served
    assert {4, 40, 44, 74, 76, MANUFACTURER | 5} <= set(served)


@pytest.mark.parametrize("number", PUBLISHED)
def test_what_is_read_is_encoded_to_the_same_octets(tables, number):
    octets = whole(tables, number)
    dims = dict(tables.dims, RESPONSE_LENGTH=len(octets) - 4)
    resolved = resolve(catalog.find(number).fields, dims)
    assert bytes(image_of(resolved, decode(resolved, octets))) == octets


@pytest.mark.parametrize("number", [*PUBLISHED, 13 | 0x1000])
def test_every_part_is_the_slice_of_the_whole(tables, number):
    octets = whole(tables, number)
    buf = bytearray(len(octets) + 2)
    for offset, count in parts(len(octets)):
        buf[:] = bytes(len(buf))
        assert tables.read(number, offset, count, buf, 1, MASTER) == count
        assert buf[1 : 1 + count] == octets[offset : offset + count], (offset, count)
        assert buf[0] == 0 and not any(buf[1 + count :])
    for offset, count in ((0, len(octets) + 1), (len(octets), 1), (0, 0), (len(octets) - 1, 2)):
        assert tables.read(number, offset, count, buf, 0, MASTER) == -4
