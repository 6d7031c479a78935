"""`picometer dev pages`: the pages of docs that are made from the sources, for `make pages`."""

from pathlib import Path

import click

from picometer.pages.written import PAGE, make


@click.command()
@click.argument("docs", type=click.Path(path_type=Path, file_okay=False, exists=True))
def pages(docs: Path) -> None:
    """Write the page of tables into the folder DOCS anew."""
    path = docs / PAGE
    path.write_text(make())
    click.echo(path)
