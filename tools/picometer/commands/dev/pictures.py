"""`picometer dev pictures`: the pictures of the display, for `make pictures`."""

from pathlib import Path

import click

from picometer.pictures.written import make


@click.command()
@click.argument("docs", type=click.Path(path_type=Path, file_okay=False, exists=True))
def pictures(docs: Path) -> None:
    """Draw the display into the folder DOCS anew."""
    for path in make(docs):
        click.echo(path)
