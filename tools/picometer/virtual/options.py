"""What `picometer run` was asked for, checked before anything starts."""

from dataclasses import dataclass
from datetime import datetime

from boards.ratings import MODELS, RATINGS, Rating, rating
from picometer.errors import UserError
from picometer.paths import HOUSEHOLD

from .clock import NS_PER_S
from .mains import ConstantLoad, LoadError, LoadFile

DEFAULT_MODEL = "AX"
DEFAULT_SERVICE = "2S-240-200"
DEFAULT_START = datetime(2007, 2, 1)
SERVICES = tuple(entry.name for entry in RATINGS)


@dataclass(frozen=True)
class LoadChoice:
    """The load as asked for; which one it makes depends on the service."""

    path: str | None = None
    watts: float | None = None
    var: float = 0.0
    volts: float | None = None
    hz: float = 60.0


@dataclass(frozen=True)
class Playback:
    """A load file that does not begin with its first row."""

    file: LoadFile
    offset_ns: int

    def at(self, t_ns: int):
        """The load at `t_ns`, and when it changes."""
        load, end_ns = self.file.at(t_ns + self.offset_ns)
        return load, end_ns - self.offset_ns


def choose_rating(model: str, service: str) -> Rating:
    """The rating of a model and service that were approved together."""
    if model not in MODELS:
        raise UserError(f"no model {model}; there are {', '.join(MODELS)}")
    if service not in SERVICES:
        raise UserError(f"no service {service}; there are {', '.join(SERVICES)}")
    chosen = rating(service)
    if model not in chosen.models:
        raise UserError(f"model {model} is not approved with service {service}")
    return chosen


def choose_load(choice: LoadChoice, chosen: Rating) -> ConstantLoad | LoadFile:
    """The load on a service; UserError when there is none such or it cannot be measured.

    A recording keeps its powers; on a service of another voltage its currents follow.
    """
    if choice.path is not None and choice.watts is not None:
        raise UserError("--load and --watts exclude each other")
    try:
        if choice.watts is not None:
            load = ConstantLoad(choice.watts, choice.var, choice.volts, choice.hz)
            amps = load.point(chosen).amps_1
        else:
            load = LoadFile.read(choice.path or HOUSEHOLD, choice.hz)
            if choice.volts is not None or chosen.volts != 240:
                load = load.at_service(choice.volts or chosen.volts)
            amps = max(step.point(chosen).amps_1 for step in load.loads)
    except LoadError as error:
        raise UserError(str(error)) from error
    except ValueError as error:
        raise UserError(f"no such load: {error}") from error
    if amps > chosen.full_scale_amps:
        raise UserError(
            f"the load draws {amps:.0f} A, service {chosen.name} measures "
            f"up to {chosen.full_scale_amps} A"
        )
    return load


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


def play(load: ConstantLoad | LoadFile, now: datetime):
    """The load from where the meter's clock stands in it, or from its beginning."""
    if isinstance(load, LoadFile):
        first = load.start.replace(tzinfo=None)
        offset_ns = round((now - first).total_seconds() * NS_PER_S)
        if 0 < offset_ns < load.duration_ns:
            return Playback(load, offset_ns)
    return load
