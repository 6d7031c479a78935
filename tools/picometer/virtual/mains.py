"""What the house draws and what the utility delivers, and how much energy that truly is.

Power is piecewise constant and an integer number of milliwatts, so the true energy is an
exact integer (milliwatts times nanoseconds) however long the run.
"""

import bisect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from boards.ratings import Rating

from .clock import SimClock

MW_NS_PER_UWH = 3_600_000_000  # 1 uWh is 3.6 mJ, 1 mW for 1 ns is 1 pJ


class Point(NamedTuple):
    """An operating point at the meter's terminals.

    volts        V rms (line to line in form 2S)
    amps_1       A rms through coil 1, and amps_2 through coil 2 (0 with one element).
                 Coil 2 of form 2S is reversed, so that a load reads positive in both
    phi_1        radians by which the current in coil 1 lags the voltage; phi_2 likewise
    hz           line frequency
    milliwatts   active power, positive delivered to the house
    """

    volts: float
    amps_1: float
    amps_2: float
    phi_1: float
    phi_2: float
    hz: float
    milliwatts: int


@dataclass(frozen=True)
class ConstantLoad:
    """A load that never changes.

    watts   active power, positive delivered, negative received; kept to the milliwatt
    vars    reactive power, positive lagging (inductive)
    volts   V rms, None for the service's nominal
    hz      line frequency
    legs    weights of leg 1 and leg 2 in form 2S: (1, 1) is a line-to-line or balanced
            load, (1, 0) one from leg 1 to neutral; a negative weight feeds back on that leg
    """

    watts: float
    vars: float = 0.0
    volts: float | None = None
    hz: float = 60.0
    legs: tuple[float, float] = (1.0, 1.0)

    def __post_init__(self) -> None:
        numbers = (self.watts, self.vars, self.volts or 0.0, self.hz, *self.legs)
        if not all(math.isfinite(number) for number in numbers):
            raise ValueError("a load is made of finite numbers")
        if self.volts is not None and self.volts < 0:
            raise ValueError("volts cannot be negative")
        if self.volts == 0 and (self.watts or self.vars):
            raise ValueError("no load can draw power at 0 V")
        if self.hz <= 0:
            raise ValueError("hz must be positive")
        if sum(self.legs) <= 0:
            raise ValueError("the weights of the legs must add up to something positive")

    @property
    def milliwatts(self) -> int:
        """Active power rounded to the milliwatt: what counts as true."""
        return round(self.watts * 1000)

    def at(self, t_ns: int) -> "tuple[ConstantLoad, int | None]":
        """The load at `t_ns`, and when it changes (never)."""
        return self, None

    def heaviest(self) -> "ConstantLoad":
        """The load of the largest current: this one."""
        return self

    def point(self, rating: Rating) -> Point:
        """The operating point that this load makes at the terminals of a meter of `rating`."""
        volts = float(rating.volts) if self.volts is None else self.volts
        watts = self.milliwatts / 1000
        amps = math.hypot(watts, self.vars) / volts if volts else 0.0
        phi = math.atan2(self.vars, watts) if amps else 0.0
        if rating.coils == 1:
            return Point(volts, amps, 0.0, phi, 0.0, self.hz, self.milliwatts)
        # A leg carries its share of the power at half the voltage.
        share = 2 / sum(self.legs)
        amps_1, phi_1 = _coil(amps * self.legs[0] * share, phi)
        amps_2, phi_2 = _coil(amps * self.legs[1] * share, phi)
        return Point(volts, amps_1, amps_2, phi_1, phi_2, self.hz, self.milliwatts)


def _coil(amps: float, phi: float) -> tuple[float, float]:
    """A current that may be negative as rms and phase."""
    return (amps, phi) if amps >= 0 else (-amps, phi - math.copysign(math.pi, phi))


class Load(Protocol):
    """What flows at every instant from a start: `ConstantLoad`, `Scripted`, or a recording."""

    def at(self, t_ns: int) -> tuple[ConstantLoad, int | None]:
        """The load at `t_ns`, and when it changes; None if never."""
        ...


class Scripted:
    """Loads one after another, from the start again after the last."""

    def __init__(self, steps: Sequence[tuple[int, ConstantLoad]]) -> None:
        """`steps`: (duration in nanoseconds, load). ValueError when a duration is not positive."""
        if not steps or any(duration <= 0 for duration, _ in steps):
            raise ValueError("a script needs steps, each of some duration")
        self._loads = [load for _, load in steps]
        self._ends: list[int] = []
        end = 0
        for duration, _ in steps:
            end += duration
            self._ends.append(end)

    @property
    def duration_ns(self) -> int:
        """How long the script is before it repeats."""
        return self._ends[-1]

    @property
    def loads(self) -> list[ConstantLoad]:
        """Every load of the script, in order."""
        return self._loads

    def at(self, t_ns: int) -> tuple[ConstantLoad, int]:
        """The load at `t_ns` since the start, and when it changes."""
        rounds, within = divmod(t_ns, self._ends[-1])
        step = bisect.bisect_right(self._ends, within)
        return self._loads[step], rounds * self._ends[-1] + self._ends[step]


class Mains:
    """The service at the meter's terminals: drives the metering chip, knows the true energy.

    A load answers `at(t_ns since construction) -> (ConstantLoad, end_ns or None)`. Energy
    counts only between `power_on` and `power_off`: what an unpowered meter cannot see is
    not asked of it.
    """

    def __init__(self, clock: SimClock, rating: Rating, load: Load | None = None) -> None:
        self.rating = rating
        self._clock = clock
        self._load: Load = load if load is not None else ConstantLoad(0)
        self._start_ns = clock.now_ns
        self._since_ns = clock.now_ns
        self._powered = False
        self._connected = True
        self._delivered = 0  # mW ns
        self._received = 0
        self._drive: Callable[..., None] | None = None
        self._enter()

    def attach(self, afe) -> None:
        """Wire the metering chip's inputs: `afe.set_inputs` follows every change from now on."""
        self._drive = afe.set_inputs
        self._apply()

    def change(self, load: Load) -> None:
        """Another load from now on (its time 0 is now)."""
        self._clock.cancel(self._change)
        self._load = load
        self._start_ns = self._clock.now_ns
        self._enter()

    def connect(self, on: bool) -> None:
        """The house is connected, or it is not: the service switch between, open, lets nothing
        through. The voltage at the meter stays, and the load's time goes on.
        """
        self._settle()
        self._connected = on
        self._point = self._drawn()
        self._apply()

    def power_on(self) -> None:
        """The meter has its supply: energy counts."""
        self._settle()
        self._powered = True
        self._apply()

    def power_off(self) -> None:
        """The meter is off: energy does not count."""
        self._settle()
        self._powered = False

    def present(self) -> Point:
        """The operating point now."""
        return self._point

    @property
    def delivered_uwh(self) -> int:
        """Energy delivered while the meter was on, whole micro-watt-hours."""
        self._settle()
        return self._delivered // MW_NS_PER_UWH

    @property
    def received_uwh(self) -> int:
        """Energy received while the meter was on, whole micro-watt-hours."""
        self._settle()
        return self._received // MW_NS_PER_UWH

    def _enter(self) -> None:
        """Begin the load's present stretch, and be called again at its end."""
        self._settle()
        start = self._start_ns
        self._present, end_ns = self._load.at(self._clock.now_ns - start)
        self._point = self._drawn()
        self._change: list = [0, 0, None]
        if end_ns is not None:
            self._change = self._clock.call_at(start + end_ns, self._enter)
        self._apply()

    def _drawn(self) -> Point:
        point = self._present.point(self.rating)
        if self._connected:
            return point
        return Point(point.volts, 0.0, 0.0, 0.0, 0.0, point.hz, 0)

    def _apply(self) -> None:
        if self._drive is not None:
            point, rating = self._point, self.rating
            self._drive(
                point.volts / rating.full_scale_volts,
                point.amps_1 / rating.full_scale_amps,
                point.amps_2 / rating.full_scale_amps,
                point.phi_1,
                point.phi_2,
                point.hz,
            )

    def _settle(self) -> None:
        """Count the energy since the last look; the power has been constant since."""
        now = self._clock.now_ns
        if self._powered:
            energy = self._point.milliwatts * (now - self._since_ns)
            if energy >= 0:
                self._delivered += energy
            else:
                self._received -= energy
        self._since_ns = now
