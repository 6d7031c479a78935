"""Bring-up: the order on the wire, what it proves, and each way it can fail."""

import pytest

from ade7953 import Settings, errors
from ade7953 import registers as reg
from ade7953.settings import ORDER
from tests_host.unit.ade7953_bench import Bench

CALIBRATION = {
    reg.AWGAIN: 0x40F26A,
    reg.BIGAIN: 0x3F0000,
    reg.AWATTOS: -1234,
    reg.VRMSOS: 77,
    reg.PHCALA: -7,
    reg.PHCALB: 383,
}


def address(frame):
    return frame[0] << 8 | frame[1]


def writes(frames):
    return [frame for frame in frames if frame[2] == 0x00]


def test_order_on_the_wire():
    bench = Bench()
    assert bench.afe.start() is True
    frames = bench.frames
    written = [(address(f), int.from_bytes(f[3:], "big")) for f in writes(frames)]
    assert written[:3] == [(0x0FE, 0xAD), (0x120, 0x0030), (0x102, 0x0004)]
    assert written[3:5] == [(reg.DISNOLOAD, 7), (reg.SAGLVL, 0)]
    assert written[-2:] == [(0x102, 0x0104), (0x040, 0x07)]
    settings = written[5:-2]
    twice = [reg.CF1DEN, reg.CF2DEN]
    expected = []
    for register in ORDER:
        expected += [(register, bench.settings.raw(register))] * (2 if register in twice else 1)
    assert settings == expected
    # The key is taken away by any access in between, and dividers count when written in a row.
    key = frames.index(bytes((0x00, 0xFE, 0x00, 0xAD)))
    assert frames[key + 1] == bytes((0x01, 0x20, 0x00, 0x00, 0x30))
    divider = frames.index(bytes((0x01, 0x03, 0x00, 0x0F, 0x27)))
    assert frames[divider + 1] == frames[divider]
    # Cleared last, and once: until then the reset flag tells that the chip is not set up.
    after = [address(f) for f in frames[frames.index(writes(frames)[-1]) :]]
    vote = [0x22D] * 4
    seal = vote + [0x22E] + vote + [0x120, 0x37F, 0x37F, 0x22D]
    sample = [0x21E, 0x21F, 0x22D, 0x21E, 0x21F]
    assert [a for a in after if a != 0x040] == seal + sample
    assert [address(f) for f in frames].count(reg.RSTIRQSTATA) == 1


def test_every_write_is_read_back():
    bench = Bench()
    bench.afe.start()
    read = {address(f) for f in bench.frames if f[2] == 0x80}
    assert read >= set(ORDER) | {reg.CONFIG, reg.WRITE_PROTECT, reg.REQUIRED}


def test_chip_stays_selected_when_the_lock_is_written():
    bench = Bench()
    bench.afe.start()
    config = [f for f in writes(bench.frames) if address(f) == reg.CONFIG]
    assert bench.holds_us == [(frame, 2) for frame in config]


@pytest.mark.parametrize("i2c", [False, True])
def test_chip_holds_the_settings_locked_and_protected(i2c):
    bench = Bench(i2c=i2c, settings=Settings(4000, pga_ia=1, calibration=CALIBRATION))
    assert bench.afe.start() is True
    for register in ORDER:
        mask = 0x3FF if register == reg.ACCMODE else 0xFFFFFF
        assert bench.chip.peek(register) & mask == bench.settings.raw(register), hex(register)
    assert bench.chip.peek(reg.CONFIG) == 0x0104
    assert bench.chip.peek(reg.REQUIRED) == 0x0030
    assert bench.chip.peek(reg.WRITE_PROTECT) == 0x07
    assert bench.chip.irq == 1
    assert bench.afe.sample() == errors.OK
    assert bench.afe.read(reg.AWATTOS) == -1234
    assert bench.afe.read(reg.PHCALA) == -7


def test_start_takes_at_most_300_ms_from_power_up():
    bench = Bench()
    bench.afe.start()
    assert bench.clock.now_ns < 300e6


def test_what_a_chip_counted_since_a_recent_reset_is_kept():
    bench = Bench()
    bench.load()
    bench.wait(0.3)
    counted = bench.chip.counted_a
    assert bench.afe.start() is True
    assert bench.afe.sample() == errors.OK
    assert counted > 10_000
    assert bench.afe.counts[0] >= counted


def test_what_a_chip_counted_unsupervised_for_long_is_dropped():
    bench = Bench()
    bench.load()
    bench.wait(30)
    assert bench.afe.start() is True
    assert bench.afe.sample() == errors.OK
    assert max(bench.afe.counts) < 51_878 // 10  # counted while being set up


@pytest.mark.parametrize("i2c", [False, True])
def test_processor_restart_keeps_the_counters(i2c):
    bench = Bench(i2c=i2c)
    assert bench.afe.start() is True
    bench.load()
    bench.wait(5)
    again = bench.driver()
    assert again.start() is False
    assert again.sample() == errors.OK
    assert abs(again.counts[0] - 5 * 51_878) < 5 * 52
    assert abs(again.counts[0] - bench.chip.peek(reg.AENERGYA)) < 64
    for _ in range(4):
        assert again.check() == errors.OK


@pytest.mark.parametrize("reset_pin", [False, True])
@pytest.mark.parametrize("i2c", [False, True])
def test_chip_with_other_settings_is_reset_first(i2c, reset_pin):
    bench = Bench(i2c=i2c)
    bench.afe.start()
    bench.load()
    bench.wait(5)
    pin = bench.chip.reset_pin if reset_pin else None
    began = bench.clock.now_ns
    other = bench.driver(Settings(1000, calibration=CALIBRATION), pin)
    assert other.start() is True
    assert bench.clock.now_ns - began < 300e6
    assert bench.chip.resets == 1
    assert bench.chip.peek(reg.CF1DEN) == 1000
    assert other.sample() == errors.OK
    assert other.counts[0] < 51_878 // 10


def test_processor_restart_half_way_is_told_from_a_finished_start():
    reference = Bench()
    reference.afe.start()
    cleared = [address(f) for f in reference.frames].index(reg.RSTIRQSTATA)
    for cut in [*range(0, cleared, 7), cleared]:
        bench = Bench()

        def cut_off():
            raise KeyboardInterrupt

        bench.before[cut] = cut_off
        with pytest.raises(KeyboardInterrupt):
            bench.afe.start()
        assert bench.driver().start() is True, cut


def test_reset_during_start_does_not_go_unnoticed():
    reference = Bench()
    reference.afe.start()
    contact = next(i for i, f in enumerate(reference.frames) if address(f) == 0x0FE)
    for hit in range(contact, len(reference.frames), 5):
        bench = Bench()
        bench.before[hit] = bench.chip.reset
        try:
            bench.afe.start()
        except errors.AfeError:
            continue
        # Only a reset after the last proof may slip through start: the first sample has it.
        bench.wait(0.1)
        assert bench.afe.sample() == errors.FAULT_RESET, hit


@pytest.mark.parametrize("reset_pin", [False, True])
def test_absent_chip(reset_pin):
    bench = Bench(present=False, reset_pin=reset_pin)
    with pytest.raises(errors.ChipAbsent, match="0xFFFFFF"):
        bench.afe.start()
    assert 150e6 < bench.clock.now_ns < 350e6


def test_unpowered_chip_is_absent():
    with pytest.raises(errors.ChipAbsent):
        Bench(power=False).afe.start()


@pytest.mark.parametrize("level", [0, 1])
def test_data_line_stuck_from_the_start_is_an_absent_chip(level):
    bench = Bench()
    bench.chip.miso_stuck = level
    with pytest.raises(errors.ChipAbsent):
        bench.afe.start()


@pytest.mark.parametrize("level", [0, 1])
def test_data_line_stuck_half_way_is_a_stuck_bus(level):
    bench = Bench()
    bench.wait(0.1)
    bench.before[40] = lambda: setattr(bench.chip, "miso_stuck", level)
    with pytest.raises(errors.BusStuck, match=f"stuck at {level}"):
        bench.afe.start()


def test_absent_chip_on_i2c_is_a_bus_error():
    with pytest.raises(errors.BusError, match="I2C error 5 at IRQSTATA"):
        Bench(i2c=True, present=False).afe.start()


@pytest.mark.parametrize("configured", [False, True])
@pytest.mark.parametrize("mode", [1, 2])
def test_wrong_spi_phase_is_named(mode, configured):
    bench = Bench()
    if configured:
        bench.afe.start()
    bench.wait(0.1)
    bench.spi.bus.configure(mode >> 1, mode & 1)
    with pytest.raises(errors.WrongSpiPhase, match="SPI phase is wrong: use mode 3"):
        bench.driver().start()


def test_lost_key_is_named():
    bench = Bench()
    bench.wait(0.1)
    lose_writes_to(bench, reg.UNLOCK)
    with pytest.raises(errors.KeyLost, match="0x0000"):
        bench.afe.start()


def test_write_that_does_not_take_is_named():
    bench = Bench(settings=Settings(3879, calibration={reg.BWGAIN: 0x400001}))
    bench.wait(0.1)
    lose_writes_to(bench, reg.BWGAIN)
    with pytest.raises(errors.WriteFailed, match="BWGAIN: wrote 0x400001, reads 0x400000"):
        bench.afe.start()


def lose_writes_to(bench, register):
    """Have the chip miss every write frame to `register`."""
    transfer = bench.spi.write_readinto

    def deaf(tx, rx):
        if tx[0] << 8 | tx[1] == register and tx[2] == 0:
            tx = bytes((0x05, 0x55)) + bytes(tx[2:])  # no such register
        transfer(tx, rx)

    bench.transport._transfer = deaf


def test_single_lost_frame_does_not_stop_the_start():
    reference = Bench()
    reference.wait(0.1)
    reference.afe.start()
    for lost in range(0, len(reference.frames), 3):
        bench = Bench()
        bench.wait(0.1)
        bench.before[lost] = lambda bench=bench: bench.chip.lose_frames(1)
        assert bench.afe.start() is True
        assert bench.afe.sample() == errors.OK
        assert bench.chip.peek(reg.WRITE_PROTECT) == 7
