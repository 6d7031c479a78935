"""The registers that show what is measured now: rms, powers, PF, angles, period, samples.

Settling is first order in closed form, 40 ms on the square of rms and 30 ms on the powers (the
datasheet gives 200 ms for rms as a whole; the time constants are inferred). Energy is not
counted from these registers but from the unsettled powers, so it stays exact.
"""

import math

from ..clock import NS_PER_MS, NS_PER_S
from .line import HALF_CYCLE
from .signal import FULL_SCALE_SAMPLE, Channel, OperatingPoint

_TAU_RMS_NS = 40 * NS_PER_MS
_TAU_POWER_NS = 30 * NS_PER_MS
_PF_ONE = 0x7FFF
_PERIOD_LIMIT = 0xFFFF


class _Settling:
    """A value on its way to a target."""

    def __init__(self, tau_ns: int) -> None:
        self._tau_ns = tau_ns
        self._start = 0.0
        self._target = 0.0
        self._since_ns = 0

    def at(self, now_ns: int) -> float:
        age = (now_ns - self._since_ns) / self._tau_ns
        if age > 60:
            return self._target
        return self._target + (self._start - self._target) * math.exp(-age)

    def retarget(self, now_ns: int, target: float) -> None:
        self._start = self.at(now_ns)
        self._target = target
        self._since_ns = now_ns


class _Held:
    """A value taken over once, some time after it changed; kept while nothing is measured."""

    def __init__(self) -> None:
        self._old = self._new = 0
        self._from_ns = 0

    def at(self, now_ns: int) -> int:
        return self._new if now_ns >= self._from_ns else self._old

    def change(self, now_ns: int, from_ns: int, value: int) -> None:
        if value != self._new:
            self._old = self.at(now_ns)
            self._new = value
            self._from_ns = from_ns


class Measurements:
    def __init__(self, clkin_hz: int) -> None:
        self._clkin_hz = clkin_hz
        self.restart()

    def restart(self) -> None:
        """A reset: every register reads 0."""
        self._rms = {name: _Settling(_TAU_RMS_NS) for name in ("VRMS", "IRMSA", "IRMSB")}
        self._power = {
            name: _Settling(_TAU_POWER_NS)
            for name in ("AWATT", "AVAR", "AVA", "BWATT", "BVAR", "BVA")
        }
        self._held = {name: _Held() for name in ("PERIOD", "ANGLE_A", "ANGLE_B")}

    def retarget(
        self, now_ns: int, point: OperatingPoint, crossing: tuple[bool, bool, bool]
    ) -> None:
        """Head for `point` from now on; `crossing`: whether V, IA and IB cross zero."""
        self._rms["VRMS"].retarget(now_ns, point.vrms_squared)
        self._head_for(now_ns, "A", point.a)
        self._head_for(now_ns, "B", point.b)
        if not crossing[0]:
            return  # PERIOD and angles keep their last reading
        # Updated once per line cycle and settled after two (datasheet: 30 to 40 ms).
        updated_ns = now_ns + round(2 * NS_PER_S / point.hz)
        clocks = self._clkin_hz / 16 / point.hz
        period = min(round(clocks - 1), _PERIOD_LIMIT)
        self._held["PERIOD"].change(now_ns, updated_ns, period)
        for name, lag, seen in (
            ("ANGLE_A", point.a.lag, crossing[1]),
            ("ANGLE_B", point.b.lag, crossing[2]),
        ):
            if seen:
                angle = round(lag / (2 * math.pi) * clocks)
                self._held[name].change(now_ns, updated_ns, angle)

    def rms(self, name: str, now_ns: int) -> int:
        return int(math.sqrt(self._rms[name].at(now_ns)))

    def power(self, name: str, now_ns: int) -> int:
        return round(self._power[name].at(now_ns))

    def held(self, name: str, now_ns: int) -> int:
        """PERIOD, ANGLE_A or ANGLE_B."""
        return self._held[name].at(now_ns)

    def power_factor(self, letter: str, now_ns: int, noload: list[bool]) -> int:
        """PFx from the instantaneous powers, with the side effects of no-load."""
        watt = self._power[letter + "WATT"].at(now_ns)
        var = self._power[letter + "VAR"].at(now_ns)
        va = self._power[letter + "VA"].at(now_ns)
        return power_factor(watt, var, va, noload)

    def _head_for(self, now_ns: int, letter: str, channel: Channel) -> None:
        self._rms["IRMS" + letter].retarget(now_ns, channel.irms_squared)
        self._power[letter + "WATT"].retarget(now_ns, channel.watt)
        self._power[letter + "VAR"].retarget(now_ns, channel.var)
        self._power[letter + "VA"].retarget(now_ns, channel.va)


def power_factor(watt: float, var: float, va: float, noload: list[bool]) -> int:
    """PF in 2^-15: magnitude P/S, positive for lagging current, negative for leading.

    No-load of apparent energy forces 1, of active energy 0, of reactive energy the sign of the
    active power.
    """
    if noload[2] or va <= 0:
        return _PF_ONE
    if noload[0]:
        return 0
    pf = round(min(abs(watt) / va, 1.0) * _PF_ONE)
    return -pf if (watt if noload[1] else var) < 0 else pf


def waveform_sample(amplitude: float, position: int) -> int:
    """Code of a sine of that amplitude at a phase in 1e-15 half cycles, within the ADC range."""
    code = amplitude * math.sin(math.pi * (position % (2 * HALF_CYCLE)) / HALF_CYCLE)
    return round(max(-1.04, min(code / FULL_SCALE_SAMPLE, 1.04)) * FULL_SCALE_SAMPLE)
