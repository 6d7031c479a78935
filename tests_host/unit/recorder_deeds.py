"""A recorder at work: what tests of single deeds do to it, and how they look at the profile."""

from picometer.proof.profile_oracle import DELIVERED
from tests_host.unit import billing_bench
from tests_host.unit.recorder_bench import bench, clock_text

WH = billing_bench.COUNTS_PER_KWH // 1000
PLAIN, OVERFLOW, PARTIAL, LONG, SKIPPED, TEST, CHANGED, STOPPED = range(8)
POWER_FAIL, FORWARD, BACK = 0x20, 0x40, 0x80


def shown(made):
    """Every interval as (end, value of channel 1, its status, flags), block by block."""
    return [
        [(clock_text(i.end), i.values[0], i.statuses[0], i.flags) for i in block.intervals]
        for block in made.blocks()
    ]


def started(**options):
    """A bench that records one channel over 15 minutes, just begun at midnight."""
    made = bench(**{"channels": ((DELIVERED, 1, 1),), "intervals": 4, **options})
    made.tick(0)
    return made


def run(made, minutes, wh_a_minute=0):
    for _ in range(round(minutes * 60)):
        made.tick(wh_a_minute * WH // 60)


def set_clock(made, minutes):
    made.clock.ms += round(minutes * 60000)
