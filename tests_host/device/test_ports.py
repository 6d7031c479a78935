"""Both ports of the image on the emulated RP2040 at their full speed: nothing waits for them."""

import pytest

from picometer.bench import line
from picometer.bench.device import PASSWORD, Device
from picometer.bench.figures import LINE_SHARE, RESPONSE_MS
from picometer.virtual.clock import NS_PER_MS
from picometer.virtual.host import provision
from psem import codes
from tests_host.device.streams import Babble, Stream, finish, run

_FAST = 115200
_SECONDS = 2
_OCTETS = 8 * (1024 - codes.OVERHEAD) - 4
# A tick waits for one step of another duty at the most, and a step takes 20 ms.
_TICK_MS = 100 + 20
_CLIENT_MS = 500  # the shortest that known clients wait for an answer to begin
_PROGRAM_S = 20
_SEGMENT_TEST_S = 6


@pytest.fixture(scope="module")
def meter(image):
    with Device(image) as device:
        provision(device.board.fram, password_module=b"MODULE")
        device.to_prompt()
        device.octets = line.start(device)[:_OCTETS]
        device.run(_SEGMENT_TEST_S)
        yield device


def worst_ms(meter):
    """The longest time between two ticks since this was asked last."""
    meter.interrupt()
    return meter.line(_PROGRAM_S)["worst_ms"]


def ports(meter):
    return meter.board.optical, meter.board.module


def test_both_ports_at_full_speed_fill_their_lines_and_delay_no_tick(meter):
    worst_ms(meter)
    streams = [Stream(meter.host, uart, _FAST, meter.octets) for uart in ports(meter)]
    before = [stream.octets_heard for stream in streams]
    run(meter.host, _SECONDS)
    for stream, start in zip(streams, before, strict=True):
        heard = stream.octets_heard - start
        assert heard >= LINE_SHARE * _SECONDS * _FAST / 10
        assert max(stream.delays) <= RESPONSE_MS * NS_PER_MS
    finish(meter.host, streams)
    assert 100 <= worst_ms(meter) <= _TICK_MS


@pytest.mark.full
@pytest.mark.parametrize("number", [26, 74])
def test_tables_that_take_long_delay_no_tick_and_pause_in_no_packet(meter, number):
    worst_ms(meter)
    streams = [
        Stream(meter.host, uart, _FAST, None, password, number)
        for uart, password in zip(ports(meter), (PASSWORD.decode(), "MODULE"), strict=True)
    ]
    run(meter.host, _SECONDS)
    finish(meter.host, streams)
    for stream in streams:
        assert stream.reads > 5
        assert stream.gap <= 25 * NS_PER_MS  # clients stop waiting soon after that
        assert max(stream.delays) <= _CLIENT_MS * NS_PER_MS
    assert 100 <= worst_ms(meter) <= _TICK_MS


def test_babble_at_one_port_disturbs_neither_metering_nor_the_other_port(meter):
    worst_ms(meter)
    optical, module = ports(meter)
    first = Stream(meter.host, module, _FAST, meter.octets)  # so that it listens at that rate
    finish(meter.host, [first])
    stream = Stream(meter.host, optical, _FAST, meter.octets)
    start = stream.octets_heard
    babble = Babble(module, 1)
    run(meter.host, _SECONDS, babble)
    assert babble.poured >= _SECONDS * _FAST / 10
    assert stream.octets_heard - start >= LINE_SHARE * _SECONDS * _FAST / 10
    assert max(stream.delays) <= RESPONSE_MS * NS_PER_MS
    finish(meter.host, [stream])
    assert 100 <= worst_ms(meter) <= _TICK_MS
    # What was poured ends somewhere; a traffic time-out later the module is heard as ever.
    meter.run(7)
    assert module.baud == codes.BASE_BAUD
    again = Stream(meter.host, module, _FAST, meter.octets, "MODULE")
    finish(meter.host, [again])
    assert again.reads == 1
