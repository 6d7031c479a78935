"""What the chip does between bus accesses: one operating point at a time, folded lazily.

fold(now) brings every counter and status bit up to `now` for the operating point in force;
only then may inputs or registers change. Everything in here costs the same for a microsecond
as for a month.
"""

from collections.abc import Callable

from . import registers as reg
from .energy import ChannelEnergy, SampleClock
from .line import (
    FALLING,
    HALF_CYCLE,
    RISING,
    TIMEOUT,
    LineCycleWindow,
    MainsPhase,
    Passed,
    ZeroCrossings,
)
from .measurement import Measurements, power_factor, waveform_sample
from .power_quality import Peak, Sag
from .pulses import PulseOutput
from .signal import FULL_SCALE_SAMPLE, IDLE, Inputs, OperatingPoint, Scatter, operating_point

_ZX_THRESHOLD = FULL_SCALE_SAMPLE / 1250

# CFxSEL: (channel, quantity) terms. Code 9 has twice the divider, which halves the sum.
_CF_SOURCES: dict[int, tuple[tuple[str, int | None], ...]] = {
    0: (("A", 0),),  # channel and its energy; None for the current
    1: (("A", 1),),
    2: (("A", 2),),
    3: (("A", None),),
    4: (("B", 0),),
    5: (("B", 1),),
    6: (("B", 2),),
    7: (("B", None),),
    8: (("A", None), ("B", None)),
    9: (("A", 0), ("B", 0)),
}
_NEVER = 1 << 200
_HALVED_SOURCE = 9
_EDGES = {0: RISING | FALLING, 1: FALLING, 2: RISING, 3: RISING | FALLING}
_NOLOAD_LEVELS = ("AP_NOLOAD", "VAR_NOLOAD", "VA_NOLOAD")


def _of_noload(level: Callable[[int, str], int]) -> tuple[int, int, int]:
    """The no-load levels of active, reactive and apparent energy."""
    active, reactive, apparent = (level(i, name) for i, name in enumerate(_NOLOAD_LEVELS))
    return active, reactive, apparent


class Metering:
    def __init__(self, clkin_hz: int, scatter: Scatter) -> None:
        self._clkin_hz = clkin_hz
        self._scatter = scatter
        self._inputs = IDLE
        self.samples = SampleClock(clkin_hz)
        self.mains = MainsPhase()
        self.measurements = Measurements(clkin_hz)
        self.channels = {"A": ChannelEnergy("A"), "B": ChannelEnergy("B")}
        self.pulses = (PulseOutput(self.samples), PulseOutput(self.samples))
        self.crossings = {"V": ZeroCrossings(), "A": ZeroCrossings(), "B": ZeroCrossings()}
        self.peaks = {"V": Peak(), "A": Peak(), "B": Peak()}
        self.sag = Sag()
        self._window = LineCycleWindow()
        self.running = False
        self._folded_ns = 0
        self.after_change: Callable[[], None] = lambda: None
        self._clear(0)

    def start(self, now_ns: int) -> None:
        """A reset is complete: count from here with everything at reset values."""
        self._clear(now_ns)
        self.running = True
        self._status_a = reg.FLAG_RESET
        self._retarget(now_ns)

    def stop(self, now_ns: int) -> None:
        """A reset or a power cut: what was not counted by now never will be."""
        if self.running:
            self.fold(now_ns)
        self._clear(now_ns)
        self.running = False
        self.after_change()

    def set_inputs(self, now_ns: int, inputs: Inputs) -> None:
        if self.running:
            self.fold(now_ns)
        self._inputs = inputs
        self.mains.set_frequency(now_ns, inputs.hz)
        if self.running:
            self._retarget(now_ns)

    def store(self, now_ns: int, name: str, value: int) -> None:
        """New contents of a register, by a write or by a fault."""
        self.fold(now_ns)
        self.stored[name] = value
        if name == "LINECYC":
            self._window.set_length(value)
        self._retarget(now_ns)

    def fold(self, now_ns: int) -> None:
        """Bring counters and status up to now."""
        if now_ns == self._folded_ns or not self.running:
            return
        self._folded_ns = now_ns
        tick = self._fold_samples(now_ns)
        self._fold_line(now_ns)
        self._line_due_ns = self._next_line_event()
        for channel in self.channels.values():
            channel.fold(tick)
        for output in self.pulses:
            output.fold(tick)

    # Registers that this part keeps

    def energy(self, letter: str, index: int, now_ns: int) -> int:
        """Contents of an energy register, signed (index: active, reactive, apparent)."""
        energy = self.channels[letter].energies[index]
        if energy.line:
            self.fold(now_ns)
        elif self.running:
            tick = self.samples.tick(now_ns)
            if tick != energy.tick:
                energy.fold(tick)
        return energy.register

    def take_energy(self, letter: str, index: int, value: int) -> None:
        """A reading of `value` was delivered with read-with-reset on."""
        self.channels[letter].energies[index].register -= value

    def status_a(self, now_ns: int) -> int:
        self._fold_status("A", now_ns)
        return self._status_a | self.channels["A"].status

    def status_b(self, now_ns: int) -> int:
        self._fold_status("B", now_ns)
        return self.channels["B"].status

    def clear_status_a(self, bits: int) -> None:
        self._line_due_ns = 0
        self._status_a &= ~bits
        self.channels["A"].status &= ~bits

    def clear_status_b(self, bits: int) -> None:
        self._line_due_ns = 0
        self.channels["B"].status &= ~bits

    def flag_checksum(self) -> None:
        self._status_a |= reg.FLAG_CRC

    def accmode(self) -> int:
        """ACCMODE with its live bits: signs, and no-load in the order active, VA, reactive."""
        value = self.stored["ACCMODE"]
        a, b = self.channels["A"], self.channels["B"]
        live = [a.negative[0], b.negative[0], a.negative[1], b.negative[1], False, False]
        for channel in (a, b):
            live += (channel.noload[0], channel.noload[2], channel.noload[1])
        for bit, state in enumerate(live, 10):
            value |= state << bit
        return value

    def power_factor(self, letter: str, now_ns: int) -> int:
        channel = self.channels[letter]
        if self.stored["CONFIG"] & reg.CONFIG_PFMODE:
            self.fold(now_ns)
            active, reactive, apparent = (energy.latched for energy in channel.energies)
            return power_factor(active, reactive, apparent, channel.noload)
        return self.measurements.power_factor(letter, now_ns, channel.noload)

    def waveform(self, name: str, now_ns: int) -> int:
        """The latest sample of V, A or B."""
        if not self.running:
            return 0
        at_ns = self.samples.ns(self.samples.tick(now_ns))
        position = self.mains.position(at_ns) + self.mains.delay - self.crossings[name].lag
        return waveform_sample(self.peaks[name].amplitude, position)

    def peak(self, name: str, now_ns: int) -> int:
        """Largest absolute sample of V, A or B since it was cleared."""
        self.fold(now_ns)
        return self.peaks[name].value

    def clear_peak(self, name: str) -> None:
        self._line_due_ns = 0
        self.peaks[name].value = 0

    # Inside

    def _clear(self, now_ns: int) -> None:
        tick = self.samples.tick(now_ns)
        position = self.mains.position(now_ns)
        self.stored = reg.reset_values()
        self.measurements.restart()
        for channel in self.channels.values():
            channel.restart(tick)
        for output in self.pulses:
            output.restart(tick)
        for crossings in self.crossings.values():
            crossings.restart(now_ns, position)
        for peak in self.peaks.values():
            peak.restart(position + self.mains.delay)
        self.sag.restart()
        self._window.restart()
        self._levels = _of_noload(lambda index, name: self.stored[name])
        self._status_a = 0
        self._folded_ns = now_ns
        self._line_due_ns = 0
        self._sample_tick = tick

    def _fold_samples(self, now_ns: int) -> int:
        tick = self.samples.tick(now_ns)
        if tick != self._sample_tick:
            self._sample_tick = tick
            self._status_a |= reg.FLAG_WSMP
        return tick

    def _fold_status(self, letter: str, now_ns: int) -> None:
        """As fold(), but passes over the line while it can raise nothing new: status is polled."""
        if now_ns >= self._line_due_ns:
            self.fold(now_ns)
        elif self.running:
            self.channels[letter].fold(self._fold_samples(now_ns))

    def _next_line_event(self) -> int:
        """Until when the line part of fold() can raise no flag that is not up; 0: at any time."""
        if self._window.running:
            return 0
        stored, a, b = self.stored, self.channels["A"].status, self.channels["B"].status
        timeout_ns = self._timeout_ns
        due = [] if self.sag.present or self.sag.due_ns is None else [self.sag.due_ns]
        for name, crossed, level, exceeded in (
            ("V", self._status_a & reg.FLAG_ZXV, "OVLVL", self._status_a & reg.FLAG_OV),
            ("A", a & reg.FLAG_ZX_I, "OILVL", a & reg.FLAG_OI),
            ("B", b & reg.FLAG_ZX_I, "OILVL", b & reg.FLAG_OI),
        ):
            crossings = self.crossings[name]
            if crossings.active and not crossed:
                return 0
            if not self.peaks[name].steady(stored[level], exceeded != 0):
                return 0
            timeout = crossings.timeout_due_ns(self.mains, timeout_ns)
            if timeout is not None:
                due.append(timeout)
        return min(due, default=_NEVER)

    @property
    def _timeout_ns(self) -> int:
        return self.stored["ZXTOUT"] * 256_000_000_000 // self._clkin_hz

    def _fold_line(self, now_ns: int) -> None:
        mains, stored = self.mains, self.stored
        position = mains.position(now_ns)
        timeout_ns = self._timeout_ns
        a, b = self.channels["A"], self.channels["B"]

        passed = self.crossings["V"].fold(mains, now_ns, position, timeout_ns)
        edges = _EDGES[stored["CONFIG"] >> 12 & 3]
        if passed.flags & edges:
            self._status_a |= reg.FLAG_ZXV
        if passed.flags & TIMEOUT:
            self._status_a |= reg.FLAG_ZXTO
        self._end_windows(passed)
        for name, channel in (("A", a), ("B", b)):
            flags = self.crossings[name].fold(mains, now_ns, position, timeout_ns).flags
            if flags & edges:
                channel.status |= reg.FLAG_ZX_I
            if flags & TIMEOUT:
                channel.status |= reg.FLAG_ZXTO_I

        at_pin = position + mains.delay
        if self.peaks["V"].fold(at_pin, stored["OVLVL"]):
            self._status_a |= reg.FLAG_OV
        for name, channel in (("A", a), ("B", b)):
            if self.peaks[name].fold(at_pin, stored["OILVL"]):
                channel.status |= reg.FLAG_OI
        if self.sag.fold(now_ns):
            self._status_a |= reg.FLAG_SAG

    def _end_windows(self, passed: Passed) -> None:
        ended = self._window.fold(passed)
        if ended is None:
            return
        self._status_a |= reg.FLAG_CYCEND

        def tick(number: int) -> int:
            return self.samples.tick(self.mains.ns(number * HALF_CYCLE))

        last = tick(ended.last)
        previous = None if ended.previous is None else tick(ended.previous)
        for channel in self.channels.values():
            for energy in channel.energies:
                if energy.line:
                    begun = None if previous is None else energy.counted_at(previous)
                    energy.latch(energy.counted_at(last), begun)

    def _retarget(self, now_ns: int) -> None:
        """Put inputs and register contents into force; the past is folded."""
        self._line_due_ns = 0
        stored, mains = self.stored, self.mains
        point = operating_point(self._inputs, stored, self._scatter, self._clkin_hz)
        position = mains.position(now_ns)
        for name, lag, amplitude in (
            ("V", 0.0, point.v_peak),
            ("A", point.a.lag, point.a.peak),
            ("B", point.b.lag, point.b.peak),
        ):
            crossings = self.crossings[name]
            crossings.retarget(position, lag, amplitude >= _ZX_THRESHOLD, point.hz)
            self.peaks[name].retarget(crossings.lag, amplitude)
        v, a, b = (self.crossings[name].active for name in "VAB")
        self.measurements.retarget(now_ns, point, (v, a, b))
        below = stored["SAGCYC"] > 0 and point.v_peak < stored["SAGLVL"]
        self.sag.retarget(now_ns, below, stored["SAGCYC"] * mains.half_cycle_ns)
        self._retarget_energy(point)
        for index, output in enumerate(self.pulses):
            self._retarget_pulses(index, output)
        self.after_change()

    def _retarget_energy(self, point: OperatingPoint) -> None:
        stored = self.stored
        # A level written while its detection is on waits for the switch-on after it, which is
        # the order the datasheet asks for (what else would happen is inferred).
        before = self._levels
        self._levels = _of_noload(
            lambda index, name: stored[name] if stored["DISNOLOAD"] >> index & 1 else before[index]
        )
        for letter, channel in (("A", point.a), ("B", point.b)):
            energy = self.channels[letter]
            energy.retarget(channel, stored, self._levels)
            shift = 0 if letter == "A" else 1
            for index, accumulator in enumerate(energy.energies):
                accumulator.set_line_mode(bool(stored["LCYCMODE"] >> 2 * index + shift & 1))

    def _retarget_pulses(self, index: int, output: PulseOutput) -> None:
        cfmode = self.stored["CFMODE"]
        source = cfmode >> 4 * index & 0xF
        enabled = not cfmode >> 8 + index & 1 and source in _CF_SOURCES
        power = 0
        for channel, quantity in _CF_SOURCES.get(source, ()):
            energy = self.channels[channel]
            if quantity is None:
                power += energy.ampere
            else:
                power += energy.energies[quantity].power
        divider = max(self.stored[f"CF{index + 1}DEN"], 1)
        output.retarget(enabled, power, 2 * divider if source == _HALVED_SOURCE else divider)
