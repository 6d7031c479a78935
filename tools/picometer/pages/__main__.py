"""`python -m picometer.pages`: what `make pages` runs."""

import sys
from pathlib import Path

import click

from picometer.paths import use_firmware

use_firmware()

PAGE = "tables.md"


def make() -> str:
    """The page, from a meter that has everything."""
    from picometer.pages.tables import page
    from picometer.proof.meters import build
    from picometer.virtual.mains import ConstantLoad

    host = build(ConstantLoad(0), model=MODEL)
    host.boot()
    meter = host.meter
    tables = meter.tables
    offered = [procedure for procedure, _ in tables.device.procedures]
    sizes = {}
    for number in range(0x1000):
        try:
            sizes[number] = tables.size(number)
        except KeyError:
            pass  # not served
    host.close()
    return page(offered, sizes)


MODEL = "AXR-SD"


@click.command()
@click.argument("docs", type=click.Path(path_type=Path, file_okay=False, exists=True))
def cli(docs: Path) -> None:
    """Write the page of tables into the folder DOCS anew."""
    path = docs / PAGE
    path.write_text(make())
    click.echo(path)


def main() -> None:
    """Exits with 0, or with 2 after one line on standard error."""
    try:
        cli.main(prog_name="picometer.pages", standalone_mode=False)
    except (click.ClickException, OSError) as error:
        text = error.format_message() if isinstance(error, click.ClickException) else str(error)
        click.echo(f"pages: {' '.join(text.split())}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
