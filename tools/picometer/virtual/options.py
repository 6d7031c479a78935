"""What `picometer run` was asked for, checked before anything starts."""

import math
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from boards.approved import RATINGS
from boards.ratings import MODELS, Rating, rating
from metrology.approval import LABORATORY
from picometer.errors import UserError
from picometer.paths import HOUSEHOLD

from .load_file import HZ, LoadError, LoadFile
from .mains import ConstantLoad, Load

DEFAULT_MODEL = "AX"
DEFAULT_SERVICE = "2S-240-200"
DEFAULT_START = datetime(2007, 2, 1)
SERVICES = tuple(entry.name for entry in RATINGS) + (f"each with /{LABORATORY}",)


@dataclass(frozen=True)
class LoadChoice:
    """The load as asked for; which one it makes depends on the service."""

    path: str | None = None
    watts: float | None = None
    var: float = 0.0
    volts: float | None = None
    hz: float = 60.0

    @cached_property
    def recording(self) -> LoadFile:
        """The load file, read once. Raises LoadError."""
        return LoadFile.read(self.path or HOUSEHOLD, self.hz)


@dataclass(frozen=True)
class Playback:
    """A load file that does not begin with its first row."""

    file: LoadFile
    offset_ns: int

    def at(self, t_ns: int) -> tuple[ConstantLoad, int]:
        """The load at `t_ns`, and when it changes."""
        load, end_ns = self.file.at(t_ns + self.offset_ns)
        return load, end_ns - self.offset_ns


def choose_rating(model: str, service: str) -> Rating:
    """The rating of a model and service that were approved together."""
    if model not in MODELS:
        raise UserError(f"no model {model}; there are {', '.join(MODELS)}")
    try:
        chosen = rating(service)
    except KeyError as error:
        raise UserError(f"no service {service}; there are {', '.join(SERVICES)}") from error
    if model not in chosen.models:
        raise UserError(f"model {model} is not approved with service {service}")
    return chosen


def choose_load(choice: LoadChoice, chosen: Rating) -> ConstantLoad | LoadFile:
    """The load on a service; UserError when there is none such or it cannot be measured.

    A recording keeps its powers; on a service of another voltage its currents follow.
    """
    if choice.path is not None and choice.watts is not None:
        raise UserError("--load and --watts exclude each other")
    if not HZ[0] <= choice.hz <= HZ[1]:
        raise UserError(f"--hz {choice.hz:g}: from {HZ[0]:g} to {HZ[1]:g}")
    try:
        load: ConstantLoad | LoadFile
        if choice.watts is not None:
            load = constant = ConstantLoad(choice.watts, choice.var, choice.volts, choice.hz)
            volts = constant.volts or chosen.volts
        else:
            recording = choice.recording
            if choice.volts is not None or chosen.volts != 240:
                recording = recording.at_service(_service_volts(choice.volts or chosen.volts))
            load, volts = recording, recording.highest_volts()
    except LoadError as error:
        raise UserError(str(error)) from error
    except ValueError as error:
        raise UserError(f"no such load: {error}") from error
    amps = load.heaviest().point(chosen).amps_1
    for value, unit, most in (
        (amps, "A", chosen.full_scale_amps),
        (volts, "V", chosen.full_scale_volts),
    ):
        if value > most:
            verb = "draws" if unit == "A" else "has"
            raise UserError(
                f"the load {verb} {value:.0f} {unit}, service {chosen.name} measures "
                f"up to {most:g} {unit}"
            )
    return load


def _service_volts(volts: float) -> float:
    if not 0 < volts < math.inf:
        raise ValueError("volts must be positive")
    return volts


def parse_start(text: str | None) -> datetime | None:
    """--start as a local time; None when it was not given."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UserError(f"--start {text}: not a date and time as in 2007-02-01T08:30") from error
    if moment.tzinfo is not None or not 2000 <= moment.year <= 2089:
        raise UserError(f"--start {text}: not a local time between 2000 and 2089")
    return moment


def parse_speed(text: str) -> float | None:
    """--speed as simulated seconds a second; None for as fast as it goes."""
    if text == "max":
        return None
    try:
        speed = float(text)
    except ValueError as error:
        raise UserError(f"--speed {text}: not a number or max") from error
    if not 0 < speed < 1e6:
        raise UserError(f"--speed {text}: not between 0 and 1000000")
    return speed


def parse_duration(seconds: float | None) -> float | None:
    """--duration in simulated seconds; None for no end."""
    if seconds is not None and not 0 < seconds < 1e10:
        raise UserError(f"--duration {seconds}: must be positive")
    return seconds


def play(load: ConstantLoad | LoadFile, now: datetime) -> Load:
    """The load from where the meter's clock stands in it, or from its beginning."""
    if isinstance(load, LoadFile):
        offset_ns = load.offset_ns(now)
        if offset_ns:
            return Playback(load, offset_ns)
    return load
