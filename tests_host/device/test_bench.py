"""The bars of the benchmark, on a short run of it: the figures are exact, so they can be held."""

import os

import pytest

from picometer.bench import cycles, figures, line, native, running
from picometer.bench.device import Device
from picometer.toolchain import ensure

pytestmark = pytest.mark.skipif(
    os.environ.get("PICOMETER_NO_TOOLCHAIN") == "1", reason="PICOMETER_NO_TOOLCHAIN=1"
)

CALLS = 200
FEW_REQUESTS = 2
FEW_SECONDS = 10
FEW_PACKETS = 6


@pytest.fixture
def at_prompt(image):
    with Device(image) as device:
        device.to_prompt()
        yield device


@pytest.fixture
def metering(image):
    with Device(image) as device:
        yield device


def test_the_hot_loops_keep_within_their_cycles(at_prompt, tmp_path):
    pytest.importorskip("elftools", reason="the C version needs pyelftools")
    module = native.build(ensure({"rp2"}), tmp_path)
    found = cycles.measure(at_prompt, module, CALLS)
    assert found.tick <= figures.TICK_CYCLES
    assert found.tick_bytecode >= figures.TICK_TIMES_FASTER * found.tick
    assert found.tick <= figures.TICK_TIMES_C * found.tick_c
    assert found.crc16_per_byte <= figures.CRC16_CYCLES


def test_a_packet_of_1024_bytes_is_answered_in_time(metering):
    found = running.response(metering, FEW_REQUESTS)
    assert 0 < found.acknowledged <= found.answered <= figures.RESPONSE_MS


def test_reading_a_long_table_fills_the_line(at_prompt):
    octets = line.start(at_prompt)
    for baud in (9600, 115200):
        found = line.use(at_prompt, octets, baud, FEW_PACKETS)
        assert figures.LINE_SHARE <= found.share <= 1, baud
        assert 0 < found.answered <= figures.RESPONSE_MS, baud


def test_the_heap_stays_free_while_metering(at_prompt):
    found = running.heap(at_prompt, FEW_SECONDS, lambda line: None)
    assert found.ticks >= 10 * FEW_SECONDS - 1
    assert found.free >= figures.HEAP_BYTES
    assert found.free_later >= figures.HEAP_BYTES


def test_the_first_tick_comes_soon_after_the_chip_is_ready(metering):
    assert running.first_tick(metering) <= figures.FIRST_TICK_MS
