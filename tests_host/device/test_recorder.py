"""The load profile of the real image on the emulated RP2040, over a power cut."""

from datetime import datetime

import pytest

from c1219.manufacturer import DIAGNOSTICS
from firmware import profile_program as pp
from metrology import page as p
from metrology import profile as mp
from picometer.proof.meters import PASSWORD, build, kept
from picometer.reader.decode import TableReader
from picometer.reader.profile import ProfileReader
from picometer.virtual.clock import NS_PER_S
from picometer.virtual.host import program
from picometer.virtual.mains import ConstantLoad
from picometer.virtual.simport import SimPort
from tests_host.meter.test_port import session

WATTS = 36000.0  # 10 Wh a second
PARTIAL, SKIPPED, POWER_FAIL = 2, 4, 0x20


@pytest.mark.full
def test_minutes_are_recorded_over_a_power_cut_and_read_at_the_port(make_host):
    host = build(ConstantLoad(WATTS), model="AXR", make_host=make_host)
    board = host.board
    channels = [
        (source, 0 if source > 1 else source, 1, 1) for source in (0, 1, 0, 11, 4, 0, 0, 0)
    ]
    limits = pp.limits_of(8, 4, 1, 3, 0x38000)
    program(board.fram, {61: limits, 62: pp.control_of(channels, mp.UINT32)})
    board.rtc.set(datetime(2026, 3, 1, 12, 0, 52))
    host.run_until(71 * NS_PER_S)  # to 12:02:03
    host.cut()
    board.clock.advance_to(board.clock.now_ns + 169 * NS_PER_S)  # to 12:04:52
    host.run_until(board.clock.now_ns + 71 * NS_PER_S)  # to 12:06:03
    client = session(SimPort(host), PASSWORD.decode())
    blocks = list(ProfileReader(client).blocks())
    intervals = [interval for block in blocks for interval in block.intervals]
    assert [(f"{i.end:%H:%M}", i.statuses[0], i.flags) for i in intervals] == [
        ("12:01", PARTIAL, 0),
        ("12:02", 0, 0),
        ("12:03", PARTIAL, POWER_FAIL),
        ("12:04", SKIPPED, POWER_FAIL),
        ("12:05", PARTIAL, POWER_FAIL),
        ("12:06", 0, 0),
    ]
    delivered = [interval.values[0] for interval in intervals]
    assert all(abs(delivered[i] - 600) <= 3 for i in (1, 5))
    assert delivered[3] == 0
    # Before the meter knew the time, nothing was recorded.
    assert 0 <= blocks[0].readings[0] - sum(delivered[:4]) <= 40
    assert blocks[1].readings[0] - blocks[0].readings[0] == sum(delivered[4:])
    assert all(abs(intervals[i].values[4] - 240000) < 300 for i in (1, 5))
    assert (intervals[2].values[4], intervals[2].statuses[4]) == (0, SKIPPED)
    assert kept(board, p.ERRORS) == 0
    diagnostics = TableReader(client.read).report(DIAGNOSTICS.number).fields
    assert diagnostics["WORST_TICK"] <= 120  # 100 ms, and the longest step of another duty
    client.terminate()
