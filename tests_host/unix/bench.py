"""A board for MicroPython: the real drivers on buses that answer without allocating."""

# ruff: noqa: F821  ptr8 is the native compiler's
from array import array

import micropython

from ade7953 import Ade7953, SpiTransport
from ade7953 import registers as reg
from boards.pico_meter import layout
from boards.pico_meter.glass import GLASS
from ds3231 import Ds3231
from fram import Fram
from ht1621 import Ht1621
from metrology.tick_viper import RAW
from tests_host.pure import software_bench

_FRAMES = (reg.AENERGYA, reg.AENERGYB, reg.IRQSTATA, reg.AENERGYA, reg.AENERGYB)
_MASK = 0x3FFFFFFF
_START_S = (12 * 60 + 34) * 60 + 56
_PULSE = 7782  # counts of one, service 2S-240-200


@micropython.viper
def _copy(to: ptr8, to_at: int, source: ptr8, at: int, count: int):
    for i in range(count):
        to[to_at + i] = source[at + i]


@micropython.viper
def _pattern(to: ptr8, to_at: int, at: int, count: int):
    for i in range(count):
        to[to_at + i] = (at + i) * 7


class Flash(software_bench.Flash):
    """An image that is copied without allocating."""

    def copy(self, at, buf, start, count):
        if at < self.manifest_at:
            _pattern(buf, start, at, count)
        else:
            software_bench.Flash.copy(self, at, buf, start, count)


_FLASH = Flash(((560000, 0), (570000, 2), (580000, 1)))  # most of it is one stream


def _octets(buf):
    return 4 * len(buf) if isinstance(buf, array) else len(buf)


class FramSpi:
    """The bus and the FRAM on it."""

    def __init__(self, size):
        self.memory = bytearray(size)
        self._opcode = 0
        self._at = 0

    def select(self, level):
        if level == 0:
            self._opcode = 0

    def write(self, buf):
        if self._opcode == 0:
            self._opcode = buf[0]
            if len(buf) == 4:
                self._at = buf[1] << 16 | buf[2] << 8 | buf[3]
        elif self._opcode == 2:
            _copy(self.memory, self._at, buf, 0, _octets(buf))

    def readinto(self, buf):
        _copy(buf, 0, self.memory, self._at, _octets(buf))

    def write_readinto(self, tx, rx):
        for i in range(1, len(rx)):
            rx[i] = 0x04 if tx[0] == 0x9F else 0


class AfeSpi:
    """The bus and the metering chip on it: registers that hold what is written."""

    def __init__(self):
        self.registers = {
            reg.CRC: 0x01020304,
            reg.AENERGYA: 0,
            reg.AENERGYB: 0,
            reg.IRQSTATA: reg.STATUS_WSMP | reg.STATUS_RESET,
        }

    def select(self, level):
        pass

    def write_readinto(self, tx, rx):
        register = tx[0] << 8 | tx[1]
        last = len(tx) - 1
        if tx[2]:
            if register == reg.RSTIRQSTATA:
                register = reg.IRQSTATA
                self.registers[register] = reg.STATUS_WSMP
            value = self.registers.get(register, 0)
            i = last
            while i > 2:
                rx[i] = value & 0xFF
                value >>= 8
                i -= 1
        else:
            value = 0
            for i in range(3, len(tx)):
                value = value << 8 | tx[i]
            self.registers[register] = value


class ClockI2c:
    """The bus and the clock on it, at 2030-06-15 12:34:56 when the ticks were 0."""

    def __init__(self):
        self._registers = bytearray((0, 0, 0, 6, 0x15, 0x06, 0x30)) + bytes(12)
        self.run_to(0)

    def run_to(self, now_ms):
        """So many milliseconds have gone by, less than eleven hours."""
        second = _START_S + now_ms // 1000
        for i in range(3):
            part = second % 60
            self._registers[i] = part // 10 << 4 | part % 10
            second //= 60

    def readfrom_mem_into(self, address, register, buf):
        _copy(buf, 0, self._registers, register, len(buf))


class Uart:
    """A port to which nobody talks."""

    def any(self):
        return 0

    def txdone(self):
        return True


class Pulses:
    """CF1 that has been given `counted` pulses; the LED begins on them, as a board's does."""

    def __init__(self):
        self.counted = 0
        self.mirrored = 1

    def count(self):
        return self.counted

    def mirror(self, on):
        self.mirrored = on


def _pin(level=None):
    return 1


class Board:
    """What firmware.meter.Meter is built on; `wait` moves the time and the chip's counters.

    per_ms  counts a millisecond of the two coils
    work    the native tick's work block, kept level with the chip as a bus would; or None
    """

    development = True
    OPTICAL = 0
    MODULE = 1
    afe_registers = None

    def __init__(self):
        self.now = 1
        self.work = None
        self.per_ms = array("i", (0, 0))
        self.afe_spi = AfeSpi()
        self._fram_spi = FramSpi(262144)
        self.glass = GLASS
        self.layout = layout
        self.fram = Fram(self._fram_spi, self._fram_spi.select)
        self._clock = ClockI2c()
        self.rtc = Ds3231(self._clock)
        self.lcd = Ht1621(_pin, _pin, _pin)
        self.optical_uart = Uart()
        self.module_uart = Uart()
        self.pulses = Pulses()
        self._towards_pulse = 0
        self.inputs = [_pin] * 5
        self.active = bytes((0, 0, 0, 1, 0))
        self.fed = 0
        self.flash = _FLASH

    def afe(self, settings):
        return Ade7953(
            SpiTransport(self.afe_spi, self.afe_spi.select),
            settings,
            sleep_ms=self.wait,
            sleep_us=self.sleep_us,
            ticks_ms=self.ticks_ms,
        )

    def ticks_ms(self):
        return self.now

    def sleep_us(self, us):
        pass

    def wait(self, ms):
        self.now = (self.now + ms) & _MASK
        self._clock.run_to(self.now)
        registers = self.afe_spi.registers
        counts = registers[reg.AENERGYA] + ms * self.per_ms[0]
        registers[reg.AENERGYA] = counts & 0xFFFFFF
        counts = registers[reg.AENERGYB] + ms * self.per_ms[1]
        registers[reg.AENERGYB] = counts & 0xFFFFFF
        self._towards_pulse += ms * (self.per_ms[0] + self.per_ms[1])
        while self._towards_pulse >= _PULSE or self._towards_pulse <= -_PULSE:
            self._towards_pulse -= _PULSE if self._towards_pulse > 0 else -_PULSE
            self.pulses.counted += 1
        if self.work is not None:
            for i in range(5):
                self.work[RAW + i] = registers[_FRAMES[i]]
        return 0

    def image(self):
        return self.flash

    def extend(self):
        pass

    def listen(self, port):
        pass

    def files_mounted(self):
        return True

    def reset_by_watchdog(self):
        return False

    def watchdog(self):
        return self._feed

    def _feed(self):
        self.fed += 1
