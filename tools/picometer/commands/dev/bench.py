"""`picometer dev bench`: what the meter costs, for `make bench`."""

from pathlib import Path

import click
from rich.console import Console

from picometer.toolchain import TerminalReport

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option("--json", "data", type=_FILE, help="Write the figures there, too.")
@click.option("--docs", type=_FILE, help="Write the table there as a page, too.")
@click.option("--image", type=_FILE, help="A UF2 to measure, in place of that of the sources.")
def bench(data: Path | None, docs: Path | None, image: Path | None) -> int:
    """Measure the meter on the emulated RP2040; takes some ten minutes.

    Exit status 1 when a bar is missed.
    """
    from picometer.bench import measure, report

    for path in filter(None, (data, docs)):
        report.check_writable(path)
    figures = measure.measure(TerminalReport(), image)
    report.show(figures, Console(highlight=False))
    if data:
        report.write(data, report.as_json(figures))
    if docs:
        report.write(docs, report.markdown(figures))
    missed = figures.missed()
    if missed:
        click.echo(f"bench: bar missed: {'; '.join(missed)}", err=True)
    return 1 if missed else 0
