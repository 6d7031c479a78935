"""Two ports that write at the same time: what was checked still holds when it is kept."""

import pytest

from psem import codes
from psem.crc import checksum
from tests_host.meter.rights_bench import Bench
from tests_host.meter.sealed_bench import BEST

ROOM = 1 << 14


@pytest.fixture
def bench():
    bench = Bench()
    for port in ("optical", "module"):
        bench.open(port)
        assert bench.security(port, BEST[port]) == codes.OK
    return bench


def request(table, octets, offset=None):
    code = codes.WRITE if offset is None else codes.WRITE_OFFSET
    head = bytes([code]) + table.to_bytes(2, "big")
    if offset is not None:
        head += offset.to_bytes(3, "big")
    head += len(octets).to_bytes(2, "big")
    return head + octets + bytes([checksum(octets, 0, len(octets))])


class Write:
    """A write of one port, step by step."""

    def __init__(self, bench, port, octets):
        self.out = bytearray(ROOM)
        self.session = getattr(bench.host.meter, port).link._session
        self.code = None
        self._take(self.session.handle(bytearray(octets), 0, len(octets), self.out))

    def _take(self, length):
        if length:
            self.code = self.out[0]

    def step(self):
        if self.code is None:
            self._take(self.session.go_on(self.out))
        return self.code is not None


def dimensions(bench, places=-1):
    """ST31 with that many places less, or more, on each primary list."""
    octets = bytearray(bench.octets(31))
    octets[4] += places
    return bytes(octets)


def writes(bench):
    """A write for each stored table that goes in steps."""
    octets = {n: bench.octets(n) for n in (13, 31, 32, 33, 34)}
    lists = bytearray(octets[33])
    lists[0] ^= 1
    return [
        request(31, dimensions(bench)),
        request(32, octets[32][:1] + b"XYZ" + octets[32][4:]),
        request(33, bytes(lists)),
        request(34, bytes([octets[34][0] ^ 1]) + octets[34][1:]),
        request(13, octets[13][:4] + bytes((5, 3, 5, 3))),
        request(53, bytes(4) + b"\x3c\x00"),
        request(6, b"UTILITY", 0),
        request(0x0800, b"\x05\x63"),
        request(5, b"ABC", 0),
    ]


def valid(bench):
    """All stored tables may stand with the dimensions that stand."""
    tables = bench.host.meter.tables
    dims = dict(tables.dims)
    return all(tables.may_stand(n, dims) for n in (31, 32, 33, 34, 13, 53))


def test_lists_and_their_dimensions_written_at_the_same_time_fit_each_other(bench):
    for ahead in range(12):
        first = Write(bench, "optical", request(33, bench.octets(33)))
        for _ in range(ahead):
            first.step()
        second = Write(bench, "module", request(31, dimensions(bench, -1 if ahead % 2 else 1)))
        while not (first.step() and second.step()):
            first.step()
        while not second.step():
            pass
        assert {first.code, second.code} <= {codes.OK, codes.BSY, codes.ONP}
        assert codes.OK in (first.code, second.code)
        assert valid(bench)


def test_any_two_writes_step_by_step_leave_what_one_after_the_other_would(bench):
    met = 0
    all_writes = writes(bench)
    for i, one in enumerate(all_writes):
        for other in all_writes[i + 1 :]:
            for ahead in (0, 1, 3):
                first = Write(bench, "optical", one)
                for _ in range(ahead):
                    first.step()
                second = Write(bench, "module", other)
                turns = [first, second]
                while first.code is None or second.code is None:
                    for each in turns:
                        each.step()
                answers = {first.code, second.code}
                assert answers <= {codes.OK, codes.BSY, codes.ONP}, (one[:3], other[:3])
                met += codes.BSY in answers
                assert valid(bench), (one[:3], other[:3], ahead)
    assert met > 20


def test_a_part_of_a_table_takes_nothing_back_that_the_other_port_wrote(bench):
    """Both write a part of ST31's neighbour at once: no one's octets are lost."""
    before = bench.octets(6)
    first = Write(bench, "optical", request(6, b"AAAA", 0))
    second = Write(bench, "module", request(6, b"BBBB", 10))
    while first.code is None or second.code is None:
        first.step()
        second.step()
    after = bench.octets(6)
    for write, part, at in ((first, b"AAAA", 0), (second, b"BBBB", 10)):
        assert (after[at : at + 4] == part) == (write.code == codes.OK)
        assert write.code in (codes.OK, codes.BSY)
    assert after[20:] == before[20:]
