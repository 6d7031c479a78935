"""`picometer prove edges`: energy, memory, records, waits and clocks where they broke."""

import sys

import click
from rich.progress import Progress

from picometer.proof.edges import PARTS, Part, Result
from picometer.proof.energy_edges import EnergyResult
from picometer.proof.meters import HostFactory

from .hosts import host_factory

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
    counted = str(result.cases)
    if isinstance(result.cases, dict):
        counted = f"{sum(result.cases.values())} ({_counted(result.cases)})"
    click.echo(f"{counted} cases, {result.violations} violations")
    if isinstance(result, EnergyResult) and result.happened:
        happened = _counted(result.happened)
        click.echo(f"what happened: {happened}; energy missing and told: {result.told}")
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
