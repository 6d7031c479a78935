"""The native tick on the emulated RP2040: its SPI registers, the chip model at the other end."""

import ast
import os
from pathlib import Path

import pytest

from ade7953 import errors
from ade7953 import registers as reg
from boards.pico_meter import pins
from metrology import page as p
from picometer.rp2040.attach import BoardLink
from picometer.rp2040.emulator import Emulator
from picometer.toolchain import ToolchainError, build_plain, cache_root, ensure
from picometer.virtual.board import VirtualBoard
from picometer.virtual.mains import ConstantLoad

NS_PER_S = 1_000_000_000
ROOT = Path(__file__).parents[2]
TICK = (ROOT / "lib/metrology/tick_viper.py").read_text()
BASE = 0x4003C000  # SPI0
LOAD = ConstantLoad(20000, legs=(3, -1))

SETUP = f"""
import gc, machine, time, uctypes
from array import array
from machine import Pin
bus = machine.SPI({pins.AFE_SPI}, baudrate=5000000, polarity=1, phase=1,
    sck=Pin({pins.AFE_SCK}), mosi=Pin({pins.AFE_MOSI}), miso=Pin({pins.AFE_MISO}))
cs = Pin({pins.AFE_CS}, Pin.OUT, value=1)
work = array("i", bytes(4 * WORDS))
page = array("I", bytes(128))
work[LIMIT], work[COUNTS_PER_KWH], work[COILS] = 8000000, 7782000, 2
work[SPI], work[SELECT] = {BASE}, 1 << {pins.AFE_CS}
for i, address in enumerate(({reg.AENERGYA}, {reg.AENERGYB}, {reg.IRQSTATA},
                             {reg.AENERGYA}, {reg.AENERGYB})):
    work[HEADER + i] = address << 8 | 0x80
def frame(*octets):
    octets = bytearray(octets)
    cs(0)
    bus.write_readinto(octets, octets)
    cs(1)
def first_of_all():
    work[MOVED] = work[MOVED + 1] = 0x10000000  # no tick before it to differ from
def ready():
    frame({reg.LCYCMODE >> 8}, {reg.LCYCMODE & 255}, 0, {reg.LCYCMODE_FREE_RUNNING})
    frame({reg.RSTIRQSTATA >> 8}, {reg.RSTIRQSTATA & 255}, 0x80, 0, 0, 0)
    time.sleep_ms(100)
first_of_all()
"""


class Bench:
    """A virtual board on an emulated RP2040 with plain MicroPython, at its raw prompt."""

    def __init__(self, paths, image):
        self.board = VirtualBoard(load=LOAD)
        self.emulator = Emulator(paths.rp2040js, image, self.board.clock)
        self._heard = bytearray()
        self.emulator.on_usb = self._heard.extend
        self._link = BoardLink(self.board, self.emulator)
        self._link.power_on()
        self._run(0.5)
        self.python(TICK + SETUP)

    def _run(self, seconds):
        self._link.run_until(self.board.clock.now_ns + int(seconds * NS_PER_S))

    def python(self, code, seconds=1.0):
        """Run code; what it prints, as literals."""
        self.emulator.usb_send(b"\x01")
        data = code.encode()
        for i in range(0, len(data), 256):
            self.emulator.usb_send(data[i : i + 256])
            self._run(0.02)
        self._heard.clear()
        self.emulator.usb_send(b"\x04")
        self._run(seconds)
        output, error = bytes(self._heard).partition(b"OK")[2].split(b"\x04")[:2]
        assert not error, error.decode()
        return [ast.literal_eval(line) for line in output.decode().splitlines()]


@pytest.fixture(scope="module")
def plain():
    if os.environ.get("PICOMETER_NO_TOOLCHAIN") == "1":
        built = list((cache_root() / "toolchain").glob("*/plain/build/firmware.bin"))
        if not built:
            pytest.skip("no RP2040 image, and PICOMETER_NO_TOOLCHAIN=1")
    try:
        paths = ensure({"rp2040js", "rp2"})
        return paths, build_plain(paths).bin
    except ToolchainError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture
def bench(plain):
    bench = Bench(*plain)
    yield bench
    bench.emulator.close()


def test_a_chip_is_sampled_and_billed(bench):
    assert bench.python("print(tick(work, page))") == [errors.FAULT_RESET]
    code, raw, page = bench.python(
        "ready()\nprint(tick(work, page))\nprint(list(work[RAW:WORDS]))\nprint(list(page))"
    )
    assert code == errors.OK
    assert raw[0] > 1000 and raw[1] > 0x800000  # channel B runs backwards
    assert (page[p.LAST_A], page[p.LAST_B]) == (raw[0], raw[1])
    net = raw[0] + raw[1] - (1 << 24)
    assert page[p.DELIVERED_COUNTS] == page[p.INTERVAL_DELIVERED] == net > 0
    now = bench.board.afe.peek(reg.AENERGYA)
    assert raw[0] < now < raw[0] + 100000


def test_broken_off_transfers_do_not_harm_the_next_tick(bench):
    codes = bench.python(
        "ready()\n"
        # a frame given up half-way; then bytes that nobody fetched from the FIFO
        "cs(0)\nbus.write(b'\\x02\\x2d\\x80')\ncs(1)\nprint(tick(work, page))\n"
        f"for i in range(3): machine.mem32[{BASE + 8}] = i\n"
        "first_of_all()\n"
        "time.sleep_us(50)\nprint(tick(work, page))\nprint(cs())"
    )
    assert codes == [errors.OK, errors.OK, 1]


def test_nobody_on_the_bus_is_a_bus_fault(bench):
    bench.board.afe.power_off()
    assert bench.python("print(tick(work, page))\nprint(sum(page))") == [errors.FAULT_BUS, 0]


def test_a_dead_peripheral_is_given_up_within_a_millisecond(bench):
    code, us, level = bench.python(
        "dead = bytearray(64)\nwork[SPI] = uctypes.addressof(dead)\n"
        "start = time.ticks_us()\ncode = tick(work, page)\n"
        "us = time.ticks_diff(time.ticks_us(), start)\nprint(code)\nprint(us)\nprint(cs())"
    )
    assert code == errors.FAULT_BUS and us < 1000 and level == 1


def test_a_tick_takes_at_most_3000_cycles_besides_the_wire(bench):
    empty, full, code, hertz = bench.python(
        "ready()\n"
        "@micropython.viper\n"
        "def empty(work: ptr32, page: ptr32) -> int:\n    return 0\n"
        "def us(f):\n"
        "    gc.collect()\n"
        "    for _ in range(2):\n        first_of_all()\n        f(work, page)\n"
        "    start = time.ticks_us()\n"
        "    for _ in range(100):\n        f(work, page)\n"
        "    return time.ticks_diff(time.ticks_us(), start)\n"
        "print(us(empty))\nprint(us(tick))\nprint(tick(work, page))\n"
        "print(int(str(bus).split('baudrate=')[1][:7]))"
    )
    assert code == errors.OK
    wire_us = 5 * 48 * 1e6 / hertz
    cycles = ((full - empty) / 100 - wire_us) * 125
    assert 500 < cycles <= 3000
