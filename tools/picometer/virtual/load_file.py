"""Recorded households: CSV files of what was drawn, and when."""

import csv
import math
from array import array
from bisect import bisect_right
from copy import copy
from datetime import datetime, timedelta
from pathlib import Path

from picometer.files import TooLong, lines_of

from .clock import NS_PER_S
from .mains import ConstantLoad

_COLUMNS = ("time", "active_kw", "reactive_kvar", "volts", "amps")
_LAST_INTERVAL_NS = 60 * NS_PER_S
_YEARS = range(2000, 2090)  # what the meter's clock and tables can say
_MICROSECOND = timedelta(microseconds=1)
HZ = (5.0, 500.0)
"""Line frequencies, lowest and highest, whose period the metering chip's register can hold."""


class LoadError(ValueError):
    """A load file that cannot be used; the message is one line that says where and why."""


class LoadFile:
    """A recorded household: rows of a CSV file, from the start again after the last.

    Columns time (ISO 8601, increasing), active_kw, reactive_kvar, volts, amps (asked for but
    not used: voltage and power give the current), optionally hz. A row holds until the next
    row's time; the last one as long as the one before it. Times either all have a UTC offset,
    and then count by it, or none has.

    path    where it was read from
    start   time of the first row
    """

    def __init__(self, path: Path, start: datetime) -> None:
        self.path = path
        self.start = start
        self._ends = array("q")  # nanoseconds since the start
        self._loads = array("d")  # W, var, V and Hz of each row
        # Where the UTC offset changes: first row, and the local time that the start would have.
        self._zones: list[tuple[int, datetime]] = []

    @classmethod
    def read(cls, path, hz: float = 60.0) -> "LoadFile":
        """The file at `path`; LoadError when it is not a load file.

        hz  line frequency where the file has no such column
        """
        path = Path(path)
        try:
            with path.open(newline="", encoding="utf-8-sig") as file:
                return _parse(path, csv.reader(lines_of(file)), hz)
        except OSError as error:
            raise LoadError(f"{path}: {error.strerror or error}") from error
        except (UnicodeDecodeError, csv.Error, TooLong) as error:
            raise LoadError(f"{path}: not a CSV file: {error}") from error

    @property
    def duration_ns(self) -> int:
        """How long the recording is before it repeats."""
        return self._ends[-1]

    def at(self, t_ns: int) -> tuple[ConstantLoad, int]:
        """The load at `t_ns` since the start, and when it changes."""
        rounds, within = divmod(t_ns, self._ends[-1])
        row = bisect_right(self._ends, within)
        return self._load(row), rounds * self._ends[-1] + self._ends[row]

    def heaviest(self) -> ConstantLoad:
        """The load of the largest current."""
        table = self._loads
        currents = (
            math.hypot(table[i], table[i + 1]) / table[i + 2] for i in range(0, len(table), 4)
        )
        return self._load(max(enumerate(currents), key=lambda pair: pair[1])[0])

    def highest_volts(self) -> float:
        """The highest voltage of any row."""
        return max(self._loads[2::4])

    def offset_ns(self, local: datetime) -> int | None:
        """How long after the start the recording has this local time, first; None if it has not.

        What a row calls its time is what counts, whatever offset from UTC it has.
        """
        ends = self._ends
        for i, (first, begin) in enumerate(self._zones):
            since = (local - begin) // _MICROSECOND * 1000
            last = self._zones[i + 1][0] if i + 1 < len(self._zones) else len(ends)
            start_ns = ends[first - 1] if first else 0
            if since < start_ns:  # the hour that daylight saving leaves out
                return start_ns if i else None
            if since < ends[last - 1]:
                return since
        return None

    def at_service(self, volts: float) -> "LoadFile":
        """The same household on a service of `volts`: same powers, voltage in proportion."""
        mean = sum(self._loads[2::4]) / len(self._ends)
        other = copy(self)
        other._loads = self._loads[:]
        for i in range(2, len(other._loads), 4):
            other._loads[i] = other._loads[i] * volts / mean
        return other

    def _load(self, row: int) -> ConstantLoad:
        watts, var, volts, hz = self._loads[4 * row : 4 * row + 4]
        return ConstantLoad(watts, var, volts, hz)

    def _append(self, moment: datetime, values: tuple[float, ...]) -> None:
        """A row more. TypeError if only one of its time and the first has an offset from UTC."""
        since_ns = (moment - self.start) // _MICROSECOND * 1000
        if self._loads and since_ns <= (self._ends[-1] if self._ends else 0):
            raise ValueError(f"time {moment.isoformat()} is not after the row before")
        begin = moment.replace(tzinfo=None) - timedelta(microseconds=since_ns // 1000)
        if not self._zones or self._zones[-1][1] != begin:
            self._zones.append((len(self._loads) // 4, begin))
        if self._loads:
            self._ends.append(since_ns)
        self._loads.extend(values)

    def _finish(self) -> None:
        """The last row is as long as the one before."""
        ends = self._ends
        before = ends[-2] if len(ends) > 1 else 0
        ends.append(ends[-1] + ends[-1] - before if ends else _LAST_INTERVAL_NS)


def _parse(path: Path, reader, hz: float) -> LoadFile:
    header = [name.strip() for name in next(reader, [])]
    columns = _columns(f"{path}: line 1", header)
    found = None
    for cells in reader:
        if not cells:
            continue
        where = f"{path}: line {reader.line_num}"
        if len(cells) != len(header):
            raise LoadError(
                f"{where}: {len(cells)} values for {len(header)} columns; decimals take a point"
            )
        moment = _moment(where, cells[columns["time"]])
        values = _values(where, cells, columns, hz)
        if found is None:
            found = LoadFile(path, moment)
        try:
            found._append(moment, values)
        except TypeError as error:
            raise LoadError(f"{where}: some times have a time zone, some have none") from error
        except ValueError as error:
            raise LoadError(f"{where}: {error}") from error
    if found is None:
        raise LoadError(f"{path}: no rows")
    found._finish()
    return found


def _columns(where: str, header: list[str]) -> dict[str, int]:
    """Where each column that is wanted stands."""
    wanted = (*_COLUMNS, "hz")
    twice = [name for name in wanted if header.count(name) > 1]
    if twice:
        raise LoadError(f"{where}: column {twice[0]} is there twice")
    missing = [name for name in _COLUMNS if name not in header]
    if missing:
        raise LoadError(f"{where}: no column {', '.join(missing)}")
    return {name: header.index(name) for name in wanted if name in header}


def _moment(where: str, text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise LoadError(f"{where}: time is not a date and time: {text!r}") from error
    if moment.year not in _YEARS:
        raise LoadError(f"{where}: time {text} is not from {_YEARS[0]} to {_YEARS[-1]}")
    return moment


def _values(where: str, cells: list[str], columns: dict[str, int], hz: float) -> tuple:
    """W, var, V and Hz of a row."""
    watts = _number(where, "active_kw", cells[columns["active_kw"]]) * 1000
    reactive = _number(where, "reactive_kvar", cells[columns["reactive_kvar"]]) * 1000
    volts = _number(where, "volts", cells[columns["volts"]])
    if volts <= 0:
        raise LoadError(f"{where}: volts must be positive, not {volts:g}")
    _number(where, "amps", cells[columns["amps"]])
    if "hz" in columns:
        hz = _number(where, "hz", cells[columns["hz"]])
        if not HZ[0] <= hz <= HZ[1]:
            raise LoadError(f"{where}: hz must be from {HZ[0]:g} to {HZ[1]:g}, not {hz:g}")
    return watts, reactive, volts, hz


def _number(where: str, column: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise LoadError(f"{where}: {column} is not a number: {text!r}") from error
    if "_" in text or not text.isascii():  # which Python takes
        raise LoadError(f"{where}: {column} is not a number: {text!r}")
    if not math.isfinite(value):
        raise LoadError(f"{where}: {column} is not a finite number: {text!r}")
    return value
