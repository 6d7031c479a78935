"""`python -m picometer.pictures`: what `make pictures` runs."""

import sys
from pathlib import Path

import click

from picometer.errors import UserError
from picometer.paths import use_firmware

use_firmware()

PAGE = "display.md"
_BEGIN, _END = "<!-- made by make pictures -->\n", "<!-- end -->\n"


def with_table(page: str, table: str) -> str:
    """The page with the table in its place; UserError when it has none."""
    before, begin, rest = page.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise UserError(f"{PAGE}: has no place for the table")
    return before + begin + table + end + after


def make(docs: Path) -> list[Path]:
    """Draw the sheets into docs/display and bring the table of docs/display.md up to date."""
    from picometer.pictures.items import table
    from picometer.pictures.sheets import sheets

    page = docs / PAGE
    texts = {page: with_table(page.read_text(), table())}
    for name, drawn in sheets().items():
        texts[docs / "display" / f"{name}.svg"] = drawn
    for path, text in texts.items():
        path.write_text(text)
    return list(texts)


@click.command()
@click.argument("docs", type=click.Path(path_type=Path, file_okay=False, exists=True))
def cli(docs: Path) -> None:
    """Draw the display into the folder DOCS anew."""
    for path in make(docs):
        click.echo(path)


def main() -> None:
    """Exits with 0, or with 2 after one line on standard error."""
    try:
        cli.main(prog_name="picometer.pictures", standalone_mode=False)
    except (click.ClickException, UserError, OSError) as error:
        text = error.format_message() if isinstance(error, click.ClickException) else str(error)
        click.echo(f"pictures: {' '.join(text.split())}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
