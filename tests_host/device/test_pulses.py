"""Pulses on the emulated RP2040: counted to the count, and the LED back within one bit time."""

import pytest

from boards.pico_meter import pins
from metrology import faults as f
from picometer.bench.device import Device
from picometer.proof.meters import build, registers, settle
from picometer.reader.client import Client
from picometer.virtual.clock import NS_PER_MS, NS_PER_S
from picometer.virtual.mains import ConstantLoad
from picometer.virtual.simport import SimPort
from tests_host.meter.test_port import session
from tests_host.meter.test_pulses import DIAL, FULL, Light, between_pulses, dial, started, worth

BIT_NS = NS_PER_S // 9600
MARK = 28  # a GPIO that leads nowhere

# A meter that counts to the end of the load, and then says what it has counted.
COUNTING = f"""
import json
from boards.pico_meter.board import Board
from firmware.meter import Meter
from metrology.page import DELIVERED_COUNTS, DELIVERED_KWH, INTERVAL_DELIVERED, TICKS
class Done(Exception):
    pass
board = Board()
board.watchdog = lambda: (lambda: None)
meter = Meter(board)
meter.start()
page = meter.storage.page
sleep = meter.scheduler._wait
last = [0, 0]
def wait(ms):
    if page[INTERVAL_DELIVERED] != last[0]:
        last[0], last[1] = page[INTERVAL_DELIVERED], page[TICKS]
    if board.pulses.count() >= {DIAL} and page[TICKS] - last[1] > 10:
        raise Done
    return sleep(ms)
meter.scheduler._wait = wait
print(json.dumps({{"started": 1}}))
try:
    meter.run()
except Done:
    pass
delivered = page[DELIVERED_KWH] * meter.constants.counts_per_kwh + page[DELIVERED_COUNTS]
print(json.dumps({{"pulses": board.pulses.count(), "delivered": delivered,
    "worth": meter.constants.counts_per_pulse, "faults": meter.storage.faults.word}}))
"""

# A meter that raises a pin in the moment in which a session ends.
MARKING = f"""
from machine import Pin
from boards.pico_meter.board import Board
from firmware.meter import Meter
board = Board()
board.watchdog = lambda: (lambda: None)
meter = Meter(board)
meter.start()
mark = Pin({MARK}, Pin.OUT, value=0)
link = meter.optical.link
give_back = link.on_end
def ended():
    mark(1)
    give_back()
    mark(0)
link.on_end = ended
print(1)
meter.run()
"""


@pytest.fixture
def at_prompt(image):
    with Device(image) as device:
        device.board.mains.change(ConstantLoad(0))
        device.to_prompt()
        yield device


@pytest.mark.full
def test_a_dial_test_over_1000_pulses_at_full_load_agrees_to_the_count(at_prompt):
    board = at_prompt.board
    light = Light(board)
    before = board.afe.cf1_pulses
    at_prompt.start(COUNTING)
    at_prompt.line(10)
    board.mains.change(ConstantLoad(FULL))
    at_prompt.run_while(
        lambda: board.afe.cf1_pulses - before < DIAL, 100, "a thousand pulses of 1 Wh"
    )
    board.mains.change(ConstantLoad(0))
    found = at_prompt.line(10)
    assert found["pulses"] == board.afe.cf1_pulses - before == len(light.pulses) >= DIAL
    assert found["delivered"] // found["worth"] == found["pulses"]
    assert found["worth"] == worth(board.rating)
    assert not found["faults"] & f.PULSES_DISAGREE


@pytest.fixture
def marking(at_prompt):
    """The meter that marks, and what happens: (mark, when) and (LED's level, when)."""
    at_prompt.start(MARKING)
    at_prompt.line(10)
    marks, levels = [], []
    emulator, clock = at_prompt.emulator, at_prompt.board.clock
    emulator.watch(MARK, lambda level: marks.append(clock.now_ns) if level == 1 else None)
    forward = emulator.on_pin[pins.OPTICAL_TX]

    def led(level):
        levels.append((level, clock.now_ns))
        forward(level)

    emulator.on_pin[pins.OPTICAL_TX] = led
    at_prompt.run(1)
    return at_prompt, marks, levels


def back(marks, levels):
    """From the last mark to the pin's being the pulses' (driven, not the UART's)."""
    return next(when for level, when in levels if level < 2 and when > marks[-1]) - marks[-1]


@pytest.mark.parametrize("bauds", [(9600,), (115200,)])
def test_the_led_is_back_within_a_bit_time_of_a_sessions_end(marking, bauds):
    device, marks, levels = marking
    for _ in range(3):
        port = SimPort(device.host)
        client = Client(port)
        client.identify()
        client.negotiate(bauds=bauds)
        client.logon()
        device.run(0.0137)
        del marks[:], levels[:]
        client.terminate()
        device.run(0.1)
        port.close()
        assert len(marks) == 1
        assert 0 < back(marks, levels) < BIT_NS
        assert levels[-1][0] == 1
        gaps = [
            after - when
            for (level, when), (_, after) in zip(levels, levels[1:], strict=False)
            if level == 2
        ]
        assert all(gap < BIT_NS for gap in gaps)  # where the UART is set up anew


def test_the_led_is_back_within_a_bit_time_of_a_time_out(marking):
    device, marks, levels = marking
    client = Client(SimPort(device.host))
    client.identify()
    client.logon()
    del marks[:], levels[:]
    device.run(7)
    assert len(marks) == 1
    assert 0 < back(marks, levels) < BIT_NS


def test_the_led_shows_no_pulse_in_a_session_and_every_one_outside(make_host):
    host = build(ConstantLoad(FULL), make_host=make_host)
    board = host.board
    host.run_until(3 * NS_PER_S)
    light = Light(board)
    client = session(SimPort(host))
    light.pulses.clear()
    missed = board.afe.cf1_pulses
    for _ in range(3):
        assert client.read(5) == b"PM00000001".ljust(20)
        assert len(client.read(6)) == 230
    assert light.pulses == []
    assert board.afe.cf1_pulses - missed > 10
    client.terminate()
    host.run_until(board.clock.now_ns + 10 * NS_PER_MS)
    between_pulses(host)
    shown, before = len(light.pulses), board.afe.cf1_pulses
    host.run_until(board.clock.now_ns + 5 * NS_PER_S)
    assert len(light.pulses) - shown == board.afe.cf1_pulses - before > 60


@pytest.mark.parametrize("disturb", ["lose", pytest.param("add", marks=pytest.mark.full)])
def test_a_single_pulse_lost_or_added_is_a_fault_that_a_client_reads(make_host, disturb):
    host = started(ConstantLoad(9000.0), make_host=make_host)
    host.run_until(20 * NS_PER_S)

    def faulty():
        client = session(SimPort(host))
        status = client.read(3)
        client.terminate()
        return int.from_bytes(status[1:3], "little") & 0x0080 != 0

    assert not faulty()
    getattr(host.board.cf1, disturb)(1)
    host.run_until(host.board.clock.now_ns + 10 * NS_PER_S)
    assert faulty()


@pytest.mark.full
def test_registers_and_light_agree_after_a_load_that_changes(make_host):
    host = started(ConstantLoad(3000.0), make_host=make_host)
    light = Light(host.board)
    dial(host, 20)
    host.board.mains.change(ConstantLoad(FULL))
    dial(host, 100)
    assert len(light.pulses) == host.board.afe.cf1_pulses
    settle(host)
    assert registers(host.board).net // worth(host.board.rating) == len(light.pulses)
