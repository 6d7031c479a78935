"""Clients of a whole meter vanish at random moments; the next one is let in, without rights."""

import pytest

from picometer.virtual.clock import NS_PER_S
from psem import codes
from tests_host.meter.restarting import Restarts

# What the time-out takes, and a client that tries every two seconds or so.
_TIME_OUT_NS = 10 * NS_PER_S
_TIMES = [pytest.param(12, id="some"), pytest.param(100, id="hundred", marks=pytest.mark.full)]


@pytest.mark.parametrize("times", _TIMES)
@pytest.mark.parametrize("port", ["optical", "module"])
def test_whoever_comes_after_a_client_that_has_vanished_is_let_in_at_once(port, times):
    meter = Restarts(seed=port)
    for _ in range(times):
        meter.vanish(port)
        if meter.draw.random() < 0.5:
            meter.pause()
        meter.come_in(port)
    meter.end()
    assert b"EVIL" not in meter.host.meter.settings.octets(5)


def test_after_a_session_at_another_rate_base_rate_is_heard_when_its_time_is_out():
    meter = Restarts(seed=3)
    for _ in range(6):
        meter.vanish("optical", baud=115200, wait_s=0, longest_s=1.0)
        meter.come_in("optical", patience_ns=_TIME_OUT_NS)
        assert meter.host.board.optical.baud == codes.BASE_BAUD
    meter.end()
