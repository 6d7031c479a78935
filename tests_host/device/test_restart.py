"""Clients of the image on the emulated RP2040 vanish; the next one is let in, without rights."""

import pytest

from tests_host.meter.restarting import Restarts

_TIMES = [pytest.param(2, id="some"), pytest.param(100, id="hundred", marks=pytest.mark.full)]


@pytest.mark.parametrize("times", _TIMES)
@pytest.mark.parametrize("port", ["optical", "module"])
def test_whoever_comes_after_a_client_that_has_vanished_is_let_in_at_once(make_host, port, times):
    meter = Restarts(make_host, seed=port)
    for _ in range(times):
        meter.vanish(port, longest_s=3.0)
        meter.come_in(port)
    meter.end()
