"""`picometer prove`: the promises of the meter, put to the test at full size."""

import sys

import click
from rich.progress import Progress

from .cuts import prove_cuts
from .household import DAYS_S, prove_household
from .noise import prove_noise


@click.group()
def prove() -> None:
    """Put the meter's promises to the test; exit status 1 when one does not hold."""


@prove.command()
@click.option("--seconds", type=click.IntRange(1), default=DAYS_S, show_default=True)
def household(seconds: int) -> None:
    """Register against chip and mains over the household's days."""
    with Progress() as bar:
        task = bar.add_task("household", total=seconds)
        result = prove_household(seconds, lambda done: bar.update(task, completed=done))
    click.echo(
        f"{result.seconds:.1f} s, {result.ticks} ticks\n"
        f"register {float(result.register_kwh):.6f} kWh, "
        f"counts not in it {result.unbilled_counts}\n"
        f"mains    {float(result.mains_kwh):.6f} kWh, difference {result.error_percent:+.4f} %"
    )
    _judge(result.good)


@prove.command()
@click.option("--count", type=click.IntRange(1), default=500, show_default=True)
@click.option("--seconds", type=click.IntRange(1), default=DAYS_S, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
def cuts(count: int, seconds: int, seed: int) -> None:
    """Power cuts at random instants of the household run, also inside FRAM writes."""
    with Progress() as bar:
        task = bar.add_task("power cuts", total=count)
        result = prove_cuts(count, seconds, seed, lambda: bar.advance(task))
    click.echo(
        f"{result.cuts} cuts, {result.cuts_in_writes} in FRAM writes, "
        f"{result.cuts_while_starting} while starting\n"
        f"worst loss {result.worst_loss} counts (largest tick {result.worst_allowed}), "
        f"more than one tick: {result.over_one_tick}\n"
        f"registers that fell: {result.decreases}; lost {result.total_loss} of "
        f"{result.counted} counts in all"
    )
    _judge(result.good)


@prove.command()
@click.option("--bytes", "total", type=click.IntRange(100), default=1_000_000, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
def noise(total: int, seed: int) -> None:
    """Random and mutated bytes into the optical port."""
    with Progress() as bar:
        task = bar.add_task("noise", total=total)
        result = prove_noise(total, seed, 20, lambda n: bar.advance(task, n))
    click.echo(
        f"{result.sent} bytes; sessions after noise: {result.sessions}, "
        f"failed {result.sessions_failed}\n"
        f"counts not in the register {result.unbilled}, faults {result.faults:06o}, "
        f"restarts {result.resets}"
    )
    _judge(result.good)


def _judge(good: bool) -> None:
    click.echo("holds" if good else "DOES NOT HOLD")
    sys.exit(0 if good else 1)
