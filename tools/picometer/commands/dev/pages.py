"""`picometer dev pages`: the pages of docs that are made from the sources, for `make pages`."""

from pathlib import Path

import click

from picometer.pages import files, tests, written


@click.command()
@click.argument("docs", type=click.Path(path_type=Path, file_okay=False, exists=True))
def pages(docs: Path) -> None:
    """Write the generated pages into the folder DOCS: tables, files, tests."""
    for name, make in (
        (written.PAGE, written.make),
        (files.PAGE, files.page),
        (tests.PAGE, tests.page),
    ):
        path = docs / name
        path.write_text(make())
        click.echo(path)
