"""The driver's register table and codecs, against the model's own transcription and arithmetic."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ade7953 import Settings, codec, errors
from ade7953 import registers as reg
from ade7953.register_map import MAP
from ade7953.settings import ORDER
from picometer.virtual.ade7953 import registers as model


def test_both_transcriptions_list_the_same_registers_widths_resets_and_access():
    ours = {}
    for address, name, access, _kind, reset in MAP:
        assert address not in ours, name
        assert getattr(reg, name) == address
        ours[address] = (8 * reg.width(address), access in (reg.RW, reg.W), reset)
    theirs = {r.address: (r.bits, "w" in r.access, r.reset) for r in model.TABLE.values()}
    ours.pop(reg.VERSION), theirs.pop(reg.VERSION)  # its value is not published
    assert ours == theirs


def test_both_transcriptions_name_alike_what_the_settings_name():
    for register in ORDER:
        assert reg.name(register) == model.TABLE[register].name


def test_checksum_and_read_back_together_cover_every_setting():
    covered = {model.BY_NAME[name].address for name in model.CHECKSUMMED}
    assert covered.isdisjoint(reg.UNCOVERED)
    assert covered | set(reg.UNCOVERED) >= set(ORDER) | {
        reg.CONFIG,
        reg.WRITE_PROTECT,
        reg.REQUIRED,
    }


def test_lookup_by_name_and_address():
    assert reg.by_name("BWGAIN") == 0x28E == reg.BWGAIN
    assert reg.name(reg.PERIOD) == "PERIOD"
    assert reg.name(0x11E) == "0x11E"
    with pytest.raises(KeyError):
        reg.row(0x11E)
    with pytest.raises(KeyError):
        reg.by_name("PERIODE")


@given(st.integers(-383, 383))
def test_phase_trim_survives_the_register(lsb):
    code = codec.phase_code(lsb)
    assert code >> 10 == 0
    assert codec.phase_value(code) == lsb
    assert model_phcal(code) == lsb


def model_phcal(code):
    from picometer.virtual.ade7953.signal import phcal

    return phcal(code)


def test_phase_trim_has_one_zero_and_limits():
    assert codec.phase_code(0) == 0
    assert codec.phase_value(0x200) == 0
    assert codec.phase_code(-1) == 0x201  # sign and magnitude, not 0x3FF
    for lsb in (384, -384):
        with pytest.raises(errors.SettingError):
            codec.phase_code(lsb)


@given(st.sampled_from([row[0] for row in MAP]), st.integers(0, 2**32 - 1))
def test_bits_survive_decoding_and_encoding(register, bits):
    raw = bits & ((1 << 8 * reg.width(register)) - 1)
    value = codec.decode(register, raw)
    try:
        back = codec.encode(register, value)
    except errors.SettingError:
        return
    assert back == raw or (reg.row(register)[3] == reg.M and value == codec.phase_value(raw))


@given(st.integers(-(2**23), 2**23 - 1), st.integers(-(2**15), 2**15 - 1))
def test_twos_complement(long, short):
    assert codec.sign24(long & 0xFFFFFF) == long
    assert codec.sign16(short & 0xFFFF) == short


def test_rms_is_unsigned_beyond_half_the_range():
    assert codec.decode(reg.VRMS, 0x89D147) == 9_032_007


@pytest.mark.parametrize(
    ("register", "value"),
    [
        (reg.AWGAIN, 0x1FFFFF),
        (reg.AWGAIN, 0x600001),
        (reg.AWATTOS, 2**23),
        (reg.PHCALB, 400),
        (reg.PGA_IA, 6),
        (reg.PGA_IB, 5),
        (reg.PGA_V, 5),
        (reg.CF1DEN, 0x10000),
        (reg.CF1DEN, -1),
        (reg.ACCMODE, 0x400),
        (reg.LCYCMODE, 0x40),
        (reg.CONFIG, 4),
        (reg.WRITE_PROTECT, 0),
        (reg.RESERVED_285, 0),
        (reg.AENERGYA, 0),
    ],
)
def test_settings_refuse_what_the_chip_must_not_be_given(register, value):
    settings = Settings(3879)
    with pytest.raises(errors.SettingError, match=f"^{reg.name(register)} = "):
        settings.set(register, value)


def test_settings_keep_numbers_and_hand_out_bits():
    settings = Settings(1, pga_ia=5, calibration={reg.AWATTOS: -2, reg.PHCALA: -7})
    assert settings.get(reg.AWATTOS) == -2
    assert settings.raw(reg.AWATTOS) == 0xFFFFFE
    assert settings.raw(reg.PHCALA) == 0x207
    assert settings.raw(reg.PGA_IA) == 5
    assert settings.raw(reg.CFMODE) == 0x0209
    assert settings.raw(reg.IRQENA) == 0x300000
    assert settings.raw(reg.LCYCMODE) == 0


def test_every_error_has_its_own_code_and_one_clear_line():
    samples = {
        errors.ChipAbsent(0xFFFFFF): "no ADE7953 answers: IRQSTATA reads 0xFFFFFF",
        errors.WrongSpiPhase(0x4002): "SPI phase is wrong: use mode 3 (CONFIG reads 0x4002)",
        errors.BusStuck(0): "the chip's data line is stuck at 0",
        errors.KeyLost(0): "register 0x120 reads 0x0000, not 0x0030",
        errors.WriteFailed(reg.AWGAIN, 1, 2): "AWGAIN: wrote 0x1, reads 0x2",
        errors.BusError(reg.CRC, 5): "I2C error 5 at CRC",
        errors.ChecksumUnstable(1, 2, 3, 4): (
            "the configuration checksum reads 00010002, then 00030004"
        ),
    }
    for error, text in samples.items():
        assert str(error) == text
    codes = [error.code for error in samples]
    faults = [errors.FAULT_RESET, errors.FAULT_BUS, errors.FAULT_NOISE, errors.FAULT_DRIFT]
    assert len(set(codes + faults + [errors.OK])) == len(codes) + 5
