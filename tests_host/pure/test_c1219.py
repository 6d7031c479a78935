"""Every table is served to the octet as on CPython, whole and in parts."""

from binascii import hexlify

from c1219 import catalog
from c1219.tables import Tables
from tests_host.pure.device import PASSWORD, Device
from tests_host.pure.lcg import Lcg

ROOM = 1024
LEVEL = 2


def whole(tables, number):
    buf = bytearray(ROOM)
    count = tables.read(number, 0, -1, buf, 0, LEVEL)
    assert count > 0, (number, count)
    return bytes(buf[:count])


def test_parts_are_parts_of_the_whole():
    random = Lcg(41)
    tables = Tables(Device())
    for table in catalog.TABLES:
        octets = whole(tables, table.number)
        assert len(octets) == tables.size(table.number)
        for _ in range(10):
            offset = random.below(len(octets))
            count = random.between(1, len(octets) - offset)
            at = random.below(7)
            buf = bytearray(ROOM)
            assert tables.read(table.number, offset, count, buf, at, LEVEL) == count
            assert buf[at : at + count] == octets[offset : offset + count]
            assert not any(buf[:at]) and not any(buf[at + count :])


def test_what_is_not_there_is_refused():
    tables = Tables(Device())
    buf = bytearray(ROOM)
    size = tables.size(1)
    for number, offset, count in ((999, 0, -1), (1, size, 1), (1, 0, size + 1), (1, 0, 0)):
        assert tables.read(number, offset, count, buf, 0, LEVEL) < 0
    assert not any(buf)


def written(tables, *arguments):
    """What a write comes to: 0 or a refusal."""
    result = tables.write(*arguments)
    while result > 0:
        result = tables.write_on()
    return result


def test_a_write_changes_what_it_names_and_nothing_else():
    device = Device()
    tables = Tables(device)
    assert written(tables, 5, -1, b"B" * 20, 0, 20, LEVEL) == 0
    assert written(tables, 5, 3, b"..abc", 2, 3, LEVEL) == 0
    assert device.stored[5] == b"BBBabcBBBBBBBBBBBBBB"
    for level, offset, count in ((0, -1, 20), (LEVEL, -1, 19), (LEVEL, 18, 3)):
        assert written(tables, 5, offset, b"C" * 20, 0, count, level) < 0
    assert device.stored[5] == b"BBBabcBBBBBBBBBBBBBB"


def test_passwords_are_taken_without_their_padding():
    tables = Tables(Device())
    assert tables.authorise(7, PASSWORD + b"  \0\0", 0, 10) == 2
    assert tables.authorise(7, b" " * 20, 0, 20) == 0


def outputs():
    """The octets of every table."""
    tables = Tables(Device())
    lines = []
    for table in catalog.TABLES:
        octets = whole(tables, table.number)
        lines.append(f"{table.number} {hexlify(octets).decode()}")
    return lines
