"""`picometer prove`: the promises of the meter, put to the test at full size."""

import sys
from pathlib import Path

import click
from rich.progress import Progress

from metrology.approval import LABORATORY
from metrology.profile import is_length
from picometer.build.uf2 import image_of
from picometer.intervals import refusal
from picometer.proof.cuts import prove_cuts
from picometer.proof.household import DAYS_S, INTERVAL, HouseholdResult, prove_household
from picometer.proof.month import DAY_S, MonthResult, prove_month
from picometer.proof.noise import prove_noise
from picometer.proof.profile import LENGTH, prove_profile
from picometer.proof.seal import prove_seal
from picometer.proof.seal_attacks import prove_attacks

from .hosts import host_factory, host_options
from .prove_edges import edges

_HOUR_S = 3600
_MINUTES = click.IntRange(1, 60)
_HOURS = click.FloatRange(0.1)


@click.group()
def prove() -> None:
    """Put the meter's promises to the test; exit status 1 when one does not hold."""


def _demand(interval: int, subinterval: int | None) -> tuple[int, int]:
    why = refusal(interval, subinterval or interval, LABORATORY)
    if why:
        raise click.UsageError(why)
    return interval, subinterval or interval


@prove.command()
@click.option("--seconds", type=click.IntRange(1), default=DAYS_S, show_default=True)
@click.option("--subinterval", type=_MINUTES, help="Sliding window.  [default: block]")
@host_options
def household(seconds: int, subinterval: int | None, rp2040: bool, image: str | None) -> None:
    """Register against chip and mains over the household's days, maximum against recording."""
    demand = _demand(INTERVAL, subinterval)
    make_host = host_factory(rp2040, image)
    with Progress() as bar:
        task = bar.add_task("household", total=seconds)

        def advance(done: float) -> None:
            bar.update(task, completed=done)

        result = prove_household(seconds, advance, make_host=make_host, demand=demand)
    click.echo(
        f"{result.seconds:.1f} s, {result.ticks} ticks\n"
        f"register {float(result.register_kwh):.6f} kWh, {result.register_counts} counts, "
        f"counts not in it {result.unbilled_counts}\n"
        f"mains    {float(result.mains_kwh):.6f} kWh, difference {result.error_percent:+.4f} %\n"
        f"{_maxima(result)}"
    )
    _judge(result.good)


def _maxima(result: HouseholdResult) -> str:
    if result.recorded is None:
        return "no whole interval, and no maximum demand"
    return f"maximum  {result.maximum}\nrecorded {result.recorded}"


@prove.command()
@click.option("--count", type=click.IntRange(1), default=500, show_default=True)
@click.option("--seconds", type=click.IntRange(1), help="[default: two days; emulated 2 a cut]")
@click.option("--seed", type=int, default=1, show_default=True)
@host_options
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
@host_options
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


@prove.command()
@click.option("--days", type=click.FloatRange(0, min_open=True), default=30, show_default=True)
@click.option("--interval", type=_MINUTES, default=INTERVAL, show_default=True)
@click.option("--subinterval", type=_MINUTES, help="Sliding window.  [default: block]")
@click.option("--cut-every", type=_HOURS, default=24, show_default=True, help="Hours.")
@click.option("--reset-every", type=_HOURS, default=168, show_default=True, help="Hours.")
@click.option("--seed", type=int, default=1, show_default=True)
@host_options
def month(
    days: float,
    interval: int,
    subinterval: int | None,
    cut_every: float,
    reset_every: float,
    seed: int,
    rp2040: bool,
    image: str | None,
) -> None:
    """Energy, demands, maxima and resets of a month with power cuts against an oracle."""
    demand = _demand(interval, subinterval)
    make_host = host_factory(rp2040, image)
    seconds = days * DAY_S
    with Progress() as bar:
        task = bar.add_task("month", total=seconds)

        def advance(done: float) -> None:
            bar.update(task, completed=done)

        apart = cut_every * _HOUR_S, reset_every * _HOUR_S
        result = prove_month(seconds, seed, *demand, *apart, advance, make_host)
    click.echo(f"{days:g} days, demand over {demand[0]} min every {demand[1]} min")
    click.echo(_findings(result))
    _judge(result.good)


def _findings(result: MonthResult) -> str:
    losses = result.losses
    return "\n".join(
        (
            f"{result.intervals} whole intervals, {result.disturbed} more touched by "
            f"{losses.cuts} cuts or the start",
            f"ends at most {result.worst_ms:.1f} ms from the clock's",
            f"{result.resets} demand resets of {result.presses} presses of the lever, "
            f"{result.maxima} maxima compared",
            f"not as the oracle's: {result.errors}",
            *result.wrong,
            f"worst loss {losses.worst_loss} counts (largest tick {losses.worst_allowed}), "
            f"more than one tick: {losses.over_one_tick}",
            f"registers that fell: {losses.decreases}; lost {losses.total_loss} of "
            f"{losses.counted} counts in all",
            f"counts not billed between cuts: at {losses.unbilled} of {losses.looks} ends",
        )
    )


@prove.command()
@click.option("--days", type=click.FloatRange(0, min_open=True), default=35, show_default=True)
@click.option("--length", type=_MINUTES, default=LENGTH, show_default=True, help="Of intervals.")
@click.option("--deed-every", type=_HOURS, default=12, show_default=True, help="Hours.")
@click.option("--seed", type=int, default=1, show_default=True)
@host_options
def profile(
    days: float, length: int, deed_every: float, seed: int, rp2040: bool, image: str | None
) -> None:
    """A load profile of 8 channels with outages, set clocks and tests against an oracle."""
    if not is_length(length):
        raise click.UsageError("no such interval")
    make_host = host_factory(rp2040, image)
    seconds = days * DAY_S
    with Progress() as bar:
        task = bar.add_task("profile", total=seconds)

        def advance(done: float) -> None:
            bar.update(task, completed=done)

        result = prove_profile(seconds, seed, length, deed_every * _HOUR_S, advance, make_host)
    click.echo(
        f"{days:g} days, {result.cuts} power cuts, clock set {result.sets} times, "
        f"{result.tests} tests\n"
        f"{result.intervals} intervals in {result.blocks} blocks, {result.filled} of them "
        f"filled in\n"
        f"not as the oracle's: {result.errors}"
    )
    for line in result.wrong:
        click.echo(line)
    _judge(result.good)


@prove.command()
@click.option("--flips", type=click.IntRange(3), default=3000, show_default=True)
@click.option("--starts", type=click.IntRange(0), help="Rounds it boots with.  [default: 1 in 20]")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--rp2040", is_flag=True, help="On an emulated chip, not just by its code.")
@click.option("--image", metavar="FILE.uf2", help="That image.  [default: the sources']")
def software(flips: int, starts: int | None, seed: int, rp2040: bool, image: str | None) -> None:
    """Changed octets of the RP2040 image: the meter finds each of them."""
    from picometer.proof.software import FlipResult, prove_flips
    from picometer.proof.software_rp2040 import EmulatedResult, prove_flips_rp2040
    from picometer.rp2040.image import built_image, check

    uf2 = Path(image) if image else built_image()
    check(uf2)
    with Progress() as bar:
        task = bar.add_task("software", total=flips)

        def advance(done: int) -> None:
            bar.advance(task, done)

        result: FlipResult
        emulated: EmulatedResult | None = None
        if rp2040:
            result = emulated = prove_flips_rp2040(uf2, flips, seed, starts, advance)
        else:
            result = prove_flips(image_of(uf2.read_bytes()), flips, seed, advance)
    for flip in result.missed:
        click.echo(f"not found: octet {flip.offset:#x}")
    lines = [f"{flips} octets changed, found {result.found}, in {result.passes} passes"]
    if emulated is not None:
        lines.append(
            f"found at the start {emulated.starts}; stopped the meter {len(emulated.stopped)}"
        )
    click.echo("\n".join(lines))
    _judge(result.good)


@prove.command()
@click.option("--sessions", type=click.IntRange(1), default=100_000, show_default=True)
@click.option("--hours", type=click.IntRange(0, 24), default=24, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
def seal(sessions: int, hours: int, seed: int) -> None:
    """Mutated sessions at every access level, sealed and not: rights, and the event log.

    Then hours of attacks on a sealed meter that meters, with its event log empty and full: energy,
    demand, and what an operator did.
    """
    with Progress() as bar:
        task = bar.add_task("sessions", total=sessions)
        result = prove_seal(sessions, seed, lambda n: bar.advance(task, n))
    levels = ", ".join(f"{count} at level {level}" for level, count in enumerate(result.levels))
    click.echo(
        f"{result.sessions} sessions, {result.protected} of them under the seal, "
        f"{result.requests} requests: {levels}\n"
        f"{result.answered_ok} answered OK, {result.refused} refused with ISC, "
        f"{result.full} with DLK\n"
        f"{result.changes} changes with their entries, the seal opened {result.seals} times\n"
        f"beyond rights, or with no entry or a wrong one: {len(result.wrong)}"
    )
    for line in result.wrong:
        click.echo(line)
    good = result.good
    for each in (seed, seed + 1) if hours else ():
        good = _attack(hours, each) and good
    _judge(good)


def _attack(hours: int, seed: int) -> bool:
    with Progress() as bar:
        task = bar.add_task("hours", total=hours)
        result = prove_attacks(hours, seed, lambda n: bar.advance(task, n))
    click.echo(
        f"{result.hours} hours under the seal, {result.requests} requests, "
        f"{result.cuts} power cuts, {result.tests} tests, {result.entries} entries\n"
        f"{result.demands} demands looked at, {result.dropped} entries kept from the history log\n"
        f"energy, demand or an operator's entry not as they must be: {len(result.wrong)}"
    )
    for line in result.wrong:
        click.echo(line)
    return result.good


prove.add_command(edges)


def _judge(good: bool) -> None:
    click.echo("holds" if good else "DOES NOT HOLD")
    sys.exit(0 if good else 1)
