"""Energy accumulation in integers: samples, accumulators, modes and no-load of one channel.

Power enters in fixed point with 16 fractional bits, once per output sample (CLKIN/512). While
it is constant the sum is a product, so any span of time costs the same.
"""

from collections.abc import Mapping

from .registers import NOLOAD_FLAGS, SIGN_FLAGS
from .signal import FULL_SCALE_POWER, Channel

# Power times samples that make one LSB. 163,840 follows from the constants of application note
# AN-1118 (medium confidence: the datasheet's 206.9 kHz at full scale gives 0.26 % more).
Q16 = 1 << 16
THRESHOLD = 163_840 * Q16

_HALF_FULL = 0x400000
_LIMIT = 0x800000
_WRAP = 0x1000000


class SampleClock:
    """Output samples counted from the start of simulated time, without drift."""

    def __init__(self, clkin_hz: int) -> None:
        self._clkin_hz = clkin_hz

    def tick(self, now_ns: int) -> int:
        """Samples completed by `now_ns`."""
        return now_ns * self._clkin_hz // 512_000_000_000

    def ns(self, tick: int) -> int:
        """The first nanosecond at which `tick` samples are complete."""
        return -(-tick * 512_000_000_000 // self._clkin_hz)


class Accumulator:
    """One energy register with its internal sum.

    counted   signed LSBs ever counted, cleared by nothing
    register  register contents, -2^23 .. 2^23-1
    power     what each sample adds, 1/65536 power LSB
    flags     1 half full, 2 overflow, since last collected
    latched   what the last line-cycle window counted
    line      True in line-cycle mode: `register` then moves only by latch()
    """

    __slots__ = (
        "counted",
        "register",
        "power",
        "flags",
        "line",
        "residual",
        "tick",
        "start",
        "latched",
    )

    def __init__(self) -> None:
        self.counted = 0
        self.restart(0)

    def restart(self, tick: int) -> None:
        """A reset: register, sum and flags are lost, counting starts at `tick`."""
        self.register = 0
        self.power = 0
        self.flags = 0
        self.line = False
        self.residual = 0
        self.tick = tick
        self.start = self.counted
        self.latched = 0

    def counted_at(self, tick: int) -> int:
        """`counted` as it will be at `tick`, not before the last fold."""
        total = self.residual + self.power * (tick - self.tick)
        return self.counted + (total // THRESHOLD if total >= 0 else -(-total // THRESHOLD))

    def fold(self, tick: int) -> None:
        """Take the samples up to `tick` into the sum and the register."""
        total = self.residual + self.power * (tick - self.tick)
        self.tick = tick
        if -THRESHOLD < total < THRESHOLD:
            self.residual = total
            return
        lsb = total // THRESHOLD if total > 0 else -(-total // THRESHOLD)
        self.residual = total - lsb * THRESHOLD
        self.counted += lsb
        if not self.line:
            self._add(lsb)

    def latch(self, end: int, start: int | None = None) -> None:
        """A line-cycle window ended at count `end`; it began at `start` or the last latch."""
        if self.line:
            lsb = end - (self.start if start is None else start)
            self.latched = lsb
            self.register = (lsb + _LIMIT) % _WRAP - _LIMIT
            self.start = end

    def set_line_mode(self, line: bool) -> None:
        """Enter or leave line-cycle mode; the window running now counts from here."""
        if line and not self.line:
            self.start = self.counted
        self.line = line

    def _add(self, lsb: int) -> None:
        before = self.register
        after = before + lsb
        if not -_HALF_FULL < after < _HALF_FULL:
            if lsb < 0:
                before, lsb = -before, -lsb
            reached = before + lsb
            if (reached - _HALF_FULL) // _WRAP > (before - _HALF_FULL) // _WRAP:
                self.flags |= 1
            if not -_LIMIT <= after < _LIMIT:
                self.flags |= 2
                after = (after + _LIMIT) % _WRAP - _LIMIT
        self.register = after


class ChannelEnergy:
    """Active, reactive and apparent energy of one channel, and its share of the status bits.

    noload and negative hold (active, reactive, apparent) and (active, reactive).
    """

    def __init__(self, letter: str) -> None:
        self._shift = 0 if letter == "A" else 2
        self._acc_ah = 0x100 if letter == "A" else 0x200
        self.active = Accumulator()
        self.reactive = Accumulator()
        self.apparent = Accumulator()
        self.energies = (self.active, self.reactive, self.apparent)
        self.restart(0)

    def restart(self, tick: int) -> None:
        for energy in self.energies:
            energy.restart(tick)
        self.ampere = 0
        self.noload = [False, False, False]
        self.negative = [False, False]
        self.status = 0

    def fold(self, tick: int) -> None:
        """Count up to `tick` and collect the half-full and overflow flags."""
        bit = 0
        for energy in self.energies:
            if energy.tick != tick:
                energy.fold(tick)
            if energy.flags:
                self.status |= (energy.flags & 1) << bit | (energy.flags & 2) << 2 + bit
                energy.flags = 0
            bit += 1

    def retarget(
        self, channel: Channel, stored: Mapping[str, int], levels: tuple[int, int, int]
    ) -> None:
        """Take new powers into force; fold() must have brought the past up to date."""
        accmode = stored["ACCMODE"]
        active_mode = accmode >> self._shift & 3
        reactive_mode = accmode >> self._shift + 4 & 3
        self._detect_noload(channel, stored["DISNOLOAD"], levels)
        self._detect_sign(0, channel.watt, active_mode in (1, 2))
        self._detect_sign(1, channel.var, reactive_mode == 2)
        watt = round(channel.watt * Q16)
        var = round(channel.var * Q16)
        self.ampere = round(channel.ampere * Q16)
        apparent = self.ampere if accmode & self._acc_ah else round(channel.va * Q16)
        if active_mode == 1:
            watt = max(watt, 0)
        elif active_mode == 2:
            watt = abs(watt)
        if reactive_mode == 1:
            var = var if channel.watt >= 0 else -var
        elif reactive_mode == 2:
            var = abs(var)
        for index, power in enumerate((watt, var, apparent)):
            self.energies[index].power = 0 if self.noload[index] else power

    def _detect_noload(
        self, channel: Channel, disabled: int, levels: tuple[int, int, int]
    ) -> None:
        # Detection time is not documented: it takes effect at once. Low confidence.
        for index, power in enumerate((channel.watt, channel.var, channel.va)):
            ratio = 1.4 * max(65_536 - levels[index], 1)
            noload = not disabled >> index & 1 and abs(power) < FULL_SCALE_POWER / ratio
            if noload and not self.noload[index]:
                self.status |= NOLOAD_FLAGS[index]
            self.noload[index] = noload

    def _detect_sign(self, index: int, power: float, forced_positive: bool) -> None:
        if forced_positive:
            negative = False
        elif self.noload[index]:
            return  # frozen
        else:
            negative = power < 0
        if negative != self.negative[index]:
            self.status |= SIGN_FLAGS[index]
        self.negative[index] = negative
