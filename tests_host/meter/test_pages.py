"""docs/tables.md is what the meter declares and serves."""

from c1219 import catalog
from picometer.pages.written import PAGE, make
from picometer.paths import ROOT


def test_the_page_of_tables_is_as_declared():
    page = make()
    assert (ROOT / "docs" / PAGE).read_text() == page, "make pages"
    for table in catalog.ALL:
        assert f"| {table.name} |" in page
