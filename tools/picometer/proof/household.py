"""The household's days on the virtual meter, held against the chip and against the mains."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from metrology import page as p
from picometer.paths import HOUSEHOLD
from picometer.virtual.clock import NS_PER_S
from picometer.virtual.mains import LoadFile

from .meters import build, counted, counts_per_kwh, registers

DAYS_S = 172800


@dataclass
class HouseholdResult:
    """Energies in kWh as exact fractions of what each knows."""

    seconds: float
    ticks: int
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
    seconds: float, progress: Callable[[float], None] = lambda s: None, step_s: float = 600.0
) -> HouseholdResult:
    """Run the household for `seconds` and stop just after a tick, when every count is billed."""
    host = build(LoadFile.read(HOUSEHOLD))
    board = host.board
    done = 0.0
    while done < seconds:
        done = min(seconds, done + step_s)
        host.run_until(round(done * NS_PER_S))
        progress(done)
    finish_tick(host)
    per_kwh = counts_per_kwh(board.rating)
    return HouseholdResult(
        seconds=board.clock.now_ns / NS_PER_S,
        ticks=host.meter.storage.page[p.TICKS],
        unbilled_counts=counted(board) - registers(board).net,
        register_kwh=Fraction(registers(board).delivered, per_kwh),
        mains_kwh=Fraction(board.mains.delivered_uwh, 10**9),
    )


def finish_tick(host) -> None:
    """Run until the meter has just billed a tick and written it down, at that very instant."""
    page = host.meter.storage.page
    ticks = page[p.TICKS]
    while page[p.TICKS] == ticks:
        host.meter.scheduler.run_once()
    host.meter.scheduler.run_once()  # storage, which the tick has made due
