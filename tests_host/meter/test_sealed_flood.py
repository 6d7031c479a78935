"""Floods at the ports of a sealed meter, and of outages: what operators did stays in its log."""

import pytest

from c1219 import events
from c1219 import procedures as c
from metrology import page as p
from psem import codes
from tests_host.meter.rights_bench import MODULE, PORTS, READER, WORDS
from tests_host.meter.sealed_bench import SealedBench

ALL, HISTORY, SELF_READS, EVENT_LOG = b"\xff", b"\x08", b"\x02", b"\x01"


@pytest.fixture
def bench():
    bench = SealedBench()
    assert bench.run_procedure("optical", c.REMOTE_RESET.number, b"\x01") == c.COMPLETED
    return bench


def shown(bench):
    history = bench.host.meter.history
    return [history.entry(i).code for i in range(history.valid)]


def test_marking_lists_as_read_leaves_what_operators_did(bench):
    for i in range(60):
        port = PORTS[i % 2]
        for chosen in (ALL, HISTORY, SELF_READS, EVENT_LOG):
            bench.run_procedure(port, c.UPDATE_LAST_READ.number, chosen + b"\x01\x00")
            bench.run_procedure(port, c.RESET_LIST_POINTERS.number, chosen)
        bench.run_procedure(port, c.REMOTE_RESET.number, b"\x02")
    assert events.DEMAND_RESET in shown(bench)


def test_sessions_without_a_password_leave_what_operators_did_over_power_cuts_too(bench):
    for i in range(30):
        for port in PORTS:
            bench.ask(port, bytes([codes.TERMINATE]))
            bench.open(port)
            for number in (5, 13, 2048, 42):
                bench.write(port, number, bytes((i,)))
            for word in range(4):
                bench.security(port, b"GUESS %d" % word)
        bench.run(0.2)
        if i % 10 == 9:
            bench.restart()
    assert shown(bench).count(events.WRITE_REFUSED) + shown(bench).count(events.LOCKED_OUT) <= 9
    assert events.DEMAND_RESET in shown(bench)
    assert bench.host.meter.storage.page[p.LOG_DROPPED] > 100


def test_thirty_one_short_outages_leave_what_operators_did_and_all_are_counted(bench):
    before = bench.host.meter.storage.page[p.OUTAGES]
    for _ in range(31):
        bench.restart()
    bench.run(3)
    assert bench.host.meter.storage.page[p.OUTAGES] == before + 31
    assert events.DEMAND_RESET in shown(bench)
    assert shown(bench).count(events.POWER_DOWN) == shown(bench).count(events.POWER_UP) <= 5
    bench.open("optical")
    assert bench.security("optical", WORDS[READER]) == codes.OK
    code, octets = bench.read("optical", 0x0802)
    assert code == codes.OK and int.from_bytes(octets[-8:-4], "little") == before + 31


def test_a_port_with_its_password_leaves_what_the_other_did(bench):
    for _ in range(100):
        bench.run_procedure("module", c.REMOTE_RESET.number, b"\x02")
        bench.write("module", 6, b"UTILITY".ljust(20))
        bench.run_procedure("module", c.CHANGE_MODE.number, b"\x02")
    assert events.DEMAND_RESET in shown(bench)
    assert bench.host.meter.self_reads.total >= 100


def test_pending_tables_that_take_their_place_every_minute_leave_what_operators_did(bench):
    long_over = bytes((0x10, 7, 1, 1, 0, 0))  # with a self read before
    bench.open("module")
    assert bench.security("module", WORDS[MODULE]) == codes.OK
    _, image = bench.read("module", 53)
    for _ in range(17):  # three entries each
        assert bench.write("module", 53 | 0x1000, long_over + image) == codes.OK
        bench.run(61)
    assert bench.host.meter.storage.page[p.LOG_DROPPED] > 40
    assert events.DEMAND_RESET in shown(bench)
