"""What a meter wants in the chip: every writable register with the value it is to hold."""

from array import array

from . import registers as reg
from .codec import decode, encode
from .errors import SettingError

# The order of writing. CONFIG, WRITE_PROTECT, REQUIRED and the reserved registers are missing
# on purpose: the first three belong to the bring-up, the others are to be left alone.
ORDER = (
    reg.PGA_V,
    reg.PGA_IA,
    reg.PGA_IB,
    reg.EX_REF,
    reg.AIGAIN,
    reg.AVGAIN,
    reg.AWGAIN,
    reg.AVARGAIN,
    reg.AVAGAIN,
    reg.AIRMSOS,
    reg.VRMSOS,
    reg.AWATTOS,
    reg.AVAROS,
    reg.AVAOS,
    reg.BIGAIN,
    reg.BVGAIN,
    reg.BWGAIN,
    reg.BVARGAIN,
    reg.BVAGAIN,
    reg.BIRMSOS,
    reg.BWATTOS,
    reg.BVAROS,
    reg.BVAOS,
    reg.PHCALA,
    reg.PHCALB,
    reg.AP_NOLOAD,
    reg.VAR_NOLOAD,
    reg.VA_NOLOAD,
    reg.DISNOLOAD,
    reg.LCYCMODE,
    reg.LINECYC,
    reg.ZXTOUT,
    reg.ACCMODE,
    reg.CF1DEN,
    reg.CF2DEN,
    reg.CFMODE,
    reg.ALT_OUTPUT,
    reg.SAGCYC,
    reg.SAGLVL,
    reg.OVLVL,
    reg.OILVL,
    reg.IRQENA,
    reg.IRQENB,
)

_AP_NOLOAD = 0xA6B7  # Y = 32,000: 6 W on a 192 kW scale, where the reset value means 19 W


def _small(value):
    # Frozen into an image, a constant tuple holds integers from 0x4000 on as objects of their
    # own; arithmetic with one allocates, though its value is small. An array gives it back plain.
    return array("I", (value,))[0]


class Settings:
    """The register image of one meter, checked value by value.

    cf1den       counts per CF1 pulse; the pulse constant over the energy of one count
    source       what CF1 counts: CF_ACTIVE_SUM for two coils, CF_ACTIVE_A for one
    ap_noload    active no-load level (starting point, not verified on hardware)
    pga_*        gain codes 0..4, for channel A also 5; a single-ended transformer on channel A
                 needs at least code 1, because the pin takes 250 mV there
    sagcyc, saglvl, ovlvl, oilvl    half cycles and levels in peak units; 0 and all ones: off
    calibration  {register: value}: gains, offsets and phase trims of this one meter

    Values are numbers, not bits: offsets are signed, a phase trim is -383..383. A value that a
    register does not take raises SettingError.
    """

    def __init__(
        self,
        cf1den,
        source=reg.CF_ACTIVE_SUM,
        ap_noload=_AP_NOLOAD,
        pga_v=0,
        pga_ia=0,
        pga_ib=0,
        sagcyc=0,
        saglvl=0,
        ovlvl=0xFFFFFF,
        oilvl=0xFFFFFF,
        calibration=None,
    ):
        from .register_map import MAP

        raw = self._raw = {}
        for register in ORDER:
            raw[register] = 0
        for entry in MAP:
            if entry[4] and entry[0] in raw:
                raw[entry[0]] = _small(entry[4])
        raw[reg.LCYCMODE] = reg.LCYCMODE_FREE_RUNNING
        self.set(reg.CF1DEN, cf1den)
        self.set(reg.CFMODE, source | reg.CF2_OFF)
        self.set(reg.AP_NOLOAD, ap_noload)
        self.set(reg.PGA_V, pga_v)
        self.set(reg.PGA_IA, pga_ia)
        self.set(reg.PGA_IB, pga_ib)
        self.set(reg.SAGCYC, sagcyc)
        self.set(reg.SAGLVL, saglvl)
        self.set(reg.OVLVL, ovlvl)
        self.set(reg.OILVL, oilvl)
        # Half-full and overflow flags come and go in normal running, so they raise no alarm.
        self.set(reg.IRQENA, reg.STATUS_RESET | reg.STATUS_CRC)
        if calibration:
            for register in calibration:
                self.set(register, calibration[register])

    def set(self, register, value):
        """Ask for `value` in `register`; SettingError when it cannot be."""
        if register not in self._raw:
            raise SettingError(register, value, "not a setting")
        if register == reg.LCYCMODE and value != reg.LCYCMODE_FREE_RUNNING:
            raise SettingError(register, value, "the energy counters must run free")
        self._raw[register] = _small(encode(register, value))

    def get(self, register):
        """The value asked for in `register`; KeyError when it is not a setting."""
        return decode(register, self._raw[register])

    def raw(self, register):
        """The same as the register's bits. Allocates nothing."""
        return self._raw[register]
