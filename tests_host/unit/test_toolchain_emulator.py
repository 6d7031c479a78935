"""The emulated RP2040: the channel's bookkeeping, and the real image where it has been built."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from picometer.rp2040.attach import BoardLink, ForeseenBus, _fram_foresight
from picometer.rp2040.channel import EmulatorError
from picometer.rp2040.emulator import Emulator, _I2cTransaction
from picometer.toolchain import cache_root
from picometer.virtual.board import VirtualBoard
from picometer.virtual.fram import Fram
from picometer.virtual.spi import SpiBus

NS_PER_S = 1_000_000_000
CACHE = cache_root() / "toolchain"
IMAGE = CACHE / "micropython-1.25-r1" / "plain" / "build" / "firmware.bin"
RP2040JS = CACHE / "rp2040js-1.4.1" / "node_modules" / "rp2040js"
emulated = pytest.mark.skipif(
    not (IMAGE.is_file() and RP2040JS.is_dir()), reason="run: make toolchain"
)


class TestForesight:
    """What is answered ahead is what the chip would have answered byte by byte."""

    @settings(max_examples=80, deadline=None)
    @given(
        frame=st.binary(min_size=5, max_size=24),
        opcode=st.sampled_from([1, 2, 3, 4, 5, 6, 0x9F, 0x77]),
        asked_at=st.integers(1, 5),
    )
    def test_fram(self, frame, opcode, asked_at):
        fram, bus = Fram(size=256), SpiBus()
        fram.memory[:] = bytes(range(256))
        fram.power_on()
        chip_select = bus.chip_select(fram)
        foreseen = ForeseenBus(bus, _fram_foresight(fram))
        chip_select(0)
        frame = bytes((opcode, 0, 0)) + frame[3:]
        last = foreseen.exchange(frame[:asked_at])[-1:]
        ahead, repeats = foreseen.ahead()
        real = foreseen.exchange(frame[asked_at:])
        assert real[: len(ahead)] == ahead[: len(real)]
        if repeats:
            rest = real[len(ahead) :]
            assert rest == (ahead or last)[-1:] * len(rest)

    def test_a_read_is_answered_in_one_go(self):
        fram, bus = Fram(size=256), SpiBus()
        fram.memory[16:20] = b"\1\2\3\4"
        fram.power_on()
        bus.chip_select(fram)(0)
        foreseen = ForeseenBus(bus, _fram_foresight(fram))
        foreseen.exchange(b"\3\0\0\x10")
        assert foreseen.ahead()[0][:4] == b"\1\2\3\4"


class I2cRecorder:
    """Acknowledges address 0x68 and records transactions."""

    def __init__(self):
        self.log = []

    def write(self, address, data):
        if data:
            self.log.append((address, data))
        return len(data) if address == 0x68 else None

    def read(self, address, n):
        return bytes(range(n)) if address == 0x68 else None


class TestI2cTransactions:
    def test_bytes_are_written_together_at_the_stop(self):
        devices, transaction = I2cRecorder(), _I2cTransaction()
        assert transaction.step("A", b"\x68\0", devices) == b"\1"
        for byte in (b"\5", b"\6"):
            assert transaction.step("W", byte, devices) == b"\1"
        assert devices.log == []
        transaction.step("E", b"", devices)
        assert devices.log == [(0x68, b"\5\6")]

    def test_a_repeated_start_ends_the_write_before(self):
        devices, transaction = I2cRecorder(), _I2cTransaction()
        transaction.step("A", b"\x68\0", devices)
        transaction.step("W", b"\5", devices)
        assert transaction.step("A", b"\x68\1", devices) == b"\1"
        assert devices.log == [(0x68, b"\5")]
        assert transaction.step("R", b"", devices)[:3] == b"\0\1\2"

    def test_nobody_at_the_address(self):
        assert _I2cTransaction().step("A", b"\x11\0", I2cRecorder()) == b"\0"

    def test_nothing_on_the_bus(self):
        assert _I2cTransaction().step("A", b"\x68\0", None) == b"\0"


class Session:
    """A plain RP2040 and what it says on its USB serial port."""

    def __init__(self, emulator):
        self.emulator = emulator
        self.heard = bytearray()
        self.resets = []
        emulator.on_usb = self.heard.extend
        emulator.on_reset = self.resets.append

    def run(self, seconds):
        clock = self.emulator.clock
        return self.emulator.run_until(clock.now_ns + int(seconds * NS_PER_S))

    def python(self, code, seconds=0.3):
        """Run code in raw REPL mode; returns what it prints."""
        self.emulator.usb_send(b"\x01" + code.encode() + b"\x04")
        self.heard.clear()
        self.run(seconds)
        return bytes(self.heard).partition(b"OK")[2].partition(b"\x04")[0].decode().strip()


@pytest.fixture
def session():
    emulator = Emulator(RP2040JS, IMAGE)
    emulator.power_on()
    session = Session(emulator)
    session.run(0.3)
    yield session
    emulator.close()


def test_no_image_is_one_clear_line(tmp_path):
    with pytest.raises(EmulatorError, match="no such image"):
        Emulator(RP2040JS, tmp_path / "none.bin")


@emulated
class TestRealImage:
    def test_counts_like_the_device(self, session):
        code = "@micropython.viper\ndef w(a:int)->int: return a+1\nprint(w(0x7fffffff), 0.1*3)"
        assert session.python(code) == "-2147483648 0.3"

    def test_float_routines_of_the_rom_stand_in(self, session):
        code = "import math\nprint(math.sin(1.0), int(-3.99), 2.0**0.5, 1e10//7, 7.5%2, -1e99<1)"
        assert session.python(code) == "0.841471 -3 1.414214 1.428571e+09 1.5 True"

    def test_files_survive_a_reset_and_a_power_cut_the_flash_holds(self, session):
        session.python("f=open('/a','w')\nf.write('z'*3000)\nf.close()", 1)
        session.python("import machine\nmachine.reset()", 1)
        assert session.resets == ["software"]
        session.emulator.cut_after(500)
        session.emulator.usb_send(b"\r")
        assert session.run(1) is False
        session.emulator.power_on()
        session.run(0.3)
        assert session.python("import os\nprint(os.stat('/a')[6])") == "3000"

    def test_a_cut_inside_a_flash_write_leaves_a_file_system_that_mounts(self, session):
        session.python("f=open('/a','w')\nf.write('old')\nf.close()", 1)
        session.emulator.usb_send(b"f=open('/a','w');f.write('n'*9000);f.close()\x04")
        session.emulator.cut_after(30_000)
        assert session.run(2) is False
        session.emulator.power_on()
        session.run(0.3)
        assert session.python("print(open('/a').read(3))") == "old"

    def test_power_cut_by_a_chip_in_the_middle_of_a_transfer(self):
        board = VirtualBoard()
        emulator = Emulator(RP2040JS, IMAGE, board.clock)
        session, link = Session(emulator), BoardLink(board, emulator)
        link.power_on()
        session.run(0.5)
        board.fram.cut_after(7, board.cut)
        emulator.usb_send(
            b"\x01from machine import Pin,SPI\ncs=Pin(13,Pin.OUT,value=1)\n"
            b"f=SPI(1,sck=Pin(10),mosi=Pin(11),miso=Pin(12))\n"
            b"cs(0);f.write(b'\\x06');cs(1)\n"
            b"cs(0);f.write(b'\\x02\\0\\0\\0interrupted');cs(1)\x04"
        )
        cut = link.run_until(board.clock.now_ns + NS_PER_S)
        link.power_on()
        session.heard.clear()
        alive = link.run_until(board.clock.now_ns + NS_PER_S)
        answer = session.python("print(1+1)")
        emulator.close()
        assert (cut, alive, answer) == (False, True, "2")
        assert bytes(board.fram.memory[:12]) == b"interru" + bytes(5)

    def test_watchdog_resets_and_says_so(self, session):
        session.python("import machine,time\nw=machine.WDT(timeout=300)\ntime.sleep(2)", 1)
        assert session.resets == ["watchdog"]
        assert session.python("import machine\nprint(machine.reset_cause()==3)") == "True"

    def test_pio_follows_a_pin_at_once(self, session):
        edges = []
        session.emulator.drive(22, 1)
        session.python(
            "import rp2\nfrom machine import Pin\n"
            "@rp2.asm_pio(out_init=rp2.PIO.OUT_HIGH)\n"
            "def mirror():\n mov(pins, pins)\n"
            "s=rp2.StateMachine(0,mirror,in_base=Pin(22,Pin.IN),out_base=Pin(0))\ns.active(1)"
        )
        now = session.emulator.clock
        session.emulator.watch(0, lambda level: edges.append((level, now.now_ns)))
        start = now.now_ns
        for level in (0, 1):
            session.emulator.drive(22, level)
            session.run(0.01)
        assert edges == [(0, start), (1, start + NS_PER_S // 100)]

    def test_two_runs_are_the_same_to_the_instruction(self):
        ends = []
        for _ in range(2):
            emulator = Emulator(RP2040JS, IMAGE)
            emulator.power_on()
            session = Session(emulator)
            session.run(0.3)
            session.python("print(sum(range(1000)))")
            ends.append((emulator.instructions, bytes(session.heard)))
            emulator.close()
        assert ends[0] == ends[1]

    def test_chips_of_the_virtual_board_answer(self):
        board = VirtualBoard()
        emulator = Emulator(RP2040JS, IMAGE, board.clock)
        session = Session(emulator)
        BoardLink(board, emulator).power_on()
        session.run(0.5)
        written = session.python(
            "from machine import Pin,SPI,I2C\n"
            "cs=Pin(13,Pin.OUT,value=1)\n"
            "f=SPI(1,sck=Pin(10),mosi=Pin(11),miso=Pin(12))\n"
            "def x(w,n=0):\n"
            " cs(0);f.write(w);r=f.read(n);cs(1)\n return r\n"
            "x(b'\\x06');x(b'\\x02\\0\\x01\\0hello')\n"
            "print(x(b'\\x03\\0\\x01\\0',5), x(b'\\x9f',4)[0])\n"
            "a=Pin(17,Pin.OUT,value=1);Pin(20,Pin.OUT,value=1)\n"
            "s=SPI(0,baudrate=2000000,polarity=1,phase=1,sck=Pin(18),mosi=Pin(19),miso=Pin(16))\n"
            "b=bytearray(b'\\x07\\x02\\x80\\0')\n"
            "a(0);s.write_readinto(b,b);a(1)\nprint(b[3])\n"
            "i=I2C(0,scl=Pin(5),sda=Pin(4))\nprint(len(i.readfrom_mem(0x68,0,7)))\n"
            "try: i.writeto(0x11,b'x')\nexcept OSError as e: print(e)"
        ).split("\r\n")
        emulator.close()
        assert written == ["b'hello' 4", "1", "7", "[Errno 5] EIO"]
        assert bytes(board.fram.memory[256:261]) == b"hello"
