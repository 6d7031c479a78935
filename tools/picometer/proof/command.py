"""`picometer prove`: the promises of the meter, put to the test at full size."""

import sys

import click
from rich.progress import Progress

from picometer.virtual.command import host_factory

from .cuts import prove_cuts
from .household import DAYS_S, prove_household
from .noise import prove_noise


@click.group()
def prove() -> None:
    """Put the meter's promises to the test; exit status 1 when one does not hold."""


def _host_options(command):
    image = click.option("--image", metavar="FILE.uf2", help="That image.")
    rp2040 = click.option("--rp2040", is_flag=True, help="The RP2040 image on an emulated chip.")
    return rp2040(image(command))


@prove.command()
@click.option("--seconds", type=click.IntRange(1), default=DAYS_S, show_default=True)
@_host_options
def household(seconds: int, rp2040: bool, image: str | None) -> None:
    """Register against chip and mains over the household's days."""
    make_host = host_factory(rp2040, image)
    with Progress() as bar:
        task = bar.add_task("household", total=seconds)

        def advance(done: float) -> None:
            bar.update(task, completed=done)

        result = prove_household(seconds, advance, make_host=make_host)
    click.echo(
        f"{result.seconds:.1f} s, {result.ticks} ticks\n"
        f"register {float(result.register_kwh):.6f} kWh, {result.register_counts} counts, "
        f"counts not in it {result.unbilled_counts}\n"
        f"mains    {float(result.mains_kwh):.6f} kWh, difference {result.error_percent:+.4f} %"
    )
    _judge(result.good)


@prove.command()
@click.option("--count", type=click.IntRange(1), default=500, show_default=True)
@click.option("--seconds", type=click.IntRange(1), help="[default: two days; emulated 2 a cut]")
@click.option("--seed", type=int, default=1, show_default=True)
@_host_options
def cuts(count: int, seconds: int | None, seed: int, rp2040: bool, image: str | None) -> None:
    """Power cuts at random instants of the household run, also inside FRAM writes."""
    make_host = host_factory(rp2040, image)
    seconds = seconds or (2 * count if rp2040 else DAYS_S)
    with Progress() as bar:
        task = bar.add_task("power cuts", total=count)
        result = prove_cuts(count, seconds, seed, lambda: bar.advance(task), make_host)
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
@_host_options
def noise(total: int, seed: int, rp2040: bool, image: str | None) -> None:
    """Random and mutated bytes into the optical port."""
    make_host = host_factory(rp2040, image)
    with Progress() as bar:
        task = bar.add_task("noise", total=total)
        result = prove_noise(total, seed, 20, lambda n: bar.advance(task, n), make_host)
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
