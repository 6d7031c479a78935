"""The household's days on the virtual meter, held against the chip and against the mains."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction

from metrology import page as p
from picometer.paths import HOUSEHOLD
from picometer.virtual.clock import NS_PER_S
from picometer.virtual.host import CPythonHost
from picometer.virtual.mains import LoadFile

from .meters import HostFactory, build, counted, counts_per_kwh, kept, registers, settle

DAYS_S = 172800


@dataclass
class HouseholdResult:
    """Energies in kWh as exact fractions of what each knows."""

    seconds: float
    ticks: int
    register_counts: int
    unbilled_counts: int
    register_kwh: Fraction
    mains_kwh: Fraction

    @property
    def error_percent(self) -> float:
        """Register against the mains' true energy."""
        return float((self.register_kwh / self.mains_kwh - 1) * 100)

    @property
    def good(self) -> bool:
        """Every count is billed, and the whole is within 0.1 % of the truth."""
        return self.unbilled_counts == 0 and abs(self.error_percent) < 0.1


def prove_household(
    seconds: float,
    progress: Callable[[float], None] = lambda s: None,
    step_s: float = 60.0,
    make_host: HostFactory = CPythonHost,
) -> HouseholdResult:
    """Run the household for `seconds`, and on without a load until every count is billed."""
    with closing(build(LoadFile.read(HOUSEHOLD), make_host=make_host)) as host:
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
    )


def finish_tick(host: CPythonHost) -> None:
    """Run until the meter has just billed a tick and written it down, at that very instant."""
    page = host.meter.storage.page
    ticks = page[p.TICKS]
    while page[p.TICKS] == ticks:
        host.meter.scheduler.run_once()
    host.meter.scheduler.run_once()  # storage, which the tick has made due
