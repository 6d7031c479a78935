"""From pin voltages and calibration registers to the settled measurements of both channels.

The equations follow the signal path of the datasheet (Rev C) with its full-scale codes; the
scales between them are derived from these codes. Not modelled: harmonics, dc offset (the
high-pass filter is taken to be on), the digital integrators, and the loss of accuracy while
register 0x120 does not hold 0x0030, which the datasheet does not quantify.
"""

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from .registers import UNITY_GAIN, signed

FULL_SCALE_SAMPLE = 6_500_000
FULL_SCALE_RMS = 9_032_007
FULL_SCALE_POWER = 4_862_401

_PGA_GAIN = (1, 2, 4, 8, 16, 22, 1, 1)  # codes 6 and 7 are undocumented; 1 is arbitrary
_PHCAL_LIMIT = 383


@dataclass(frozen=True)
class Scatter:
    """How one part differs from the nominal one.

    gain_*: relative gain errors (+0.03 reads 3 % high); phase_*: radians by which the current
    appears to lag more than it does, sensor included.
    """

    gain_v: float = 0.0
    gain_a: float = 0.0
    gain_b: float = 0.0
    phase_a: float = 0.0
    phase_b: float = 0.0

    @classmethod
    def random(cls, seed: int) -> "Scatter":
        """A part off the reel: gains within 3 % (datasheet), phases within 0.3 degrees."""
        draw = random.Random(seed)
        gains = [draw.uniform(-0.03, 0.03) for _ in range(3)]
        phases = [math.radians(draw.uniform(-0.3, 0.3)) for _ in range(2)]
        return cls(*gains, *phases)


class Inputs(NamedTuple):
    """Sinusoidal inputs: fractions of full scale rms at gain 1, lags in radians, Hz."""

    kv: float
    ka: float
    kb: float
    phi_a: float
    phi_b: float
    hz: float


IDLE = Inputs(0.0, 0.0, 0.0, 0.0, 0.0, 50.0)


class Channel(NamedTuple):
    """Settled measurements of one current channel, in register units."""

    irms_squared: float
    watt: float
    var: float
    va: float
    ampere: float  # IRMS on the scale of the powers, what ampere-hour mode accumulates
    peak: float
    lag: float  # radians within +-pi, current behind voltage after PHCAL


class OperatingPoint(NamedTuple):
    vrms_squared: float
    v_peak: float
    a: Channel
    b: Channel
    hz: float


def operating_point(
    inputs: Inputs, stored: Mapping[str, int], scatter: Scatter, clkin_hz: int
) -> OperatingPoint:
    """The measurements that `inputs` settle to with the register contents `stored`."""
    kv = _at_adc(inputs.kv, stored["PGA_V"]) * (1 + scatter.gain_v)
    ka = _at_adc(inputs.ka, stored["PGA_IA"]) * (1 + scatter.gain_a)
    kb = _at_adc(inputs.kb, stored["PGA_IB"]) * (1 + scatter.gain_b)
    radians_per_lsb = 2 * math.pi * inputs.hz / (clkin_hz / 4)
    lag_a = inputs.phi_a + scatter.phase_a + phcal(stored["PHCALA"]) * radians_per_lsb
    lag_b = inputs.phi_b + scatter.phase_b + phcal(stored["PHCALB"]) * radians_per_lsb
    v = kv * _gain(stored["AVGAIN"])
    return OperatingPoint(
        _rms_squared(v, stored["VRMSOS"]),
        FULL_SCALE_SAMPLE * v,
        _channel("A", kv, ka, lag_a, stored),
        _channel("B", kv, kb, lag_b, stored),
        inputs.hz,
    )


def phcal(code: int) -> int:
    """PHCALx as signed clocks of CLKIN/4 by which the current is delayed.

    Sign-magnitude: bit 9 set advances. The sign is of medium confidence: the application
    note's examples contradict its formula.
    """
    magnitude = min(code & 0x1FF, _PHCAL_LIMIT)
    return -magnitude if code & 0x200 else magnitude


def _at_adc(k: float, pga_code: int) -> float:
    return min(k * _PGA_GAIN[pga_code & 7], 1.0)


def _gain(code: int) -> float:
    return code / UNITY_GAIN


def _offset(code: int) -> float:
    return signed(code, 24) / 512


def _rms_squared(k: float, offset: int) -> float:
    return max((FULL_SCALE_RMS * k) ** 2 + signed(offset, 24) * 4096.0, 0.0)


def _channel(x: str, kv: float, ki: float, lag: float, stored: Mapping[str, int]) -> Channel:
    v = kv * _gain(stored[x + "VGAIN"])
    i = ki * _gain(stored[x + "IGAIN"])
    power = FULL_SCALE_POWER * v * i
    irms_squared = _rms_squared(i, stored[x + "IRMSOS"])
    vrms_squared = _rms_squared(v, stored["VRMSOS"])
    va = FULL_SCALE_POWER * math.sqrt(irms_squared * vrms_squared) / FULL_SCALE_RMS**2
    return Channel(
        irms_squared=irms_squared,
        watt=power * math.cos(lag) * _gain(stored[x + "WGAIN"]) + _offset(stored[x + "WATTOS"]),
        var=power * math.sin(lag) * _gain(stored[x + "VARGAIN"]) + _offset(stored[x + "VAROS"]),
        va=va * _gain(stored[x + "VAGAIN"]) + _offset(stored[x + "VAOS"]),
        ampere=FULL_SCALE_POWER * math.sqrt(irms_squared) / FULL_SCALE_RMS,
        peak=FULL_SCALE_SAMPLE * i,
        lag=math.remainder(lag, 2 * math.pi),
    )
