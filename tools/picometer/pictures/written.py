"""The pictures of the display below docs/, and the table of docs/display.md."""

from pathlib import Path

from picometer.errors import UserError
from picometer.pictures.items import table
from picometer.pictures.sheets import sheets

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
    page = docs / PAGE
    texts = {page: with_table(page.read_text(), table())}
    for name, drawn in sheets().items():
        texts[docs / "display" / f"{name}.svg"] = drawn
    for path, text in texts.items():
        path.write_text(text)
    return list(texts)
