"""The household's days on the virtual meter, held against the chip and against the mains."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from metrology import page as p
from picometer.paths import HOUSEHOLD
from picometer.virtual.clock import NS_PER_S
from picometer.virtual.host import CPythonHost, Host
from picometer.virtual.load_file import LoadFile

from .meters import HostFactory, build, counted, counts_per_kwh, kept, registers, settle

DAYS_S = 172800
INTERVAL = 15  # minutes of a demand interval, as a meter comes
_FIRST = datetime(2000, 1, 1)
_MW_NS_PER_KWH = 3_600_000_000 * NS_PER_S
_HOUR = 60


@dataclass(frozen=True)
class Maximum:
    """A demand in kW and the time at which its interval ended, None for neither."""

    kw: Fraction
    end: datetime | None

    def __str__(self) -> str:
        end = "no time" if self.end is None else f"{self.end:%Y-%m-%d %H:%M}"
        return f"{float(self.kw):.5f} kW at {end}"


@dataclass
class HouseholdResult:
    """Energies in kWh as exact fractions of what each knows.

    maximum   greatest demand delivered by the meter
    recorded  the same by the recording; None when no whole interval has gone by
    """

    seconds: float
    ticks: int
    register_counts: int
    unbilled_counts: int
    register_kwh: Fraction
    mains_kwh: Fraction
    maximum: Maximum
    recorded: Maximum | None

    @property
    def error_percent(self) -> float:
        """Register against the mains' true energy."""
        return float((self.register_kwh / self.mains_kwh - 1) * 100)

    @property
    def good(self) -> bool:
        """Every count is billed, the whole is within 0.1 % of the truth, the maximum right."""
        return (
            self.unbilled_counts == 0 and abs(self.error_percent) < 0.1 and self.maximum_is_right
        )

    @property
    def maximum_is_right(self) -> bool:
        """To 0.001 kW and to the minute that of the recording."""
        if self.recorded is None:
            return self.maximum == Maximum(Fraction(0), None)
        off = abs(self.maximum.kw - self.recorded.kw)
        return off <= Fraction(1, 1000) and self.maximum.end == self.recorded.end


def prove_household(
    seconds: float,
    progress: Callable[[float], None] = lambda s: None,
    step_s: float = 60.0,
    make_host: HostFactory = CPythonHost,
    demand: tuple[int, int] = (INTERVAL, INTERVAL),
) -> HouseholdResult:
    """Run the household for `seconds`, and on without a load until every count is billed.

    demand  minutes of the interval and of its subintervals
    """
    load = LoadFile.read(HOUSEHOLD)
    with closing(build(load, make_host=make_host, demand=demand)) as host:
        board = host.board
        done = 0.0
        while done < seconds:
            done = min(seconds, done + step_s)
            host.run_until(round(done * NS_PER_S))
            progress(done)
        settle(host)
    per_kwh = counts_per_kwh(board.rating)
    return HouseholdResult(
        seconds=done,
        ticks=kept(board, p.TICKS),
        register_counts=registers(board).net,
        unbilled_counts=counted(board) - registers(board).net,
        register_kwh=Fraction(registers(board).delivered, per_kwh),
        mains_kwh=Fraction(board.mains.delivered_uwh, 10**9),
        maximum=_maximum(host, per_kwh),
        recorded=recorded_maximum(load, int(done), *demand),
    )


def _maximum(host: Host, per_kwh: int) -> Maximum:
    minute = kept(host.board, p.DEMAND_MAXIMUM_END)
    end = _FIRST + timedelta(minutes=minute) if minute else None
    return Maximum(Fraction(kept(host.board, p.DEMAND_MAXIMUM), per_kwh), end)


def recorded_maximum(
    load: LoadFile, seconds: int, interval: int, subinterval: int
) -> Maximum | None:
    """Greatest demand of a recording that is played for `seconds`, by its true energy.

    The first subinterval does not count: the meter starts in it. None when no whole interval
    goes by.
    """
    best = None
    for end in range(subinterval + interval, seconds // 60 + 1, subinterval):
        energy = _energy(load, (end - interval) * 60 * NS_PER_S, end * 60 * NS_PER_S)
        kw = Fraction(energy * _HOUR, interval * _MW_NS_PER_KWH)
        if best is None or kw > best.kw:
            best = Maximum(kw, load.start + timedelta(minutes=end))
    return best


def _energy(load: LoadFile, begin_ns: int, end_ns: int) -> int:
    # Milliwatts times nanoseconds.
    energy = 0
    while begin_ns < end_ns:
        power, until = load.at(begin_ns)
        until = min(until, end_ns)
        energy += power.milliwatts * (until - begin_ns)
        begin_ns = until
    return energy


def finish_tick(host: CPythonHost) -> None:
    """Run until the meter has just billed a tick and written it down, at that very instant."""
    page = host.meter.storage.page
    ticks = page[p.TICKS]
    while page[p.TICKS] == ticks:
        host.meter.scheduler.run_once()
    host.meter.scheduler.run_once()  # storage, which the tick has made due
