"""`picometer prove edges`: energy, memory, records, waits and clocks where they broke."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import click
from rich.progress import Progress

from picometer.virtual.command import host_factory

from .clocks import prove_wraps
from .demand_clocks import prove_lying_clocks
from .energy_edges import prove_energy_edges
from .memory import prove_disturbed_reads, prove_torn_writes
from .meters import HostFactory
from .records import prove_absurd_records


class Result(Protocol):
    """What each part gives: counts, and examples of what was wrong."""

    cases: int | dict[str, int]
    violations: int


@dataclass(frozen=True)
class Part:
    """One property.

    prove   called with cases, seed, a callback after each case and what makes a host
    cases   as many as the whole command takes
    rp2040  it can run on the emulated chip
    """

    name: str
    says: str
    cases: int
    prove: Callable[[int, int, Callable[..., None], HostFactory], Result]
    rp2040: bool = False


PARTS = (
    Part(
        "energy",
        "registers against what flowed, with late, lost and corrupted reads, jumps and restarts",
        2000,
        lambda n, seed, advance, host: prove_energy_edges(n, seed, advance, host),
        rp2040=True,
    ),
    Part(
        "reads",
        "sealed meters that start while their memory reads badly, comes late or is too small",
        400,
        lambda n, seed, advance, _: prove_disturbed_reads(n, seed, advance),
    ),
    Part(
        "writes",
        "power cuts inside writes, first ones too, with a random octet left behind",
        400,
        lambda n, seed, advance, _: prove_torn_writes(n, seed, advance),
    ),
    Part(
        "records",
        "records with right checksums that say what cannot be",
        2000,
        lambda n, seed, advance, _: prove_absurd_records(n, seed, advance),
    ),
    Part(
        "waits",
        "every wait of every duty across every octant of the wrap, and after days of idling",
        0,
        lambda n, seed, advance, _: prove_wraps(seed, advance),
    ),
    Part(
        "clocks",
        "demand with clocks that are corrected, drift and restart, against an oracle",
        400,
        lambda n, seed, advance, _: prove_lying_clocks(n, seed, advance),
    ),
)
_NAMES = [part.name for part in PARTS]


@click.command()
@click.option("--part", "names", multiple=True, type=click.Choice(_NAMES), help="[default: all]")
@click.option("--share", type=click.FloatRange(0.001, 100), default=1.0, help="Of the cases.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--rp2040", is_flag=True, help="The RP2040 image on an emulated chip: energy alone.")
@click.option("--image", metavar="FILE.uf2", help="That image.")
def edges(names: tuple[str, ...], share: float, seed: int, rp2040: bool, image: str | None):
    """What is metered and kept at the edges: counts of cases and violations, part by part."""
    make_host = host_factory(rp2040, image)
    parts = [
        part for part in PARTS if (not names or part.name in names) and (part.rp2040 or not rp2040)
    ]
    if not parts:
        raise click.UsageError("--rp2040 runs the part energy alone")
    good = True
    for part in parts:
        result = _run(part, max(1, round(part.cases * share)), seed, make_host)
        good = good and not result.violations
    click.echo("holds" if good else "DOES NOT HOLD")
    sys.exit(0 if good else 1)


def _run(part: Part, cases: int, seed: int, make_host: HostFactory) -> Result:
    click.echo(f"{part.name}: {part.says}")
    with Progress() as bar:
        task = bar.add_task(part.name, total=cases if part.cases else None)

        def advance(done: int = 1) -> None:
            bar.advance(task, done)

        result = part.prove(cases, seed, advance, make_host)
    cases = result.cases
    if isinstance(cases, dict):
        cases = f"{sum(cases.values())} ({_counted(cases)})"
    happened = getattr(result, "happened", None)
    click.echo(f"{cases} cases, {result.violations} violations")
    if happened:
        click.echo(f"what happened: {_counted(happened)}; energy missing and told: {result.told}")
    for line in _examples(result):
        click.echo(line)
    return result


def _counted(what: dict[str, int]) -> str:
    return ", ".join(f"{count} x {name}" for name, count in sorted(what.items()))


def _examples(result: Result) -> list[str]:
    for name in ("examples", "first", "wrong"):
        lines = getattr(result, name, None)
        if lines is not None:
            return lines
    return []
