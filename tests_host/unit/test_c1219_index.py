"""Access by index: what a path of indices leads to, and that it is read and written alike."""

import pytest

from c1219 import catalog
from c1219.index import span
from c1219.tables import Tables
from c1219.types import RECORD, resolve
from picometer.reader.client import Client
from picometer.reader.errors import ServiceError
from psem import codes
from tests_host.unit.c1219_device import FakeDevice, whole
from tests_host.unit.psem_bench import Bench, BenchPort
from tests_host.unit.test_c1219_tables import NUMBERS

IAR, ONP = -5, -4
_READ_IN_FULL = [n for n in NUMBERS if n not in (7, 8)]

# A record of two, of which the second is an array of three; then octets.
_FIELDS = (
    ("A", "UINT16"),
    ("B", (("C", "UINT8"), ("D", (("E", "UINT8"), ("F", "UINT16")), 3)), 2),
    ("GONE", "UINT32", 1, None, "NO"),
    ("G", "STRING", 5),
)
_PARTS = resolve(_FIELDS, {"NO": 0})


@pytest.mark.parametrize(
    "indices, count, where",
    [
        ((0,), 1, (0, 2)),
        ((1,), 1, (2, 20)),
        ((2,), 1, (22, 5)),  # what is absent does not count
        ((0,), 3, (0, 27)),
        ((1, 1), 1, (12, 10)),
        ((1, 0), 2, (2, 20)),
        ((1, 1, 0), 1, (12, 1)),
        ((1, 0, 0), 2, (2, 10)),
        ((1, 1, 1, 2), 1, (19, 3)),
        ((1, 0, 1, 1), 2, (6, 6)),
        ((1, 1, 1, 2, 1), 1, (20, 2)),
        ((3,), 1, None),
        ((2,), 2, None),
        ((0, 0), 1, None),
        ((2, 0), 1, None),
        ((1, 2), 1, None),
        ((1, 1), 2, None),
        ((1, 0, 2), 1, None),
        ((1, 0, 1, 3), 1, None),
        ((1, 0, 1, 1), 3, None),
        ((1, 0, 1, 1, 0, 0), 1, None),
    ],
)
def test_a_path_leads_to_its_elements_and_nowhere_else(indices, count, where):
    assert span(_PARTS, indices, count) == where
    if where is not None:
        assert span(_PARTS, indices, 0, where[1]) == where


@pytest.mark.parametrize(
    "indices, octets", [((0,), 1), ((0,), 3), ((1, 0), 15), ((1, 0, 1, 0), 4), ((1, 1), 20)]
)
def test_octets_that_are_no_whole_elements_are_none(indices, octets):
    assert span(_PARTS, indices, 0, octets) is None


def paths(parts, octets, before=()):
    """Every path of a table and the octets that it leads to, found by taking them off in turn."""
    for i, (_, kind, many, count, width, inner, _) in enumerate(parts):
        path = (*before, i)
        field, octets = octets[: count * width], octets[count * width :]
        if field:
            yield path, field
        for k in range(count):
            element = field[k * width : (k + 1) * width]
            if many:
                yield (*path, k), element
            if kind == RECORD:
                yield from paths(inner, element, (*path, k) if many else path)
    assert before or not octets


@pytest.mark.parametrize("number", _READ_IN_FULL)
def test_every_element_of_every_table_is_where_its_path_leads(number):
    tables = Tables(FakeDevice())
    octets = whole(tables, number, 3)
    found = 0
    for path, element in paths(resolve(catalog.find(number).fields, tables.dims), octets):
        offset, count = tables.locate(number, path, 1)
        assert octets[offset : offset + count] == element, path
        found += 1
    assert found


def test_what_is_not_there_is_refused():
    tables = Tables(FakeDevice())
    assert tables.locate(999, (0,), 1)[1] == IAR
    assert tables.locate(1, (0,), 0)[1] == ONP
    assert tables.locate(1, (0xFFFF,), 1)[1] == ONP


@pytest.fixture
def client():
    bench = Bench()
    device = FakeDevice()
    bench.session._tables = Tables(device)
    client = Client(BenchPort(bench))
    client.device = device
    client.identify()
    client.negotiate()
    client.logon()
    return client


def test_a_client_reads_and_writes_by_index(client):
    assert client.read_index(1, (1,)) == client.read(1)[4:12]
    assert client.read_index(16, (0, 3), 2) == client.read(16)[3:5]
    with pytest.raises(ServiceError) as refused:
        client.write_index(6, (1,), b"DIVISION".ljust(20))
    assert refused.value.code == codes.ISC
    client.security("secret")
    client.write_index(6, (1,), b"DIVISION".ljust(20))
    client.write_index(6, (3,), b"A".ljust(20) + b"B".ljust(20))
    expected = bytearray(b"OWNER".ljust(230))
    expected[20:40] = b"DIVISION".ljust(20)
    expected[60:100] = b"A".ljust(20) + b"B".ljust(20)
    assert client.device.stored[6] == expected
    for octets in (b"DIVISION", b"\x07".ljust(20)):  # not whole; no text
        with pytest.raises(ServiceError) as refused:
            client.write_index(6, (1,), octets)
        assert refused.value.code == codes.ONP
    assert client.device.stored[6] == expected


def test_the_client_refuses_a_path_of_no_or_of_too_many_indices(client):
    for indices in ((), tuple(range(10))):
        with pytest.raises(ValueError):
            client.read_index(1, indices)
