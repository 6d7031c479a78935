"""Registers come and go as they should, a bad sample is no sample, settings are proved."""

from ade7953 import Ade7953, Settings
from ade7953 import registers as reg
from ade7953.codec import decode, encode, phase_code, phase_value, sign16, sign24
from ade7953.errors import (
    FAULT_BUS,
    FAULT_DRIFT,
    FAULT_NOISE,
    FAULT_RESET,
    OK,
    ChipAbsent,
    SettingError,
)
from ade7953.settings import ORDER
from ade7953.vote import judge
from tests_host.pure.lcg import Lcg

ALIVE = reg.STATUS_WSMP
MASK = 0xFFFFFF


class Chip:
    """A transport with the registers behind it: they hold what is written."""

    def __init__(self):
        self.registers = {
            reg.IRQSTATA: reg.STATUS_WSMP | reg.STATUS_RESET,
            reg.AENERGYA: 5,
            reg.AENERGYB: MASK - 4,
        }
        self.checksum = [0x1234, 0xFEDC]

    def frame(self, register):
        return register

    def read24(self, frame):
        return self.read(frame)

    def read(self, register):
        if register == reg.RSTIRQSTATA:
            status = self.registers[reg.IRQSTATA]
            self.registers[reg.IRQSTATA] = reg.STATUS_WSMP
            return status
        return self.registers.get(register, 0)

    def read_halves(self, register, halves):
        halves[0], halves[1] = self.checksum

    def write(self, register, value):
        assert 0 <= value < 1 << 8 * reg.width(register)
        self.registers[register] = value

    def write_holding(self, register, value, sleep_us):
        self.write(register, value)


class Time:
    """Time that passes only while somebody waits."""

    def __init__(self):
        self.now = 0

    def sleep_ms(self, ms):
        self.now += ms

    def sleep_us(self, us):
        pass

    def ticks_ms(self):
        return self.now


def driver(chip, settings=None):
    time = Time()
    return Ade7953(
        chip,
        settings or Settings(3891),
        sleep_ms=time.sleep_ms,
        sleep_us=time.sleep_us,
        ticks_ms=time.ticks_ms,
    )


def test_signs():
    for bits, sign in ((16, sign16), (24, sign24)):
        half = 1 << (bits - 1)
        for value in (0, 1, -1, half - 1, -half, 1 - half):
            assert sign(value & (2 * half - 1)) == value


def test_every_setting_decodes_to_what_was_encoded():
    random = Lcg(61)
    for register in ORDER:
        for _ in range(20):
            raw = random.extreme(8 * reg.width(register))
            value = decode(register, raw)
            try:
                back = encode(register, value)
            except SettingError:
                continue
            assert decode(register, back) == value
    for lsb in range(-383, 384):
        assert phase_value(phase_code(lsb)) == lsb


def test_verdicts():
    random = Lcg(62)
    for _ in range(500):
        a, b = random.extreme(24), random.extreme(24)
        status = ALIVE | random.below(1 << 17)
        assert judge(a, b, status, a, b) == OK
        assert judge(a, b, status | reg.STATUS_RESET, a, b) == FAULT_RESET
        assert judge(a, b, status & ~ALIVE, a, b) == FAULT_BUS
        assert judge(a, b, status | 1 << random.between(22, 23), a, b) == FAULT_BUS
        step = random.between(65, 0x800000) * random.choice((1, -1))
        assert judge(a, b, status, (a + step) & MASK, b) == FAULT_NOISE
        assert judge(a, b, status, a, (b + step) & MASK) == FAULT_NOISE
        step = random.between(-64, 64)
        if a not in (0, MASK):
            assert judge(a, b, status, (a + step) & MASK, b) == OK
        elif step:
            assert judge(a, b, status, (a + step) & MASK, b) == FAULT_NOISE


def test_bring_up_a_sample_and_a_second_start():
    chip = Chip()
    afe = driver(chip)
    assert afe.start() is True
    assert afe.sample() == OK
    assert list(afe.counts) == [5, MASK - 4]
    assert [afe.check() for _ in range(4)] == [OK] * 4
    again = driver(chip)
    assert again.start() is False  # found running: its counters have gone on


def test_drift_and_reset_are_found_and_repaired():
    chip = Chip()
    afe = driver(chip)
    afe.start()
    chip.registers[reg.SAGCYC] ^= 1
    assert FAULT_DRIFT in [afe.check() for _ in range(4)]
    chip.registers[reg.SAGCYC] ^= 1
    chip.checksum[0] ^= 1
    assert FAULT_DRIFT in [afe.check() for _ in range(4)]
    chip.checksum[0] ^= 1
    chip.registers[reg.IRQSTATA] |= reg.STATUS_RESET
    assert afe.sample() == FAULT_RESET
    assert any([afe.repair() for _ in range(4)])
    assert afe.sample() == OK and afe.resets == 1


def test_doubt_is_cleared_by_asking_the_chip():
    chip = Chip()
    afe = driver(chip)
    afe.start()
    afe.suspect = True
    chip.registers[reg.LCYCMODE] ^= 0x40  # reads clear the counters
    assert afe.sample() == FAULT_DRIFT
    chip.registers[reg.LCYCMODE] ^= 0x40
    assert afe.sample() == OK and not afe.suspect


def test_nobody_there():
    chip = Chip()
    chip.registers = {}
    try:
        driver(chip).start()
    except ChipAbsent:
        return
    raise AssertionError("an absent chip was started")


def outputs():
    """The register image of a meter."""
    settings = Settings(3891, calibration={reg.AWGAIN: 0x400123, reg.PHCALA: -17})
    return [f"{register:03x} {settings.raw(register):06x}" for register in ORDER]
