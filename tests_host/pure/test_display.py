"""Numbers on the glass, the list in time, and the calendar."""

from array import array
from binascii import hexlify

from boards.pico_meter.glass import GLASS
from display import Carousel, Item, LoadEmulator, Screen, normal_list, sources
from ds3231 import Ds3231, civil, from_bcd, to_bcd
from firmware import default_lists, items, scaling
from tests_host.pure.lcg import Lcg

KWH = 7782000


def image(screen):
    return hexlify(screen.image).decode()


def test_what_does_not_fit_is_dashes():
    screen = Screen(GLASS)
    assert screen.number(999999) and not screen.number(1000000)
    dashes = image(screen)
    screen.dashes()
    assert image(screen) == dashes


def test_the_list_goes_round_in_its_time_while_the_clock_wraps():
    screen = Screen(GLASS)
    carousel = Carousel(screen, normal_list(123456, 7, -42), lambda item: item.quantity)
    now = (1 << 30) - 5000
    seen = []
    for _ in range(400):
        step = carousel.step(now)
        assert 0 < step <= 200
        now = (now + step) & 0x3FFFFFFF
        if not seen or seen[-1] != image(screen):
            seen.append(image(screen))
    assert len(seen) >= 7 and len(set(seen)) == 4  # the test of all segments, three items


def test_the_emulator_moves_with_net_energy():
    random = Lcg(71)
    emulator = LoadEmulator(Screen(GLASS), KWH // 1000, KWH)
    registers = [0, 0]
    emulator.update(0, 0)
    moved = net = 0
    for _ in range(500):
        which, step = random.below(2), random.below(50000)
        registers[which] = (registers[which] + step) % KWH
        net += -step if which else step
        moved += emulator.update(registers[0], registers[1])
        assert abs(net - moved * (KWH // 1000)) < KWH // 1000


def test_long_division_agrees_with_long_integers():
    random = Lcg(3)
    for _ in range(300):
        per = 2000000 + random.below(200000000)
        kwh, counts = random.below(1 << 30), random.below(per)
        digits = 4 + random.below(3)
        item = Item(b"", 0, (), digits, random.below(digits), True, True, random.below(4))
        value = (kwh * per + counts) * 10**item.decimals
        unit = per * 10**item.multiplier
        modulus = item.modulus
        assert scaling.energy(kwh, counts, per, item) % modulus == value // unit % modulus
        value = (counts * 10**item.decimals * 2 + unit) // (unit * 2)
        assert scaling.power(0, counts, per, item) % modulus == value % modulus


def test_the_built_in_lists_are_there():
    found = sources.Items(default_lists.ST32, default_lists.LIMITS[0], items.present)
    assert None not in found
    lists = sources.lists_of(default_lists.ST33, 3, 32, found)
    assert [purpose for purpose, _ in lists] == [1, 2, 3]


def test_every_day_of_the_century_is_its_own_number():
    out = array("i", (0, 0, 0))
    for day in range(0, 36525, 13):
        civil.date(day, out)
        assert civil.is_date(out[0], out[1], out[2])
        assert civil.days(out[0], out[1], out[2]) == day
    assert civil.days(2099, 12, 31) == 36524 and civil.weekday(0) == 6
    assert civil.seconds(2099, 12, 31, 23, 59, 59) == 3155759999
    assert not civil.is_date(2023, 2, 29) and civil.is_date(2024, 2, 29)


def test_bcd():
    for value in range(100):
        assert from_bcd(to_bcd(value)) == value
    assert from_bcd(0x1A) == from_bcd(0xA1) == -1


class I2c:
    """A clock chip's registers."""

    def __init__(self):
        self.registers = bytearray(0x13)

    def readfrom_mem_into(self, address, register, buf):
        buf[:] = self.registers[register : register + len(buf)]

    def writeto_mem(self, address, register, buf):
        self.registers[register : register + len(buf)] = buf


def test_the_clock_reads_what_was_set():
    i2c = I2c()
    i2c.registers[0x0F] = 0x80
    rtc = Ds3231(i2c)
    rtc.set(2056, 2, 29, 23, 59, 58)
    rtc.read()
    assert rtc.valid and list(rtc.fields) == [2056, 2, 29, 23, 59, 58, 2]
    assert rtc.epoch() == civil.seconds(2056, 2, 29, 23, 59, 58) > 1 << 30


def outputs():
    """Images of numbers, letters and annunciators; the bytes in the clock."""
    screen = Screen(GLASS)
    lines = []
    for value, digits, decimals in ((0, 6, 0), (-1, 6, 0), (123456, 6, 2), (-98765, 6, 1)):
        screen.number(value, digits, decimals)
        lines.append(image(screen))
    screen.number(0o765432, 6, 0, True, 8)
    screen.code(b"nEt")
    screen.annunciator("kWh", True)
    lines.append(image(screen))
    for value, digits, size in ((70201, 6, 2), (845, 4, 2), (1002, 6, 3)):
        screen.groups(value, digits, size)
        lines.append(image(screen))
    screen.number(0xABCDEF, 6, 0, True, 16)
    lines.append(image(screen))
    screen.all_on()
    lines.append(image(screen))
    for octets in (default_lists.ST31, default_lists.ST32, default_lists.ST33):
        lines.append(hexlify(octets).decode())
    i2c = I2c()
    Ds3231(i2c).set(2089, 12, 31, 23, 59, 59)
    lines.append(hexlify(i2c.registers).decode())
    return lines
