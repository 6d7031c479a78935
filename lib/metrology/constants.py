"""What turns the metering chip's counts into energy: one set of integers a rating.

A pulse of the CF1 output is CF1DEN counts of the (half) sum and stands for Kh. The
meter's constant is defined by that, so register and pulse output agree to the count:
with Kh in mWh, one kWh is 10^6 / Kh pulses, each CF1DEN counts of one coil's scale, and
form 2S adds up two coils (half the sum: twice the counts a kWh). Calibration trims the
chip to this constant; the constant itself never moves.

Source for the nominal count: ADE7953 data sheet full-scale code 4,862,401 (high) and
internal threshold 163,840 at CLKIN/512 (inferred, medium; calibration absorbs it).
"""

from micropython import const

_FULL_SCALE_CODE = 4862401
_THRESHOLD = 163840
_CLKIN_HZ = 3580000
_SAMPLE_CLOCKS = 512

# Most counts of one coil in a millisecond: the chip's full scale, 207.5, at which inputs are
# clipped, and an eighth more for trims of its gain. The same on every rating.
_COIL_LIMIT = const(234)
# At that rate a longer difference of 24-bit counters can mean either direction.
LONGEST_GAP_MS = const(35000)
_JITTER_COUNTS = const(532)  # 2 ms, because a sample is not taken to the millisecond; and 64


class Constants:
    """Integers for one rating.

    coils           1 or 2
    cf1den          divider of the chip's pulse output
    counts_per_kwh  counts (summed over the coils) of one kWh
    counts_per_wh   of one Wh
    counts_per_pulse  of one pulse of the chip's output

    full_scale_watts is volts times amps that give the chip's full-scale codes; Kh in mWh
    must divide 10^6, so that a kWh is a whole number of pulses (ValueError otherwise).
    """

    def __init__(self, coils, full_scale_watts, kh_mwh):
        if 1000000 % kh_mwh or coils not in (1, 2):
            raise ValueError("no whole number of pulses a kWh")
        # Exact integers; on the meter these few are computed once at start.
        energy = _FULL_SCALE_CODE * _CLKIN_HZ * 36 * kh_mwh
        per_count = full_scale_watts * _THRESHOLD * _SAMPLE_CLOCKS * 10
        self.coils = coils
        self.cf1den = (energy + per_count // 2) // per_count
        self.counts_per_pulse = coils * self.cf1den
        self.counts_per_kwh = self.counts_per_pulse * (1000000 // kh_mwh)
        self.counts_per_wh = self.counts_per_kwh // 1000

    def microwatthours(self, kwh, counts):
        """A register in uWh, rounded down. Not for the metering path: the result is large."""
        return kwh * 1000000000 + counts * 1000000000 // self.counts_per_kwh

    def watthours(self, kwh, counts):
        """A register in Wh, rounded down."""
        return kwh * 1000 + counts // self.counts_per_wh


def coil_limit(elapsed_ms):
    """The most counts one coil can have counted in `elapsed_ms`, from 0 on: below 2^23."""
    if elapsed_ms > LONGEST_GAP_MS:
        elapsed_ms = LONGEST_GAP_MS
    return _COIL_LIMIT * elapsed_ms + _JITTER_COUNTS
