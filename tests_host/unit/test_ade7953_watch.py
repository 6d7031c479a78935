"""Drift of any register is noticed within four checks and repaired; readings have their signs."""

import math
from array import array

import pytest

from ade7953 import errors
from ade7953 import registers as reg
from ade7953.settings import ORDER
from picometer.virtual.ade7953 import registers as model
from tests_host.unit.ade7953_bench import Bench

COVERED = sorted(model.BY_NAME[name].address for name in model.CHECKSUMMED)
WRITABLE = sorted(set(ORDER) | {reg.CONFIG, reg.WRITE_PROTECT, reg.REQUIRED})
RESERVED = [r for r in COVERED if r not in WRITABLE]


def noticed(bench, checks=4):
    """The first fault that `checks` checks return, or OK."""
    for _ in range(checks):
        code = bench.afe.check()
        if code:
            return code
        bench.wait(0.25)
    return errors.OK


def test_quiet_chip_passes_every_check_under_changing_load():
    bench = Bench().started()
    for second in range(4):
        bench.load(ka=0.1 * second, kb=-0.1 * second, phi=second - 2)
        assert noticed(bench) == errors.OK


@pytest.mark.parametrize("register", [r for r in WRITABLE if r != reg.LCYCMODE], ids=reg.name)
def test_drift_is_noticed_and_repaired_without_losing_counts(register):
    bench = Bench().started()
    bench.load()
    bench.wait(1)
    bench.afe.sample()
    counted = bench.afe.counts[0]
    good = bench.chip.peek(register)
    bench.chip.flip_bit(register, 0)
    assert noticed(bench) == errors.FAULT_DRIFT
    assert bench.repaired()
    assert bench.chip.peek(register) == good
    assert noticed(bench) == errors.OK
    assert bench.events == [errors.FAULT_DRIFT]
    assert bench.afe.resets == 0
    assert bench.afe.sample() == errors.OK
    assert bench.afe.counts[0] >= counted


def test_drift_of_the_way_of_counting_takes_a_reset():
    bench = Bench().started()
    bench.load()
    bench.chip.flip_bit(reg.LCYCMODE, 0)
    assert noticed(bench) == errors.FAULT_DRIFT
    assert bench.repaired()
    assert bench.events == [errors.FAULT_RESET]
    assert bench.afe.resets == 1
    assert noticed(bench) == errors.OK


@pytest.mark.parametrize("register", RESERVED, ids=reg.name)
def test_drift_that_cannot_be_written_back_takes_a_reset(register):
    bench = Bench().started()
    bench.chip.flip_bit(register, 3)
    assert noticed(bench) == errors.FAULT_DRIFT
    assert bench.repaired()
    assert bench.chip.peek(register) == 0
    assert bench.events == [errors.FAULT_RESET]
    assert bench.afe.resets == 1
    assert noticed(bench) == errors.OK


@pytest.mark.parametrize("bit", [0, 3, 8])
def test_every_bit_of_config_counts(bit):
    bench = Bench().started()
    bench.chip.flip_bit(reg.CONFIG, bit)
    assert noticed(bench) == errors.FAULT_DRIFT
    assert bench.repaired()
    assert bench.chip.peek(reg.CONFIG) == 0x0104


@pytest.mark.parametrize("i2c", [False, True])
def test_reset_is_noticed_repaired_and_counted_once(i2c):
    bench = Bench(i2c=i2c).started()
    bench.load()
    bench.wait(1)
    bench.chip.reset()
    assert bench.afe.check() == errors.FAULT_BUS  # nothing answers for 66 ms
    bench.wait(0.1)
    assert bench.afe.check() == errors.FAULT_RESET
    assert bench.afe.instant(array("i", [0] * 14)) == errors.FAULT_RESET
    began = bench.clock.now_ns
    assert bench.afe.repair() is True
    assert bench.clock.now_ns - began < 20e6
    assert bench.afe.resets == 1
    assert bench.events == [errors.FAULT_RESET]
    assert noticed(bench) == errors.OK
    assert bench.afe.sample() == errors.OK
    # What was counted between the reset and the repair is kept.
    assert abs(bench.afe.counts[0] - bench.chip.peek(reg.AENERGYA)) < 64
    assert bench.afe.counts[0] > 51_878


def test_counts_of_a_chip_left_unconfigured_for_long_are_dropped():
    bench = Bench().started()
    bench.load()
    bench.chip.reset()
    bench.wait(30)
    assert bench.repaired()
    assert bench.afe.resets == 1
    assert bench.afe.sample() == errors.OK
    assert bench.afe.counts[0] < 51_878


def test_silent_chip_is_left_counting_for_40_s_and_then_reset():
    bench = Bench(reset_pin=True).started()
    bench.load()
    bench.chip.miso_stuck = 1
    for _ in range(390):
        assert bench.afe.repair() is False
        bench.wait(0.1)
    bench.chip.miso_stuck = None
    assert bench.afe.sample() == errors.OK  # nothing was wrong with the chip
    bench.wait(60)
    bench.chip.miso_stuck = 1
    for _ in range(400):
        assert bench.afe.repair() is False
        bench.wait(0.1)
    assert bench.chip.resets == 0
    bench.afe.repair()
    assert bench.chip.resets == 1
    assert bench.afe.resets == 0  # counted when repaired
    bench.chip.miso_stuck = None
    assert bench.repaired()
    assert bench.afe.resets == 1


def test_repair_of_a_chip_in_order_writes_nothing():
    bench = Bench().started()
    assert bench.afe.repair() is True
    assert bench.events == [errors.FAULT_BUS]
    assert all(frame[2] == 0x80 for frame in bench.frames)


def test_chip_that_does_not_take_its_settings_is_reset_after_a_second():
    bench = Bench().started()
    bench.wait(0.1)
    transfer = bench.transport._transfer

    def deaf_to_gain(tx, rx):
        if tx[0] << 8 | tx[1] == reg.AWGAIN and tx[2] == 0:
            tx = bytes((0x05, 0x55)) + bytes(tx[2:])
        transfer(tx, rx)

    bench.chip.flip_bit(reg.AWGAIN, 4)
    bench.transport._transfer = deaf_to_gain
    assert bench.afe.repair() is False
    assert isinstance(bench.afe.error, errors.WriteFailed)
    assert bench.chip.resets == 0
    assert bench.repaired()  # the reset gives the gain its unity, which is what is wanted here
    assert bench.chip.resets == 1
    assert bench.afe.resets == 1


@pytest.mark.parametrize("level", [0, 1])
def test_dead_bus_is_not_taken_for_drift(level):
    for frame in range(1, 9):
        bench = Bench().started()
        bench.ahead(frame, lambda b=bench: setattr(b.chip, "miso_stuck", level))
        assert bench.afe.check() in (errors.OK, errors.FAULT_BUS), frame
        assert bench.afe.check() == errors.FAULT_BUS


def test_single_lost_frame_is_not_taken_for_drift():
    for frame in range(9):
        bench = Bench().started()
        bench.ahead(frame, lambda b=bench: b.chip.lose_frames(1))
        for _ in range(4):
            assert bench.afe.check() in (errors.OK, errors.FAULT_BUS), frame
        assert noticed(bench) == errors.OK


def test_instant_has_the_right_signs():
    bench = Bench().started()
    bench.chip.set_inputs(0.5, 0.5, 0.25, math.pi / 3, math.pi - math.pi / 3, 60.0)
    bench.wait(2)
    out = array("i", [0] * 14)
    assert bench.afe.instant(out) == errors.OK
    got = dict(zip([reg.name(r) for r in reg.INSTANT], out, strict=True))
    expected = {
        "VRMS": 4_516_003,
        "IRMSA": 4_516_003,
        "IRMSB": 2_258_002,
        "AWATT": 607_800,
        "BWATT": -303_900,
        "AVAR": 1_052_741,
        "BVAR": 526_370,
        "AVA": 1_215_600,
        "BVA": 607_800,
        "PFA": 0x4000,
        "PFB": 0x4000,
        "ANGLE_A": 622,
        "PERIOD": 3728,
    }
    for name, value in expected.items():
        assert got[name] == pytest.approx(value, abs=abs(value) * 2e-4 + 2), name


def test_instant_signs_of_leading_current():
    bench = Bench().started()
    bench.chip.set_inputs(0.5, 0.5, 0.5, -math.pi / 3, -math.pi / 3, 60.0)
    bench.wait(2)
    out = array("i", [0] * 14)
    assert bench.afe.instant(out) == errors.OK
    for name in ("AVAR", "BVAR", "PFA", "PFB", "ANGLE_A", "ANGLE_B"):
        assert out[reg.INSTANT.index(reg.by_name(name))] < 0, name


def test_rms_beyond_half_the_range_stays_positive():
    bench = Bench().started()
    bench.load(kv=1.0, ka=1.0, kb=1.0)
    bench.wait(2)
    out = array("i", [0] * 14)
    assert bench.afe.instant(out) == errors.OK
    assert out[0] == pytest.approx(9_032_007, abs=5)


def test_change_of_a_setting_lasts():
    bench = Bench().started()
    bench.load()
    bench.wait(1)
    bench.afe.write(reg.AWGAIN, 0x40F26A)
    assert bench.afe.read(reg.AWGAIN) == 0x40F26A
    assert bench.chip.peek(reg.WRITE_PROTECT) == 7
    assert noticed(bench) == errors.OK
    assert bench.afe.sample() == errors.OK
    assert bench.afe.counts[0] > 40_000
    bench.chip.reset()
    bench.wait(0.1)
    assert bench.repaired()
    assert bench.afe.read(reg.AWGAIN) == 0x40F26A


def test_change_of_a_setting_does_not_hide_a_reset():
    bench = Bench().started()
    bench.chip.reset()
    bench.wait(0.1)
    bench.afe.write(reg.AWGAIN, 0x40F26A)
    assert bench.afe.resets == 1
    assert bench.events == [errors.FAULT_RESET]
    assert bench.afe.sample() == errors.OK


def test_reset_is_counted_once_however_the_repair_is_disturbed():
    reference = Bench().started()
    reference.chip.reset()
    reference.wait(0.1)
    reference.afe.repair()
    for frame in range(len(reference.frames) - 15, len(reference.frames)):
        for disturb in ("repair", "write"):
            bench = Bench().started()
            bench.chip.reset()
            bench.wait(0.1)
            bench.ahead(frame, lambda b=bench: setattr(b.chip, "miso_stuck", 1))
            try:
                if disturb == "repair":
                    bench.afe.repair()
                else:
                    bench.afe.write(reg.AWGAIN, 0x40F26A)
            except errors.AfeError:
                pass
            bench.chip.miso_stuck = None
            bench.before.clear()
            if bench.afe.resets == 0:
                assert bench.afe.sample() == errors.FAULT_RESET, (frame, disturb)
                assert bench.repaired()
            assert bench.afe.resets == 1
            assert bench.events == [errors.FAULT_RESET]
            assert bench.afe.sample() == errors.OK
            assert noticed(bench) == errors.OK


def sample_of(frames):
    """Both ends of a long sequence, where the steps differ, and some of the writes between."""
    return [*frames[:6], *frames[6:-16:7], *frames[-16:]]


@pytest.mark.parametrize("level", [0, 1])
@pytest.mark.parametrize("disturb", ["repair", "write"])
def test_dead_bus_in_a_repair_or_change_costs_no_counts(disturb, level):
    reference = Bench().started()
    reference.chip.flip_bit(reg.IRQENB, 0)
    reference.afe.repair()
    for frame in sample_of(range(1, len(reference.frames) + 1)):
        bench = Bench().started()
        bench.load()
        bench.wait(1)
        bench.chip.flip_bit(reg.IRQENB, 0)
        bench.ahead(frame, lambda b=bench: setattr(b.chip, "miso_stuck", level))
        try:
            if disturb == "repair":
                bench.afe.repair()
            else:
                bench.afe.write(reg.CF1DEN, 4000)
        except errors.AfeError:
            pass
        bench.before.clear()
        bench.chip.miso_stuck = None
        if noticed(bench):
            assert bench.repaired()
        assert noticed(bench) == errors.OK
        assert bench.afe.sample() == errors.OK
        assert bench.afe.counts[0] >= 51_878
        assert bench.chip.peek(reg.CONFIG) == 0x0104
        assert bench.chip.peek(reg.WRITE_PROTECT) == 7
        assert bench.afe.resets == bench.chip.resets == 0, frame


def test_no_single_lost_frame_hides_a_reset_from_a_change():
    reference = Bench().started()
    reference.afe.write(reg.AWGAIN, 0x40F26A)
    for frame in sample_of(range(len(reference.frames))):
        bench = Bench().started()
        bench.chip.reset()
        bench.wait(0.1)
        bench.ahead(frame, lambda b=bench: b.chip.lose_frames(1))
        bench.afe.write(reg.AWGAIN, 0x40F26A)
        assert bench.afe.resets == 1, frame


def test_refused_change_leaves_the_chip_alone():
    bench = Bench().started()
    with pytest.raises(errors.SettingError):
        bench.afe.write(reg.AWGAIN, 0)
    with pytest.raises(errors.SettingError):
        bench.afe.write(reg.CONFIG, 0x8004)
    assert bench.frames == []


def test_read_refuses_to_hide_a_reset_and_to_invent_numbers():
    bench = Bench().started()
    with pytest.raises(errors.SettingError):
        bench.afe.read(reg.RSTIRQSTATA)
    with pytest.raises(KeyError):
        bench.afe.read(0x11E)
    bench.chip.miso_stuck = 1
    with pytest.raises(errors.BusStuck, match="1"):
        bench.afe.read(reg.AWATT)
